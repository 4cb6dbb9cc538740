"""The marks of lights as a list in the store needs them: bounds by day, and where single tasks differ."""

import datetime as dt
from typing import Any

from msgspec import Struct

from tongban.cases.kernel import Kernel
from tongban.cases.models import Light
from tongban.cases.oversight.lights import DEFAULT, Differing

DAY = dt.timedelta(days=1)
LAST = dt.date.max
"""Where a task without a due day stands in the order; it shows no light."""


class Bounds(Struct, frozen=True):
    """The last due days that show red and yellow today: of all tasks but those in ``differing``."""

    red: dt.date
    yellow: dt.date
    differing: tuple[tuple[Differing, dt.date, dt.date], ...] = ()

    def between(self, wanted: Light | None) -> tuple[dt.date | None, dt.date | None]:
        """The first and last due day at which anything can show the light ``wanted``: what an index is read by."""
        reds = [self.red, *(red for _, red, _ in self.differing)]
        yellows = [self.yellow, *(yellow for _, _, yellow in self.differing)]
        if wanted == "red":
            return None, max(reds)
        if wanted == "yellow":
            return min(reds) + DAY, max(yellows)
        return (min(yellows) + DAY, LAST - DAY) if wanted == "green" else (None, None)

    def columns(self) -> dict[str, Any]:
        """The parameters of a statement that tells lights apart."""
        keys = [one.key for one, _, _ in self.differing]
        return {
            "red": self.red,
            "yellow": self.yellow,
            "mark_packs": [pack for pack, _, _ in keys],
            "mark_versions": [version for _, version, _ in keys],
            "mark_journeys": [journey for _, _, journey in keys],
            "mark_tasks": [one.task for one, _, _ in self.differing],
            "mark_reds": [red for _, red, _ in self.differing],
            "mark_yellows": [yellow for _, _, yellow in self.differing],
        }


def bounds(kernel: Kernel, region: str, today: dt.date) -> Bounds:
    """The bounds of today in ``region``, as declared there."""
    calendar, lights = kernel.calendar_in(region), kernel.oversight.lights
    found = lights.differing(region, kernel.catalogue.versions.values())
    return Bounds(
        red=DEFAULT.red_until(today, calendar),
        yellow=DEFAULT.yellow_until(today, calendar),
        differing=tuple(
            (one, one.marks.red_until(today, calendar), one.marks.yellow_until(today, calendar)) for one in found
        ),
    )
