"""The law's clock in one pure function: events in, due dates out. Whatever shows or stores a due date asks here."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from tongban.basics.calendar import WorkingCalendar, local_day
from tongban.cases.clock.counting import counted, end_of, in_time, last_day
from tongban.cases.clock.events import ClockEvent
from tongban.cases.clock.hours import merged_moments, office_due, office_time
from tongban.cases.clock.periods import Clock, Period, PeriodState, Silence, Standing
from tongban.cases.clock.reading import read
from tongban.cases.clock.terms import Terms
from tongban.cases.clock.timeline import Halt, Open, Timeline

_LAPSES = frozenset({"hearing-request"})
"""Rights of the applicant: once over, they have ended; nobody is late."""


def derive(
    events: Sequence[ClockEvent], terms: Terms, calendar: WorkingCalendar, now: datetime, recorded: int = 0
) -> Clock:
    """What follows from ``events`` under ``terms`` at ``now``. The same input gives the same answer, always.

    The first ``recorded`` events were accepted by an earlier call: what a changed calendar has since made late
    is remarked for them rather than refused. Raises ``ClockFault`` for what can not have happened or is not
    allowed, ``LimitUnknown`` when no limit is in force.
    """
    line = read(events, terms, calendar, now, recorded)
    periods = tuple(_period(line, period, now) for period in line.periods)
    return Clock(
        state=line.state,
        periods=periods,
        stops=tuple(halt.stop() for halt in line.halts),
        standing=tuple(_standing(halt, now, calendar) for halt in line.halts if halt.until is None),
        accepted_on=line.accepted_on,
        deemed_accepted=line.accepted_on if line.deemed else None,
        silence=tuple(_silences(terms, periods)),
        remarks=tuple(line.remarks),
        now=now,
        closes=terms.closes,
        office=terms.office,
    )


def _period(line: Timeline, period: Open, now: datetime) -> Period:
    counts = _in_hours(line, period, now) if period.unit == "hour" else _in_days(line, period, now)
    return Period(
        name=period.name,
        task=period.task,
        unit=period.unit,
        length=period.length,
        extended=period.extended,
        began_on=period.began_on,
        began_at=period.began_at,
        due_on=counts.due_on,
        due_at=counts.due_at,
        provisional=counts.provisional,
        ended_at=period.ended_at,
        elapsed=counts.elapsed,
        left=counts.left,
        state=_state(period, counts),
        basis=period.basis,
        stops=line.stops(period),
    )


class _Counts(Struct, frozen=True):
    due_on: date | None
    due_at: datetime | None
    provisional: bool
    elapsed: int
    left: int
    over: bool


def _state(period: Open, counts: _Counts) -> PeriodState:
    if counts.over or period.lapsed:
        return "ended" if period.name in _LAPSES else "late"
    if period.ended_at is not None:
        return "met" if period.fulfilled else "ended"
    return "standing" if counts.due_at is None else "running"


def _in_days(line: Timeline, period: Open, now: datetime) -> _Counts:
    assert period.unit != "hour"
    unit, calendar, gaps = period.unit, line.calendar, line.gaps(period)
    last = last_day(period.began_on, period.length, gaps, unit, calendar)
    at = period.ended_at or now
    # What ran out at midnight ended with its last day, not on the next one.
    today = last.day if period.lapsed and last else local_day(at)
    elapsed = counted(period.began_on, today, gaps, unit, calendar)
    if last is None:
        return _Counts(None, None, False, elapsed, period.length - elapsed, False)
    ahead = today <= last.day
    left = counted(today, last.day, gaps, unit, calendar) if ahead else -counted(last.day, today, gaps, unit, calendar)
    over = not in_time(at, last.day, line.terms.closes)
    return _Counts(last.day, end_of(last.day, line.terms.closes), last.provisional, elapsed, left, over)


def _in_hours(line: Timeline, period: Open, now: datetime) -> _Counts:
    office, calendar = line.terms.office, line.calendar
    intervals = merged_moments((stop.since, stop.until) for stop in line.stops(period))
    due_at = office_due(period.began_at, period.length, intervals, office, calendar)
    at = period.ended_at or now
    elapsed = office_time(period.began_at, at, intervals, office, calendar) // timedelta(hours=1)
    if due_at is None:
        return _Counts(None, None, False, elapsed, period.length - elapsed, False)
    due_on = local_day(due_at)
    provisional = calendar.provisional_between(period.began_on - timedelta(days=1), due_on)
    return _Counts(due_on, due_at, provisional, elapsed, period.length - elapsed, at > due_at)


def _standing(halt: Halt, now: datetime, calendar: WorkingCalendar) -> Standing:
    since, today = local_day(halt.since), local_day(now)
    worked = calendar.workdays_between(since, today)
    return Standing(halt.cause, halt.task, since, worked, (today - since).days, halt.basis)


def _silences(terms: Terms, periods: Sequence[Period]) -> Iterator[Silence]:
    """What silence means for each period of decision that is declared to have a meaning."""
    for period in periods:
        rule = terms.silence if period.name == "decision" else None
        if period.name == "step" and period.task:
            rule = terms.step_silence.get(period.task)
        if rule is not None:
            happened = period.state == "late" and period.ended_at is None
            yield Silence(rule, period.task, period.due_at, period.provisional, happened)
