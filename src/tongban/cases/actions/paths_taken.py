"""What the paths beside the plain one do to a decision: what holds an approval back, what follows it, what time brings.

Called by ``decisions`` under the case's lock, and by the timers that watch over cases.
"""

from functools import partial

from msgspec.structs import replace

from tongban.basics.calendar import local_day
from tongban.basics.sql import load_queries
from tongban.cases.actions.endings import end
from tongban.cases.actions.events import Event
from tongban.cases.actions.locked import LockedCase
from tongban.cases.models import Task
from tongban.cases.path_errors import Barred, ToleranceOpen, VisitNotPassed, VisitPending
from tongban.cases.paths import commitments_now, committed, on_promise, outstanding, tolerance_now, visit_now, visits_of
from tongban.cases.readiness import english
from tongban.cases.rules import ways_of_appeal
from tongban.services.paths import Visit

_queries = load_queries("tongban.cases", "paths.sql")


def hold_back(held: LockedCase, task: Task, approving: bool) -> None:
    """Refuse a decision for which something is still to come.

    While a shared visit is arranged its tasks are not decided at all. An approval waits for the visit's result and
    for tolerated materials; what is decided on a signed commitment waits for no visit. Raises ``VisitPending``,
    ``VisitNotPassed``, ``ToleranceOpen``, ``Barred``.
    """
    version = held.version
    promised = on_promise(version.journey, held.dossier.commitments, held.course, task.task)
    for visit in visits_of(version, held.facts(), task.task) if version.journey.visits and not promised else ():
        _wait_for(held, task, visit, approving)
    if approving:
        _kept_promise(held, task)
    missing = outstanding(version.journey, tolerance_now(held.course), task.task) if approving else []
    if missing:
        names = [m.name for name in missing if (m := version.journey.material(name))]
        said = ", ".join(english(version, name) for name in names)
        raise ToleranceOpen(field=missing[0], materials="、".join(names), materials_en=said)


def _kept_promise(held: LockedCase, task: Task) -> None:
    """What was promised falsely is not relied on a second time."""
    commitment = committed(held.version.journey, held.dossier.commitments, task.task)
    if commitment is not None and commitments_now(held.course).get(commitment.id) == "broken":
        raise Barred(reasons=commitment.name)


def _wait_for(held: LockedCase, task: Task, visit: Visit, approving: bool) -> None:
    now = visit_now(held.course, visit.id)
    told = {"visit": visit.name, "visit_en": english(held.version, visit.name)}
    finding = now.findings.get(task.department)
    if now.state == "arranged" or (approving and (now.state != "done" or finding in (None, "rectify"))):
        raise VisitPending(**told)
    if approving and finding == "fail":
        raise VisitNotPassed(**told)


def on_accepted(held: LockedCase) -> None:
    """Accepted without what may follow: until when it must, and what happens otherwise."""
    declared, materials = held.version.journey.tolerance, list(held.dossier.tolerated)
    if declared is None or not materials:
        return
    due = held.kernel.calendar.add_workdays(local_day(held.now), declared.days).day
    detail = {"materials": materials, "due_on": due.isoformat(), "days": declared.days}
    detail |= {"consequence": declared.consequence, "then": declared.then}
    held.events.append(Event("case.tolerated", None, declared.basis, detail))


def on_approved(held: LockedCase, task: Task) -> None:
    """Approved on a commitment: the department verifies it afterwards, by a day that is told."""
    commitment = committed(held.version.journey, held.dossier.commitments, task.task)
    if commitment is None:
        return
    by = held.kernel.calendar.add_workdays(local_day(held.now), commitment.verify_days).day
    detail = {"commitment": commitment.id, "verify_by": by.isoformat()}
    held.events.append(Event("case.commitment_relied_on", task.task, commitment.basis, detail))
    row = {"region": held.case.region, "case_id": held.case.id, "commitment": commitment.id, "task": task.task}
    verification = partial(_queries.put_verification, **row, department=task.department, verify_by=by)
    held.besides.append(verification)


def tolerance_lapsed(held: LockedCase) -> bool:
    """Do what was declared when tolerated materials did not come in time; True when it was done now.

    The case is terminated, or the open tasks that need them are declined; either tells reasons and ways of appeal.
    The caller lets the journey go on afterwards.
    """
    now, declared = tolerance_now(held.course), held.version.journey.tolerance
    if now.state != "open" or declared is None or now.due_on is None or local_day(held.now) <= now.due_on:
        return False
    if held.case.state != "accepted":
        return False
    missed = {"materials": list(now.materials), "due_on": now.due_on.isoformat()}
    held.events.append(Event("case.tolerance_missed", None, declared.basis, missed))
    if declared.then == "terminate":
        end(held, "terminated")
        held.events.append(Event("case.terminated", None, declared.basis, _told(held, declared.consequence, "intake")))
    else:
        _decline_needing(held, now.materials, declared.consequence, declared.basis)
    return True


def _told(held: LockedCase, reasons: str, task: str) -> dict[str, str]:
    return {"reasons": reasons, "appeal": "；".join(ways_of_appeal(held.version, task))}


def _decline_needing(held: LockedCase, materials: tuple[str, ...], reasons: str, basis: str) -> None:
    needing = {task for name in materials if (m := held.version.journey.material(name)) for task in m.tasks}
    for task in [t for t in held.tasks.values() if t.task in needing and t.state in ("ready", "waiting")]:
        declined = replace(task, state="done", decided_at=held.now, decision="declined", reasons=reasons)
        held.put([declined])
        detail = {"decision": "declined", **_told(held, reasons, task.task)}
        held.events.append(Event("task.decided", task.task, basis, detail))
