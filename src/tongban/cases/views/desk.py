"""What a department sees: its inbox, what it decided, and one task with all it needs to decide."""

import datetime as dt
from typing import Any
from uuid import UUID

from tongban.basics.calendar import local_day
from tongban.basics.sql import load_queries
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.models import Task
from tongban.cases.rules import light
from tongban.cases.views.reading import ReadCase, page_of, read_case, task_name, version_of
from tongban.cases.views.shapes import Inbox, InboxLine, TaskPage
from tongban.licences import actions as licences
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import desk_scope, may

_queries = load_queries("tongban.cases")
INBOX_PAGE = 50


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
    version = version_of(kernel, row)
    finished = getattr(row, "decided_at", None)
    left = kernel.calendar.workdays_between(today, row.due_on) if row.due_on and not finished else None
    return InboxLine(
        region=row.region,
        case_id=row.case_id,
        task=row.task,
        task_name=task_name(version, row.task) or row.task,
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
        read = await read_case(connection, kernel, actor, region, case_id, "task.read")
        issued = await licences.of_source(connection, kernel.vault, region, case_id)
    task = next((t for t in read.tasks if t.task == task_id), None)
    if task is None:
        raise CaseNotFound()
    page = page_of(read, actor, issued)
    started = local_day(task.started_at) if task.started_at else None
    definition = read.version.journey.task(task_id)
    days = definition.days if definition else read.version.journey.acceptance.days
    running = task.state == "ready" and task.due_on is not None
    return TaskPage(
        page=page,
        task=task,
        task_name=task_name(read.version, task_id) or task_id,
        department_name=read.department_name(task.department),
        decisions=_decisions(read, actor, task),
        computation=list(read.kernel.calendar.computation(started, days)) if started else [],
        light=light(task.due_on if running else None, read.today, read.kernel.calendar),
        days_left=read.kernel.calendar.workdays_between(read.today, task.due_on) if running and task.due_on else None,
        previous=[e for e in page.events if e.kind.startswith(("task.", "case.accepted"))],
    )


def _decisions(read: ReadCase, actor: Actor, task: Task) -> list[str]:
    """What this reader may decide now; empty when the task is another department's or not ready."""
    if task.state != "ready" or not may(
        actor, "task.decide", Subject(region=read.case.region, department=task.department)
    ):
        return []
    if task.kind == "step":
        return ["approve", "decline"]
    once = [] if task.decision == "supplement" else ["supplement"]
    return ["accept", *once, "return", "refuse"]
