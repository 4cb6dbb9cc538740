"""The types a rule's inputs may have, with the labels that explain them in words.

Who calls: every noun that lets a pack write conditions declares a ``Schema``; ``compile`` checks against it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from tongban.basics.rules.errors import SchemaRefused

NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*){0,3}")

# kind → how a message names it (Simplified Chinese, English)
KINDS: dict[str, tuple[str, str]] = {
    "boolean": ("是否值", "a yes/no value"),
    "integer": ("整数", "a whole number"),
    "decimal": ("小数", "a decimal number"),
    "text": ("文字", "text"),
    "date": ("日期", "a date"),
    "code": ("代码值", "a code"),
    "texts": ("多选值", "a list of texts"),
}


class Code(msgspec.Struct, frozen=True):
    """One permitted value of a code, with its labels."""

    value: str
    zh: str
    en: str


class Type(msgspec.Struct, frozen=True):
    """What an input holds: a kind of ``KINDS``, its label in two languages, and a code's closed list.

    Values are ``bool``, ``int``, ``decimal.Decimal``, ``str``, ``datetime.date``, ``str`` of the list, and
    for ``texts`` a tuple or list of ``str`` (of the list, if one is given). ``None`` is unknown (SQL NULL).
    """

    kind: str
    zh: str = ""
    en: str = ""
    codes: tuple[Code, ...] = ()

    @property
    def values(self) -> frozenset[str]:
        """The closed list of a code; empty when the type has none."""
        return frozenset(code.value for code in self.codes)

    def label(self, value: str, language: str) -> str:
        """What people call a code's ``value``; the value itself when the list does not hold it."""
        for code in self.codes:
            if code.value == value:
                return code.en if language.startswith("en") else code.zh
        return value


def boolean(zh: str = "", en: str = "") -> Type:
    """Yes or no."""
    return Type("boolean", zh, en)


def integer(zh: str = "", en: str = "") -> Type:
    """A whole number of any size."""
    return Type("integer", zh, en)


def decimal(zh: str = "", en: str = "") -> Type:
    """An exact decimal number (money, area); never binary floating point."""
    return Type("decimal", zh, en)


def text(zh: str = "", en: str = "") -> Type:
    """Text, compared by code points."""
    return Type("text", zh, en)


def date(zh: str = "", en: str = "") -> Type:
    """A calendar date (year 1 to 9999) without time."""
    return Type("date", zh, en)


def _codes(values: Mapping[str, str | tuple[str, str]] | Iterable[str]) -> tuple[Code, ...]:
    pairs = values.items() if isinstance(values, Mapping) else ((value, value) for value in values)
    both = ((value, (label, value) if isinstance(label, str) else label) for value, label in pairs)
    return tuple(Code(value, zh, en) for value, (zh, en) in both)


def code(values: Mapping[str, str | tuple[str, str]] | Iterable[str], zh: str = "", en: str = "") -> Type:
    """One of a closed list: ``{"enterprise": ("企业", "an enterprise")}``, or plain values without labels."""
    return Type("code", zh, en, _codes(values))


def texts(values: Mapping[str, str | tuple[str, str]] | Iterable[str] = (), zh: str = "", en: str = "") -> Type:
    """Several texts (a multiple choice), of a closed list when ``values`` are given."""
    return Type("texts", zh, en, _codes(values))


class Schema(Mapping[str, Type]):
    """The inputs a rule may name, frozen and hashable: dotted name → type.

    Names are one to four words joined by dots (letters of any script, digits, underscore) and are matched
    exactly. Raises ``SchemaRefused`` on a name that cannot be written in a rule.
    """

    __slots__ = ("_hash", "_types")

    def __init__(self, types: Mapping[str, Type]) -> None:
        for name in types:
            if not NAME.fullmatch(name):
                raise SchemaRefused(field=name, name=name)
        self._types = dict(types)
        self._hash = hash(frozenset(self._types.items()))

    def __getitem__(self, name: str) -> Type:
        return self._types[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self._hash == other._hash and self._types == other._types

    def label(self, name: str, language: str) -> str:
        """What people call the input; its dotted name when no label was declared."""
        kind = self._types[name]
        return (kind.en if language.startswith("en") else kind.zh) or name
