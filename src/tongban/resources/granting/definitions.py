"""What a pack declares about asking for data: themes, and the way of a request with its dated rules (frozen)."""

import datetime as dt
from typing import Annotated

from msgspec import Meta, Struct

from tongban.resources.definitions import Grade, Identifier, Importance
from tongban.resources.masks.definitions import Mask

Days = Annotated[int, Meta(ge=1, le=1830)]
Quota = Annotated[int, Meta(ge=1, le=10**9)]


class ThemeLine(Struct, frozen=True, forbid_unknown_fields=True):
    """What a theme needs of one resource; see ``Line``."""

    resource: str
    fields: list[str]
    rows: str | None = None
    masks: dict[str, Mask] = {}
    quota: Quota | None = None
    lists: bool = False


class Theme(Struct, frozen=True, forbid_unknown_fields=True):
    """A scene (应用场景) with the least data that it needs: who asks for it asks for no more.

    ``consumer``: the department role that works in the scene. ``days``: calendar days that its grants last.
    """

    id: Identifier
    name: str
    scene: str
    consumer: str
    purpose: str
    basis: str
    lines: list[ThemeLine]
    days: Days = 365

    def line(self, resource: str) -> ThemeLine | None:
        """What it needs of ``resource``, or None."""
        return next((line for line in self.lines if line.resource == resource), None)


class DatedRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule in force from ``since`` to ``until`` (both included), with its ``basis``; ``note``: what to know."""

    since: dt.date
    basis: str
    until: dt.date | None = None
    note: str = ""

    def in_force(self, day: dt.date) -> bool:
        """Whether it binds on ``day``."""
        return self.since <= day and (self.until is None or day <= self.until)


class HeadRule(DatedRule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Data of these grades or of this importance is granted only with the head's consent."""

    grades: list[Grade] = []
    importance: list[Importance] = []


class MaskRule(DatedRule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How fields of these grades are masked unless asked and granted otherwise.

    ``fields``: patterns of field ids (``*`` any run), all fields when empty; the first rule that fits counts.
    """

    grades: list[Grade]
    mask: Mask
    fields: list[str] = []


class RequestStep(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a request: what it is called, and what its official must know."""

    name: str
    help: str = ""


class SharingWay(Struct, frozen=True, forbid_unknown_fields=True):
    """The way of a request: checked by the platform, answered by the provider, agreed by its head where a rule says so.

    Its days are dated limits: ``sharing-check``, ``sharing-answer``, ``sharing-answer-unpublished``.
    """

    id: Identifier
    name: str
    basis: str
    check: RequestStep
    answer: RequestStep
    approve: RequestStep
    head: list[HeadRule] = []
    masks: list[MaskRule] = []


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of one resource. ``days``: calendar days; ``rows``: a condition in the rule language; ``masks``:
    field → mask, where others than the usual ones are asked; ``quota``: records a day; ``lists``: pages of rows."""

    resource: str
    fields: list[str]
    purpose: Annotated[str, Meta(max_length=200)]
    basis: Annotated[str, Meta(max_length=500)]
    days: Days
    rows: Annotated[str, Meta(max_length=2000)] | None = None
    masks: dict[str, Mask] = {}
    quota: Quota | None = None
    lists: bool = False
