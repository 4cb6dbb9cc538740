"""Limits in hours against a plain count of minutes, over nights, weekends, holidays and stops."""

from datetime import datetime, time, timedelta
from random import Random

from tests.cases.clock.reference import CHINA, Book

from tongban.basics.calendar import WorkingCalendar
from tongban.cases.clock.derive import derive
from tongban.cases.clock.events import ClockEvent
from tongban.cases.clock.hours import OfficeHours
from tongban.cases.clock.limits import Limits
from tongban.cases.clock.terms import Terms

CALENDAR = WorkingCalendar.published()
MINUTE = timedelta(minutes=1)
OFFICES = [(), ((time(9), time(12)), (time(13, 30), time(17))), ((time(8, 15), time(8, 45)),)]


def test_a_limit_in_hours_ends_where_a_count_of_minutes_ends() -> None:
    for seed in range(120):
        random = Random(seed)
        office = random.choice(OFFICES)
        begins = datetime(random.randint(2005, 2026), random.randint(1, 12), random.randint(1, 28), tzinfo=CHINA)
        begins += random.randrange(1440) * MINUTE
        stops = _stops(random, begins)
        hours = random.randint(1, 3) if len(office) == 1 else random.randint(1, 20)
        until = stops[-1][1] if stops else begins
        step = _step(begins, stops, office, hours, until)
        assert step == _counted(begins, stops, office, hours), f"seed {seed}"


def _stops(random: Random, begins: datetime) -> list[tuple[datetime, datetime]]:
    found = []
    at = begins
    for _ in range(random.randint(0, 3)):
        start = at + random.randrange(3000) * MINUTE
        at = start + random.randrange(5000) * MINUTE
        found.append((start, at))
    return found


def _step(
    begins: datetime,
    stops: list[tuple[datetime, datetime]],
    office: tuple[tuple[time, time], ...],
    hours: int,
    now: datetime,
) -> datetime | None:
    events = [
        ClockEvent("received", begins),
        ClockEvent("accepted", begins),
        ClockEvent("task_started", begins, task="desk"),
    ]
    for start, end in stops:
        events += [
            ClockEvent("suspended", start, task="desk", cause="test"),
            ClockEvent("resumed", end, task="desk"),
        ]
    terms = Terms(region="330103", limits=Limits(), step_hours={"desk": hours}, office=OfficeHours(office))
    period = derive(events, terms, CALENDAR, now).period("step", "desk")
    return period.due_at if period else None


def _counted(
    begins: datetime, stops: list[tuple[datetime, datetime]], office: tuple[tuple[time, time], ...], hours: int
) -> datetime:
    book, at, minutes = Book(), begins, 0
    while minutes < hours * 60:
        open_now = not office or any(opens <= at.time() < closes for opens, closes in office)
        stopped = any(start <= at < end for start, end in stops)
        minutes += book.works(at.date()) and open_now and not stopped
        at += MINUTE
    return at
