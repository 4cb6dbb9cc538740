"""What is known of a case while its events are read: open periods, stops, remarks. Called by ``reading`` only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from msgspec.structs import replace

from tongban.basics.calendar import CST, WorkingCalendar, local_day
from tongban.cases.clock import errors
from tongban.cases.clock.counting import LastDay, in_time, last_day, merged
from tongban.cases.clock.events import ClockEvent, State
from tongban.cases.clock.periods import Period, Remark, Stop
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

    @property
    def began_on(self) -> date:
        """The day of the event that began it."""
        return local_day(self.began_at)


@dataclass
class Halt:
    """A stop while events are read. ``implied`` by a hearing rather than by an event of its own."""

    cause: str
    task: str | None
    since: datetime
    basis: str | None
    implied: bool = False
    until: datetime | None = None
    cut: bool = False

    def cut_off(self, at: datetime) -> None:
        """End it because what it stopped has ended."""
        if self.until is None:
            self.until, self.cut = at, True

    def stop(self) -> Stop:
        """As a fact."""
        return Stop(self.cause, self.task, self.since, self.until, self.basis, self.cut)


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

    def gaps(self, period: Open) -> list[tuple[date, date | None]]:
        """The merged stops that touch ``period``, in days."""
        found = stops_of(period, [halt.stop() for halt in self.halts])
        return merged([(local_day(s.since), local_day(s.until) if s.until else None) for s in found], period.began_on)

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
        if found is not None:
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
                period.ended_at, period.fulfilled = at, fulfilled


def stops_of(period: Open | Period, every: Sequence[Stop]) -> list[Stop]:
    """Those of ``every`` stop that touch ``period``, as they were when it ended: what came later changes nothing."""
    found = [stop for stop in every if _touches(period, stop)]
    ended = period.ended_at
    if ended is None:
        return found
    return [replace(s, until=None) if _stood(s, ended) else s for s in found if s.since < ended]


def _touches(period: Open | Period, stop: Stop) -> bool:
    if period.name not in STOPPED_BY_CASE:
        return False
    return stop.task is None or (period.name == "step" and stop.task == period.task)


def _stood(stop: Stop, at: datetime) -> bool:
    return stop.until is None or stop.until > at or (stop.cut and stop.until == at)


def said(at: datetime) -> str:
    """A moment for people, in China Standard Time."""
    return f"{at.astimezone(CST):%Y-%m-%d %H:%M:%S}"
