"""How working time went by at a station, from dated events. Pure; called by ``figures``.

Time is counted in seconds of working days: a working day has 86 400 of them from midnight to midnight in China,
any other day has none. So a week and a long holiday weigh as much as their working days.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from tongban.basics.calendar import CST, WorkingCalendar, local_day
from tongban.cases.course import stopping
from tongban.cases.measures.models import Ended, Phases
from tongban.cases.models import INTAKE, PastEvent, Task

Span = tuple[dt.datetime, dt.datetime]
DAY_SECONDS = 86_400

PUT_OFF = ("case.supplement_asked", "case.returned")
PUT_BACK = ("case.supplemented", "case.resubmitted")
LEADS_ON = ("case.accepted", "case.deemed_accepted", "case.refused")
NOBODY = ("applicant", "platform")
"""Actors that are no department: what they do is not work on a task."""


def working_seconds(start: dt.datetime, end: dt.datetime, calendar: WorkingCalendar) -> int:
    """Seconds of working days between two moments; 0 where ``end`` is not the later."""
    if end <= start:
        return 0
    day = dt.timedelta(days=1)
    whole = calendar.workdays_between(local_day(start) - day, local_day(end) - day) * DAY_SECONDS
    return whole + _passed(end, calendar) - _passed(start, calendar)


def _passed(moment: dt.datetime, calendar: WorkingCalendar) -> int:
    local = moment.astimezone(CST)
    return local.hour * 3600 + local.minute * 60 + local.second if calendar.is_workday(local.date()) else 0


def clip(spans: Iterable[Span], start: dt.datetime, end: dt.datetime) -> list[Span]:
    """The parts of ``spans`` that lie between ``start`` and ``end``."""
    cut = [(max(a, start), min(b, end)) for a, b in spans]
    return [(a, b) for a, b in cut if a < b]


def standing_spans(events: Sequence[PastEvent], task: str | None, end: dt.datetime) -> list[Span]:
    """When ``task`` stood: by a suspension of its own or of the whole case, as the acts themselves judge it."""
    spans: list[Span] = []
    begun: dt.datetime | None = None
    for place, event in enumerate(events, 1):
        stands = stopping(events[:place], task) is not None
        if stands and begun is None:
            begun = event.at
        elif not stands and begun is not None:
            spans.append((begun, event.at))
            begun = None
    return spans if begun is None else [*spans, (begun, end)]


def intake_spans(events: Sequence[PastEvent], submitted_at: dt.datetime, end: dt.datetime) -> list[Span]:
    """When intake lay before the leading department: always but while the applicant had to supply or correct."""
    spans: list[Span] = []
    begun: dt.datetime | None = submitted_at
    for event in events:
        if begun is not None and event.kind in (*PUT_OFF, *LEADS_ON):
            spans.append((begun, event.at))
            begun = None
            if event.kind in LEADS_ON:
                return spans
        elif event.kind in PUT_BACK:
            begun = event.at
    return spans if begun is None else [*spans, (begun, end)]


def phases_of(case: Ended, task: Task, calendar: WorkingCalendar) -> Phases | None:
    """How time went by at ``task``; None for a station that the case never came to."""
    if task.task == INTAKE:
        ready, origin = intake_spans(case.events, case.submitted_at, case.closed_at), case.submitted_at
    elif task.started_at is None or case.accepted_at is None:
        return None
    else:
        ready, origin = [(task.started_at, task.decided_at or case.closed_at)], case.accepted_at
    touches = [*case.openings.get(task.task, ()), *_own_acts(case.events, task.task)]
    standing = standing_spans(case.events, task.task, case.closed_at)
    return add_up(ready, origin, touches, standing, calendar)


def _own_acts(events: Sequence[PastEvent], task: str) -> list[dt.datetime]:
    return [event.at for event in events if event.task == task and event.actor not in NOBODY]


def add_up(
    ready: Sequence[Span],
    origin: dt.datetime,
    touches: Sequence[dt.datetime],
    standing: Sequence[Span],
    calendar: WorkingCalendar,
) -> Phases:
    """The phases of a station that was ``ready`` in these spans (in order), of a case that began at ``origin``.

    The four add up to the working time from ``origin`` to the end of the last span.
    """

    def total(spans: Iterable[Span]) -> int:
        return sum(working_seconds(a, b, calendar) for a, b in spans)

    untouched = worked = 0
    for start, end in ready:
        touch = min((moment for moment in touches if start <= moment < end), default=end)
        untouched += total([(start, touch)]) - total(clip(standing, start, touch))
        worked += total([(touch, end)]) - total(clip(standing, touch, end))
    stood = sum(total(clip(standing, start, end)) for start, end in ready)
    whole = working_seconds(origin, ready[-1][1], calendar) if ready else 0
    return Phases(whole - total(ready), untouched, stood, worked)
