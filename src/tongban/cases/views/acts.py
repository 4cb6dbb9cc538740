"""Which special acts a reader may do on a case now: what desk and portal offer, never more than the verb allows.

The verb asks everything again under the case's lock; here a thing is left out that would be refused anyway.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.cases import course
from tongban.cases.actions.procedures.shapes import Procedure
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.cases.actions.procedures.transferring import item_of, of_other_levels
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, PastEvent, Task
from tongban.cases.paths import ToleranceNow, commitments_now, committed, tolerance_now, visit_now, visits_of
from tongban.cases.readiness import english
from tongban.cases.views.reading import ReadCase, page_of, read_case, task_name
from tongban.cases.views.shapes import CasePage, EventLine
from tongban.parties.definitions import Department
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.services.definitions import Material
from tongban.services.paths import Visit


class Choice(Struct, frozen=True):
    """One thing to choose in an act's form, in both languages."""

    value: str
    zh: str
    en: str


class Offer(Struct, frozen=True):
    """One act that the reader may do now. ``revision`` goes back with it; ``task`` None: on the whole case."""

    kind: str
    zh: str
    en: str
    task: str | None
    task_name: str | None
    revision: int
    needs: tuple[str, ...]
    choices: Mapping[str, list[Choice]]
    basis: str | None


class Offers(Struct, frozen=True):
    """A case with what its reader may do besides deciding."""

    page: CasePage
    today: dt.date
    offers: list[Offer]
    tolerance: ToleranceNow
    to_follow: list[Material]

    def find(self, kind: str, task: str | None) -> Offer:
        """The offer of ``kind`` on ``task``. Raises ``CaseNotFound`` for what is not offered."""
        found = next((one for one in self.offers if (one.kind, one.task) == (kind, task)), None)
        if found is None:
            raise CaseNotFound()
        return found


async def offers(kernel: Kernel, actor: Actor, region: str, case_id: UUID, *, own: bool = False) -> Offers:
    """What ``actor`` may do on a case; ``own``: as its applicant only. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        read = await read_case(connection, kernel, actor, region, case_id, "case.edit" if own else "case.read")
    past = [_past(event) for event in read.row.events]
    found = [
        _offer(read, procedure, task, past)
        for procedure in PROCEDURES.values()
        if (procedure.party == "applicant") == own
        for task in _subjects(read, procedure)
        if _offered(read, actor, procedure, task, past)
    ]
    tolerance = tolerance_now(past)
    to_follow = [m for name in tolerance.materials if (m := read.version.journey.material(name))]
    return Offers(page_of(read, actor, []), local_day(read.row.now), found, tolerance, to_follow)


def applicant_acts(events: Sequence[EventLine], state: str) -> list[str]:
    """Which acts the page of a case offers its applicant at once, read from what the page shows anyway."""
    past = [PastEvent(kind=e.kind, at=e.at, task=e.task, detail=e.detail) for e in events]
    if state != "accepted":
        return []
    told = ["request_hearing"] if course.hearing(past) == "told" else []
    return told + (["supply"] if tolerance_now(past).state == "open" else []) + ["withdraw"]


def _past(event: Mapping[str, Any]) -> PastEvent:
    return PastEvent(
        kind=event["kind"],
        at=dt.datetime.fromisoformat(event["at"]),
        task=event["task"],
        actor=event["actor"],
        basis=event["basis"],
        detail=event["detail"],
    )


def _subjects(read: ReadCase, procedure: Procedure) -> list[Task | None]:
    """What the act may be done on: the whole case, or each task in a fitting state."""
    steps = read.case.state in ("accepted", "closed")  # before that only intake is under way
    tasks: list[Task | None] = [
        t for t in read.tasks if t.state in procedure.task_states and (t.task == INTAKE) != steps
    ]
    if procedure.task == "never":
        return [None]
    return tasks if procedure.task == "must" else [None, *tasks]


def _offered(read: ReadCase, actor: Actor, procedure: Procedure, task: Task | None, past: list[PastEvent]) -> bool:
    intake = next(t for t in read.tasks if t.task == INTAKE)
    subject = Subject(
        region=read.case.region,
        owner=read.case.owner,
        service=read.case.journey,
        department=(task or intake).department,
        departments=read.case.departments,
    )
    if not may(actor, procedure.action, subject) or read.case.state not in procedure.states:
        return False
    if not procedure.standing and course.stopping(past, task.task if task else None) is not None:
        return False
    sensible = _SENSIBLE.get(procedure.kind)
    return sensible is None or sensible(read, task, past)


def _stands(read: ReadCase, task: Task | None, past: list[PastEvent]) -> bool:
    name = task.task if task else None
    return any(one.task == name and one.cause != "hearing" for one in course.standing(past))


def _visit_open(read: ReadCase, task: Task | None, past: list[PastEvent]) -> bool:
    visit = _led(read, task)
    now = visit_now(past, visit.id) if visit else None
    return now is not None and now.state != "arranged" and now.result not in ("passed", "failed")


def _visit_arranged(read: ReadCase, task: Task | None, past: list[PastEvent]) -> bool:
    visit = _led(read, task)
    return visit is not None and visit_now(past, visit.id).state == "arranged"


def _led(read: ReadCase, task: Task | None) -> Visit | None:
    """The one shared visit that the leading department arranges; offered once, on the whole case if it leads that."""
    known = visits_of(read.version, read.facts(), task.task if task else None)
    if len(known) != 1:
        return None
    intake = next(t for t in read.tasks if t.task == INTAKE)
    lead = read.kernel.directory.department_for(read.case.region, known[0].lead or read.version.journey.lead).id
    if task is None:
        return known[0] if intake.department == lead else None
    return known[0] if task.department == lead != intake.department else None


def _to_find(read: ReadCase, task: Task | None, past: list[PastEvent]) -> bool:
    known = visits_of(read.version, read.facts(), task.task if task else None)
    if task is None or len(known) != 1:
        return False
    now = visit_now(past, known[0].id)
    return now.state == "arranged" and (now.on or read.today) <= read.today and task.department not in now.findings


def _committed(*states: str) -> Callable[[ReadCase, Task | None, list[PastEvent]], bool]:
    def found(read: ReadCase, task: Task | None, past: list[PastEvent]) -> bool:
        name = task.task if task else ""
        commitment = committed(read.version.journey, read.dossier.commitments, name)
        return commitment is not None and commitments_now(past).get(commitment.id) in states

    return found


def _approved(read: ReadCase, task: Task | None, past: list[PastEvent]) -> bool:
    return task is not None and task.decision == "approved"


def _produced(read: ReadCase, task: Task | None, past: list[PastEvent]) -> bool:
    definition = read.version.journey.task(task.task) if task else None
    return _approved(read, task, past) and definition is not None and definition.produces is not None


def _has_other_levels(read: ReadCase, task: Task | None, past: list[PastEvent]) -> bool:
    region = read.kernel.directory.region(read.case.region)
    item = item_of(read.version, task.task) if task else None
    return task is not None and bool(of_other_levels(region, item, task.department))


_SENSIBLE: Mapping[str, Callable[[ReadCase, Task | None, list[PastEvent]], bool]] = {
    "resume": _stands,
    "ask_extension": lambda read, task, past: course.extension(past) == "none",
    "extend": lambda read, task, past: course.extension(past) == "asked",
    "refuse_extension": lambda read, task, past: course.extension(past) == "asked",
    "tell_hearing": lambda read, task, past: course.hearing(past) == "none",
    "request_hearing": lambda read, task, past: course.hearing(past) == "told",
    "hold_hearing": lambda read, task, past: course.hearing(past) == "requested",
    "transfer_level": _has_other_levels,
    "deliver": lambda read, task, past: course.last(past, "case.delivered") is None,
    "arrange_visit": _visit_open,
    "record_finding": _to_find,
    "call_off_visit": _visit_arranged,
    "verify_commitment": _committed("signed", "relied"),
    "break_commitment": _committed("signed", "relied"),
    "repair_commitment": _committed("broken"),
    "supply": lambda read, task, past: tolerance_now(past).state == "open",
    "revoke_decision": _approved,
    "correct_decision": _produced,
}


def _offer(read: ReadCase, procedure: Procedure, task: Task | None, past: list[PastEvent]) -> Offer:
    name = task.task if task else None
    return Offer(
        kind=procedure.kind,
        zh=procedure.zh,
        en=procedure.en,
        task=name,
        task_name=task_name(read.version, name),
        revision=task.revision if task else read.case.revision,
        needs=tuple(procedure.needs),
        choices=_choices(read, procedure, task, past),
        basis=procedure.basis,
    )


def _choices(read: ReadCase, procedure: Procedure, task: Task | None, past: list[PastEvent]) -> dict[str, list[Choice]]:
    found: dict[str, list[Choice]] = {}
    if procedure.causes:
        causes = procedure.causes
        if procedure.kind == "resume":
            standing = {one.cause for one in course.standing(past) if one.task == (task.task if task else None)}
            causes = {name: cause for name, cause in causes.items() if name in standing}
        found["cause"] = [Choice(name, cause.zh, cause.en) for name, cause in causes.items()]
    if "department" in procedure.needs:
        found["department"] = [Choice(d.id, d.name, d.name) for d in _departments(read, procedure, task)]
    if "region" in procedure.needs:
        regions = read.kernel.directory.regions.values()
        found["region"] = [Choice(r.code, r.name, r.name) for r in regions if r.code != read.case.region]
    if "materials" in procedure.needs:
        materials = read.version.journey.materials
        found["materials"] = [Choice(m.id, m.name, english(read.version, m.name)) for m in materials]
    if procedure.kind == "correct_decision" and task is not None:
        found["detail"] = _licence_fields(read, task)
    return found


def _departments(read: ReadCase, procedure: Procedure, task: Task | None) -> Sequence[Department]:
    """To whom the task may go: with the same level any department, to another level whoever may exercise its item."""
    region = read.kernel.directory.region(read.case.region)
    if task is None:
        return region.departments
    if procedure.kind == "transfer_level":
        return of_other_levels(region, item_of(read.version, task.task), task.department)
    levels = {one.id: region.level_of(one) for one in region.departments}
    return [
        one
        for one in region.departments
        if one.id != task.department and levels[one.id] == levels.get(task.department, levels[one.id])
    ]


def _licence_fields(read: ReadCase, task: Task) -> list[Choice]:
    definition = read.version.journey.task(task.task)
    if definition is None or definition.produces is None:
        return []
    fields = read.kernel.licence_types[definition.produces.licence].fields
    return [Choice(field.id, field.label, english(read.version, field.label)) for field in fields]
