"""How a journey moves: which task may start, when a case ends, when things are due. Pure.

Called by ``cases.actions`` inside the deciding transaction and by ``cases.views`` for drawing.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tongban.basics.calendar import WorkingCalendar, local_day
from tongban.cases.models import INTAKE, Outcome, Task
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Task as TaskDefinition

Facts = Mapping[str, object]
SETTLED = ("done", "not_applicable", "cancelled")


def facts_with_tasks(facts: Facts, tasks: Sequence[Task]) -> dict[str, object]:
    """``facts`` with ``<task>.decision`` of every task."""
    return {**facts, **{f"{t.task}.decision": t.decision for t in tasks}}


def advance(
    version: JourneyVersion, tasks: Sequence[Task], facts: Facts, now: dt.datetime, calendar: WorkingCalendar
) -> list[Task]:
    """The tasks that change state now, in order: started, not applicable or cancelled.

    A task starts when all its predecessors are settled; it is cancelled when a predecessor was cancelled, or
    declined without being optional; it is not applicable unless its guard is true. Repeats until nothing
    moves, so a chain of guarded tasks settles at once.
    """
    current = {task.task: task for task in tasks}
    changed: dict[str, Task] = {}
    for _ in version.journey.tasks:
        moved = _one_round(version, current, facts, now, calendar)
        if not moved:
            break
        current.update(moved)
        changed.update(moved)
    return list(changed.values())


def _one_round(
    version: JourneyVersion,
    current: dict[str, Task],
    facts: Facts,
    now: dt.datetime,
    calendar: WorkingCalendar,
) -> dict[str, Task]:
    values = facts_with_tasks(facts, list(current.values()))
    moved = {}
    for definition in version.journey.tasks:
        task = current[definition.id]
        before = [current[name] for name in definition.after]
        if task.state == "waiting" and all(t.state in SETTLED for t in before):
            moved[task.task] = _settle(version, definition, task, before, values, now, calendar)
    return moved


def _settle(
    version: JourneyVersion,
    definition: TaskDefinition,
    task: Task,
    before: Sequence[Task],
    values: Facts,
    now: dt.datetime,
    calendar: WorkingCalendar,
) -> Task:
    if any(_blocks(version, t) for t in before):
        return msgspec.structs.replace(task, state="cancelled")
    if not version.holds(definition.when, values):
        return msgspec.structs.replace(task, state="not_applicable")
    return start(task, definition.days, now, calendar)


def _blocks(version: JourneyVersion, before: Task) -> bool:
    # A cancelled task stops what follows even if it was optional: something that it needed itself was declined.
    return before.state == "cancelled" or (before.decision == "declined" and not _optional(version, before))


def _optional(version: JourneyVersion, task: Task) -> bool:
    definition = version.journey.task(task.task)
    return definition is not None and definition.optional


def start(task: Task, days: int, now: dt.datetime, calendar: WorkingCalendar) -> Task:
    """``task`` made ready at ``now``, due after ``days`` working days (the day of the event does not count)."""
    due = calendar.add_workdays(local_day(now), days).day
    return msgspec.structs.replace(task, state="ready", started_at=now, due_on=due)


def outcome(version: JourneyVersion, tasks: Sequence[Task]) -> Outcome | None:
    """How the case ends once every step is settled; None while any is open.

    Declined when nothing was granted although something was declined, be it optional.
    """
    steps = [task for task in tasks if task.kind == "step"]
    if any(task.state not in SETTLED for task in steps):
        return None
    granted = any(t.decision == "approved" for t in steps)
    if not granted and any(t.decision == "declined" for t in steps):
        return "declined"
    return "partly" if any(_blocks(version, t) for t in steps) else "granted"


def intake_task(department: str) -> Task:
    """The first task of every case: the lead department accepts, refuses or asks for what is missing."""
    return Task(task=INTAKE, kind="intake", department=department, state="waiting")


def ways_of_appeal(version: JourneyVersion, task: str) -> list[str]:
    """What the applicant is told about appeal when ``task`` is decided against them: as its item declares it.

    Intake speaks for the leading department's first item.
    """
    journey = version.journey
    leading = next((t for t in journey.tasks if t.department == journey.lead), journey.tasks[0])
    return version.items[(journey.task(task) or leading).item].appeal


def typed(kind: str, value: Any) -> object:
    """A stored JSON value as the rule language knows it (dates are ISO texts at rest)."""
    if kind == "date" and isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value
