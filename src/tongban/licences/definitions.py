"""What a pack declares about licences (frozen; filled by assembly)."""

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

REACHING = re.compile(r"\b(import|include|eval|plugin|read)\b")
"""Words by which a Typst layout would reach beyond itself: refused by the pack's check and by the typesetter."""

Identifier = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class LicenceField(Struct, frozen=True, forbid_unknown_fields=True):
    """One fact on a licence. ``public``: shown to whoever verifies it; ``sensitive``: masked on lists."""

    id: Identifier
    label: str
    kind: Literal["text", "date", "integer"] = "text"
    public: bool = False
    sensitive: bool = False


class LicenceType(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of electronic licence (证照类型, GB/T 36902).

    ``code``: 18-character USCC of the defining authority and a three-digit serial (21 characters).
    ``issuer``: the department role that issues it. ``layout``: file name of its Typst layout in ``licences/``.
    ``valid_days``: calendar days of validity; None means until revoked.
    """

    id: Identifier
    name: str
    code: str
    issuer: str
    layout: str
    fields: list[LicenceField]
    valid_days: int | None = None
    basis: str | None = None
