"""Working time between two moments, and how a station's time splits: against plain counting, minute by minute."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.basics.calendar import CST, WorkingCalendar
from tongban.cases.measures.counts import rounded
from tongban.cases.measures.models import Phases
from tongban.cases.measures.times import DAY_SECONDS, Span, add_up, clip, standing_spans, working_seconds
from tongban.cases.models import PastEvent

CALENDAR = WorkingCalendar.published()
MINUTE = dt.timedelta(minutes=1)
START = dt.datetime(2026, 9, 24, 8, 0, tzinfo=CST)
"""A week with the Mid-Autumn festival, a moved workday, and the National Day holidays."""


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=CST)


def counted(start: dt.datetime, end: dt.datetime) -> int:
    """Minutes of working days, one by one."""
    minutes, moment = 0, start
    while moment < end:
        minutes += CALENDAR.is_workday(moment.astimezone(CST).date())
        moment += MINUTE
    return minutes


moments = st.integers(0, 20 * 24 * 12).map(lambda steps: START + 5 * steps * MINUTE)


@settings(max_examples=60, deadline=None)
@given(moments, moments)
def test_working_seconds_are_the_minutes_of_working_days(one: dt.datetime, other: dt.datetime) -> None:
    start, end = sorted((one, other))
    assert working_seconds(start, end, CALENDAR) == 60 * counted(start, end)
    assert working_seconds(end, start, CALENDAR) == 0


@settings(max_examples=60, deadline=None)
@given(moments, moments, moments)
def test_working_seconds_add_up(one: dt.datetime, two: dt.datetime, three: dt.datetime) -> None:
    a, b, c = sorted((one, two, three))
    whole = working_seconds(a, c, CALENDAR)
    assert whole == working_seconds(a, b, CALENDAR) + working_seconds(b, c, CALENDAR)


def test_a_weekend_and_a_holiday_weigh_nothing_and_a_moved_workday_counts() -> None:
    assert working_seconds(at(27, 16), at(30, 10), CALENDAR) == (8 + 10) * 3600  # Friday to Monday
    assert working_seconds(at(28, 9), at(29, 17), CALENDAR) == 0
    sunday = dt.date(2026, 9, 20)
    assert CALENDAR.is_workday(sunday) and sunday.weekday() == 6
    assert working_seconds(at(20, 0, month=9), at(21, 0, month=9), CALENDAR) == DAY_SECONDS


@st.composite
def stations(draw: st.DrawFn) -> tuple[dt.datetime, list[Span], list[dt.datetime], list[Span]]:
    """An origin, spans of readiness in order, touches, and disjoint spans of standing."""
    times = sorted(draw(st.lists(moments, min_size=3, max_size=9, unique=True)))
    origin, rest = times[0], times[1:]
    ready = list(zip(rest[::2], rest[1::2], strict=False))
    stood = sorted(draw(st.lists(moments, max_size=6, unique=True)))
    return origin, ready, draw(st.lists(moments, max_size=5)), list(zip(stood[::2], stood[1::2], strict=False))


@settings(max_examples=80, deadline=None)
@given(stations())
def test_phases_add_up_and_each_minute_has_the_right_one(
    station: tuple[dt.datetime, list[Span], list[dt.datetime], list[Span]],
) -> None:
    origin, ready, touches, standing = station
    assert add_up(ready, origin, touches, standing, CALENDAR) == by_the_minute(origin, ready, touches, standing)


def by_the_minute(origin: dt.datetime, ready: list[Span], touches: list[dt.datetime], standing: list[Span]) -> Phases:
    """The same, judging every minute by itself."""
    found = {"waiting": 0, "untouched": 0, "standing": 0, "worked": 0}
    moment = origin
    while ready and moment < ready[-1][1]:
        span = next(((a, b) for a, b in ready if a <= moment < b), None)
        if span is None:
            phase = "waiting"
        elif any(a <= moment < b for a, b in standing):
            phase = "standing"
        else:
            phase = "worked" if any(span[0] <= touch <= moment for touch in touches) else "untouched"
        found[phase] += 60 * CALENDAR.is_workday(moment.astimezone(CST).date())
        moment += MINUTE
    return Phases(**found)


def event(kind: str, when: dt.datetime, task: str | None = None, **detail: str) -> PastEvent:
    return PastEvent(kind, when, task, "police", None, detail)


def test_a_task_stands_by_its_own_suspension_and_by_one_of_the_whole_case() -> None:
    events = [
        event("case.suspended", at(23, 9), "one", cause="test"),
        event("case.suspended", at(24, 9), None, cause="appraisal"),
        event("case.resumed", at(25, 9), "one", cause="test"),
        event("case.resumed", at(26, 9), None, cause="appraisal"),
        event("case.suspended", at(27, 9), "two", cause="test"),
    ]
    end = at(30, 9)
    assert standing_spans(events, "one", end) == [(at(23, 9), at(26, 9))]
    assert standing_spans(events, "two", end) == [(at(24, 9), at(26, 9)), (at(27, 9), end)]
    assert clip([(at(23, 9), at(26, 9))], at(24, 0), at(30, 0)) == [(at(24, 0), at(26, 9))]


@given(st.integers(0, 200 * DAY_SECONDS))
def test_rounding_keeps_three_significant_digits(seconds: int) -> None:
    minutes = rounded(seconds)
    assert abs(minutes - seconds / 60) <= max(0.5, 0.0051 * seconds / 60)
    assert len(str(minutes).rstrip("0")) <= 3


def test_whole_working_days_stay_whole() -> None:
    assert [rounded(days * DAY_SECONDS) for days in range(7)] == [1440 * days for days in range(7)]
