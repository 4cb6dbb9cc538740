"""What ``derive`` finds: the periods of a case with their due dates, what stands, and what silence means."""

from datetime import date, datetime, time
from typing import Literal

from msgspec import Struct

from tongban.cases.clock.events import State
from tongban.cases.clock.hours import OfficeHours
from tongban.cases.clock.terms import SilenceRule
from tongban.cases.definitions import LimitUnit

PeriodState = Literal["running", "standing", "met", "late", "ended"]
"""Open and in time; open and stopped; done in time; not done in time (open or closed); closed in time without
what it was for, so that nothing is owed any more."""


class Stop(Struct, frozen=True):
    """A time during which the clock stood: from ``since`` to ``until`` (None while it stands).

    ``task`` limits it to one step. The day of ``since`` counts, the day of ``until`` does not.
    """

    cause: str
    task: str | None
    since: datetime
    until: datetime | None
    basis: str | None = None


class Period(Struct, frozen=True):
    """One period of a case. ``length``, ``elapsed`` and ``left`` are in ``unit``.

    ``began_on`` is not counted. ``due_on`` is the last day and ``due_at`` the moment at which it is over; both
    are None while the clock stands before they are known. ``elapsed`` counts up to the end or today, whole hours
    for hours; ``left`` is negative once the period is over. ``extended`` days are part of ``length``. ``stops`` are
    the interruptions that touch it; of an ended period, as they were when it ended.
    """

    name: str
    task: str | None
    unit: LimitUnit
    length: int
    extended: int
    began_on: date
    began_at: datetime
    due_on: date | None
    due_at: datetime | None
    provisional: bool
    ended_at: datetime | None
    elapsed: int
    left: int
    state: PeriodState
    basis: str
    stops: tuple[Stop, ...] = ()


class Standing(Struct, frozen=True):
    """A stop that has not ended: since which day, and for how many days by now (worked and of the calendar)."""

    cause: str
    task: str | None
    since: date
    workdays: int
    days: int
    basis: str | None = None


class Silence(Struct, frozen=True):
    """What follows if nothing is decided: ``rule`` takes effect at ``at``, the first moment after the period.

    ``at`` is None while the clock stands. ``happened`` says that the moment passed without a decision.
    """

    rule: SilenceRule
    task: str | None
    at: datetime | None
    provisional: bool
    happened: bool


class Remark(Struct, frozen=True):
    """Something a reader must know about an event: ``number`` counts from 1; Chinese and English."""

    code: str
    number: int
    zh: str
    en: str


class Clock(Struct, frozen=True):
    """All that follows from the events of one case at ``now``.

    ``accepted_on`` is the day from which the authority's periods run; equal to ``deemed_accepted`` when silence
    accepted the application. ``stops`` are all interruptions, ``standing`` those that still last.
    """

    state: State
    periods: tuple[Period, ...]
    stops: tuple[Stop, ...]
    standing: tuple[Standing, ...]
    accepted_on: date | None
    deemed_accepted: date | None
    silence: tuple[Silence, ...]
    remarks: tuple[Remark, ...]
    now: datetime
    closes: time | None
    office: OfficeHours

    def period(self, name: str, task: str | None = None) -> Period | None:
        """The period of this name (and task); the newest when there were several; None when there is none."""
        return next((p for p in reversed(self.periods) if p.name == name and p.task == task), None)
