"""A case by its clock alone, for a superior who urges: where it stands and who has it, nothing about whose it is.

A supervisor of the region watches over time, not over people; who takes part in the case opens the case itself.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.calendar import local_day
from tongban.basics.database import platform_now
from tongban.basics.sql import load_queries
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, OPEN, Task
from tongban.cases.oversight.league import departments_seen
from tongban.cases.oversight.shapes import ClockPage, ClockTask, OverdueLine, UrgingLine
from tongban.cases.oversight.urging import MOST_DAYS, USUAL_DAYS
from tongban.cases.oversight.views import department_name
from tongban.cases.rows import to_case, to_events, to_tasks
from tongban.cases.views.clock_line import ClockLine, clock_line
from tongban.cases.views.reading import task_name
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import DECIDERS, may
from tongban.services.catalogue import JourneyVersion

_queries = load_queries("tongban.cases.oversight")
_cases = load_queries("tongban.cases")
MOST_OVERDUE = 200


async def clock_page(kernel: Kernel, actor: Actor, region: str, case_id: UUID) -> ClockPage:
    """The clock of one case, for departments that take part and for supervisors. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        row = await _queries.clock_of(connection, region=region, id=case_id)
        if row is None:
            raise CaseNotFound()
        tasks = msgspec.convert(row.tasks, list[Task])
        part = {task.department for task in tasks if task.task == INTAKE or task.state in ("ready", "done")}
        subject = Subject(region=region, departments=tuple(part))
        if not may(actor, "clock.read", subject):
            raise CaseNotFound()
        urgings = [one async for one in _queries.urgings_of(connection, region=region, case_id=case_id)]
        whole = await _cases.case(connection, region=region, id=case_id)
    page = _page(kernel, actor, row, tasks, subject, urgings)
    return msgspec.structs.replace(page, clock=_clock(kernel.here(region), whole))


def _clock(kernel: Kernel, row: Any) -> ClockLine:
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    return clock_line(kernel, version, to_case(row), to_events(row.events), to_tasks(row.tasks), row.now)


def _page(
    kernel: Kernel, actor: Actor, row: Any, tasks: list[Task], subject: Subject, urgings: Sequence[Any]
) -> ClockPage:
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    today, running = local_day(row.now), row.state in OPEN
    marks = kernel.oversight.lights.of_case(row.region, version.journey)
    lead = next(task.department for task in tasks if task.task == INTAKE)
    return ClockPage(
        region=row.region,
        id=row.id,
        number=row.number,
        journey=version.journey.name,
        state=row.state,
        submitted_at=row.submitted_at,
        due_on=row.due_on,
        light=marks.light(row.due_on if running else None, today, kernel.calendar_in(row.region)),
        tasks=[_task(kernel, row, version, task, today) for task in _in_order(version, tasks)],
        urgings=[urging_line(kernel, row.region, version, one, today) for one in urgings],
        may_urge=running and may(actor, "case.urge", Subject(region=row.region, department=lead)),
        open=running,
        proposed_on=kernel.calendar_in(row.region).add_workdays(today, USUAL_DAYS).day,
        latest_on=kernel.calendar_in(row.region).add_workdays(today, MOST_DAYS).day,
        case_task=_own_task(actor, row.region, tasks) if may(actor, "task.read", subject) else None,
        provisional=kernel.calendar_in(row.region).assumed(row.due_on),
    )


def _in_order(version: JourneyVersion, tasks: list[Task]) -> list[Task]:
    order = {name: place for place, name in enumerate((INTAKE, *(task.id for task in version.journey.tasks)))}
    return sorted(tasks, key=lambda task: order.get(task.task, len(order)))


def _own_task(actor: Actor, region: str, tasks: list[Task]) -> str | None:
    own = set(actor.departments(region, *DECIDERS))
    mine = [
        task for task in tasks if task.department in own and (task.task == INTAKE or task.state in ("ready", "done"))
    ]
    return next((task.task for task in sorted(mine, key=lambda t: t.state != "ready")), None)


def _task(kernel: Kernel, row: Any, version: JourneyVersion, task: Task, today: dt.date) -> ClockTask:
    due = task.due_on if task.state == "ready" else None
    marks = kernel.oversight.lights.of_task(row.region, version.journey, task.task)
    return ClockTask(
        task=task.task,
        name=task_name(version, task.task) or task.task,
        department=task.department,
        department_name=department_name(kernel, row.region, task.department),
        state=task.state,
        due_on=task.due_on,
        light=marks.light(due, today, kernel.calendar_in(row.region)),
        days_left=kernel.calendar_in(row.region).workdays_between(today, due) if due else None,
        provisional=kernel.calendar_in(row.region).assumed(task.due_on),
    )


def urging_line(kernel: Kernel, region: str, version: JourneyVersion, row: Any, today: dt.date) -> UrgingLine:
    """One demand as it is read; ``late``: the answer is, or came, after its day."""
    answered = local_day(row.answered_at) if row.answered_at else today
    return UrgingLine(
        id=row.id,
        task=row.task,
        task_name=task_name(version, row.task),
        department=row.department,
        department_name=department_name(kernel, region, row.department),
        urged_by=department_name(kernel, region, row.urged_by),
        at=row.at,
        text=row.text,
        due_on=row.due_on,
        answer=row.answer,
        answered_at=row.answered_at,
        late=answered > row.due_on,
    )


async def urgings_about(kernel: Kernel, region: str, case_id: UUID, version: JourneyVersion) -> list[UrgingLine]:
    """The demands about a case whose page the caller may show already; newest first."""
    async with kernel.database.connection() as connection:
        rows = [one async for one in _queries.urgings_of(connection, region=region, case_id=case_id)]
        today = local_day(await platform_now(connection))
    return [urging_line(kernel, region, version, row, today) for row in rows]


async def find_clock(kernel: Kernel, actor: Actor, region: str, number: str) -> UUID:
    """The case with ``number``, for whoever may see its clock. Raises ``CaseNotFound`` alike otherwise."""
    async with kernel.database.connection() as connection:
        found: UUID | None = await _queries.numbered_case(connection, region=region, number=number)
    if found is None:
        raise CaseNotFound()
    return (await clock_page(kernel, actor, region, found)).id


async def overdue_now(kernel: Kernel, actor: Actor, region: str, department: str | None = None) -> list[OverdueLine]:
    """What is overdue now: of every department for a supervisor, of one's own for a head. Oldest first, at most 200.

    Raises ``NotAllowed``.
    """
    seen = departments_seen(kernel, actor, region)
    wanted = [one for one in seen.exact if department in (None, one)]
    async with kernel.database.connection() as connection:
        today = local_day(await platform_now(connection))
        rows = _queries.overdue_tasks(connection, region=region, departments=wanted, today=today, most=MOST_OVERDUE)
        return [_overdue(kernel, row, today) async for row in rows]


def _overdue(kernel: Kernel, row: Any, today: dt.date) -> OverdueLine:
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    return OverdueLine(
        region=row.region,
        case_id=row.case_id,
        number=row.number,
        journey=version.journey.name,
        task_name=task_name(version, row.task) or row.task,
        department=row.department,
        department_name=department_name(kernel, row.region, row.department),
        due_on=row.due_on,
        days_over=max(kernel.calendar_in(row.region).workdays_between(row.due_on, today), 1),
    )
