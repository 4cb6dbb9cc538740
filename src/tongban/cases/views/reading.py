"""Read cases: one round trip, one checkpoint, one shape, for the applicant and for departments alike."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.actions.files import departments_using
from tongban.cases.errors import CaseNotFound
from tongban.cases.facts import form_facts, known_facts
from tongban.cases.kernel import Kernel
from tongban.cases.line import live_line, without
from tongban.cases.measures.ended import to_ended
from tongban.cases.measures.figures import effect_of
from tongban.cases.measures.models import Effect
from tongban.cases.models import EDITABLE, INTAKE, OPEN, PLATFORM, Case, Dossier, Evidence, File, Task
from tongban.cases.oversight.urged import urged_tasks
from tongban.cases.readiness import MaterialStatus, count, material_statuses, prefilled
from tongban.cases.rows import open_dossier, to_case, to_events, to_files, to_tasks
from tongban.cases.views.clock_line import clock_line
from tongban.cases.views.paths import paths_line
from tongban.cases.views.shapes import (
    CaseLine,
    CasePage,
    EventLine,
    FormLine,
    LicenceLine,
    MaterialLine,
    NotAsked,
    QuestionLine,
)
from tongban.licences import actions as licences
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may, owns
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Field

_queries = load_queries("tongban.cases")
PAGE = 20
_SPEAKERS = {"applicant": "申请人", PLATFORM: "平台自动"}


def version_of(kernel: Kernel, row: Any) -> JourneyVersion:
    """The journey version a row is pinned to."""
    return kernel.catalogue.pinned(row.pack, row.version, row.journey)


def task_name(version: JourneyVersion, task: str | None) -> str | None:
    """The name of a task; intake has the same one everywhere."""
    if task == INTAKE:
        return "受理审查"
    definition = version.journey.task(task) if task else None
    return definition.name if definition else None


async def my_cases(
    kernel: Kernel, actor: Actor, before: tuple[dt.datetime, UUID] | None = None, only: UUID | None = None
) -> tuple[list[CaseLine], tuple[dt.datetime, UUID] | None]:
    """One's own cases and those of everybody one may act for (or of ``only`` one), newest first, 20 a page; the second
    value continues the list."""
    owners, within = actor.reaching(only)
    at, case_id = before or (None, None)
    async with kernel.database.connection() as connection:
        rows = [
            row
            async for row in _queries.cases_of(
                connection, owners=owners, within=within, before_at=at, before_id=case_id, most=PAGE + 1
            )
        ]
    lines = [_case_line(kernel, row, local_day(row.now), actor) for row in rows[:PAGE]]
    more = (lines[-1].submitted_at, lines[-1].id) if len(rows) > PAGE else None
    return lines, more


def _case_line(kernel: Kernel, row: Any, today: dt.date, actor: Actor) -> CaseLine:
    running, version = row.closed_at is None, version_of(kernel, row)
    theirs = row.enterprise or (row.account in actor.owners and row.account != actor.account)
    marks = kernel.oversight.lights.of_case(row.region, version.journey)
    return CaseLine(
        region=row.region,
        id=row.id,
        number=row.number,
        journey=row.journey,
        name=version.journey.name,
        state=row.state,
        outcome=row.outcome,
        submitted_at=row.submitted_at,
        due_on=row.due_on,
        closed_at=row.closed_at,
        light=marks.light(row.due_on if running else None, today, kernel.calendar_in(row.region)),
        on_behalf_of=row.applicant_name if theirs else None,
        provisional=kernel.calendar_in(row.region).assumed(row.due_on),
    )


class ReadCase(Struct, frozen=True):
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

    def department_name(self, department: str, at: dt.datetime | None = None) -> str:
        """The name people know a department by, or knew it by at ``at``, when it did what is shown.

        Of a case that came from another region it may be one of there.
        """
        directory, places = self.kernel.directory, (self.case.region, *self.kernel.directory.regions)
        if at is not None:
            return next((name for place in places if (name := directory.name_at(place, department, at))), department)
        found = next((one for place in places if (one := directory.department(place, department))), None)
        return found.name if found else department

    def facts(self) -> dict[str, object]:
        """The names rules read."""
        known = known_facts(
            self.version, self.dossier.applicant, self.dossier.evidence, self.kernel.resources, self.today
        )
        return {**known, **form_facts(self.version, self.dossier.form)}

    def moot(self) -> set[str]:
        """Tasks that this case will not need, as far as its facts say so already."""
        facts, tasks = self.facts(), self.version.journey.tasks
        return {task.id for task in tasks if task.when is not None and self.version.holds(task.when, facts) is False}


async def read_case(
    connection: Connection, kernel: Kernel, actor: Actor, region: str, case_id: UUID, action: str
) -> ReadCase:
    """One case, if ``actor`` may do ``action`` to it; the same ``CaseNotFound`` otherwise."""
    row = await _queries.case(connection, region=region, id=case_id)
    if row is None or row.account is None:  # a ticket has a page of its own
        raise CaseNotFound()
    case = to_case(row)
    subject = Subject(
        region=region, owner=case.owner, departments=case.departments, service=case.journey, matter=case_id
    )
    if not may(actor, action, subject):
        raise CaseNotFound()
    dossier = open_dossier(kernel.vault, region, case_id, row.dossier)
    return ReadCase(
        kernel=kernel.here(region),
        version=version_of(kernel, row),
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
        read = await read_case(connection, kernel, actor, region, case_id, "case.read")
        issued = await licences.of_source(connection, kernel.vault, region, case_id)
    return page_of(read, actor, issued)


def page_of(read: ReadCase, actor: Actor, issued: Sequence[Any]) -> CasePage:
    """The whole page of one case, as far as ``actor`` may see it."""
    case = read.case
    own = owns(actor, Subject(region=case.region, owner=case.owner, service=case.journey))
    live = live_line(
        read.version,
        read.kernel.directory,
        read.kernel.calendar,
        case,
        read.tasks,
        read.today,
        lights=read.kernel.oversight.lights,
        urged=urged_tasks(read.row.events),
    )
    past = to_events(read.row.events)
    intake = next(t for t in read.tasks if t.task == INTAKE)
    open_for_applicant = own and case.state in EDITABLE and intake.state != "done"
    return CasePage(
        case=_case_line(read.kernel, read.row, read.today, actor),
        applicant_name=case.applicant_name,
        agent_name=read.dossier.applicant.agent_name if case.enterprise is None else None,
        channel="window" if read.dossier.window else "online",
        helper_name=read.dossier.window.clerk if read.dossier.window else None,
        finish_code=case.finish_code,
        accepted_at=case.accepted_at,
        revision=case.revision,
        line=without(live, read.moot()),
        used_days=live.used_days,
        effect=_effect(read),
        count=count(read.version, read.dossier, read.files, read.kernel.resources, read.today),
        not_asked=_not_asked(read),
        materials=_materials(read, actor, own),
        form=_form(read, actor, own),
        events=_events(read),
        questions=[msgspec.convert(q, QuestionLine) for q in _named_answers(read)],
        licences=[_licence(one) for one in issued] if own or _decides(read, actor) else [],
        editable=open_for_applicant,
        withdrawable=own and case.state in OPEN,
        now=read.row.now,
        paths=paths_line(read.version, case, past, read.facts()),
        clock=clock_line(read.kernel, read.version, case, past, read.tasks, read.row.now),
    )


def _effect(read: ReadCase) -> Effect | None:
    if read.case.closed_at is None:
        return None
    return effect_of(to_ended(read.kernel, read.version, read.dossier, read.files, read.row), read.kernel.calendar)


def _decides(read: ReadCase, actor: Actor) -> bool:
    return bool(set(actor.departments(read.case.region, "handler", "head")) & set(read.case.departments))


def _licence(one: Any) -> LicenceLine:
    return LicenceLine(
        one.region, one.id, one.type, one.type_name, one.number, one.holder_name, one.code, one.state,
        one.pdf_sha256 is not None,
    )  # fmt: skip


def _named_answers(read: ReadCase) -> list[dict[str, Any]]:
    return [
        {**q, "answered_by": q["answered_by"] and read.department_name(q["answered_by"])} for q in read.row.questions
    ]


def _events(read: ReadCase) -> list[EventLine]:
    return [
        EventLine(
            id=UUID(e["id"]),
            at=dt.datetime.fromisoformat(e["at"]),
            kind=e["kind"],
            task=e["task"],
            task_name=task_name(read.version, e["task"]),
            actor=e["actor"],
            actor_name=_SPEAKERS.get(e["actor"])
            or read.department_name(e["actor"], dt.datetime.fromisoformat(e["at"])),
            basis=e["basis"],
            detail=e["detail"],
        )
        for e in read.row.events
    ]


def _form(read: ReadCase, actor: Actor, own: bool) -> list[FormLine]:
    """The answers that this reader may see: a field that names tasks is for their departments only."""
    departments = set(actor.departments(read.case.region, "handler", "head"))
    having = {task.task for task in read.tasks if task.department in departments}
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
        if read.dossier.form.get(field.id) not in (None, "") and (own or not field.tasks or having & set(field.tasks))
    ]


def _source_name(read: ReadCase, name: str | None) -> str | None:
    """Who a prefilled value came from: a department's name, or the applicant's own account."""
    if name is None:
        return None
    material = name.split(".")[1] if name.startswith("evidence.") else None
    one = next((e for e in read.evidence if e.material == material and e.found), None)
    own = read.case.enterprise is None or name.startswith("applicant.agent_")
    return read.department_name(one.provider) if one else "本人账户" if own else "企业账户"


def shown_value(field: Field, value: Any) -> str:
    """A stored value as people read it."""
    if field.kind == "boolean":
        return "是" if value else "否"
    if field.kind == "choice":
        return next((c.label for c in field.choices if c.value == value), str(value))
    return str(value)


def _statuses(read: ReadCase) -> list[MaterialStatus]:
    signed, tolerated = read.dossier.commitments, read.dossier.tolerated
    return material_statuses(read.version, read.facts(), read.evidence, read.files, signed, tolerated)


def _materials(read: ReadCase, actor: Actor, own: bool) -> list[MaterialLine]:
    departments = set(actor.departments(read.case.region, "handler", "head"))
    return [_material(read, s, departments, own) for s in _statuses(read) if s.state != "not_needed"]


def _material(read: ReadCase, status: MaterialStatus, departments: set[str], own: bool) -> MaterialLine:
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
        of_another=one is not None and status.material.consent_of is not None,
    )


def _shown(kernel: Kernel, evidence: Evidence) -> list[FormLine]:
    kind, _, name = evidence.source.partition("#")[0].partition(":")
    labels: Mapping[str, str] = {"number": "证照编号"}
    if kind == "resource" and name in kernel.resources:
        labels = {f.id: f.label for f in kernel.resources[name].fields}
    elif name in kernel.licence_types:
        labels = {**labels, **{f.id: f.label for f in kernel.licence_types[name].fields}}
    return [FormLine(name, labels.get(name, name), str(value)) for name, value in evidence.fields.items()]


def _not_asked(read: ReadCase) -> list[NotAsked]:
    """Documents found instead of asked for, and fields filled in: counted from the look-ups themselves."""
    found = {s.material.id: s.evidence for s in _statuses(read) if s.state == "found" and s.evidence}
    lines = [_not_asked_line(read, "material", read.version.journey.material(m), e) for m, e in found.items()]
    fields = {f.id: f for f in read.version.form.fields}
    for field_id, name in prefilled(read.version, read.dossier.form, read.facts()).items():
        one = found.get(name.split(".")[1]) if name.startswith("evidence.") else None
        if one is not None:
            lines.append(_not_asked_line(read, "field", fields[field_id], one))
    return lines


def _not_asked_line(read: ReadCase, kind: Literal["material", "field"], thing: Any, one: Evidence) -> NotAsked:
    return NotAsked(
        kind=kind,
        name=thing.label if kind == "field" else thing.name,
        provider=read.department_name(one.provider),
        basis=one.basis,
        at=one.at,
        look_up=one.look_up,
    )
