"""The law's clock on cases that were counted by hand in the State Council's notices."""

from datetime import date, datetime
from typing import Any

import pytest

from tongban.basics.calendar import CST, WorkingCalendar
from tongban.cases.clock import errors
from tongban.cases.clock.derive import derive
from tongban.cases.clock.events import ClockEvent
from tongban.cases.clock.limits import Limits
from tongban.cases.clock.periods import Clock
from tongban.cases.clock.terms import Terms
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
