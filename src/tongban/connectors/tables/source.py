"""What every table has in common: columns, questions, values. Each engine answers ``Source``; ``provider`` asks it.

A value is always bound, never spelled into a statement; a column is named in a statement only after it was found in
the real table; a cell comes back cut where it is longer than any value may be.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

from msgspec import Struct

from tongban.resources.rules import LONGEST_TEXT

LONGEST_CELL = LONGEST_TEXT + 1
"""Characters that are read of one cell: one more than may be believed, so that a longer one is noticed."""

As = Literal["text", "integer", "boolean", "date"]
Row = tuple[Any, ...]
_YES, _NO = ("true", "t", "yes", "y", "1", "是", "有"), ("false", "f", "no", "n", "0", "否", "无")


class Column(Struct, frozen=True, forbid_unknown_fields=True):
    """Which column a field comes from, and as what its values are read where the table says it less exactly."""

    column: str
    as_: As | None = None


class Select(Struct, frozen=True):
    """Rows whose columns equal ``equal``, of them ``columns``, at most ``limit``; every name was checked before."""

    columns: tuple[str, ...]
    equal: Mapping[str, str]
    limit: int


class Unreadable(Exception):
    """A table could not be read. ``reason`` holds no value; ``wrong``: it answered, and not with what was agreed."""

    def __init__(self, reason: str, *, wrong: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.wrong = reason, wrong


class Source(Protocol):
    """One table of one engine. Every method raises ``Unreadable`` alone, and gives up when it is cancelled."""

    async def names(self) -> Sequence[str]:
        """The columns of the real table that may be read."""
        ...

    async def select(self, wanted: Select, seconds: float) -> Sequence[Row]:
        """Rows in any order."""
        ...

    async def page(self, wanted: Select, after: str | None, seconds: float) -> Sequence[tuple[str, Row]]:
        """Rows in a fixed order from ``after`` on, each with what asks for the rows behind it; fewer at the end."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def missing(wanted: Iterable[str], names: Sequence[str], place: str) -> str | None:
    """The fault in words when ``place`` has not every column of ``wanted``."""
    absent = sorted(set(wanted) - set(names))
    return f"{place} has no readable column {', '.join(absent)}" if absent else None


def plain(value: Any, as_: As | None) -> Any:
    """A cell as the port carries it: text without padding, a whole number, true or false, or None for nothing.

    A fraction stays the text that spells it exactly. What is not of the kind ``as_`` stays as it is and is refused
    when the answer is checked.
    """
    if isinstance(value, dt.datetime | dt.date | UUID):
        value = str(value)
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else str(value)
    if isinstance(value, str):
        value = value.strip()
    return _read_as[as_](value) if as_ else value


def _text(value: Any) -> Any:
    return None if value is None else str(value)


def _integer(value: Any) -> Any:
    text = str(value)
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 17 else _or_none(value)


def _boolean(value: Any) -> Any:
    word = str(value).lower()
    return True if word in _YES else False if word in _NO else _or_none(value)


def _date(value: Any) -> Any:
    """``2026/3/2``, ``20260302`` and a moment of that day are the day ``2026-03-02``."""
    text = str(value).split(" ")[0].split("T")[0].replace("/", "-").replace(".", "-")
    parts = text.split("-") if "-" in text else [text[:4], text[4:6], text[6:]]
    try:
        return dt.date(*map(int, parts)).isoformat()
    except (TypeError, ValueError):
        return _or_none(value)


def _or_none(value: Any) -> Any:
    return None if value in (None, "") else value


_read_as = {"text": _text, "integer": _integer, "boolean": _boolean, "date": _date}
