"""Legal periods are counted in statutory working days, and what is only assumed says so."""

from datetime import UTC, date, datetime, timedelta

import chinese_calendar  # type: ignore[import-untyped,unused-ignore]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.calendar import CST, DueDate, Override, WorkingCalendar, local_day

CALENDAR = WorkingCalendar.published()
NEWEST = max(CALENDAR.years)

published_days = st.dates(date(2004, 1, 1), date(NEWEST, 12, 31))
any_days = st.dates(date(1990, 1, 1), date(2040, 12, 31))
overridden = st.dictionaries(
    st.dates(date(2025, 9, 1), date(2027, 6, 30)),
    st.builds(Override, st.booleans(), st.just("通告")),
    max_size=40,
)


def counted_naively(calendar: WorkingCalendar, start: date, n: int) -> DueDate:
    day, provisional = start, False
    while n:
        day += timedelta(days=1)
        seen = calendar.day(day)
        provisional = provisional or seen.provisional
        n -= seen.is_workday
    return DueDate(day, provisional)


@given(published_days)
def test_a_published_day_counts_exactly_when_the_state_council_says_so(day: date) -> None:
    assert CALENDAR.is_workday(day) == chinese_calendar.is_workday(day)


@given(any_days, st.integers(0, 300))
def test_the_fast_count_agrees_with_counting_day_by_day(start: date, n: int) -> None:
    assert CALENDAR.add_workdays(start, n) == counted_naively(CALENDAR, start, n)


@given(overridden, st.dates(date(2025, 9, 1), date(2027, 6, 30)), st.integers(0, 120))
def test_the_fast_count_agrees_under_any_overrides(overrides: dict[date, Override], start: date, n: int) -> None:
    calendar = WorkingCalendar.published(overrides)
    assert calendar.add_workdays(start, n) == counted_naively(calendar, start, n)


@given(any_days, any_days)
def test_working_days_between_two_days_are_those_a_finger_would_count(start: date, end: date) -> None:
    first, last = sorted((start, end))
    span = (last - first).days if (last - first).days < 800 else 800
    last = first + timedelta(days=span)
    fingers = sum(CALENDAR.is_workday(first + timedelta(days=n + 1)) for n in range(span))
    assert CALENDAR.workdays_between(first, last) == fingers
    assert CALENDAR.workdays_between(last, first) == -fingers


@given(any_days, st.integers(1, 500))
def test_a_due_day_is_a_working_day_exactly_that_many_ahead(start: date, n: int) -> None:
    due = CALENDAR.add_workdays(start, n).day
    assert CALENDAR.is_workday(due)
    assert CALENDAR.workdays_between(start, due) == n


@given(any_days, st.integers(0, 60))
def test_the_shown_computation_ends_on_the_due_day_and_counts_the_period(start: date, n: int) -> None:
    days = CALENDAR.computation(start, n)
    due = CALENDAR.add_workdays(start, n)
    assert sum(day.is_workday for day in days) == n
    assert [day.day for day in days] == [start + timedelta(days=k + 1) for k in range(len(days))]
    assert (days[-1].day if days else start, any(day.provisional for day in days)) == (
        due.day,
        due.provisional,
    )


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        # Counted by hand from the notices: 2025-10-01 to 08 off, 2025-09-28 and 10-11 worked.
        (date(2025, 9, 26), 1, date(2025, 9, 28)),
        (date(2025, 9, 30), 1, date(2025, 10, 9)),
        (date(2025, 9, 30), 3, date(2025, 10, 11)),
        (date(2025, 9, 30), 4, date(2025, 10, 13)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
        (date(2026, 11, 22), 5, date(2026, 11, 27)),
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
    ],
)
def test_periods_counted_by_hand_come_out_the_same(start: date, n: int, due: date) -> None:
    assert CALENDAR.add_workdays(start, n) == DueDate(due, provisional=False)


def test_a_holiday_and_a_moved_workday_give_their_reason() -> None:
    holiday = CALENDAR.day(date(2025, 10, 1))
    moved = CALENDAR.day(date(2025, 9, 28))
    assert (holiday.is_workday, holiday.reason, holiday.reason_en) == (
        False,
        "放假（国庆节）",
        "holiday (National Day)",
    )
    assert (moved.is_workday, moved.provisional, moved.reason[:4]) == (True, False, "调休上班")
    assert CALENDAR.day(date(2025, 11, 1)).reason == "周末"


def test_an_unpublished_year_is_assumed_from_the_week_and_says_so() -> None:
    monday, sunday = (CALENDAR.day(day) for day in _a_week_of(NEWEST + 1))
    assert (monday.is_workday, monday.provisional) == (True, True)
    assert (sunday.is_workday, sunday.provisional) == (False, True)
    assert "未公布" in monday.reason
    assert "no notice" in sunday.reason_en


def _a_week_of(year: int) -> tuple[date, date]:
    monday = date(year, 3, 1)
    monday += timedelta(days=(7 - monday.weekday()) % 7)
    return monday, monday + timedelta(days=6)


def test_a_period_that_runs_into_an_unpublished_year_is_provisional() -> None:
    start = date(NEWEST, 12, 1)
    assert not CALENDAR.add_workdays(start, 10).provisional
    assert CALENDAR.add_workdays(start, 40).provisional


def test_the_last_week_of_december_stays_open_until_the_next_notice() -> None:
    assert not CALENDAR.day(date(NEWEST, 12, 24)).provisional
    assert CALENDAR.day(date(NEWEST, 12, 25)).provisional
    assert not CALENDAR.day(date(NEWEST - 1, 12, 31)).provisional


def test_a_year_whose_notice_stands_in_the_overrides_is_no_longer_provisional() -> None:
    off = date(NEWEST + 1, 3, 2)
    notice = {off: Override(is_workday=False, basis="国务院办公厅通知")}
    calendar = WorkingCalendar.published(notice, also_published=frozenset({NEWEST + 1}))
    seen = calendar.day(off)
    assert (seen.is_workday, seen.provisional, seen.reason) == (False, False, "国务院办公厅通知")
    assert not calendar.add_workdays(date(NEWEST, 12, 20), 20).provisional


def test_a_local_override_comes_before_the_published_calendar() -> None:
    day = date(2026, 11, 23)
    calendar = WorkingCalendar.published({day: Override(is_workday=False, basis="台风停工通告")})
    assert calendar.add_workdays(date(2026, 11, 22), 1).day == date(2026, 11, 24)
    assert CALENDAR.add_workdays(date(2026, 11, 22), 1).day == day


def test_an_override_settles_its_own_day_in_an_unpublished_year() -> None:
    day = date(NEWEST + 1, 3, 2)
    calendar = WorkingCalendar.published({day: Override(is_workday=True, basis="通告")})
    assert not calendar.day(day).provisional
    assert calendar.day(day + timedelta(days=1)).provisional


@pytest.mark.parametrize("n", [-1, 5001, 10**9])
def test_a_period_nobody_can_mean_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="0 to 5000"):
        CALENDAR.add_workdays(date(2026, 1, 1), n)


def test_a_day_begins_at_midnight_in_china() -> None:
    assert local_day(datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert local_day(datetime(2026, 11, 22, 16, 0, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_day(datetime(2026, 11, 23, 0, 0, 0, tzinfo=CST)) == date(2026, 11, 23)
    with pytest.raises(ValueError, match="zone"):
        local_day(datetime(2026, 11, 22))
