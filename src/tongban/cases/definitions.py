"""What a pack may declare about the time that cases take: dated limits. Frozen.

Filled by ``assembly`` from ``limits/*.yaml``; read by ``cases.clock``.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

LimitUnit = Literal["workday", "day", "hour"]
"""Working days, calendar days, office hours."""


DatedUnit = Literal["workday", "day", "hour", "year"]


class DatedLimit(Struct, frozen=True, forbid_unknown_fields=True):
    """One limit that law or a local rule sets, from the day ``since`` to the day ``until`` (both included).

    ``basis`` names the document and article. ``region`` is a division code or the first digits of one; None
    is the whole nation. ``unit`` ``year``: an age, which no period is counted by.
    ``note`` says what a reader must know: why a local limit is longer than the national
    one, or that a number is a local choice and not law.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    days: int
    basis: str
    since: date
    unit: DatedUnit = "workday"
    until: date | None = None
    region: str | None = None
    note: str = ""

    def in_force(self, region: str, day: date) -> bool:
        """Whether it binds ``region`` (six digits) on ``day``."""
        return region.startswith(self.region or "") and self.since <= day and (self.until is None or day <= self.until)
