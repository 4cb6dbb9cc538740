"""Statutory working days of mainland China, in which every legal period is counted.

Called by the case clocks, guides and the doctor command. The State Council publishes a year's holidays and
moved workdays late in the year before; until then a year's days are assumed from the week and every answer
that rests on them says ``provisional``. Local dated overrides, with their basis, come first.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal, Self

import msgspec
from chinese_calendar import constants  # type: ignore[import-untyped,unused-ignore]

from tongban.basics.festivals import ENGLISH

CST = timezone(timedelta(hours=8), "CST")
"""China Standard Time, in which days begin and end for the law."""

LONGEST_PERIOD = 5000
"""Working days in the longest period that can be asked for: about twenty years."""

# The next New Year's notice may still move these days of December (it did in 2007, 2011 and 2018).
_OPEN_TAIL = (12, 25)


@lru_cache(maxsize=4096)
def local_day(moment: datetime) -> date:
    """The day in China Standard Time of an aware ``moment``; a naive one is a ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return moment.astimezone(CST).date()


def is_of_year(day: date, year: int) -> bool:
    """Whether the notice of ``year`` rules ``day``: the last days of December belong to the New Year that follows."""
    return (year - 1, *_OPEN_TAIL) <= (day.year, day.month, day.day) < (year, *_OPEN_TAIL)


class Override(msgspec.Struct, frozen=True):
    """A local or newer decision about one day, and the document it rests on."""

    is_workday: bool
    basis: str


class CalendarDay(msgspec.Struct, frozen=True):
    """One day, whether it counts, whether that may still change, and why, for people in two languages."""

    day: date
    is_workday: bool
    provisional: bool
    reason: str
    reason_en: str


class DueDate(msgspec.Struct, frozen=True):
    """The last day of a period; ``provisional`` when a day on the way may still change."""

    day: date
    provisional: bool


class _Year(msgspec.Struct, frozen=True):
    """One year prepared for counting: its workdays and its provisional days, as sorted ordinals."""

    workdays: tuple[int, ...]
    provisional: tuple[int, ...]


class WorkingCalendar:
    """Working days from published holidays, moved workdays and overrides. Never changes; share it freely."""

    def __init__(
        self,
        holidays: Mapping[date, str],
        moved: Mapping[date, str],
        years: frozenset[int],
        overrides: Mapping[date, Override],
    ) -> None:
        """``holidays`` and ``moved`` (workdays on a weekend) name the festival in English.

        ``years`` are those whose notice is published; all others are provisional. ``overrides`` come before
        everything. Most callers want ``WorkingCalendar.published``.
        """
        self.years = years
        self._holidays = dict(holidays)
        self._moved = dict(moved)
        self._overrides = dict(overrides)
        # Bounded, because dates come from users too; a period touches one or two years. Many cases count from the
        # same day over the same number of days, again and again.
        self._year = lru_cache(maxsize=64)(self._prepare)
        self._due = lru_cache(maxsize=8192)(self._due_after)
        self._counted = lru_cache(maxsize=8192)(self._count)

    @classmethod
    def published(
        cls, overrides: Mapping[date, Override] | None = None, also_published: frozenset[int] = frozenset()
    ) -> Self:
        """The published calendar: 2004 to the newest notice that the installed data package knows.

        ``also_published`` names years whose whole notice stands in ``overrides``, so that they are not
        provisional.
        """
        years = frozenset(day.year for day in constants.holidays) | also_published
        return cls(constants.holidays, constants.workdays, years, overrides or {})

    def with_year(self, year: int, holidays: Mapping[date, str], moved: Mapping[date, str]) -> Self:
        """This calendar with the notice of ``year`` in place of whatever it knew of that year.

        ``holidays`` and ``moved`` name the festival of each day. The notice of a year also rules the last days of
        the December before.
        """
        kept = {day: name for day, name in self._holidays.items() if not is_of_year(day, year)}
        kept_moved = {day: name for day, name in self._moved.items() if not is_of_year(day, year)}
        return type(self)({**kept, **holidays}, {**kept_moved, **moved}, self.years | {year}, self._overrides)

    def overridden(self, overrides: Mapping[date, Override]) -> Self:
        """This calendar with further decisions about single days, which come before those that it has."""
        return type(self)(self._holidays, self._moved, self.years, {**self._overrides, **overrides})

    def only(self, years: frozenset[int]) -> Self:
        """This calendar as if only the notices of ``years`` were published."""
        off = {day: name for day, name in self._holidays.items() if any(is_of_year(day, year) for year in years)}
        moved = {day: name for day, name in self._moved.items() if any(is_of_year(day, year) for year in years)}
        return type(self)(off, moved, self.years & years, self._overrides)

    def day(self, day: date) -> CalendarDay:
        """Whether ``day`` counts, whether that may still change, and why. Never fails for an unknown year."""
        is_workday, reason, reason_en = self._verdict(day)
        return CalendarDay(day, is_workday, self._is_provisional(day), reason, reason_en)

    def assumed(self, day: date | None) -> bool:
        """Whether what is due on ``day`` is provisional: its year's notice is not published. Nothing due is not."""
        return day is not None and self._is_provisional(day)

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is a working day, as far as is known today."""
        return self._verdict(day)[0]

    def add_workdays(self, start: date, n: int) -> DueDate:
        """The last day of ``n`` working days; the first counted day is the one after ``start`` (民法典 201).

        Zero working days end on ``start`` itself. ``n`` beyond 0 to ``LONGEST_PERIOD`` is a ``ValueError``.
        """
        if not 0 <= n <= LONGEST_PERIOD:
            raise ValueError(f"a period has 0 to {LONGEST_PERIOD} working days, not {n}")
        return self._due(start, n)

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` is the earlier.

        So ``workdays_between(today, due)`` is what is left, and below zero what is overdue.
        """
        if end < start:
            return -self.workdays_between(end, start)
        return self._counted(start, end, "workdays")

    def provisional_between(self, start: date, end: date) -> bool:
        """Whether any day after ``start`` up to and including ``end`` may still change."""
        return self._count(start, end, "provisional") > 0

    def computation(self, start: date, n: int) -> list[CalendarDay]:
        """Every day from the one after ``start`` to the last of ``n`` working days, for showing the count."""
        due = self.add_workdays(start, n).day
        return [self.day(start + timedelta(days=step + 1)) for step in range((due - start).days)]

    def _due_after(self, start: date, n: int) -> DueDate:
        due = start if n == 0 else self._nth_after(start, n)
        return DueDate(due, self.provisional_between(start, due))

    def _nth_after(self, start: date, n: int) -> date:
        year, passed = start.year, start.toordinal()
        while True:
            workdays = self._year(year).workdays
            place = bisect_right(workdays, passed) + n - 1
            if place < len(workdays):
                return date.fromordinal(workdays[place])
            n -= len(workdays) - bisect_right(workdays, passed)
            year += 1

    def _count(self, start: date, end: date, which: Literal["workdays", "provisional"]) -> int:
        after, last = start.toordinal(), end.toordinal()
        total = 0
        for year in range(start.year, end.year + 1):
            days: tuple[int, ...] = getattr(self._year(year), which)
            total += bisect_right(days, last) - bisect_right(days, after)
        return total

    def _prepare(self, year: int) -> _Year:
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        days = [date.fromordinal(ordinal) for ordinal in range(first, last + 1)]
        return _Year(
            tuple(day.toordinal() for day in days if self.is_workday(day)),
            tuple(day.toordinal() for day in days if self._is_provisional(day)),
        )

    def _is_provisional(self, day: date) -> bool:
        if day in self._overrides:
            return False
        if day.year not in self.years:
            return True
        return (day.month, day.day) >= _OPEN_TAIL and day.year + 1 not in self.years

    def _verdict(self, day: date) -> tuple[bool, str, str]:
        override = self._overrides.get(day)
        if override is not None:
            return override.is_workday, override.basis, override.basis
        if day in self._moved:
            return (
                True,
                f"调休上班（{_in_chinese(self._moved[day])}）",
                f"moved workday ({_in_english(self._moved[day])})",
            )
        if day in self._holidays:
            return False, f"放假（{_in_chinese(self._holidays[day])}）", f"holiday ({_in_english(self._holidays[day])})"
        return self._by_weekday(day)

    def _by_weekday(self, day: date) -> tuple[bool, str, str]:
        is_workday = day.weekday() < 5
        zh, en = ("工作日", "working day") if is_workday else ("周末", "weekend")
        if self._is_provisional(day):
            return is_workday, f"{zh}（放假安排未公布，暂按星期推定）", f"{en} (assumed: no notice yet)"
        return is_workday, zh, en


# The package of published years names festivals in English, files of new years in Chinese.
_CHINESE = {holiday.value: holiday.chinese for holiday in constants.Holiday}


def _in_chinese(festival: str) -> str:
    return str(_CHINESE.get(festival, festival))


def _in_english(festival: str) -> str:
    return ENGLISH.get(festival, festival)
