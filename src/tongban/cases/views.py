"""What people see of cases: one read, one shape, for pages and programs alike.

Every read goes through the one checkpoint; a list takes its filter from the same place. Names of officers
never appear: a department speaks.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import CalendarDay, local_day
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.actions.files import departments_using
from tongban.cases.errors import CaseNotFound
from tongban.cases.facts import form_facts, known_facts
from tongban.cases.kernel import Kernel
from tongban.cases.line import Line, live_line
from tongban.cases.models import EDITABLE, INTAKE, Case, Dossier, Evidence, File, Light, Task
from tongban.cases.readiness import Count, MaterialState, MaterialStatus, count, material_statuses, prefilled
from tongban.cases.rows import open_dossier, to_case, to_files, to_tasks
from tongban.cases.rules import light
from tongban.licences import actions as licences
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import desk_scope, may
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Field

_queries = load_queries("tongban.cases")
PAGE = 20
INBOX_PAGE = 50


class CaseLine(Struct, frozen=True):
    """One case in a list."""

    region: str
    id: UUID
    number: str
    journey: str
    name: str
    state: str
    outcome: str | None
    submitted_at: dt.datetime
    due_on: dt.date | None
    closed_at: dt.datetime | None
    light: Light


class FormLine(Struct, frozen=True):
    """One answered field: label, value as people read it, and where it was filled in from, if it was."""

    id: str
    label: str
    value: str
    source: str | None = None
    sensitive: bool = False


class MaterialLine(Struct, frozen=True):
    """One material: where it came from. ``shown`` are the values that flowed, for those entitled to them."""

    id: str
    name: str
    state: MaterialState
    provider: str | None = None
    source: str | None = None
    basis: str | None = None
    looked_up_at: dt.datetime | None = None
    look_up: UUID | None = None
    outcome: str | None = None
    shown: list[FormLine] = []
    files: tuple[File, ...] = ()


class NotAsked(Struct, frozen=True):
    """A document or field the person did not have to bring, with its proof."""

    kind: Literal["material", "field"]
    name: str
    provider: str
    basis: str
    at: dt.datetime
    look_up: UUID


class EventLine(Struct, frozen=True):
    """One dated event. ``id`` is its ledger entry's: the receipt is found under it."""

    id: UUID
    at: dt.datetime
    kind: str
    task: str | None
    task_name: str | None
    actor: str
    actor_name: str
    basis: str | None
    detail: dict[str, Any]


class QuestionLine(Struct, frozen=True):
    """A question of the applicant and its answer."""

    id: UUID
    at: dt.datetime
    text: str
    answer: str | None = None
    answered_at: dt.datetime | None = None
    answered_by: str | None = None


class LicenceLine(Struct, frozen=True):
    """A licence that came out of the case."""

    region: str
    id: UUID
    type: str
    name: str
    number: str
    holder_name: str
    code: str
    state: str
    document: bool


class CasePage(Struct, frozen=True):
    """Everything about one case that its reader may see."""

    case: CaseLine
    applicant_name: str
    finish_code: str | None
    accepted_at: dt.datetime | None
    revision: int
    line: Line
    used_days: int | None
    count: Count
    not_asked: list[NotAsked]
    materials: list[MaterialLine]
    form: list[FormLine]
    events: list[EventLine]
    questions: list[QuestionLine]
    licences: list[LicenceLine]
    editable: bool
    withdrawable: bool
    now: dt.datetime


class InboxLine(Struct, frozen=True):
    """One task in a department's inbox."""

    region: str
    case_id: UUID
    task: str
    task_name: str
    kind: str
    number: str
    journey: str
    journey_name: str
    applicant_name: str
    department: str
    started_at: dt.datetime | None
    due_on: dt.date | None
    light: Light
    days_left: int | None
    revision: int
    questions_open: int = 0
    decision: str | None = None
    decided_at: dt.datetime | None = None


class Inbox(Struct, frozen=True):
    """A page of tasks, nearest due day first; ``next`` continues it. Counts are over the whole scope."""

    tasks: list[InboxLine]
    open: int
    late: int
    soon: int
    next: str | None = None


class TaskPage(Struct, frozen=True):
    """One task with its case, as its department sees it. ``computation``: the due date day by day."""

    page: CasePage
    task: Task
    task_name: str
    department_name: str
    decisions: list[str]
    computation: list[CalendarDay]
    light: Light
    days_left: int | None
    previous: list[EventLine]


def _version(kernel: Kernel, row: Any) -> JourneyVersion:
    return kernel.catalogue.pinned(row.pack, row.version, row.journey)


def _task_name(version: JourneyVersion, task: str | None) -> str | None:
    if task == INTAKE:
        return "受理审查"
    definition = version.journey.task(task) if task else None
    return definition.name if definition else None


async def my_cases(
    kernel: Kernel, actor: Actor, before: tuple[dt.datetime, UUID] | None = None
) -> tuple[list[CaseLine], tuple[dt.datetime, UUID] | None]:
    """One's own cases, newest first, 20 a page; the second value continues the list."""
    at, case_id = before or (None, None)
    async with kernel.database.connection() as connection:
        rows = [
            row
            async for row in _queries.cases_of(
                connection, account=actor.account, before_at=at, before_id=case_id, most=PAGE + 1
            )
        ]
    lines = [_case_line(kernel, row, local_day(row.now)) for row in rows[:PAGE]]
    more = (lines[-1].submitted_at, lines[-1].id) if len(rows) > PAGE else None
    return lines, more


def _case_line(kernel: Kernel, row: Any, today: dt.date) -> CaseLine:
    running = row.closed_at is None
    return CaseLine(
        region=row.region,
        id=row.id,
        number=row.number,
        journey=row.journey,
        name=_version(kernel, row).journey.name,
        state=row.state,
        outcome=row.outcome,
        submitted_at=row.submitted_at,
        due_on=row.due_on,
        closed_at=row.closed_at,
        light=light(row.due_on if running else None, today, kernel.calendar),
    )


class _Read(Struct, frozen=True):
    """One case as read: everything the views are built from."""

    kernel: Kernel
    version: JourneyVersion
    case: Case
    dossier: Dossier
    tasks: list[Task]
    row: Any
    files: tuple[File, ...]
    evidence: tuple[Evidence, ...]
    today: dt.date

    def department_name(self, department: str) -> str:
        """The name people know a department by."""
        found = self.kernel.directory.department(self.case.region, department)
        return found.name if found else department

    def facts(self) -> dict[str, object]:
        """The names rules read."""
        known = known_facts(
            self.version, self.dossier.applicant, self.dossier.evidence, self.kernel.resources, self.today
        )
        return {**known, **form_facts(self.version, self.dossier.form)}


async def _read(connection: Connection, kernel: Kernel, actor: Actor, region: str, case_id: UUID, action: str) -> _Read:
    row = await _queries.case(connection, region=region, id=case_id)
    if row is None:
        raise CaseNotFound()
    case = to_case(row)
    if not may(actor, action, Subject(region=region, owner=case.account, departments=case.departments)):
        raise CaseNotFound()
    dossier = open_dossier(kernel.vault, region, case_id, row.dossier)
    return _Read(
        kernel=kernel,
        version=_version(kernel, row),
        case=case,
        dossier=dossier,
        tasks=to_tasks(row.tasks),
        row=row,
        files=to_files(row.files),
        evidence=dossier.evidence,
        today=local_day(row.now),
    )


async def case_page(kernel: Kernel, actor: Actor, region: str, case_id: UUID) -> CasePage:
    """One case for its applicant, or for a department that takes part. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        read = await _read(connection, kernel, actor, region, case_id, "case.read")
        issued = await licences.of_source(connection, kernel.vault, region, case_id)
    return _page(read, actor, issued)


def _page(read: _Read, actor: Actor, issued: Sequence[Any]) -> CasePage:
    case, own = read.case, read.case.account == actor.account
    live = live_line(read.version, read.kernel.directory, read.kernel.calendar, case, read.tasks, read.today)
    intake = next(t for t in read.tasks if t.task == INTAKE)
    open_for_applicant = own and case.state in EDITABLE and intake.state != "done"
    return CasePage(
        case=_case_line(read.kernel, read.row, read.today),
        applicant_name=case.applicant_name,
        finish_code=case.finish_code,
        accepted_at=case.accepted_at,
        revision=case.revision,
        line=live,
        used_days=live.used_days,
        count=count(read.version, read.dossier, read.files, read.kernel.resources, read.today),
        not_asked=_not_asked(read),
        materials=_materials(read, actor, own),
        form=_form(read),
        events=_events(read),
        questions=[msgspec.convert(q, QuestionLine) for q in _named_answers(read)],
        licences=[_licence(one) for one in issued] if own or _decides(read, actor) else [],
        editable=open_for_applicant,
        withdrawable=open_for_applicant,
        now=read.row.now,
    )


def _decides(read: _Read, actor: Actor) -> bool:
    return bool(set(actor.departments(read.case.region, "handler", "head")) & set(read.case.departments))


def _licence(one: Any) -> LicenceLine:
    return LicenceLine(
        one.region, one.id, one.type, one.type_name, one.number, one.holder_name, one.code, one.state,
        one.pdf_sha256 is not None,
    )  # fmt: skip


def _named_answers(read: _Read) -> list[dict[str, Any]]:
    return [
        {**q, "answered_by": q["answered_by"] and read.department_name(q["answered_by"])} for q in read.row.questions
    ]


def _events(read: _Read) -> list[EventLine]:
    return [
        EventLine(
            id=UUID(e["id"]),
            at=dt.datetime.fromisoformat(e["at"]),
            kind=e["kind"],
            task=e["task"],
            task_name=_task_name(read.version, e["task"]),
            actor=e["actor"],
            actor_name="申请人" if e["actor"] == "applicant" else read.department_name(e["actor"]),
            basis=e["basis"],
            detail=e["detail"],
        )
        for e in read.row.events
    ]


def _form(read: _Read) -> list[FormLine]:
    known = read.facts()
    sources = prefilled(read.version, read.dossier.form, known)
    return [
        FormLine(
            id=field.id,
            label=field.label,
            value=shown_value(field, read.dossier.form[field.id]),
            source=_source_name(read, sources.get(field.id)),
            sensitive=field.sensitive,
        )
        for field in read.version.form.fields
        if read.dossier.form.get(field.id) not in (None, "")
    ]


def _source_name(read: _Read, name: str | None) -> str | None:
    """Who a prefilled value came from: a department's name, or the person's own account."""
    if name is None:
        return None
    material = name.split(".")[1] if name.startswith("evidence.") else None
    one = next((e for e in read.evidence if e.material == material and e.found), None)
    return read.department_name(one.provider) if one else "本人账户"


def shown_value(field: Field, value: Any) -> str:
    """A stored value as people read it."""
    if field.kind == "boolean":
        return "是" if value else "否"
    if field.kind == "choice":
        return next((c.label for c in field.choices if c.value == value), str(value))
    return str(value)


def _statuses(read: _Read) -> list[MaterialStatus]:
    return material_statuses(read.version, read.facts(), read.evidence, read.files)


def _materials(read: _Read, actor: Actor, own: bool) -> list[MaterialLine]:
    departments = set(actor.departments(read.case.region, "handler", "head"))
    return [_material(read, s, departments, own) for s in _statuses(read) if s.state != "not_needed"]


def _material(read: _Read, status: MaterialStatus, departments: set[str], own: bool) -> MaterialLine:
    """Values and files only for the applicant and for departments whose tasks need this material."""
    using = departments_using(read.kernel, read.version, read.case.region, status.material.id)
    entitled = own or bool(departments & set(using))
    one = status.evidence if status.state == "found" else None
    return MaterialLine(
        id=status.material.id,
        name=status.material.name,
        state=status.state,
        provider=read.department_name(one.provider) if one else None,
        source=one.source if one else None,
        basis=one.basis if one else status.material.basis,
        looked_up_at=one.at if one else None,
        look_up=one.look_up if one else None,
        outcome=status.evidence.outcome if status.evidence else None,
        shown=_shown(read.kernel, one) if one and entitled else [],
        files=status.files if entitled else (),
    )


def _shown(kernel: Kernel, evidence: Evidence) -> list[FormLine]:
    kind, _, name = evidence.source.partition(":")
    labels: Mapping[str, str] = {"number": "证照编号"}
    if kind == "resource" and name in kernel.resources:
        labels = {f.id: f.label for f in kernel.resources[name].fields}
    elif name in kernel.licence_types:
        labels = {**labels, **{f.id: f.label for f in kernel.licence_types[name].fields}}
    return [FormLine(name, labels.get(name, name), str(value)) for name, value in evidence.fields.items()]


def _not_asked(read: _Read) -> list[NotAsked]:
    """Documents found instead of asked for, and fields filled in: counted from the look-ups themselves."""
    found = {s.material.id: s.evidence for s in _statuses(read) if s.state == "found" and s.evidence}
    lines = [
        _not_asked_line(read, "material", read.version.journey.material(m), e) for m, e in found.items()
    ]
    fields = {f.id: f for f in read.version.form.fields}
    for field_id, name in prefilled(read.version, read.dossier.form, read.facts()).items():
        one = found.get(name.split(".")[1]) if name.startswith("evidence.") else None
        if one is not None:
            lines.append(_not_asked_line(read, "field", fields[field_id], one))
    return lines


def _not_asked_line(read: _Read, kind: Literal["material", "field"], thing: Any, one: Evidence) -> NotAsked:
    return NotAsked(
        kind=kind,
        name=thing.label if kind == "field" else thing.name,
        provider=read.department_name(one.provider),
        basis=one.basis,
        at=one.at,
        look_up=one.look_up,
    )


async def inbox(
    kernel: Kernel,
    actor: Actor,
    region: str,
    today: dt.date,
    after: tuple[dt.date, UUID, str] | None = None,
    most: int = INBOX_PAGE,
) -> Inbox:
    """Tasks waiting for one's departments. Raises ``NotAllowed`` for somebody without such a post."""
    scope = desk_scope(actor, region)
    due, case_id, task = after or (None, None, None)
    place = {"region": region, "departments": list(scope.departments)}
    soon = kernel.calendar.add_workdays(today, 1).day
    async with kernel.database.connection() as connection:
        rows = [
            row
            async for row in _queries.inbox(
                connection, **place, after_due=due, after_case=case_id, after_task=task, most=most + 1
            )
        ]
        counts = await _queries.inbox_counts(connection, **place, today=today, soon=soon)
    lines = [_inbox_line(kernel, row, today) for row in rows[:most]]
    last = rows[most - 1] if len(rows) > most else None
    return Inbox(lines, counts.open, counts.late, counts.soon, last and f"{last.due_on}~{last.case_id}~{last.task}")


async def decided(
    kernel: Kernel, actor: Actor, region: str, today: dt.date, before: dt.datetime | None = None
) -> list[InboxLine]:
    """Tasks one's departments decided, newest first, 50 a page."""
    scope = desk_scope(actor, region)
    async with kernel.database.connection() as connection:
        rows = _queries.decided(
            connection, region=region, departments=list(scope.departments), before_at=before, most=INBOX_PAGE
        )
        return [_inbox_line(kernel, row, today) async for row in rows]


def _inbox_line(kernel: Kernel, row: Any, today: dt.date) -> InboxLine:
    version = _version(kernel, row)
    finished = getattr(row, "decided_at", None)
    left = kernel.calendar.workdays_between(today, row.due_on) if row.due_on and not finished else None
    return InboxLine(
        region=row.region,
        case_id=row.case_id,
        task=row.task,
        task_name=_task_name(version, row.task) or row.task,
        kind=row.kind,
        number=row.number,
        journey=row.journey,
        journey_name=version.journey.name,
        applicant_name=row.applicant_name,
        department=row.department,
        started_at=row.started_at,
        due_on=row.due_on,
        light=light(None if finished else row.due_on, today, kernel.calendar),
        days_left=left,
        revision=row.revision,
        questions_open=row.questions_open,
        decision=getattr(row, "decision", None),
        decided_at=finished,
    )


async def task_page(kernel: Kernel, actor: Actor, region: str, case_id: UUID, task_id: str) -> TaskPage:
    """One task for the departments that take part in its case. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        read = await _read(connection, kernel, actor, region, case_id, "task.read")
        issued = await licences.of_source(connection, kernel.vault, region, case_id)
    task = next((t for t in read.tasks if t.task == task_id), None)
    if task is None:
        raise CaseNotFound()
    page = _page(read, actor, issued)
    started = local_day(task.started_at) if task.started_at else None
    definition = read.version.journey.task(task_id)
    days = definition.days if definition else read.version.journey.acceptance.days
    running = task.state == "ready" and task.due_on is not None
    return TaskPage(
        page=page,
        task=task,
        task_name=_task_name(read.version, task_id) or task_id,
        department_name=read.department_name(task.department),
        decisions=_decisions(read, actor, task),
        computation=list(read.kernel.calendar.computation(started, days)) if started else [],
        light=light(task.due_on if running else None, read.today, read.kernel.calendar),
        days_left=read.kernel.calendar.workdays_between(read.today, task.due_on) if running and task.due_on else None,
        previous=[e for e in page.events if e.kind.startswith(("task.", "case.accepted"))],
    )


def _decisions(read: _Read, actor: Actor, task: Task) -> list[str]:
    """What this reader may decide now; empty when the task is another department's or not ready."""
    if task.state != "ready" or not may(actor, "task.decide", Subject(region=read.case.region, department=task.department)):
        return []
    if task.kind == "step":
        return ["approve", "decline"]
    once = [] if task.decision == "supplement" else ["supplement"]
    return ["accept", *once, "return", "refuse"]
