"""When a light turns yellow or red: thresholds that a region declares for tasks and for cases. Pure.

Called by every list and page that shows a light. What nobody declared is as ever: yellow with one working day
left, red when the due day has passed.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from tongban.basics.calendar import WorkingCalendar
from tongban.cases.models import INTAKE, Light
from tongban.cases.oversight.definitions import LightRule
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Journey

Level = Literal["task", "case"]


class Marks(Struct, frozen=True):
    """The working days left at which a light shows; ``red`` None: only past the due day."""

    yellow: int = 1
    red: int | None = None

    def light(self, due_on: dt.date | None, today: dt.date, calendar: WorkingCalendar) -> Light:
        """The light of something due on ``due_on``; ``none`` while no clock runs."""
        if due_on is None:
            return "none"
        if today > due_on:
            return "red"
        left = calendar.workdays_between(today, due_on)
        if self.red is not None and left <= self.red:
            return "red"
        return "yellow" if left <= self.yellow else "green"

    def red_until(self, today: dt.date, calendar: WorkingCalendar) -> dt.date:
        """The last due day that shows red today."""
        if self.red is None or self.red < 0:
            return today - dt.timedelta(days=1)
        return calendar.add_workdays(today, self.red).day

    def yellow_until(self, today: dt.date, calendar: WorkingCalendar) -> dt.date:
        """The last due day that shows yellow (or red) today."""
        return max(calendar.add_workdays(today, max(self.yellow, 0)).day, self.red_until(today, calendar))


DEFAULT = Marks()


class Differing(Struct, frozen=True):
    """A task of one journey version (pack, version, journey) that has marks of its own."""

    key: tuple[str, str, str]
    task: str
    marks: Marks


@dataclass(frozen=True)
class Lights:
    """All declared thresholds; asked for one thing at a time."""

    rules: tuple[LightRule, ...] = ()

    def of_case(self, region: str, journey: Journey) -> Marks:
        """The marks of a whole case, measured against the promise."""
        return self._marks(region, "case", journey, None, None, journey.promise.days)

    def of_task(self, region: str, journey: Journey, task: str, days: int | None = None) -> Marks:
        """The marks of one task, measured against its own limit; intake against the period of acceptance.

        ``days``: measured against these working days instead, for what follows the task.
        """
        definition = journey.task(task)
        limit = days if days is not None else definition.days if definition else journey.acceptance.days
        return self._marks(region, "task", journey, task, definition.item if definition else None, limit)

    def differing(self, region: str, versions: Iterable[JourneyVersion]) -> list[Differing]:
        """Every task whose marks are not the default's: a list narrows by them in the store."""
        if not self.rules:
            return []
        tasks = [(one, task) for one in versions for task in (INTAKE, *(t.id for t in one.journey.tasks))]
        found = [Differing(one.key, task, self.of_task(region, one.journey, task)) for one, task in tasks]
        return [one for one in found if one.marks != DEFAULT]

    def _marks(
        self, region: str, level: Level, journey: Journey, task: str | None, item: str | None, limit: int
    ) -> Marks:
        fitting = [rule for rule in self.rules if _fits(rule, region, level, journey.id, task, item)]
        if not fitting:
            return DEFAULT
        rule = max(fitting, key=_specific)
        red = rule.red.of(limit) if rule.red is not None else None
        return Marks(rule.yellow.of(limit), red)


def _fits(rule: LightRule, region: str, level: Level, journey: str, task: str | None, item: str | None) -> bool:
    asked = ((rule.level, level), (rule.journey, journey), (rule.task, task), (rule.item, item))
    return region.startswith(rule.region or "") and all(want in (None, found) for want, found in asked)


def _specific(rule: LightRule) -> tuple[bool, bool, bool, bool, int]:
    named = (rule.task, rule.item, rule.journey, rule.level)
    task, item, journey, level = (name is not None for name in named)
    return task, item, journey, level, len(rule.region or "")
