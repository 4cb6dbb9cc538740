"""Projects: nothing new is approved before it was compared with what exists and every likeness was answered.

Called by the desk and the API. A department proposes and answers; a data administrator decides, never the person who
proposed. The comparison is made anew in the very transaction that approves, so nothing published meanwhile is missed.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.basics.faults import Fault
from tongban.basics.ids import new_id
from tongban.ledger.actions import prepare, record
from tongban.parties.directory import Directory
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import DECIDERS, another, may, require
from tongban.resources.catalogue import rules
from tongban.resources.catalogue.actions import need_reasons, queries
from tongban.resources.catalogue.alike import compare
from tongban.resources.catalogue.definitions import Project
from tongban.resources.catalogue.errors import (
    DepartmentUnknown,
    EntryUnfit,
    LikenessUnanswered,
    OwnProject,
    ProjectUnknown,
    StateUnfit,
)
from tongban.resources.catalogue.models import Answer, Finding, ProjectState
from tongban.resources.catalogue.reading import everything
from tongban.resources.catalogue.uses import settings

PAGE = 20


async def propose(
    connection: Connection,
    actor: Actor,
    directory: Directory,
    region: str,
    department: str,
    project: Project,
    now: dt.datetime,
) -> ProjectState:
    """Propose a project for one's department; it is compared at once.

    Raises ``NotAllowed``, ``DepartmentUnknown``, ``EntryUnfit`` with every fault.
    """
    require(actor, "project.propose", Subject(region=region, department=department))
    if directory.department(region, department) is None:
        raise DepartmentUnknown(field="department", department=department)
    rules.require(_faults(project))
    project_id, content = new_id(), msgspec.json.encode(project).decode()
    async with connection.transaction():
        found = await _compared(connection, region, project)
        place = {"region": region, "id": project_id, "department": department, "content": content}
        await queries.put_project(connection, **place, findings=_json(found), person=actor.person, now=now)
        await _note(connection, actor, region, project_id, "proposed", _facts(project, found), now)
        return await _read(connection, region, project_id)


def _faults(project: Project) -> list[Fault]:
    found = []
    if len(project.title.strip()) < 2:
        found.append(Fault("title", "请填写项目名称", "Give the project a title"))
    if len(project.purpose.strip()) < 10:
        found.append(Fault("purpose", "请用至少 10 个字写明建设目的", "Say what it is for, in ten characters or more"))
    if not project.functions:
        found.append(Fault("functions", "请列出要建的功能，每行一项", "List the functions to be built, one a line"))
    return found


async def answer(
    connection: Connection, actor: Actor, region: str, project_id: UUID, entry: UUID, said: Answer, now: dt.datetime
) -> ProjectState:
    """Answer one likeness: what exists will be used, or why it does not serve.

    Raises ``ProjectUnknown``, ``NotAllowed``, ``StateUnfit``, ``ReasonsMissing``, ``EntryUnfit``.
    """
    reasons = need_reasons(said.reasons)
    async with connection.transaction():
        row = await _locked(connection, region, project_id)
        require(actor, "project.propose", Subject(region=region, department=row.department))
        state = await _checked(connection, actor, row, now)
        if str(entry) not in {str(finding.entry) for finding in state.findings}:
            raise EntryUnfit([Fault("entry", "比对结果里没有这一项", "The comparison found no such thing")])
        answers = {**state.answers, str(entry): Answer(said.choice, reasons)}
        await queries.put_answers(connection, region=region, id=project_id, answers=_json(answers))
        facts = {"entry": str(entry), "choice": said.choice, "reasons": reasons}
        await _note(connection, actor, region, project_id, "answered", facts, now)
        return await _read(connection, region, project_id)


async def check(connection: Connection, actor: Actor, region: str, project_id: UUID, now: dt.datetime) -> ProjectState:
    """Compare an open project anew. Raises ``ProjectUnknown``, ``StateUnfit``."""
    async with connection.transaction():
        return await _checked(connection, actor, await _locked(connection, region, project_id), now)


async def approve(
    connection: Connection, actor: Actor, region: str, project_id: UUID, now: dt.datetime
) -> ProjectState:
    """Approve a project every likeness of which was answered; what was found only now counts too.

    Raises ``ProjectUnknown``, ``NotAllowed``, ``OwnProject``, ``StateUnfit``, ``LikenessUnanswered``.
    """
    require(actor, "project.approve", Subject(region=region))
    # What the comparison found is kept even where it stands in the way.
    state = await check(connection, actor, region, project_id, now)
    async with connection.transaction():
        row = await _locked(connection, region, project_id)
        state = await _checked(connection, actor, row, now)
        if state.unanswered:
            raise LikenessUnanswered(count=len(state.unanswered), first=state.unanswered[0].name)
        _second(actor, row)
        return await _decide(connection, actor, state, "approved", None, now)


async def decline(
    connection: Connection, actor: Actor, region: str, project_id: UUID, reasons: str, now: dt.datetime
) -> ProjectState:
    """Decline a project, with reasons. Raises as ``approve``, and ``ReasonsMissing``."""
    require(actor, "project.approve", Subject(region=region))
    told = need_reasons(reasons)
    async with connection.transaction():
        row = await _locked(connection, region, project_id)
        state = _open(row)
        _second(actor, row)
        return await _decide(connection, actor, state, "declined", told, now)


async def projects(
    connection: Connection, actor: Actor, region: str, before: UUID | None = None, most: int = PAGE
) -> list[ProjectState]:
    """Projects of one's departments, or all for a data administrator, the newest first. Raises ``NotAllowed``."""
    everybody = may(actor, "project.approve", Subject(region=region))
    own = actor.departments(region, *DECIDERS)
    require(actor, "project.read", Subject(region=region, department=own[0] if own else None))
    place = {"region": region, "everybody": everybody, "own": own, "before": before}
    return [_state(row) async for row in queries.projects(connection, **place, most=most)]


async def read_project(connection: Connection, actor: Actor, region: str, project_id: UUID) -> ProjectState:
    """One project. Raises ``ProjectUnknown``, also for other departments."""
    state = await _read(connection, region, project_id)
    if not may(actor, "project.read", Subject(region=region, department=state.department)):
        raise ProjectUnknown()
    return state


async def _compared(connection: Connection, region: str, project: Project) -> list[Finding]:
    chosen = await settings(connection, region)
    existing = [entry for kind in ("application", "component") for entry in await everything(connection, region, kind)]
    return compare(project, existing, chosen.alike)


async def _checked(connection: Connection, actor: Actor, row: Any, now: dt.datetime) -> ProjectState:
    state = _open(row)
    if not may(actor, "project.read", Subject(region=state.region, department=state.department)):
        raise ProjectUnknown()
    found = await _compared(connection, state.region, state.project)
    if found != state.findings:
        await queries.put_findings(connection, region=state.region, id=state.id, findings=_json(found), now=now)
        await _note(connection, actor, state.region, state.id, "compared", _facts(state.project, found), now)
    return msgspec.structs.replace(state, findings=found)


def _open(row: Any) -> ProjectState:
    state = _state(row)
    if state.state != "open":
        raise StateUnfit(state=state.state)
    return state


async def _decide(
    connection: Connection, actor: Actor, state: ProjectState, decision: str, reasons: str | None, now: dt.datetime
) -> ProjectState:
    done = await queries.decide_project(
        connection,
        region=state.region,
        id=state.id,
        state=decision,
        person=actor.person,
        reasons=reasons,
        now=now,
    )
    if done is None:
        raise StateUnfit(state=decision)
    await _note(connection, actor, state.region, state.id, decision, {"reasons": reasons}, now)
    return await _read(connection, state.region, state.id)


def _second(actor: Actor, row: Any) -> None:
    if not another(actor, "project.approve", Subject(region=row.region), row.proposed_by):
        raise OwnProject()


async def _locked(connection: Connection, region: str, project_id: UUID) -> Any:
    row = await queries.lock_project(connection, region=region, id=project_id)
    if row is None:
        raise ProjectUnknown()
    return row


async def _read(connection: Connection, region: str, project_id: UUID) -> ProjectState:
    row = await queries.project(connection, region=region, id=project_id)
    if row is None:
        raise ProjectUnknown()
    return _state(row)


def _state(row: Any) -> ProjectState:
    return ProjectState(
        region=row.region,
        id=row.id,
        department=row.department,
        state=row.state,
        project=msgspec.convert(row.content, Project),
        findings=msgspec.convert(row.findings, list[Finding]),
        answers=msgspec.convert(row.answers, dict[str, Answer]),
        checked_at=row.checked_at,
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        reasons=row.reasons,
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _facts(project: Project, found: list[Finding]) -> dict[str, Any]:
    return {"title": project.title, "found": [{"entry": str(one.entry), "score": one.score} for one in found]}


async def _note(
    connection: Connection,
    actor: Actor,
    region: str,
    project_id: UUID,
    act: str,
    facts: dict[str, Any],
    now: dt.datetime,
) -> None:
    await record(connection, prepare(region, f"project.{act}", project_id, {**facts, "by": str(actor.person)}, now))
