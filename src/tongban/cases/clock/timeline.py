"""What is known of a case while its events are read: open periods, stops, remarks. Called by ``reading`` only."""

from dataclasses import dataclass, field
from datetime import date, datetime

from tongban.basics.calendar import CST, WorkingCalendar, local_day
from tongban.cases.clock import errors
from tongban.cases.clock.counting import Gap, LastDay, in_time, last_day, merged
from tongban.cases.clock.events import ClockEvent, State
from tongban.cases.clock.periods import Remark, Stop
from tongban.cases.clock.terms import Terms
from tongban.cases.definitions import DatedLimit, LimitUnit

STOPPED_BY_CASE = frozenset({"decision", "promise", "lower-review", "step", "instant"})
"""The authority's periods: what stops the case stops them. A step also stops for its own task."""


@dataclass
class Open:
    """A period while events are read. ``fulfilled``: what it was for was done; ``lapsed``: it ran out."""

    name: str
    task: str | None
    unit: LimitUnit
    length: int
    began_at: datetime
    basis: str
    extended: int = 0
    ended_at: datetime | None = None
    fulfilled: bool = False
    lapsed: bool = False
    stops_at_end: tuple[Stop, ...] = ()
    began_on: date = field(init=False)
    """The day of the event that began it."""

    def __post_init__(self) -> None:
        self.began_on = local_day(self.began_at)


@dataclass
class Halt:
    """A stop while events are read. ``implied`` by a hearing rather than by an event of its own."""

    cause: str
    task: str | None
    since: datetime
    basis: str | None
    implied: bool = False
    until: datetime | None = None

    def stop(self) -> Stop:
        """As a fact."""
        return Stop(self.cause, self.task, self.since, self.until, self.basis)


@dataclass
class Timeline:
    """Everything that was read. ``derive`` turns it into a ``Clock``."""

    terms: Terms
    calendar: WorkingCalendar
    state: State = "nothing"
    accepted_on: date | None = None
    deemed: bool = False
    periods: list[Open] = field(default_factory=list)
    halts: list[Halt] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    seen: list[tuple[int, ClockEvent]] = field(default_factory=list)
    late_asks: list[str] = field(default_factory=list)
    extended_at: datetime | None = None
    confirmed: bool = False

    def open(self, name: str, task: str | None = None) -> Open | None:
        """The open period of this name."""
        return next((p for p in self.periods if p.name == name and p.task == task and p.ended_at is None), None)

    def stops(self, period: Open) -> tuple[Stop, ...]:
        """What stops ``period``; of one that has ended, as it was then: what came later changes nothing."""
        if period.ended_at is not None:
            return period.stops_at_end
        if not self.halts:
            return ()
        return tuple(halt.stop() for halt in self.halts if _touches(period, halt))

    def gaps(self, period: Open) -> list[Gap]:
        """The merged stops of ``period``, in days."""
        stops = self.stops(period)
        if not stops:
            return []
        days = [(local_day(s.since), local_day(s.until) if s.until else None) for s in stops]
        return merged(days, period.began_on)

    def last(self, period: Open) -> LastDay | None:
        """The last day of a period counted in days, as the stops known now have it."""
        assert period.unit != "hour"
        return last_day(period.began_on, period.length, self.gaps(period), period.unit, self.calendar)

    def passed(self, period: Open, at: datetime) -> date | None:
        """The last day of ``period`` if it was over at ``at``, else None."""
        last = self.last(period)
        return None if last is None or in_time(at, last.day, self.terms.closes) else last.day

    def begin(self, name: str, at: datetime, limit: str | None = None, task: str | None = None) -> None:
        """Open the period that the limit ``limit`` (or ``name``) rules."""
        found = self.limit(limit or name, local_day(at))
        if found is not None and found.unit != "year":  # An age is no period.
            self.add(name, found.unit, found.days, at, found.basis, task)

    def limit(self, id: str, day: date) -> DatedLimit | None:
        """The limit in force; without one, a remark that there is none, and no period: nothing is guessed."""
        try:
            return self.terms.limits.at(id, self.terms.region, day)
        except errors.LimitUnknown as unknown:
            said = Remark(unknown.code, len(self.seen) + 1, unknown.message("zh-CN"), unknown.message("en"))
            self.remarks.append(said)
            return None

    def add(self, name: str, unit: LimitUnit, length: int, at: datetime, basis: str, task: str | None = None) -> None:
        """Open a period of a given length."""
        self.periods.append(Open(name, task, unit, length, at, basis))

    def close(self, at: datetime, *names: str, fulfilled: bool, task: str | None = None) -> None:
        """End the open periods of these names; all of the task's step with it."""
        for period in self.periods:
            if period.ended_at is None and period.name in names and (task is None or period.task == task):
                period.stops_at_end = self.stops(period)
                period.ended_at, period.fulfilled = at, fulfilled


def _touches(period: Open, halt: Halt) -> bool:
    if period.name not in STOPPED_BY_CASE:
        return False
    return halt.task is None or (period.name == "step" and halt.task == period.task)


def said(at: datetime) -> str:
    """A moment for people, in China Standard Time."""
    return f"{at.astimezone(CST):%Y-%m-%d %H:%M:%S}"
