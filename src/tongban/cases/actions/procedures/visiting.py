"""One visit of several departments: arranged once, a finding from each, one combined result.

While it is arranged the clock stands, if the journey says that the law lets it; the tasks of the visit wait for the
result, other tasks go on. The act of arranging names the day (``until``) and, in ``detail``, the visit if there are
several, the hour (``at``) and who comes (``people``).
"""

import datetime as dt

from tongban.basics.calendar import local_day
from tongban.cases.actions.locked import LockedCase
from tongban.cases.actions.procedures.needs import lacking
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.course import Cause, standing
from tongban.cases.errors import AlreadySo, ReasonsNeeded
from tongban.cases.path_errors import FindingRecorded, NoSuchPath, VisitDate, VisitTooEarly
from tongban.cases.paths import VisitNow, combined, on_promise, visit_now, visits_of
from tongban.cases.readiness import english
from tongban.parties.errors import NotAllowed
from tongban.services.paths import Visit

FINDINGS = {
    "pass": Cause("通过", "passes", None),
    "rectify": Cause("需要整改后复验", "needs changes and another visit", None),
    "fail": Cause("不通过", "does not pass", None),
}
LEAST_REASONS = 5
_ON_SITE = "行政许可法 第三十四条"


def _visit(doing: Doing) -> Visit:
    """The visit that the act names, or the only one of its task."""
    named = doing.act.detail.get("visit")
    known = visits_of(doing.held.version, doing.held.facts(), doing.task.task if doing.task else None)
    found = [visit for visit in known if named in (None, visit.id)]
    if len(found) != 1:
        said = str(named or "联合勘验")
        raise NoSuchPath(field="visit", path=said, path_en=str(named or "a shared visit"))
    return found[0]


def departments(held: LockedCase, visit: Visit) -> list[str]:
    """Who goes: the departments of the visit's tasks that apply to this case and are not decided on a promise."""
    journey, signed = held.version.journey, held.dossier.commitments
    tasks = [held.tasks[name] for name in visit.tasks if not on_promise(journey, signed, held.course, name)]
    return list(dict.fromkeys(t.department for t in tasks if t.state in ("waiting", "ready")))


async def _arrange(doing: Doing) -> None:
    held, visit = doing.held, _visit(doing)
    role = visit.lead or held.version.journey.lead
    if held.actor != held.kernel.directory.department_for(held.case.region, role).id:
        raise NotAllowed()
    now = visit_now(held.course, visit.id)
    if now.state == "arranged" or now.result in ("passed", "failed"):
        raise AlreadySo()
    states = {held.tasks[name].state for name in visit.tasks}
    if "waiting" in states or "ready" not in states:
        raise VisitTooEarly(visit=visit.name, visit_en=english(held.version, visit.name))
    on = _day(doing, visit)
    going = [d for d in departments(held, visit) if now.findings.get(d) != "pass"]
    at, people = doing.act.detail.get("at"), doing.act.detail.get("people")
    doing.record(
        basis=_ON_SITE, visit=visit.id, name=visit.name, on=on, at=at, people=people, departments=going,
        prepare=visit.prepare, reasons=doing.reasons,
    )  # fmt: skip
    if visit.stops is not None and not _stands(held, visit):
        said = {"cause": visit.stops, "until": on, "visit": visit.id, "reasons": visit.name}
        doing.record("case.suspended", visit.basis, whole=True, **said)


def _day(doing: Doing, visit: Visit) -> dt.date:
    calendar, today = doing.held.kernel.calendar, local_day(doing.held.now)
    last, on = calendar.add_workdays(today, visit.within).day, doing.act.until
    assert on is not None
    if not (today < on <= last) or not calendar.day(on).is_workday:
        raise VisitDate(field="until", first=(today + dt.timedelta(days=1)).isoformat(), last=last.isoformat())
    return on


async def _find(doing: Doing) -> None:
    held, act, visit = doing.held, doing.act, _visit(doing)
    now = visit_now(held.course, visit.id)
    if now.state != "arranged" or now.on is None or local_day(held.now) < now.on or held.actor in now.findings:
        raise FindingRecorded(on=now.on.isoformat() if now.on else "—")
    if act.cause != "pass" and len(doing.reasons) < LEAST_REASONS:
        raise ReasonsNeeded(field="reasons")
    doing.record(visit=visit.id, department=held.actor, finding=act.cause, reasons=doing.reasons)
    _conclude(doing, visit, visit_now(held.course, visit.id))


def _conclude(doing: Doing, visit: Visit, now: VisitNow) -> None:
    """The combined result, once every department that goes has recorded its own."""
    held = doing.held
    if set(departments(held, visit)) - set(now.findings):
        return
    region = held.kernel.directory.region(held.case.region)
    names = {department.id: department.name for department in region.departments}
    findings = [
        {"department": d, "name": names.get(d, d), "finding": finding, "reasons": now.remarks.get(d, "")}
        for d, finding in now.findings.items()
    ]
    result = combined(list(now.findings.values()))
    doing.record(
        "case.visit_done", _ON_SITE, whole=True, visit=visit.id, name=visit.result, on=now.on, result=result,
        findings=findings,
    )  # fmt: skip
    _go_on(doing, visit, result)


async def _call_off(doing: Doing) -> None:
    held, visit = doing.held, _visit(doing)
    if visit_now(held.course, visit.id).state != "arranged":
        raise AlreadySo()
    if held.actor != held.kernel.directory.department_for(held.case.region, visit.lead or held.version.journey.lead).id:
        raise lacking("task", "牵头部门", "请由牵头部门取消", "the department that arranged it calls it off")
    doing.record(visit=visit.id, name=visit.name, reasons=doing.reasons)
    _go_on(doing, visit, doing.reasons)


def _stands(held: LockedCase, visit: Visit) -> bool:
    return any((one.cause, one.task) == (visit.stops, None) for one in standing(held.course))


def _go_on(doing: Doing, visit: Visit, outcome: str) -> None:
    """The clock goes on, unless it stands for another visit too."""
    held = doing.held
    others = [v for v in held.version.journey.visits if v.stops == visit.stops and v.id != visit.id]
    if any(visit_now(held.course, other.id).state == "arranged" for other in others):
        return
    if visit.stops is not None and _stands(held, visit):
        doing.record("case.resumed", visit.basis, whole=True, cause=visit.stops, visit=visit.id, outcome=outcome)


ROWS = (
    Procedure(
        kind="arrange_visit",
        event="case.visit_arranged",
        action="case.arrange_visit",
        states=("accepted",),
        verb=_arrange,
        zh="安排联合勘验",
        en="arrange the shared visit",
        task="may",
        needs=("until",),
        standing=True,
    ),
    Procedure(
        kind="record_finding",
        event="case.visit_finding_recorded",
        action="case.record_finding",
        states=("accepted",),
        verb=_find,
        zh="登记勘验意见",
        en="record the finding",
        task="must",
        needs=("cause",),
        causes=FINDINGS,
        basis=_ON_SITE,
        standing=True,
    ),
    Procedure(
        kind="call_off_visit",
        event="case.visit_called_off",
        action="case.arrange_visit",
        states=("accepted",),
        verb=_call_off,
        zh="取消联合勘验",
        en="call the visit off",
        task="may",
        needs=("reasons",),
        standing=True,
    ),
)
