"""The journey line: one department a line, tasks as stations, waits as transfers. Pure.

The same line serves the guide (what will happen), the applicant (where it is), the handler (what depends on
me) and the pack's author (what I declared). The web floor draws it; here is only what is to be drawn.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tongban.basics.calendar import WorkingCalendar, local_day
from tongban.cases.models import INTAKE, Case, Light, Task
from tongban.cases.oversight.lights import Lights, Marks
from tongban.parties.directory import Directory
from tongban.services.catalogue import JourneyVersion

NOTHING_DECLARED = Lights()
StationState = Literal["planned", "waiting", "ready", "done", "not_applicable", "cancelled"]


class Lane(Struct, frozen=True):
    """One department's line. ``colour`` as ``#rrggbb``, or None for the drawer to choose."""

    department: str
    name: str
    short: str
    colour: str | None


class Station(Struct, frozen=True):
    """One task on a lane. ``start`` and ``end`` are working days counted from acceptance (expected or real).

    ``starts_on``/``ends_on`` are the calendar days; ``conditional`` says that a guard decides whether it applies;
    ``urged``, that a superior's demand about it awaits an answer; ``provisional``, that a day still to come rests on a
    year whose holidays are not published yet.
    """

    task: str
    name: str
    department: str
    state: StationState
    start: int
    end: int
    days: int
    after: tuple[str, ...] = ()
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    decision: str | None = None
    light: Light = "none"
    conditional: bool = False
    provisional: bool = False
    urged: bool = False


class Line(Struct, frozen=True):
    """A whole journey, planned or under way. ``axis`` is the calendar day of each working-day column."""

    name: str
    promise_days: int
    lanes: tuple[Lane, ...]
    stations: tuple[Station, ...]
    axis: tuple[dt.date, ...]
    today: dt.date | None = None
    used_days: int | None = None
    due_on: dt.date | None = None
    provisional: bool = False
    urged: bool = False


def lanes_of(
    version: JourneyVersion, directory: Directory, region: str, holding: Collection[str] = ()
) -> tuple[Lane, ...]:
    """The departments of a journey in the order in which they first appear, then those that hold a task otherwise."""
    roles = [version.journey.lead, *(task.department for task in version.journey.tasks)]
    departments = [directory.department_for(region, role) for role in dict.fromkeys(roles)]
    others = (directory.department(region, department) for department in sorted(holding))
    unique = {d.id: Lane(d.id, d.name, d.short, d.colour) for d in (*departments, *filter(None, others))}
    return tuple(unique.values())


def offsets(
    version: JourneyVersion,
    begun: Mapping[str, tuple[int, int]] | None = None,
    skipped: Collection[str] = (),
) -> dict[str, tuple[int, int]]:
    """Working-day start and end of every task: as ``begun`` says, else right after its predecessors.

    Tasks in ``skipped`` take no time: they do not apply or were cancelled.
    """
    known: dict[str, tuple[int, int]] = dict(begun or {})
    waiting = [task for task in version.journey.tasks if task.id not in known]
    while waiting:
        ready = [task for task in waiting if all(name in known for name in task.after)]
        for task in ready:
            start = max((known[name][1] for name in task.after), default=0)
            known[task.id] = (start, start + (0 if task.id in skipped else task.days))
        waiting = [task for task in waiting if task.id not in known]
        if not ready:
            raise ValueError("a journey with a cycle was installed")
    return known


def planned_line(
    version: JourneyVersion, directory: Directory, calendar: WorkingCalendar, region: str, today: dt.date
) -> Line:
    """What will happen if the journey is accepted ``today``: for the guide."""
    at = offsets(version)
    stations = [
        Station(
            task=task.id,
            name=task.name,
            department=directory.department_for(region, task.department).id,
            state="planned",
            start=at[task.id][0],
            end=at[task.id][1],
            days=task.days,
            after=tuple(task.after),
            starts_on=calendar.add_workdays(today, at[task.id][0]).day,
            ends_on=calendar.add_workdays(today, at[task.id][1]).day,
            conditional=task.when is not None,
            provisional=calendar.assumed(calendar.add_workdays(today, at[task.id][1]).day),
        )
        for task in version.journey.tasks
    ]
    due = calendar.add_workdays(today, version.journey.promise.days)
    return Line(
        name=version.journey.name,
        promise_days=version.journey.promise.days,
        lanes=lanes_of(version, directory, region),
        stations=tuple(stations),
        axis=_axis(calendar, today, stations),
        due_on=due.day,
        provisional=due.provisional,
    )


def live_line(
    version: JourneyVersion,
    directory: Directory,
    calendar: WorkingCalendar,
    case: Case,
    tasks: Sequence[Task],
    today: dt.date,
    lights: Lights = NOTHING_DECLARED,
    urged: Collection[str] = (),
) -> Line:
    """Where a case is: real days for what happened, expected days for what follows.

    ``lights``: when lights change here; ``urged``: tasks about which a demand is open ('' for the whole case).
    """
    origin, journey = local_day(case.accepted_at or case.submitted_at), version.journey
    by_id = {task.task: task for task in tasks if task.task != INTAKE}
    begun = {name: _span(task, origin, calendar, today) for name, task in by_id.items() if task.started_at}
    skipped = {name for name, task in by_id.items() if task.state in ("not_applicable", "cancelled")}
    at = offsets(version, begun, skipped - set(begun))
    ends = {name: task.due_on or calendar.add_workdays(origin, at[name][1]).day for name, task in by_id.items()}
    stations = [
        Station(
            task=definition.id,
            name=definition.name,
            department=by_id[definition.id].department,
            state=by_id[definition.id].state,
            start=at[definition.id][0],
            end=at[definition.id][1],
            days=definition.days,
            after=tuple(definition.after),
            starts_on=calendar.add_workdays(origin, at[definition.id][0]).day,
            ends_on=ends[definition.id],
            decision=by_id[definition.id].decision,
            light=_light(by_id[definition.id], today, calendar, lights.of_task(case.region, journey, definition.id)),
            conditional=definition.when is not None,
            urged=definition.id in urged,
            provisional=_assumed(by_id[definition.id], ends[definition.id], calendar),
        )
        for definition in version.journey.tasks
    ]
    end = local_day(case.closed_at) if case.closed_at else today
    return Line(
        name=version.journey.name,
        promise_days=version.journey.promise.days,
        lanes=lanes_of(version, directory, case.region, {task.department for task in tasks}),
        stations=tuple(stations),
        axis=_axis(calendar, origin, stations),
        today=today,
        used_days=calendar.workdays_between(origin, end) if case.accepted_at else None,
        due_on=case.due_on,
        urged="" in urged,
        provisional=bool(case.due_on and calendar.day(case.due_on).provisional),
    )


def _assumed(task: Task, ends_on: dt.date, calendar: WorkingCalendar) -> bool:
    return task.state in ("waiting", "ready") and calendar.assumed(ends_on)


def without(line: Line, moot: Collection[str]) -> Line:
    """``line`` without the tasks in ``moot`` that have not begun, and without departments that then have none.

    A line shows what concerns this case: stations for a second child only where there is one.
    """
    gone = {s.task for s in line.stations if s.task in moot and s.state in ("waiting", "not_applicable")}
    kept = tuple(
        replace(station, after=tuple(name for name in station.after if name not in gone))
        for station in line.stations
        if station.task not in gone
    )
    used = {station.department for station in kept}
    return replace(line, stations=kept, lanes=tuple(lane for lane in line.lanes if lane.department in used))


def _light(task: Task, today: dt.date, calendar: WorkingCalendar, marks: Marks) -> Light:
    if task.state == "ready":
        return marks.light(task.due_on, today, calendar)
    if task.decided_at is not None and task.due_on is not None:
        return "red" if local_day(task.decided_at) > task.due_on else "green"
    return "none"


def _span(task: Task, origin: dt.date, calendar: WorkingCalendar, today: dt.date) -> tuple[int, int]:
    """Where a begun task lies. One that is late has not ended yet: what waits for it moves with every day."""
    assert task.started_at is not None
    start = max(calendar.workdays_between(origin, local_day(task.started_at)), 0)
    running = max(task.due_on, today) if task.due_on and task.state == "ready" else task.due_on
    last = local_day(task.decided_at) if task.decided_at else running
    return start, max(calendar.workdays_between(origin, last), start) if last else start


def _axis(calendar: WorkingCalendar, origin: dt.date, stations: Sequence[Station]) -> tuple[dt.date, ...]:
    last = max((station.end for station in stations), default=0)
    return tuple(calendar.add_workdays(origin, n).day for n in range(last + 1))
