"""What an entry may hold, and in which form: pure decisions, called by `actions.prepare`."""

import math
import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

from tongban.ledger.errors import NotCanonical, NotErasable, RetentionRuns

KIND = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*\Z")
REGION = re.compile(r"[0-9]{6}\Z")
ERASED = "ledger.erased"
LARGEST_EXACT = 2**53
CHINA = timezone(timedelta(hours=8))


def check_head(region: str, kind: str, at: datetime) -> None:
    """Refuse a region that is not six digits, a kind that is not ``<noun>.<past verb>``, a naive time."""
    if not REGION.match(region):
        raise NotCanonical("region", reason=f"region {region!r}")
    if not KIND.match(kind):
        raise NotCanonical("kind", reason=f"kind {kind!r}")
    if at.tzinfo is None:
        raise NotCanonical("at", reason="a time without zone")


def one_form(value: Any) -> Any:
    """``value`` in the one form that survives the store and gives the same bytes again.

    Whole floats become integers. Numbers that are not finite or too large to be exact, NUL characters
    and half surrogates are refused with `NotCanonical`: PostgreSQL or JSON would change them.
    """
    if isinstance(value, dict):
        return {_text(name): one_form(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [one_form(part) for part in value]
    if isinstance(value, str):
        return _text(value)
    return _number(value) if isinstance(value, int | float) else value


def _text(value: str) -> str:
    if "\0" in value:
        raise NotCanonical(reason="a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical(reason="half of a surrogate pair") from error
    return value


def _number(value: float | int) -> float | int:
    if not math.isfinite(value) or abs(value) >= LARGEST_EXACT:
        raise NotCanonical(reason=f"number {value!r}")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def check_erasable(kind: str, retain_until: date | None, erased: bool, at: datetime) -> None:
    """Refuse an erasure while a legal retention runs (day of China Standard Time, last day included),
    of what is already erased, and of an erasure's own record."""
    if erased or kind == ERASED:
        raise NotErasable()
    if retain_until is not None and at.astimezone(CHINA).date() <= retain_until:
        raise RetentionRuns(until=retain_until.isoformat())
