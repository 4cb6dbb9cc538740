"""The figures of one ended case, from its own events. Pure.

* **links** (环节): how often the person had to do something: applying, supplying, correcting, and each trip;
* **materials**: how many the person had to bring, because no department's data stood for them;
* **days**: working days from acceptance to the end, holidays and standing time included, as the person lived them;
* **trips**: what the items of the decided tasks declare, because nobody counts people at a door.
"""

import datetime as dt
from collections.abc import Mapping

from tongban.basics.calendar import WorkingCalendar, local_day
from tongban.cases.measures.models import Effect, Ended, Figures, ItemFigures
from tongban.cases.measures.times import phases_of
from tongban.cases.models import INTAKE, Task

LINKS = frozenset({"case.submitted", "case.supplemented", "case.resubmitted", "case.tolerance_met"})
"""What an applicant does because a case needs it. Editing, asking and using a right are nobody's demand."""

SPECIAL: Mapping[str, str] = {
    "case.supplement_asked": "supplement",
    "case.returned": "return",
    "case.deemed_accepted": "deemed_accepted",
    "case.tolerated": "tolerance",
    "case.commitment_relied_on": "commitment",
    "case.suspended": "suspension",
    "case.extended": "extension",
    "case.hearing_held": "hearing",
    "case.visit_done": "visit",
    "case.transferred": "transfer",
    "case.handed_over": "hand_over",
}
"""Events that make a case's way another one, and their marks in a path."""


def measure(case: Ended, calendar: WorkingCalendar) -> Figures:
    """The figures of ``case``."""
    trips = trips_of(case)
    stations = {task.task: phases_of(case, task, calendar) for task in case.tasks}
    return Figures(
        links=sum(event.kind in LINKS and event.actor == "applicant" for event in case.events) + trips,
        materials=len(case.asked),
        days=None if case.accepted_at is None else _workdays(calendar, case.accepted_at, case.closed_at),
        trips=trips,
        materials_not_asked=case.materials_not_asked,
        fields_not_asked=case.fields_not_asked,
        stations={task: phases for task, phases in stations.items() if phases is not None},
        items=items_of(case, calendar),
        path=path_of(case),
    )


def effect_of(case: Ended, calendar: WorkingCalendar) -> Effect | None:
    """Before and after of ``case`` itself; None for one that ended without a decision."""
    if case.state != "closed" or case.accepted_at is None:
        return None
    trips = trips_of(case)
    return Effect(
        before=case.version.journey.baseline,
        links=sum(event.kind in LINKS and event.actor == "applicant" for event in case.events) + trips,
        materials=len(case.asked),
        days=_workdays(calendar, case.accepted_at, case.closed_at),
        trips=trips,
        materials_not_asked=case.materials_not_asked,
        fields_not_asked=case.fields_not_asked,
    )


def _workdays(calendar: WorkingCalendar, start: dt.datetime, end: dt.datetime) -> int:
    return calendar.workdays_between(local_day(start), local_day(end))


def trips_of(case: Ended) -> int:
    """The visits that the items of the decided tasks ask for, each item once."""
    return sum(case.version.items[item].trips for item in _decided_items(case))


def _decided_items(case: Ended) -> dict[str, list[Task]]:
    """Item → its tasks that were decided, in the order of the journey."""
    by_id = {task.task: task for task in case.tasks}
    found: dict[str, list[Task]] = {}
    for definition in case.version.journey.tasks:
        task = by_id[definition.id]
        if task.decided_at is not None and task.started_at is not None:
            found.setdefault(definition.item, []).append(task)
    return found


def items_of(case: Ended, calendar: WorkingCalendar) -> dict[str, ItemFigures]:
    """The figures of every item of which something was decided."""
    journey = case.version.journey
    made = {}
    for item, tasks in _decided_items(case).items():
        names = {task.task for task in tasks}
        brought = [m for m in journey.materials if m.id in case.asked and names & set(m.tasks)]
        days = tuple(_workdays(calendar, t.started_at, t.decided_at) for t in tasks if t.started_at and t.decided_at)
        made[item] = ItemFigures(days, len(brought), case.version.items[item].trips)
    return made


def path_of(case: Ended) -> tuple[str, ...]:
    """The way of a case: ``event:<mark>`` for what was special, ``task:<id>:<how>`` for each station in the order of
    the journey (``approved``, ``declined`` or ``cancelled``; what did not apply is left out), ``end:<how>``.

    Two departments that work side by side make no other way by deciding in another order.
    """
    happened = {event.kind for event in case.events}
    special = [f"event:{mark}" for kind, mark in SPECIAL.items() if kind in happened]
    by_id = {task.task: task for task in case.tasks if task.task != INTAKE}
    stations = [
        f"task:{one.id}:{by_id[one.id].decision or 'cancelled'}"
        for one in case.version.journey.tasks
        if by_id[one.id].state in ("done", "cancelled") and case.accepted_at is not None
    ]
    return (*special, *stations, f"end:{case.outcome or case.state}")
