"""What closing an account would do, and what must be settled first."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from tongban.cases.rights.models import Found

Kind = Literal["staff", "guarded", "case", "request", "ward", "enterprise"]


class Obstacle(Struct, frozen=True):
    """What must be settled before. ``zh`` and ``en``: what it is and what to do; ``region``, ``id``: of one's own case.

    ``staff``: still in office; ``guarded``: a guardian stands; ``case``, ``request``: one's own, not ended; ``ward``:
    cases of somebody whose guardian one is; ``enterprise``: cases of one that nobody else governs.
    """

    kind: Kind
    zh: str
    en: str
    region: str | None = None
    id: UUID | None = None


class Closing(Struct, frozen=True):
    """What stands in the way (nothing: it may be closed), and which of one's records go or stay by which rule.

    ``name_kept``: whether a record is left that must say whose it is, so that name and identity stay too.
    """

    obstacles: tuple[Obstacle, ...]
    found: tuple[Found, ...]
    name_kept: bool


class Closed(Struct, frozen=True):
    """The account is closed. ``found``: what was destroyed and what stays; ``name_kept``: whether a record needs it."""

    found: tuple[Found, ...]
    name_kept: bool
