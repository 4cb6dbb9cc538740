"""Which watches a case sets off, and when it must be looked at again. Pure.

Called for a batch of cases at a time by ``oversight.finding``, and for one case when its ticket is closed.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tongban.basics.calendar import CST, WorkingCalendar
from tongban.basics.rules import Rule
from tongban.cases.models import OPEN
from tongban.cases.oversight.definitions import TicketJourney, Watch
from tongban.cases.oversight.lights import Lights
from tongban.cases.oversight.models import Fact, Finding, Watched
from tongban.cases.oversight.names import Days, about_task, case_names, task_names
from tongban.cases.oversight.shortfalls import Sight

AHEAD_DAYS = 7
"""How far ahead a case is judged at once; it is looked at again after so many days in any case."""

FORGET_DAYS = 60
"""A past case that set off nothing for so long is looked at no more."""


@dataclass(frozen=True)
class CompiledWatch:
    """A watch exactly as one installed pack version declares it."""

    pack: str
    version: str
    watch: Watch
    rule: Rule

    @property
    def key(self) -> tuple[str, str, str]:
        """(pack, version, watch): what a ticket is pinned to."""
        return self.pack, self.version, self.watch.id

    @cached_property
    def of_task(self) -> bool:
        """Whether it is asked of every task."""
        return about_task(self.rule.names)


@dataclass(frozen=True)
class PinnedJourney:
    """The way of tickets as one installed pack version declares it."""

    pack: str
    version: str
    journey: TicketJourney


@dataclass(frozen=True)
class Oversight:
    """Everything declared about oversight. ``watches`` are the active ones about cases, ``exchange`` about the use of
    the exchange, ``objection`` about people's objections, ``rights`` about what they ask for; ``every`` holds all of
    them and older versions too."""

    watches: tuple[CompiledWatch, ...] = ()
    exchange: tuple[CompiledWatch, ...] = ()
    objection: tuple[CompiledWatch, ...] = ()
    rights: tuple[CompiledWatch, ...] = ()
    every: Mapping[tuple[str, str, str], CompiledWatch] = field(default_factory=dict)
    tickets: PinnedJourney | None = None
    ways: Mapping[tuple[str, str], PinnedJourney] = field(default_factory=dict)
    lights: Lights = field(default_factory=Lights)

    @property
    def digest(self) -> str:
        """Changes whenever another set of watches is active."""
        return " ".join(sorted("/".join(one.key) for one in self.watches))


Place = tuple[str, str]
"""A watch's id and a task ('' for the case as a whole)."""


def set_off(watches: Sequence[CompiledWatch], sight: Sight, days: Days) -> dict[Place, Mapping[str, object]]:
    """Every watch that is true on the day of ``days``, with the values that made it so."""
    return {place: values for place, values, holds in _asked(watches, sight, days) if holds}


def _asked(
    watches: Sequence[CompiledWatch], sight: Sight, days: Days
) -> Iterator[tuple[Place, Mapping[str, object], bool]]:
    concerned = [one for one in watches if not one.watch.journeys or sight.watched.journey in one.watch.journeys]
    case = case_names(sight, days) if concerned else {}
    for one in concerned:
        if not one.of_task:
            yield (one.watch.id, ""), case, one.rule.evaluate(case) is True
    of_tasks = [one for one in concerned if one.of_task]
    for task in sight.watched.tasks if of_tasks else ():
        if task.state in ("not_applicable", "cancelled"):
            continue
        values = {**case, **task_names(sight, task, days)}
        for one in of_tasks:
            yield (one.watch.id, task.task), values, one.rule.evaluate(values) is True


def holds(one: CompiledWatch, task: str, sight: Sight, days: Days) -> bool:
    """Whether one watch is (still) true of a case or of its ``task``."""
    return (one.watch.id, task) in set_off([one], sight, days)


def findings(watches: Sequence[CompiledWatch], sight: Sight, days: Days) -> list[Finding]:
    """What is abnormal about a case on the day of ``days``, each with the department that must mend it."""
    by_id = {one.watch.id: one for one in watches}
    return [
        Finding(watch, task, _department(by_id[watch], sight.watched, task), facts_of(by_id[watch], values))
        for (watch, task), values in set_off(watches, sight, days).items()
    ]


def _department(one: CompiledWatch, watched: Watched, task: str) -> str:
    found = watched.task(task)
    return found.department if found is not None and not one.watch.lead else watched.lead


def facts_of(one: CompiledWatch, values: Mapping[str, object]) -> tuple[Fact, ...]:
    """What was found where a watch was set off, name by name in both languages: what stands on the ticket."""
    chinese, english = (_found(one, values, language) for language in ("zh-CN", "en"))
    return tuple(Fact(f"{zh}：{chinese[zh]}", f"{en}: {english[en]}") for zh, en in zip(chinese, english, strict=True))


def _found(one: CompiledWatch, values: Mapping[str, object], language: str) -> dict[str, str]:
    reasons = one.rule.trace(values, language).reasons
    return {found.label: found.value for reason in reasons for found in reason.found}


def next_look(
    watches: Sequence[CompiledWatch], sight: Sight, today: dt.date, calendar: WorkingCalendar
) -> dt.datetime | None:
    """The first moment at which something new can be true although nothing happens; None: never again.

    Every name changes by days only, so the beginning of a day is the moment; at most ``AHEAD_DAYS`` are judged.
    """
    known = set(set_off(watches, sight, Days(today, calendar)))
    by_date = any("today" in one.rule.names for one in watches)
    for ahead in range(1, AHEAD_DAYS + 1):
        day = today + dt.timedelta(days=ahead)
        if not by_date and not calendar.is_workday(day):
            continue
        if set(set_off(watches, sight, Days(day, calendar))) - known:
            return beginning(day)
    return beginning(today + dt.timedelta(days=AHEAD_DAYS)) if _may_change(sight.watched, today) else None


def _may_change(watched: Watched, today: dt.date) -> bool:
    ended = watched.closed_at
    return watched.state in OPEN or (ended is not None and (today - ended.astimezone(CST).date()).days < FORGET_DAYS)


def beginning(day: dt.date) -> dt.datetime:
    """The first moment of ``day`` in China."""
    return dt.datetime.combine(day, dt.time(), CST)
