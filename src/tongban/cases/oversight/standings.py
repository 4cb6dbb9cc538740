"""The league table worked out: shares, means and weeks from counted days, small counts kept from others. Pure.

A count of one to four about people's cases says something about single people, so whoever has no duty there reads
“fewer than five”; and where a total would give a hidden count away, one more is hidden.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tongban.basics.calendar import WorkingCalendar

LEAST = 5
"""The smallest count that stands on its own."""

WEEKS = 12
FEW, HIDDEN = "few", "hidden"
_SHOWN = "A count; `few` for one to four that are not yours to see, `hidden` where it would tell such a count."
Shown = Annotated[int | str, Meta(description=_SHOWN)]


class DecidedCount(Struct, frozen=True):
    """``n`` tasks of a department that were decided on one day, started on one day, due on one day."""

    department: str
    decided_on: dt.date
    started_on: dt.date
    due_on: dt.date | None
    n: int


class DayCount(Struct, frozen=True):
    """``n`` things of a department on one day."""

    department: str
    on_day: dt.date
    n: int


class Week(Struct, frozen=True):
    """One week (its Monday). ``on_time`` per cent, None where too few were decided to say."""

    monday: dt.date
    decided: Shown
    on_time: float | None
    mean_days: float | None
    tickets: Shown
    reopened: Shown


class Standing(Struct, frozen=True):
    """One row: a department, or a whole region. ``place`` by the share on time, None where nothing can be said.

    ``change``: percentage points between the first and the last half of the weeks.
    """

    id: str
    decided: Shown
    on_time: float | None
    mean_days: float | None
    overdue: Shown
    tickets: Shown
    reopened: Shown
    place: int | None = None
    change: float | None = None
    weeks: tuple[Week, ...] = ()


class Counted(Struct, frozen=True):
    """Everything that was counted about some departments."""

    decided: Sequence[DecidedCount]
    overdue: Mapping[str, int]
    tickets: Sequence[DayCount]
    reopened: Sequence[DayCount]


def mondays(today: dt.date, weeks: int = WEEKS) -> list[dt.date]:
    """The first days of the last ``weeks`` weeks, this one last."""
    this = today - dt.timedelta(days=today.weekday())
    return [this - dt.timedelta(weeks=back) for back in reversed(range(weeks))]


def standing(
    one: str, departments: Iterable[str], counted: Counted, weeks: Sequence[dt.date], calendar: WorkingCalendar
) -> Standing:
    """The row named ``one`` over ``departments``, exact; ``kept`` hides from it what is not for everybody."""
    of = set(departments)
    decided = [row for row in counted.decided if row.department in of]
    tickets = [row for row in counted.tickets if row.department in of]
    reopened = [row for row in counted.reopened if row.department in of]
    by_week = tuple(_week(monday, decided, tickets, reopened, calendar) for monday in weeks)
    half = len(weeks) // 2
    then, now = (_share(_within(decided, part)) for part in (weeks[:half], weeks[half:]))
    return Standing(
        id=one,
        decided=sum(row.n for row in decided),
        on_time=_share(decided),
        mean_days=_mean(decided, calendar),
        overdue=sum(counted.overdue.get(department, 0) for department in of),
        tickets=sum(row.n for row in tickets),
        reopened=sum(row.n for row in reopened),
        change=None if then is None or now is None else round(now - then, 1),
        weeks=by_week,
    )


def _within(rows: Sequence[DecidedCount], weeks: Sequence[dt.date]) -> list[DecidedCount]:
    first, last = (weeks[0], weeks[-1] + dt.timedelta(days=7)) if weeks else (dt.date.max, dt.date.min)
    return [row for row in rows if first <= row.decided_on < last]


def _week(
    monday: dt.date,
    decided: Sequence[DecidedCount],
    tickets: Sequence[DayCount],
    reopened: Sequence[DayCount],
    calendar: WorkingCalendar,
) -> Week:
    rows, end = _within(decided, [monday]), monday + dt.timedelta(days=7)
    opened, again = (sum(row.n for row in some if monday <= row.on_day < end) for some in (tickets, reopened))
    return Week(monday, sum(row.n for row in rows), _share(rows), _mean(rows, calendar), opened, again)


def _share(rows: Sequence[DecidedCount]) -> float | None:
    """Per cent decided by their day; nothing is said about fewer than five. What has no day is on time."""
    total = sum(row.n for row in rows)
    on_time = sum(row.n for row in rows if row.due_on is None or row.decided_on <= row.due_on)
    return round(100 * on_time / total, 1) if total >= LEAST else None


def _mean(rows: Sequence[DecidedCount], calendar: WorkingCalendar) -> float | None:
    total = sum(row.n for row in rows)
    days = sum(row.n * max(calendar.workdays_between(row.started_on, row.decided_on), 0) for row in rows)
    return round(days / total, 1) if total >= LEAST else None


def placed(rows: Sequence[Standing]) -> list[Standing]:
    """In order: by the share on time, then by the mean; rows about which nothing can be said come last."""
    ranked = sorted((r for r in rows if r.on_time is not None), key=_rank)
    rest = sorted((r for r in rows if r.on_time is None), key=lambda r: r.id)
    places = {row.id: 1 + sum(_rank(other)[:2] < _rank(row)[:2] for other in ranked) for row in ranked}
    return [msgspec.structs.replace(row, place=places.get(row.id)) for row in (*ranked, *rest)]


def _rank(row: Standing) -> tuple[float, float, str]:
    return -(row.on_time or 0), row.mean_days or 0, row.id


COUNTS = ("decided", "overdue", "tickets", "reopened")
WEEKLY = ("decided", "tickets", "reopened")


def kept(rows: Sequence[Standing], exact: Iterable[str]) -> list[Standing]:
    """The rows as somebody may see them whose duty covers only the departments in ``exact``.

    One to four becomes ``few``. If that hides a single count of a column, the total minus the rest would tell it:
    the next smallest is hidden with it.
    """
    open_to = set(exact)
    others = [row for row in rows if row.id not in open_to]
    shown = {name: covered([getattr(row, name) for row in others]) for name in COUNTS}
    safe = {row.id: _keep(row, {name: shown[name][i] for name in COUNTS}) for i, row in enumerate(others)}
    return [safe.get(row.id, row) for row in rows]


def covered(counts: Sequence[int]) -> list[int | str]:
    """Counts of which everybody may know the sum: small ones are hidden, and never a single one."""
    shown: list[int | str] = [FEW if 0 < n < LEAST else n for n in counts]
    if shown.count(FEW) == 1:
        rest = sorted((n, place) for place, n in enumerate(counts) if n >= LEAST)
        if rest:
            shown[rest[0][1]] = HIDDEN
    return shown


def _keep(row: Standing, shown: Mapping[str, int | str]) -> Standing:
    columns = {name: covered([getattr(week, name) for week in row.weeks]) for name in WEEKLY}
    weeks = tuple(
        msgspec.structs.replace(week, **{name: columns[name][place] for name in WEEKLY})
        for place, week in enumerate(row.weeks)
    )
    return msgspec.structs.replace(row, **shown, weeks=weeks)
