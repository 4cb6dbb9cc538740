"""What a mask is, as a grant, a basket or a pack writes it down (frozen)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Form = Literal["name", "phone", "id", "card", "address", "month", "year", "band", "province", "city", "district"]
PARTIAL: frozenset[str] = frozenset({"name", "phone", "id", "card", "address"})
COARSE: frozenset[str] = frozenset({"month", "year", "band", "province", "city", "district"})


class Mask(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What happens to one field.

    ``keep`` nothing; ``hide`` the value goes, the field stays; ``partial`` a customary part stays (``form``: name,
    phone, id, card, address); ``generalise`` it becomes coarser (``form``: month, year, band of ``width``, province,
    city, district); ``shift`` a date moves by up to ``days``, all dates of one person alike; ``hash`` a keyed hash,
    equal for equal values within one consumer and purpose; ``token`` sealed, to be opened only by its owner.
    """

    kind: Literal["keep", "hide", "partial", "generalise", "shift", "hash", "token"]
    form: Form | None = None
    width: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    days: Annotated[int, Meta(ge=1, le=3650)] | None = None


def fault(mask: Mask, kind: str) -> str | None:
    """What is wrong with ``mask`` on a field of ``kind`` (text, date, integer, boolean …), or None."""
    if mask.kind == "partial" and (mask.form not in PARTIAL or kind != "text"):
        return "partial needs a form (name, phone, id, card, address) and a text field"
    if mask.kind == "generalise":
        return _coarse_fault(mask, kind)
    if mask.kind == "shift" and (kind != "date" or mask.days is None):
        return "shift needs days and a date field"
    return None


def _coarse_fault(mask: Mask, kind: str) -> str | None:
    if mask.form not in COARSE:
        return "generalise needs a form (month, year, band, province, city, district)"
    if mask.form in ("month", "year"):
        return None if kind == "date" else "months and years are made of dates"
    if mask.form == "band":
        fits = mask.width is not None and kind in ("integer", "decimal", "text")
        return None if fits else "band needs a width and a number"
    return None if kind in ("text", "code") else "regions are made of division codes"
