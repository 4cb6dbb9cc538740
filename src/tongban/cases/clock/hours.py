"""Office hours, in which the limits of instant items are counted. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from tongban.basics.calendar import CST, WorkingCalendar

Interval = tuple[datetime, datetime]
"""From (included) to (excluded), both aware."""

LONGEST_WAIT = timedelta(days=400)
"""How far ahead office hours are looked for; a limit in hours ends long before."""

SPAN = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})")
_FOR_EVER = datetime(9000, 1, 1, tzinfo=CST)


class OfficeHours(Struct, frozen=True):
    """When an office is open on every working day: pairs of opening and closing time, in order, none overlapping.

    Without any, the whole of each working day counts.
    """

    spans: tuple[tuple[time, time], ...] = ()

    def of(self, day: date, calendar: WorkingCalendar) -> list[Interval]:
        """The open intervals of ``day``; none on a day off."""
        if not calendar.is_workday(day):
            return []
        if not self.spans:
            return [(_moment(day, time()), _moment(day + timedelta(days=1), time()))]
        return [(_moment(day, opens), _moment(day, closes)) for opens, closes in self.spans]


def spans_of(texts: Iterable[str]) -> tuple[tuple[time, time], ...]:
    """Opening and closing times as they are written (``09:00-12:00``).

    Raises ``ValueError`` with the first text that is no span, or does not lie after the one before it.
    """
    found: list[tuple[time, time]] = []
    for text in texts:
        match = SPAN.fullmatch(text)
        try:
            opens, closes = (time.fromisoformat(word) for word in match.groups()) if match else (time(), time())
        except ValueError:
            opens = closes = time()
        if not (found[-1][1] if found else time()) <= opens < closes:
            raise ValueError(text)
        found.append((opens, closes))
    return tuple(found)


def office_time(
    since: datetime, until: datetime, stops: Sequence[Interval], office: OfficeHours, calendar: WorkingCalendar
) -> timedelta:
    """Office time between two moments that is not inside one of the ``stops``."""
    parts = _counted(since, until, stops, office, calendar)
    return sum(((end - start) for start, end in parts), timedelta())


def office_due(
    since: datetime, hours: int, stops: Sequence[Interval], office: OfficeHours, calendar: WorkingCalendar
) -> datetime | None:
    """The moment at which ``hours`` of office time have passed since ``since``; None if that can not be said yet."""
    left = timedelta(hours=hours)
    for start, end in _counted(since, since + LONGEST_WAIT, stops, office, calendar):
        if end - start >= left:
            return start + left
        left -= end - start
    return None


def merged_moments(stops: Iterable[tuple[datetime, datetime | None]]) -> list[Interval]:
    """Stops in order, none touching another; one without an end lasts."""
    found: list[Interval] = []
    for start, end in sorted((start, end or _FOR_EVER) for start, end in stops):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _counted(
    since: datetime, until: datetime, stops: Sequence[Interval], office: OfficeHours, calendar: WorkingCalendar
) -> Iterator[Interval]:
    """The parts of office time between two moments, in order, without the ``stops`` (merged and in order)."""
    day, last = since.astimezone(CST).date(), until.astimezone(CST).date()
    while day <= last:
        for opens, closes in office.of(day, calendar):
            yield from _without(max(opens, since), min(closes, until), stops)
        day += timedelta(days=1)


def _without(start: datetime, end: datetime, stops: Sequence[Interval]) -> Iterator[Interval]:
    for stop_start, stop_end in stops:
        if start < min(stop_start, end):
            yield start, min(stop_start, end)
        start = max(start, stop_end)
    if start < end:
        yield start, end


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, CST)
