"""Masks for one value, compiled once a grant. Called by ``granting``; ``columns`` says the same in SQL.

What a mask can not place (another length, another script, no number) it hides whole: a rare value must not
slip through because nobody thought of its form. What is hidden has a fixed width, so lengths tell nothing.
"""

import datetime as dt
import hashlib
import hmac
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tongban.resources.masks.definitions import Mask
from tongban.resources.masks.keys import MaskKeys

Masker = Callable[[Any, str], Any]
"""(value, subject) → what leaves. ``subject`` tells whose value it is, for shifts. None stays None."""

STARS = "****"
DIGITS = 32  # hexadecimal digits of a keyed hash: 128 bits
# Marks that stand on the character before them, and characters without width: they make no second character.
UNSEEN = "[\u0300-\u036f\u200b-\u200f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_UNSEEN = re.compile(UNSEEN)
MOBILE = re.compile(r"(?:\+?86)?(1[0-9]{2})[0-9]{4}([0-9]{4})")
RESIDENT = re.compile(r"([0-9]{3})(?:[0-9]{11}([0-9]{3}[0-9Xx])|[0-9]{9}([0-9]{3}))")
CARD = re.compile(r"[0-9]{12,15}([0-9]{4})")
# Division names only: what holds a character of roads, estates, villages or houses is no division to be kept.
_PART = "[^路街道巷弄号幢栋楼室村镇乡小社园校厂场苑庄0-9A-Za-z０-９ \t\n\r\f\v\u00a0\u3000省市区县旗盟]"
ADDRESS = (
    f"^({_PART}{{2,6}}(?:省|自治区)(?:{_PART}{{1,8}}(?:市|自治州|地区|盟))?(?:{_PART}{{1,8}}(?:自治县|区|县|旗|市))?"
    f"|{_PART}{{1,8}}(?:市|自治州|地区|盟)(?:{_PART}{{1,8}}(?:自治县|区|县|旗|市))?)"
)
_ADDRESS = re.compile(ADDRESS)
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,10})?")
DIVISION = re.compile("[0-9]{6}([0-9]{3}|[0-9]{6})?")
LARGEST = 10**15  # numbers beyond it are not put into bands
FIRST, LAST = dt.date(1000, 1, 1), dt.date.max
SMALL, LARGE = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LARGE = str.maketrans(SMALL, LARGE)
LEVELS = {"province": 2, "city": 4, "district": 6}


def mask(spec: Mask, keys: MaskKeys, scope: str) -> Masker:
    """The function that ``spec`` stands for, within ``scope`` (one consumer and purpose)."""
    if spec.kind == "keep":
        return lambda value, subject: value
    if spec.kind == "hide":
        return lambda value, subject: None
    if spec.kind == "shift":
        return _shifter(spec.days or 1, keys.key(scope))
    if spec.kind == "token":
        return _on_text(lambda text: keys.seal(text, scope))
    if spec.kind == "hash":
        key = keys.key(scope)
        return _on_text(lambda text: digest(key, text)[:DIGITS])
    return _on_text(PARTS[spec.form or ""] if spec.form != "band" else _banded(spec.width or 1))


def _on_text(change: Callable[[str], str | None]) -> Masker:
    return lambda value, subject: None if value is None else change(spelled(value))


def spelled(value: Any) -> str:
    """A value as text: dates as ISO, yes and no as SQL spells them, everything else as it prints."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def partial_name(text: str) -> str:
    """The first character (a surname, or the first of a compound one); of one character nothing."""
    kept = _UNSEEN.sub("", text).strip(" ")
    return kept[0] + "**" if len(kept) >= 2 else "**"


def partial_phone(text: str) -> str:
    """Three and four digits of a mobile number; any other number is hidden whole."""
    found = MOBILE.fullmatch(re.sub("[ -]", "", text))
    return f"{found[1]}{STARS}{found[2]}" if found else STARS


def partial_id(text: str) -> str:
    """Three characters in front and four behind of a resident number (three of the old 15 digits)."""
    found = RESIDENT.fullmatch(text)
    return f"{found[1]}{STARS}{found[2] or found[3]}" if found else STARS


def partial_card(text: str) -> str:
    """The last four of 16 to 19 digits."""
    found = CARD.fullmatch(re.sub("[ -]", "", text))
    return STARS + found[1] if found else STARS


def partial_address(text: str) -> str:
    """The divisions down to the district."""
    found = _ADDRESS.match(text)
    return (found[1] if found else "") + STARS


def _month(text: str) -> str | None:
    day = _date(text)
    return f"{day:%Y-%m}" if day else None


def _year(text: str) -> str | None:
    day = _date(text)
    return f"{day:%Y}" if day else None


def _date(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    # Years below 1000 print without leading zeros on some systems; no living person has such a date.
    return day if day and day >= FIRST else None


def _banded(width: int) -> Callable[[str], str | None]:
    def band(text: str) -> str | None:
        whole = math.floor(Decimal(text)) if NUMBER.fullmatch(text) else LARGEST
        if abs(whole) >= LARGEST:
            return None
        low = whole // width * width
        return f"[{low},{low + width})"

    return band


def _level(digits: int) -> Callable[[str], str | None]:
    return lambda text: text[:digits].ljust(6, "0") if DIVISION.fullmatch(text) else None


PARTS: dict[str, Callable[[str], str | None]] = {
    "name": partial_name,
    "phone": partial_phone,
    "id": partial_id,
    "card": partial_card,
    "address": partial_address,
    "month": _month,
    "year": _year,
    **{name: _level(digits) for name, digits in LEVELS.items()},
}


def _shifter(days: int, key: bytes) -> Masker:
    def shift(value: Any, subject: str) -> Any:
        day = _date(spelled(value))
        if day is None:
            return None
        moved = day.toordinal() + offset(key, subject, days)
        return dt.date.fromordinal(moved).isoformat() if FIRST.toordinal() <= moved <= LAST.toordinal() else None

    return lambda value, subject: None if value is None or not subject else shift(value, subject)


def offset(key: bytes, subject: str, days: int) -> int:
    """By how many days the dates of ``subject`` move: between one and ``days``, before or after, never none."""
    drawn = int(digest(key, subject)[:12], 16) % (2 * days)
    return drawn - days if drawn < days else drawn - days + 1


def subject_of(value: Any) -> str:
    """The one spelling of whose value it is: without blanks around it, small letters made large; '' for nobody."""
    return "" if value is None else spelled(value).strip(" ").translate(_LARGE)


def digest(key: bytes, text: str) -> str:
    """HMAC-SHA256 of ``text`` (UTF-8) under ``key``, in hexadecimal."""
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
