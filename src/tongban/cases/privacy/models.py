"""The yearly evidence as data: every number from a table, every line of the assessment from packs and grants."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Gap = Literal["no-basis", "bare", "no-grade", "no-fields", "no-grant", "no-role"]
GAPS: Mapping[Gap, tuple[str, str]] = {
    "no-basis": ("没有写依据", "no legal basis is stated"),
    "bare": ("含 L3 及以上字段，没有脱敏，也不凭本人同意", "L3 or above, neither masked nor by consent"),
    "no-grade": ("没有分级", "not graded"),
    "no-fields": ("没有写明取哪些字段", "the fields that flow are not named"),
    "no-grant": ("没有生效的授权", "no grant in force"),
    "no-role": ("本地没有部门承担其中的角色", "nobody plays one of its roles here"),
}
"""What an assessment finds missing, in both languages."""


class UseCount(Struct, frozen=True):
    """Look-ups for one purpose by one department of one source. ``grade``: the highest of what was asked, '' where the
    source is not graded; ``refused`` for want of a grant or consent; ``failed``: no or no credible answer."""

    purpose: str
    legal: str
    basis: str
    source: str
    grade: str
    consumer: str
    provider: str
    found: int
    missing: int
    failed: int
    refused: int

    @property
    def total(self) -> int:
        """All look-ups."""
        return self.found + self.missing + self.failed + self.refused


class AskedCount(Struct, frozen=True):
    """Objections and requests of persons of one kind: how many, how answered, in how many working days.

    ``late``: answered, or still waiting, after their day. ``mean_days`` None: none was answered.
    """

    kind: str
    asked: int
    granted: int
    refused: int
    waiting: int
    late: int
    mean_days: float | None
    most_days: int | None


class Destroyed(Struct, frozen=True):
    """What was destroyed of a kind by a rule or on request (``basis``), in how many batches."""

    kind: str
    basis: str
    batches: int
    things: int


class Denied(Struct, frozen=True):
    """How often something was refused for one reason. Refusals are kept for half a year."""

    reason: str
    times: int


class Line(Struct, frozen=True):
    """One flow of data: what, from whom, to whom, by which right, and what protects it."""

    material: str
    source: str
    provider: str
    consumer: str
    fields: tuple[str, ...]
    grade: str
    legal: str
    basis: str
    masked: tuple[str, ...]
    gaps: tuple[Gap, ...] = ()


class Section(Struct, frozen=True):
    """The assessment of one journey, or of the grants beside journeys (``pack`` '')."""

    name: str
    pack: str
    version: str
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...] = ()


class Kept(Struct, frozen=True):
    """How long a kind is kept by which rule."""

    kind: str
    years: int
    action: str
    basis: str
    on_request: bool


class Report(Struct, frozen=True):
    """A year's evidence for a region, or for the node (``region`` None). ``until`` is the day after the last."""

    year: int
    region: str | None
    since: dt.date
    until: dt.date
    made_at: dt.datetime
    uses: tuple[UseCount, ...]
    consents_given: int
    consents_withdrawn: int
    asked: tuple[AskedCount, ...]
    destroyed: tuple[Destroyed, ...]
    denied: tuple[Denied, ...]
    kept: tuple[Kept, ...]
    assessment: tuple[Section, ...]
