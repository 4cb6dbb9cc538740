"""Counting the days of one period: which days count, when it ends, what has gone by. Pure arithmetic.

The day of an event does not count; a period of n days ends on its n-th counted day; after a stop on day S that
ends on day R, the days after S up to and including R do not count (Civil Code, articles 201 to 203;
Administrative Licensing Law, articles 45 and 82).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from tongban.basics.calendar import CST, WorkingCalendar

Gap = tuple[date, date | None]
"""A stop: from the day on which the clock was stopped to the day on which it went on; None while it stands."""

DayUnit = Literal["workday", "day"]
_DAY = timedelta(days=1)


def merged(gaps: Iterable[Gap], began: date) -> list[Gap]:
    """``gaps`` from ``began`` on, in order, none touching another."""
    found: list[Gap] = []
    for start, end in sorted(((max(gap[0], began), gap[1]) for gap in gaps), key=lambda gap: gap[0]):
        last_end = found[-1][1] if found else began
        if last_end is None:
            break
        if end is not None and end <= max(start, last_end):
            continue
        if found and start <= last_end:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def counted(after: date, until: date, gaps: Sequence[Gap], unit: DayUnit, calendar: WorkingCalendar) -> int:
    """Counted days after ``after`` up to and including ``until``; 0 when ``until`` is not later.

    ``gaps`` are merged.
    """
    total = _between(after, until, unit, calendar)
    for start, end in gaps:
        total -= _between(max(start, after), min(end or until, until), unit, calendar)
    return total


class LastDay(Struct, frozen=True):
    """The last day of a period, and whether it rests on a day that may still change."""

    day: date
    provisional: bool


def last_day(began: date, n: int, gaps: Sequence[Gap], unit: DayUnit, calendar: WorkingCalendar) -> LastDay | None:
    """The ``n``-th counted day after ``began``, moved on from a day off where calendar days are counted.

    None when the clock stands before that day is reached. ``gaps`` are merged and lie after ``began``.
    """
    at, provisional = began, False
    for start, end in gaps:
        before = _between(at, start, unit, calendar)
        if before >= n:
            break
        if end is None:
            return None
        provisional = provisional or calendar.provisional_between(at, start)
        n, at = n - before, end
    if unit == "workday":
        due = calendar.add_workdays(at, n)
        return LastDay(due.day, provisional or due.provisional)
    return _open_day(at + n * _DAY, calendar) if n else LastDay(at, False)


def _open_day(day: date, calendar: WorkingCalendar) -> LastDay:
    """``day``, or the next day that is worked (Civil Code, article 203)."""
    provisional = calendar.day(day).provisional
    while not calendar.is_workday(day):
        day += _DAY
        provisional = provisional or calendar.day(day).provisional
    return LastDay(day, provisional)


def _between(after: date, until: date, unit: DayUnit, calendar: WorkingCalendar) -> int:
    if until <= after:
        return 0
    return calendar.workdays_between(after, until) if unit == "workday" else (until - after).days


def end_of(day: date, closes: time | None) -> datetime:
    """The moment at which a period that ends on ``day`` is over; midnight without a closing time."""
    if closes is None:
        return datetime.combine(day + _DAY, time(), CST)
    return datetime.combine(day, closes, CST)


def in_time(at: datetime, day: date, closes: time | None) -> bool:
    """Whether ``at`` lies within a period that ends on ``day``: before midnight, or not after the closing time."""
    over = end_of(day, closes)
    return at < over if closes is None else at <= over
