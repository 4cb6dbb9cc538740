"""How the inputs of rules stand in a table: columns, the bounds of their numbers and dates, and fixed inputs.

Who calls: whoever decides many records at once describes their table here, for ``duckdb`` and ``spark``.
A table's numbers are bounded where a single record's are not, so the bounds are said beforehand: from them
follows for every calculation a type that holds its result exactly.
"""

import datetime
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tongban.basics.rules.errors import ColumnRefused
from tongban.basics.rules.meaning import EXACT
from tongban.basics.rules.tree import Value
from tongban.basics.rules.types import Schema

# One digit less than the widest decimal of both engines: a sum's own type is one digit wider than its parts.
MAX_DIGITS = 37


class Range(msgspec.Struct, frozen=True):
    """What a number can be: ``low`` to ``high``, both in units of ten to the power of minus ``scale``."""

    low: int
    high: int
    scale: int = 0

    @classmethod
    def of(cls, value: int | Decimal) -> "Range":
        """The range of one number, with as many places as it is written with."""
        if type(value) is int:
            return cls(value, value)
        scale = max(-int(Decimal(value).as_tuple().exponent), 0)
        units = int(EXACT.scaleb(value, scale))
        return cls(units, units, scale)

    def at(self, scale: int) -> "Range":
        """The same numbers in finer units."""
        factor = 10 ** (scale - self.scale)
        return Range(self.low * factor, self.high * factor, scale)

    def joined(self, other: "Range") -> "Range":
        """All numbers of both, in the finer units of the two."""
        scale = max(self.scale, other.scale)
        one, two = self.at(scale), other.at(scale)
        return Range(min(one.low, two.low), max(one.high, two.high), scale)

    def plus(self, other: "Range") -> "Range":
        """What the sum of two such numbers can be."""
        scale = max(self.scale, other.scale)
        one, two = self.at(scale), other.at(scale)
        return Range(one.low + two.low, one.high + two.high, scale)

    def minus(self, other: "Range") -> "Range":
        """What their difference can be."""
        return self.plus(Range(-other.high, -other.low, other.scale))

    def times(self, other: "Range") -> "Range":
        """What their product can be."""
        corners = [left * right for left in (self.low, self.high) for right in (other.low, other.high)]
        return Range(min(corners), max(corners), self.scale + other.scale)

    @property
    def digits(self) -> int:
        """How many digits a decimal needs to hold every number of the range."""
        return max(len(str(max(abs(self.low), abs(self.high)))), self.scale)

    @property
    def sort(self) -> str:
        """The smallest SQL type that holds every number of the range: INT, BIGINT or a DECIMAL."""
        if self.scale == 0:
            for bits, name in ((31, "INT"), (63, "BIGINT")):
                if -(2**bits) <= self.low and self.high < 2**bits:
                    return name
        return f"DECIMAL({self.digits}, {self.scale})"


class Days(msgspec.Struct, frozen=True):
    """What a date can be, both ends included."""

    first: datetime.date
    last: datetime.date


class Column(msgspec.Struct, frozen=True):
    """One input's column. ``bounds`` is there for numbers and dates only."""

    column: str
    bounds: Range | Days | None = None


def plain(column: str) -> Column:
    """A column of texts, codes, yes/no values or lists of texts."""
    return Column(column)


def whole(column: str, low: int = -(2**31), high: int = 2**31 - 1) -> Column:
    """A column of whole numbers from ``low`` to ``high``; the default is what a 32-bit column holds."""
    return Column(column, Range(low, high))


def exact(column: str, digits: int = 18, scale: int = 2) -> Column:
    """A column of type ``DECIMAL(digits, scale)``."""
    return Column(column, Range(1 - 10**digits, 10**digits - 1, scale))


def days(
    column: str, first: datetime.date = datetime.date(1800, 1, 1), last: datetime.date = datetime.date(2999, 12, 31)
) -> Column:
    """A column of dates from ``first`` to ``last``."""
    return Column(column, Days(first, last))


class Layout:
    """A table for the rules of one schema: dotted input name → column, and inputs with one value for all rows.

    An input that is in neither is unknown in every row, as an absent name is in a single record. Raises
    ``ColumnRefused`` on a name the schema lacks, and on bounds that do not suit the input's kind.
    """

    def __init__(self, schema: Schema, columns: Mapping[str, Column], fixed: Mapping[str, Value] | None = None) -> None:
        self.schema = schema
        self.columns = dict(columns)
        self.fixed = dict(fixed or {})
        for name in (*self.columns, *self.fixed):
            if name not in schema or (name in self.columns and name in self.fixed):
                raise ColumnRefused(field=name, name=name)
        for name, column in self.columns.items():
            if not isinstance(column.bounds, BOUNDS[schema[name].kind]) or not _possible(column.bounds):
                raise ColumnRefused(field=name, name=name)
        for name, value in self.fixed.items():
            if value is not None and type(value) not in FIXED[schema[name].kind]:
                raise ColumnRefused(field=name, name=name)


def _possible(bounds: Range | Days | None) -> bool:
    if isinstance(bounds, Range):
        return bounds.low <= bounds.high and bounds.scale >= 0 and bounds.digits <= MAX_DIGITS
    return bounds is None or bounds.first <= bounds.last


BOUNDS: dict[str, type] = {
    "boolean": type(None),
    "integer": Range,
    "decimal": Range,
    "text": type(None),
    "date": Days,
    "code": type(None),
    "texts": type(None),
}
FIXED: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "decimal": (int, Decimal),
    "text": (str,),
    "date": (datetime.date,),
    "code": (str,),
    "texts": (),
}
