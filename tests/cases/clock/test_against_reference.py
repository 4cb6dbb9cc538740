"""The clock against a second one, written plainly and apart from it: no difference, whatever happens to a case."""

import os
from collections.abc import Iterable
from random import Random

import pytest
from tests.cases.clock import reference
from tests.cases.clock.reference import Answer, Book, Found, Happening, Refused, Rules
from tests.cases.clock.sequences import Case, book_of, case_of

from tongban.basics.calendar import Override, WorkingCalendar
from tongban.cases.clock.days import days_of
from tongban.cases.clock.derive import derive
from tongban.cases.clock.errors import ClockFault
from tongban.cases.clock.events import ClockEvent
from tongban.cases.clock.limits import Limits
from tongban.cases.clock.periods import Clock
from tongban.cases.clock.terms import Terms
from tongban.cases.definitions import DatedLimit

SAMPLE = 600
MANY = int(os.environ.get("CLOCK_SEQUENCES", "100000"))
PUBLISHED = WorkingCalendar.published()


def _terms(rules: Rules) -> Terms:
    limits = Limits(
        DatedLimit(row.id, row.days, "Law", row.since, row.unit, row.until, row.region)  # type: ignore[arg-type]
        for row in rules.rows
    )
    return Terms(
        region=rules.region, limits=limits, joint=rules.joint, promise_days=rules.promise,
        statutory_days=rules.statutory, steps=rules.steps, lower_review=rules.lower_review,
        silence=rules.silence, step_silence=rules.step_silence, closes=rules.closes,  # type: ignore[arg-type]
    )  # fmt: skip


def _calendar(book: Book) -> WorkingCalendar:
    known = PUBLISHED if book.years == reference.ALL_YEARS else PUBLISHED.only(book.years)
    return known.overridden({day: Override(worked, "Notice") for day, worked in book.changed.items()})


def _event(event: Happening) -> ClockEvent:
    return ClockEvent(event.kind, event.at, event.task, event.cause, event.days, None, event.outcome)


def _clock(case: Case, book: Book, recorded: int) -> Clock:
    return derive([_event(e) for e in case.events], _terms(case.rules), _calendar(book), case.now, recorded)


def _answer(clock: Clock) -> Answer:
    periods = [
        Found(
            p.name,
            p.task,
            p.unit,
            p.length,
            p.began_on,
            p.due_on,
            p.provisional,
            p.ended_at,
            p.elapsed,
            p.left,
            p.state,
        )
        for p in clock.periods
    ]
    standing = [(s.cause, s.task, s.since) for s in clock.standing]
    silence: list[tuple[str, str | None, bool]] = [(s.rule, s.task, s.happened) for s in clock.silence]
    return Answer(clock.state, periods, standing, clock.accepted_on, clock.deemed_accepted, silence)


def _both(case: Case, book: Book, recorded: int = 0) -> tuple[object, object]:
    """What the two clocks say: an answer, or which event is refused and why."""
    try:
        plain: object = reference.run(case.events, case.rules, book, case.now, recorded)
    except Refused as refused:
        plain = (refused.number, refused.code)
    try:
        clock = _clock(case, book, recorded)
        _shown_days_end_where_the_period_does(clock, _calendar(book))
        return plain, _answer(clock)
    except ClockFault as fault:
        return plain, (fault.data["number"], fault.code)


def _shown_days_end_where_the_period_does(clock: Clock, calendar: WorkingCalendar) -> None:
    for period in clock.periods:
        days = days_of(period, clock, calendar)
        counted = [day.number for day in days if day.counts]
        assert counted == list(range(1, len(counted) + 1))
        if period.due_on is not None:
            assert len(counted) == period.length
            assert not days or days[-1].day == period.due_on


def _compare(seeds: Iterable[int]) -> int:
    """The number of cases that were answered rather than refused; fails at the first difference."""
    answered = 0
    for seed in seeds:
        case = case_of(seed)
        plain, real = _both(case, case.book)
        assert plain == real, f"seed {seed}: {case}"
        if isinstance(plain, Answer):
            answered += 1
            changed = book_of(Random(-seed), case.events[0].day)
            plain, real = _both(case, changed, len(case.events))
            assert plain == real, f"seed {seed} after the calendar changed: {case}"
    return answered


def test_a_sample_of_random_cases_is_counted_alike() -> None:
    assert _compare(range(SAMPLE)) > SAMPLE / 4


@pytest.mark.long
def test_a_hundred_thousand_random_cases_are_counted_alike() -> None:
    assert _compare(range(SAMPLE, SAMPLE + MANY)) > MANY / 4
