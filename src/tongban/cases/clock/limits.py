"""All limits that packs declare, and which one binds a region on a day. Pure.

Built once by ``assembly``; ``derive`` asks it. No length of any period stands in code.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from tongban.cases.clock.errors import LimitUnknown
from tongban.cases.clock.hours import OfficeHours
from tongban.cases.definitions import DatedLimit, LimitUnit

CLOCK_UNITS: Mapping[str, tuple[LimitUnit, ...]] = {
    "notice": ("workday",),
    "supplement-response": ("workday", "day"),
    "decision": ("workday",),
    "extension": ("workday",),
    "decision-joint": ("workday",),
    "extension-joint": ("workday",),
    "lower-review": ("workday",),
    "delivery": ("workday",),
    "hearing-request": ("workday",),
    "hearing-held": ("workday",),
}
"""The limits that the clock asks for, and the units in which each may be given (Administrative Licensing Law,
article 82: its periods are working days). A pack may declare others; nothing here reads them."""


ALWAYS = OfficeHours()


class Limits:
    """Every declared limit. Never changes; share it freely."""

    def __init__(self, declared: Iterable[DatedLimit] = (), office: Mapping[str, OfficeHours] | None = None) -> None:
        """``office``: region → when its offices are open; whole working days where nothing is declared."""
        self.declared = tuple(declared)
        self._office = dict(office or {})
        self._by_id: dict[str, list[DatedLimit]] = {}
        for limit in self.declared:
            self._by_id.setdefault(limit.id, []).append(limit)

    def office(self, region: str) -> OfficeHours:
        """When offices are open in ``region``: limits in hours count only then."""
        return self._office.get(region, ALWAYS)

    def at(self, id: str, region: str, day: date) -> DatedLimit:
        """The limit that binds ``region`` (six digits) on ``day``: of the most specific region, then the newest.

        Raises ``LimitUnknown``.
        """
        found = [limit for limit in self._by_id.get(id, ()) if limit.in_force(region, day)]
        if not found:
            raise LimitUnknown(id=id, region=region, day=day.isoformat())
        return max(found, key=lambda limit: (len(limit.region or ""), limit.since))
