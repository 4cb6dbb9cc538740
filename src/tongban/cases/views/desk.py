"""What a department sees: its inbox, what it decided, and one task with all it needs to decide."""

import datetime as dt
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import in_one_trip
from tongban.basics.sql import load_queries
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.measures.openings import note_opening
from tongban.cases.models import Light, Task
from tongban.cases.oversight.clocks import urgings_about
from tongban.cases.oversight.lights import DEFAULT
from tongban.cases.oversight.marking import LAST, bounds
from tongban.cases.oversight.shapes import UrgingLine
from tongban.cases.rows import to_tasks
from tongban.cases.rules import ways_of_appeal
from tongban.cases.views.clock_line import computation
from tongban.cases.views.reading import ReadCase, page_of, read_case, task_name, version_of
from tongban.cases.views.shapes import Inbox, InboxLine, TaskPage
from tongban.licences import actions as licences
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject
from tongban.parties.organisation.reading import names_of
from tongban.parties.rules import DECIDERS, desk_scope, may

_queries = load_queries("tongban.cases")
_paths = load_queries("tongban.cases", "paths.sql")
INBOX_PAGE = 50
NEVER = LAST
Place = tuple[dt.date, UUID, str]
Left = tuple[dt.datetime, UUID, str]


class Narrowing(Struct, frozen=True):
    """Which part of an inbox is wanted; None stands for all. ``light`` means nothing to decided tasks."""

    department: str | None = None
    journey: str | None = None
    task: str | None = None
    light: Light | None = None


EVERYTHING = Narrowing()


async def inbox(
    kernel: Kernel,
    actor: Actor,
    region: str,
    today: dt.date,
    after: Place | None = None,
    most: int = INBOX_PAGE,
    only: Narrowing = EVERYTHING,
) -> Inbox:
    """Tasks waiting for one's departments. Raises ``NotAllowed`` for somebody without such a post.

    The counts are over the departments in ``only``, whatever else it narrows.
    """
    due, case_id, task = after or (None, None, None)
    place = {"region": region, "departments": _departments(actor, region, only)}
    limits = bounds(kernel, region, today)
    due_from, due_until = limits.between(only.light)
    wanted = {
        "after_due": due,
        "after_case": case_id,
        "after_task": task,
        "journey": only.journey,
        "only_task": only.task,
        "due_from": due_from,
        "due_until": due_until,
        "light": only.light,
        "most": most + 1,
    }
    counted = _queries.inbox_counts_marked if limits.differing else _queries.inbox_counts
    all_own = {"region": region, "departments": list(desk_scope(actor, region).departments), "today": today}
    async with kernel.database.connection() as connection:
        rows, [counts], [verify] = await in_one_trip(
            connection,
            (_queries.inbox.sql, {**place, **wanted, **limits.columns()}),
            (counted.sql, {**place, **limits.columns(), "today": today, "soon": limits.yellow}),
            (_paths.verifications_counted.sql, all_own),
        )
    lines = [_inbox_line(kernel, row, today) for row in rows[:most]]
    last = rows[most - 1] if len(rows) > most else None
    further = last and f"{last.due_on or NEVER}~{last.case_id}~{last.task}"
    return Inbox(lines, counts.open, counts.late, counts.soon, further, verify.open, verify.late)


def _departments(actor: Actor, region: str, only: Narrowing) -> list[str]:
    """The departments of one's scope that are wanted. Raises ``NotAllowed`` when none is left."""
    wanted = [d for d in desk_scope(actor, region).departments if only.department in (None, d)]
    if not wanted:
        raise NotAllowed()
    return wanted


async def decided(
    kernel: Kernel,
    actor: Actor,
    region: str,
    today: dt.date,
    before: Left | None = None,
    only: Narrowing = EVERYTHING,
) -> list[InboxLine]:
    """Tasks one's departments decided, newest first, 50 a page; ``before`` is the last row seen.

    Raises ``NotAllowed``.
    """
    departments = _departments(actor, region, only)
    at, case_id, task = before or (None, None, None)
    async with kernel.database.connection() as connection:
        rows = _queries.decided(
            connection,
            region=region,
            departments=departments,
            before_at=at,
            before_case=case_id,
            before_task=task,
            journey=only.journey,
            only_task=only.task,
            most=INBOX_PAGE,
        )
        return [_inbox_line(kernel, row, today) async for row in rows]


def _names(kernel: Kernel, row: Any) -> tuple[str, str]:
    """What the journey and the task of a row are called; the ways of tickets and requests stand apart from journeys."""
    request = kernel.sharing.ways.get((row.pack, row.version)) if row.ticket else None
    if request is not None:
        return request.way.name, request.step(row.task)
    if row.ticket:
        way = kernel.oversight.ways[row.pack, row.version].journey
        return way.name, (way.verify if row.task == "verify" else way.correct).name
    version = version_of(kernel, row)
    return version.journey.name, task_name(version, row.task) or row.task


def _light(kernel: Kernel, row: Any, today: dt.date) -> Light:
    if getattr(row, "decided_at", None):
        return "none"
    lights = kernel.oversight.lights
    marks = DEFAULT if row.ticket else lights.of_task(row.region, version_of(kernel, row).journey, row.task)
    return marks.light(row.due_on, today, kernel.calendar_in(row.region))


def _inbox_line(kernel: Kernel, row: Any, today: dt.date) -> InboxLine:
    journey_name, name = _names(kernel, row)
    finished = getattr(row, "decided_at", None)
    calendar = kernel.calendar_in(row.region)
    left = calendar.workdays_between(today, row.due_on) if row.due_on and not finished else None
    return InboxLine(
        region=row.region,
        case_id=row.case_id,
        task=row.task,
        task_name=name,
        kind=row.kind,
        number=row.number,
        journey=row.journey,
        journey_name=journey_name,
        applicant_name=row.applicant_name,
        department=row.department,
        started_at=row.started_at,
        due_on=row.due_on,
        light=_light(kernel, row, today),
        days_left=left,
        revision=row.revision,
        questions_open=row.questions_open,
        ticket=row.ticket,
        sharing=row.ticket and (row.pack, row.version) in kernel.sharing.ways,
        decision=getattr(row, "decision", None),
        decided_at=finished,
        provisional=calendar.assumed(row.due_on),
    )


async def task_page(kernel: Kernel, actor: Actor, region: str, case_id: UUID, task_id: str) -> TaskPage:
    """One task for the departments that take part in its case. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        read = await read_case(connection, kernel, actor, region, case_id, "task.read")
        issued = await licences.of_source(connection, kernel.vault, region, case_id)
        task = next((t for t in read.tasks if t.task == task_id), None)
        await note_opening(connection, actor, region, case_id, task)
        deciders = (task.decided_by, task.decided_for) if task else ()
        named = await names_of(connection, [one for one in deciders if one])
    if task is None:
        raise CaseNotFound()
    page = page_of(read, actor, issued)
    running = task.state == "ready" and task.due_on is not None
    marks = kernel.oversight.lights.of_task(region, read.version.journey, task_id)
    lent = actor.standing_in(region, task.department, *DECIDERS)
    return TaskPage(
        page=page,
        task=task,
        task_name=task_name(read.version, task_id) or task_id,
        department_name=read.department_name(task.department, task.decided_at),
        decisions=_decisions(read, actor, task),
        computation=computation(page.clock.step(task_id)),
        light=marks.light(task.due_on if running else None, read.today, read.kernel.calendar),
        days_left=read.kernel.calendar.workdays_between(read.today, task.due_on) if running and task.due_on else None,
        previous=[e for e in page.events if e.kind.startswith(("task.", "case.accepted"))],
        appeal=ways_of_appeal(read.version, task_id),
        urgings=await _urgings(read),
        provisional=read.kernel.calendar.assumed(task.due_on),
        decided_by=named.get(task.decided_by) if task.decided_by else None,
        in_place_of=named.get(task.decided_for) if task.decided_for else None,
        standing_in=lent.in_place_of if lent else None,
    )


async def _urgings(read: ReadCase) -> list[UrgingLine]:
    if not any(event["kind"] == "case.urged" for event in read.row.events):
        return []
    return await urgings_about(read.kernel, read.case.region, read.case.id, read.version)


async def find_case(kernel: Kernel, actor: Actor, region: str, number: str) -> tuple[UUID, str]:
    """The case with ``number`` and the task in it that concerns the actor's departments most.

    Raises ``CaseNotFound`` alike for a number that nobody has and for a case of other departments.
    """
    async with kernel.database.connection() as connection:
        row = await _queries.numbered(connection, region=region, number=number)
    if row is None or not may(actor, "task.read", Subject(region=region, departments=tuple(row.departments))):
        raise CaseNotFound()
    own = set(actor.departments(region, *DECIDERS))
    tasks = [task for task in to_tasks(row.tasks) if task.department in own]
    order = {"ready": 0, "waiting": 1, "done": 2}
    return row.id, min(tasks, key=lambda task: (order.get(task.state, 3), task.kind != "intake", task.task)).task


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
