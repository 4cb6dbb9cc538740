"""The computation of a period day by day: which day counts, which does not, and why. For pages and people.

The due date itself comes from ``derive``; this shows the same count one day after another.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from tongban.basics.calendar import CST, CalendarDay, WorkingCalendar, local_day
from tongban.cases.clock.hours import merged_moments, office_time
from tongban.cases.clock.periods import Clock, Period, Stop
from tongban.cases.clock.words import CAUSES


class CountedDay(Struct, frozen=True):
    """One day of a period. ``number`` says which of its days it is, None when it does not count.

    For periods in hours ``number`` is None and ``hours`` the office hours that count on that day. ``provisional``:
    whether the day counts may still change with the year's notice.
    """

    day: date
    counts: bool
    number: int | None
    hours: float | None
    provisional: bool
    reason: str
    reason_en: str


def days_of(period: Period, clock: Clock, calendar: WorkingCalendar) -> list[CountedDay]:
    """Every day from the first that may count to the last of ``period``; to today while the clock stands."""
    last = period.due_on or local_day(period.ended_at or clock.now)
    if period.unit == "hour":
        return list(_hours(period, clock, calendar, last))
    days = ((period.began_on + timedelta(days=step)) for step in range(1, (last - period.began_on).days + 1))
    return list(_days(period, calendar, days))


def _days(period: Period, calendar: WorkingCalendar, days: Iterator[date]) -> Iterator[CountedDay]:
    number = 0
    for day in days:
        known = calendar.day(day)
        halt = next((stop for stop in period.stops if _stands(stop, day)), None)
        over = number >= period.length
        counts = halt is None and not over and (known.is_workday or period.unit == "day")
        number += counts
        reason, reason_en = _why(known, halt, counts, over)
        provisional = known.provisional and halt is None
        yield CountedDay(day, counts, number if counts else None, None, provisional, reason, reason_en)


def _stands(stop: Stop, day: date) -> bool:
    """The day of the event that stopped the clock counts, the day of the one that resumed it does not."""
    return local_day(stop.since) < day and (stop.until is None or day <= local_day(stop.until))


def _why(known: CalendarDay, halt: Stop | None, counts: bool, over: bool) -> tuple[str, str]:
    if halt is not None:
        zh, en = CAUSES[halt.cause]
        return f"{zh}期间不计", f"not counted: {en}"
    if over:
        # The last calendar day was a day off: the period ends on the next day that is worked.
        return f"期满日顺延（{known.reason}）", f"carried over from a day off ({known.reason_en})"
    if counts and not known.is_workday:
        return f"按自然日计（{known.reason}）", f"calendar day ({known.reason_en})"
    return known.reason, known.reason_en


def _hours(period: Period, clock: Clock, calendar: WorkingCalendar, last: date) -> Iterator[CountedDay]:
    intervals = merged_moments((stop.since, stop.until) for stop in period.stops)
    for step in range((last - period.began_on).days + 1):
        day = period.began_on + timedelta(days=step)
        known = calendar.day(day)
        worked = office_time(*_within(period, clock, day), intervals, clock.office, calendar)
        hours = round(worked / timedelta(hours=1), 2)
        yield CountedDay(day, hours > 0, None, hours, known.provisional, known.reason, known.reason_en)


def _within(period: Period, clock: Clock, day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), CST)
    return max(start, period.began_at), min(start + timedelta(days=1), period.due_at or clock.now)
