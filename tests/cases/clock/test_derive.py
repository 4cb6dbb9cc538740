"""The law's clock on cases that were counted by hand in the State Council's notices."""

from datetime import date, datetime, time
from typing import Any

import pytest

from tongban.basics.calendar import CST, Override, WorkingCalendar
from tongban.cases.clock import errors
from tongban.cases.clock.days import days_of
from tongban.cases.clock.derive import derive
from tongban.cases.clock.events import ClockEvent
from tongban.cases.clock.hours import OfficeHours
from tongban.cases.clock.limits import Limits
from tongban.cases.clock.periods import Clock
from tongban.cases.clock.terms import Terms, check_terms
from tongban.cases.definitions import DatedLimit

CALENDAR = WorkingCalendar.published()
SINCE = date(2004, 7, 1)
LAW = Limits(
    DatedLimit(id, days, f"行政许可法 第{article}条", SINCE)
    for id, days, article in (
        ("notice", 5, "三十二"),
        ("supplement-response", 10, "三十二"),
        ("decision", 20, "四十二"),
        ("extension", 10, "四十二"),
        ("decision-joint", 45, "四十二"),
        ("extension-joint", 15, "四十二"),
        ("lower-review", 20, "四十三"),
        ("delivery", 10, "四十四"),
        ("hearing-request", 5, "四十七"),
        ("hearing-held", 20, "四十七"),
    )
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CST)


def event(kind: str, when: str, **said: Any) -> ClockEvent:
    return ClockEvent(kind, at(when), **said)


def clock(*events: ClockEvent, now: str = "", recorded: int = 0, **terms: Any) -> Clock:
    moment = at(now) if now else events[-1].at
    return derive(events, Terms(region="330103", limits=LAW, **terms), CALENDAR, moment, recorded)


def due(found: Clock, name: str, task: str | None = None) -> date | None:
    period = found.period(name, task)
    assert period is not None, name
    return period.due_on


RECEIVED = event("received", "2024-02-01 09:00")
ACCEPTED = event("accepted", "2024-02-02 10:00")


def test_spring_festival_2024_and_its_moved_workdays_are_counted_as_the_notice_says() -> None:
    # Free from 10 to 17 February; Sunday the 4th and Sunday the 18th are worked. Counted: 4, 5, 6, 7, 8, 9, 18, 19,
    # 20, 21.
    found = clock(RECEIVED, ACCEPTED, promise_days=10)
    assert due(found, "promise") == date(2024, 2, 21)
    assert due(found, "decision") == date(2024, 3, 6)


def test_national_day_2024_moves_a_sunday_and_a_saturday() -> None:
    # 1 to 7 October are free; Sunday 29 September and Saturday 12 October are worked. Counted: 29, 30, 8 to 12.
    found = clock(event("received", "2024-09-27 08:00"), event("accepted", "2024-09-27 09:00"), promise_days=7)
    assert due(found, "promise") == date(2024, 10, 12)


def test_a_suspension_takes_out_the_days_after_it_began_up_to_the_day_it_ended() -> None:
    found = clock(
        event("received", "2024-03-01 09:00"),
        event("accepted", "2024-03-01 09:00"),
        event("suspended", "2024-03-06 15:00", cause="inspection"),
        event("resumed", "2024-03-13 11:00", cause="inspection"),
        promise_days=5,
    )
    assert due(found, "promise") == date(2024, 3, 15)


def test_without_a_word_within_five_days_the_application_is_deemed_accepted_from_its_receipt() -> None:
    found = clock(event("received", "2024-03-01 09:00"), now="2024-03-09 00:00", promise_days=10)
    assert found.deemed_accepted == date(2024, 3, 1)
    assert due(found, "promise") == date(2024, 3, 15)
    notice = found.period("notice")
    assert notice is not None and notice.state == "late"


def test_an_extension_after_the_last_day_is_refused() -> None:
    events = [RECEIVED, ACCEPTED, event("extended", "2024-03-07 00:00")]
    with pytest.raises(errors.ExtendedLate) as refused:
        clock(*events)
    assert refused.value.data["due"] == "2024-03-06"
    assert "2024-03-06" in refused.value.message("zh-CN")


def test_an_extension_on_the_last_day_adds_ten_days_to_law_and_promise() -> None:
    found = clock(RECEIVED, ACCEPTED, event("extended", "2024-03-06 23:59:59"), promise_days=20)
    assert due(found, "decision") == due(found, "promise") == date(2024, 3, 20)


# ---- known vectors: accepted on a day, so many working days, last day -----------------------------------

VECTORS = [
    ("2024-02-02", 6, "2024-02-09"),  # New Year's Eve was worked in 2024
    ("2024-02-09", 1, "2024-02-18"),  # eight days of Spring Festival, then a Sunday that is worked
    ("2024-09-13", 2, "2024-09-18"),  # Saturday the 14th is worked, 15 to 17 are Mid-autumn Festival
    ("2024-09-30", 1, "2024-10-08"),  # National Day
    ("2024-09-30", 5, "2024-10-12"),  # and the Saturday that makes up for it
    ("2020-01-23", 1, "2020-02-03"),  # the Spring Festival that was made longer in its midst
    ("2023-09-28", 1, "2023-10-07"),  # National Day, then a Saturday that is worked
    ("2004-04-30", 1, "2004-05-08"),  # the first year on record: seven days in May, then a Saturday
    ("2006-12-29", 1, "2006-12-30"),  # a New Year's notice that reaches into the year before
    ("2024-12-31", 1, "2025-01-02"),
    ("2024-02-28", 2, "2024-03-01"),  # a leap day is a day like others
]


@pytest.mark.parametrize(("accepted", "days", "last"), VECTORS)
def test_a_promise_ends_on_the_day_that_the_notices_give(accepted: str, days: int, last: str) -> None:
    found = clock(event("received", accepted), event("accepted", accepted), promise_days=days)
    assert due(found, "promise") == date.fromisoformat(last)
    shown = days_of(found.period("promise"), found, CALENDAR)  # type: ignore[arg-type]
    assert shown[-1].day == date.fromisoformat(last) and shown[-1].number == days


# ---- corrections, stops, extensions ------------------------------------------------------------------------


def test_after_each_correction_five_new_days_begin_whatever_kinds_are_mixed() -> None:
    found = clock(
        event("received", "2024-03-01 09:00"),
        event("supplement_asked", "2024-03-05 09:00"),
        event("supplemented", "2024-03-20 22:00"),
        event("returned", "2024-03-25 09:00"),
        event("resubmitted", "2024-04-01 08:00"),
        event("supplement_asked", "2024-04-09 09:00"),
        event("supplemented", "2024-04-10 09:00"),
        now="2024-04-11 09:00",
    )
    notices = [(p.began_on, p.due_on, p.state) for p in found.periods if p.name == "notice"]
    assert notices == [
        (date(2024, 3, 1), date(2024, 3, 8), "met"),
        (date(2024, 3, 20), date(2024, 3, 27), "met"),
        (date(2024, 4, 1), date(2024, 4, 9), "met"),  # 4 to 6 April are free, Sunday the 7th is worked
        (date(2024, 4, 10), date(2024, 4, 17), "running"),
    ]
    assert found.deemed_accepted is None and found.state == "examining"


def test_silence_after_a_supplement_accepts_from_the_day_it_was_supplied() -> None:
    found = clock(
        event("received", "2024-03-01 09:00"),
        event("supplement_asked", "2024-03-05 09:00"),
        event("supplemented", "2024-03-20 22:00"),
        now="2024-03-28 08:00",
    )
    assert found.deemed_accepted == date(2024, 3, 20)
    assert due(found, "decision") == date(2024, 4, 18)


def test_a_notice_after_the_fifth_day_is_void_and_the_clock_goes_on() -> None:
    found = clock(
        event("received", "2024-03-01 09:00"),
        event("supplement_asked", "2024-03-11 09:00"),
        event("supplemented", "2024-03-15 09:00"),
        event("accepted", "2024-03-18 09:00"),
        promise_days=10,
    )
    assert found.deemed_accepted == date(2024, 3, 1) and due(found, "promise") == date(2024, 3, 15)
    assert [(remark.code, remark.number) for remark in found.remarks] == [
        ("clock.after_deemed", 2),
        ("clock.after_deemed", 3),
    ]


def accepted(*more: ClockEvent, now: str = "", **terms: Any) -> Clock:
    """A case accepted on Friday, 1 March 2024, a month without holidays."""
    return clock(event("received", "2024-03-01 09:00"), event("accepted", "2024-03-01 10:00"), *more, now=now, **terms)


def test_overlapping_stops_are_taken_out_once() -> None:
    found = accepted(
        event("suspended", "2024-03-04 09:00", cause="inspection"),
        event("suspended", "2024-03-06 09:00", cause="expert-review"),
        event("resumed", "2024-03-08 09:00", cause="inspection"),
        event("resumed", "2024-03-12 09:00", cause="expert-review"),
        promise_days=3,
    )
    assert due(found, "promise") == date(2024, 3, 14)


def test_a_stop_that_lasts_leaves_the_last_day_open_and_says_how_long() -> None:
    found = accepted(event("suspended", "2024-03-04 09:00", cause="test"), now="2024-03-20 09:00", promise_days=3)
    promise = found.period("promise")
    assert promise is not None and (promise.due_on, promise.state, promise.left) == (None, "standing", 2)
    assert [(s.cause, s.since, s.workdays, s.days) for s in found.standing] == [("test", date(2024, 3, 4), 12, 16)]


def test_a_stop_of_one_step_stops_neither_the_case_nor_other_steps() -> None:
    found = accepted(
        event("task_started", "2024-03-01 11:00", task="fire"),
        event("task_started", "2024-03-01 11:00", task="health"),
        event("suspended", "2024-03-04 09:00", task="fire", cause="inspection"),
        event("resumed", "2024-03-06 09:00", task="fire"),
        promise_days=10,
        steps={"fire": 5, "health": 5},
    )
    assert due(found, "step", "fire") == date(2024, 3, 12)
    assert due(found, "step", "health") == date(2024, 3, 8)
    assert due(found, "promise") == date(2024, 3, 15)


def test_what_stops_later_does_not_move_a_step_that_was_done() -> None:
    found = accepted(
        event("task_started", "2024-03-01 11:00", task="fire"),
        event("task_done", "2024-03-05 11:00", task="fire"),
        event("suspended", "2024-03-06 09:00", cause="inspection"),
        now="2024-03-20 09:00",
        steps={"fire": 5},
    )
    step = found.period("step", "fire")
    assert step is not None and (step.due_on, step.state) == (date(2024, 3, 8), "met")


def test_an_extension_during_a_stop_adds_days_to_what_was_left() -> None:
    found = accepted(
        event("suspended", "2024-03-04 09:00", cause="hearing"),
        event("extended", "2024-04-30 09:00", days=5),
        event("resumed", "2024-05-06 09:00"),
        promise_days=5,
    )
    assert due(found, "promise") == date(2024, 5, 16)  # 4 March, then 7 to 11 (a Saturday worked), 13 to 16 May


def test_an_extension_does_not_heal_a_promise_that_was_missed() -> None:
    found = accepted(event("extended", "2024-03-11 09:00"), promise_days=5)
    promise, decision = found.period("promise"), found.period("decision")
    assert promise is not None and decision is not None
    assert (promise.due_on, promise.extended, promise.state) == (date(2024, 3, 8), 0, "late")
    assert (decision.length, decision.extended) == (30, 10)


def test_joint_handling_has_longer_limits_of_its_own() -> None:
    found = accepted(event("extended", "2024-03-11 09:00"), joint=True)
    decision = found.period("decision")
    assert decision is not None and (decision.length, decision.extended) == (60, 15)


def test_the_days_of_a_hearing_do_not_count() -> None:
    found = accepted(
        event("hearing_told", "2024-03-04 09:00"),
        event("hearing_requested", "2024-03-11 09:00"),
        event("hearing_held", "2024-03-20 09:00"),
        promise_days=10,
    )
    assert due(found, "hearing-request") == date(2024, 3, 11) and due(found, "hearing-held") == date(2024, 4, 9)
    assert due(found, "promise") == date(2024, 3, 26)


def test_a_right_that_was_not_used_has_ended_and_nobody_is_late() -> None:
    found = accepted(event("hearing_told", "2024-03-04 09:00"), now="2024-03-15 09:00")
    asked = found.period("hearing-request")
    assert asked is not None and asked.state == "ended"


def test_the_last_day_lasts_till_midnight_or_till_the_office_closes() -> None:
    done = event("decided", "2024-03-08 17:30:01")
    assert accepted(done, promise_days=5).period("promise").state == "met"  # type: ignore[union-attr]
    assert accepted(done, promise_days=5, closes=time(17, 30)).period("promise").state == "late"  # type: ignore[union-attr]
    at_closing = accepted(event("decided", "2024-03-08 17:30:00"), promise_days=5, closes=time(17, 30))
    assert at_closing.period("promise").state == "met"  # type: ignore[union-attr]
    at_midnight = accepted(event("decided", "2024-03-09 00:00"), promise_days=5)
    assert at_midnight.period("promise").state == "late"  # type: ignore[union-attr]


def test_a_certificate_is_delivered_within_ten_days_and_nothing_after_a_refusal() -> None:
    granted = accepted(event("decided", "2024-03-08 09:00", outcome="approved"))
    assert due(granted, "delivery") == date(2024, 3, 22)
    assert accepted(event("decided", "2024-03-08 09:00", outcome="declined")).period("delivery") is None


def test_silence_takes_effect_with_the_first_moment_after_the_limit() -> None:
    found = accepted(
        event("task_started", "2024-03-01 11:00", task="fire"),
        now="2024-03-30 00:00",
        silence="escalate",
        steps={"fire": 3},
        step_silence={"fire": "approve"},
    )
    assert [(s.rule, s.task, s.at, s.happened) for s in found.silence] == [
        ("escalate", None, at("2024-03-30 00:00"), True),
        ("approve", "fire", at("2024-03-07 00:00"), True),
    ]
    decided = accepted(event("decided", "2024-03-04 09:00"), now="2024-04-30 09:00", silence="approve")
    assert [s.happened for s in decided.silence] == [False]


def test_a_year_without_notice_gives_a_provisional_day_that_its_notice_settles() -> None:
    before = CALENDAR.only(frozenset(range(2004, 2024)))
    events = [event("received", "2023-12-27 09:00"), event("accepted", "2023-12-27 10:00")]
    terms = Terms(region="330103", limits=LAW, promise_days=5)
    assumed = derive(events, terms, before, events[-1].at).period("promise")
    settled = derive(events, terms, CALENDAR, events[-1].at).period("promise")
    assert assumed is not None and settled is not None
    assert (assumed.due_on, assumed.provisional) == (date(2024, 1, 3), True)
    assert (settled.due_on, settled.provisional) == (date(2024, 1, 4), False)


def test_office_hours_are_counted_only_while_the_office_is_open() -> None:
    office = OfficeHours(((time(9), time(12)), (time(13, 30), time(17))))
    found = clock(event("received", "2024-03-01 16:00"), now="2024-03-04 10:30", instant_hours=4, office=office)
    instant = found.period("instant")
    assert instant is not None
    assert (instant.due_at, instant.elapsed, instant.left) == (at("2024-03-04 12:00"), 2, 2)
    shown = days_of(instant, found, CALENDAR)
    assert [(day.day.day, day.hours) for day in shown] == [(1, 1.0), (2, 0), (3, 0), (4, 3.0)]


def test_a_step_in_hours_stands_while_it_is_stopped() -> None:
    office = OfficeHours(((time(9), time(17)),))
    found = accepted(
        event("task_started", "2024-03-01 10:00", task="fire"),
        event("suspended", "2024-03-01 12:00", task="fire", cause="test"),
        event("resumed", "2024-03-04 16:00", task="fire"),
        now="2024-03-05 10:00",
        step_hours={"fire": 4},
        office=office,
    )
    step = found.period("step", "fire")
    assert step is not None and (step.due_at, step.state) == (at("2024-03-05 10:00"), "running")


def test_without_office_hours_the_whole_of_a_working_day_counts() -> None:
    found = clock(event("received", "2024-03-01 22:00"), now="2024-03-04 01:00", instant_hours=4)
    instant = found.period("instant")
    assert instant is not None
    assert (instant.due_at, instant.elapsed, instant.state) == (at("2024-03-04 02:00"), 3, "running")


# ---- what can not be ----------------------------------------------------------------------------------------

START = [event("received", "2024-03-01 09:00"), event("accepted", "2024-03-01 10:00")]
FAULTS: list[tuple[list[ClockEvent], type[errors.ClockFault], str]] = [
    ([event("recieved", "2024-03-01 09:00")], errors.UnknownKind, "received"),
    ([ClockEvent("received", datetime(2024, 3, 1, 9))], errors.NoZone, "+08:00"),
    ([event("received", "2030-03-01 09:00")], errors.InTheFuture, "2030-03-01"),
    ([*START, event("task_started", "2024-02-29 09:00", task="a")], errors.NotInOrder, "2024-03-01 10:00"),
    ([START[0], START[0]], errors.Doubled, "2024-03-01 09:00"),
    ([*START, event("accepted", "2024-03-02 09:00")], errors.Doubled, "2024-03-01 10:00"),
    (
        [*START, event("withdrawn", "2024-03-02 09:00"), event("decided", "2024-03-03 09:00")],
        errors.AfterTheEnd,
        "withdrawn",
    ),
    ([START[0], event("decided", "2024-03-02 09:00")], errors.Misplaced, "accepted"),
    ([event("accepted", "2024-03-02 09:00")], errors.Misplaced, "received"),
    ([*START, event("supplemented", "2024-03-02 09:00")], errors.Misplaced, "supplement_asked"),
    ([*START, event("hearing_held", "2024-03-02 09:00")], errors.Misplaced, "hearing_requested"),
    ([*START, event("task_done", "2024-03-02 09:00", task="a")], errors.Misplaced, "task_started a"),
    ([*START, event("suspended", "2024-03-02 09:00", cause="lunch")], errors.UnknownCause, "inspection"),
    ([*START, event("resumed", "2024-03-02 09:00", cause="test")], errors.NothingToResume, "suspended"),
    (
        [
            *START,
            *(event("suspended", "2024-03-02 09:00", cause=c) for c in ("test", "tender")),
            event("resumed", "2024-03-03"),
        ],
        errors.ResumeWhich,
        "tender",
    ),
    ([*START, event("extended", "2024-03-04"), event("extended", "2024-03-05")], errors.ExtendedTwice, "2024-03-04"),
    ([*START, event("extended", "2024-03-30")], errors.ExtendedLate, "2024-03-29"),
    ([*START, event("extended", "2024-03-04", days=11)], errors.ExtendedTooLong, "10"),
    ([*START, event("extended", "2024-03-04", days=0)], errors.ExtendedTooLong, "10"),
    (
        [*START, event("hearing_told", "2024-03-04"), event("hearing_requested", "2024-03-12")],
        errors.HearingRequestedLate,
        "2024-03-11",
    ),
    ([START[0], event("deemed_accepted", "2024-03-08 09:00")], errors.DeemedTooEarly, "2024-03-08"),
]


@pytest.mark.parametrize(("events", "kind", "told"), FAULTS, ids=lambda value: getattr(value, "__name__", None))
def test_what_can_not_be_is_refused_and_the_repair_told(
    events: list[ClockEvent], kind: type[errors.ClockFault], told: str
) -> None:
    with pytest.raises(kind) as refused:
        clock(*events, now="2025-01-01")
    fault = refused.value
    assert type(fault) is kind and fault.data["number"] == len(events) and fault.data["kind"] == events[-1].kind
    assert told in fault.message("zh-CN") and told in fault.message("en")


def test_what_a_changed_calendar_made_late_is_remarked_when_it_was_recorded() -> None:
    events = [*START, event("extended", "2024-03-29 09:00")]
    shorter = CALENDAR.overridden({date(2024, 3, 9): Override(True, "市政府通知")})
    terms = Terms(region="330103", limits=LAW)
    with pytest.raises(errors.ExtendedLate):
        derive(events, terms, shorter, events[-1].at)
    kept = derive(events, terms, shorter, events[-1].at, recorded=3)
    assert [remark.code for remark in kept.remarks] == ["clock.extended_late"]
    assert due(kept, "decision") == date(2024, 4, 12)


def test_without_a_declared_limit_nothing_is_guessed() -> None:
    found = derive([START[0]], Terms(region="330103", limits=Limits()), CALENDAR, at("2024-12-01"))
    assert found.periods == () and found.state == "examining"
    assert [remark.code for remark in found.remarks] == ["clock.limit_unknown"]


# ---- limits ---------------------------------------------------------------------------------------------------


def test_a_limit_longer_than_the_law_is_refused_unless_a_law_is_cited() -> None:
    day = date(2024, 3, 1)
    for wrong in ({"promise_days": 21}, {"statutory_days": 30}, {"promise_days": 5, "steps": {"fire": 6}}):
        with pytest.raises(errors.LimitTooLong) as refused:
            check_terms(Terms(region="330103", limits=LAW, **wrong), day)
        assert "行政许可法 第四十二条" in refused.value.message("zh-CN")
    check_terms(
        Terms(region="330103", limits=LAW, statutory_days=30, statutory_basis="食品安全法", promise_days=25), day
    )


def test_the_limit_of_the_smallest_region_and_of_the_day_binds() -> None:
    limits = Limits(
        [
            DatedLimit("notice", 5, "Law", SINCE, until=date(2024, 12, 31)),
            DatedLimit("notice", 4, "New law", date(2025, 1, 1)),
            DatedLimit("notice", 3, "Province", date(2024, 1, 1), region="33"),
            DatedLimit("notice", 2, "District", date(2024, 6, 1), region="330103"),
        ]
    )
    wanted = {
        ("440103", "2024-12-31"): 5, ("440103", "2025-01-01"): 4, ("330103", "2023-12-31"): 5,
        ("330103", "2024-05-31"): 3, ("330103", "2024-06-01"): 2, ("330105", "2024-06-01"): 3,
    }  # fmt: skip
    assert {(r, d): limits.at("notice", r, date.fromisoformat(d)).days for r, d in wanted} == wanted
