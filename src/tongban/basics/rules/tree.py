"""The checked form of a rule: the few shapes an expression can have. Pure data, built by ``reading`` alone.

Every node knows its ``kind`` (a key of ``types.KINDS``, or ``null`` for the bare NULL).
"""

import datetime
from collections.abc import Iterator
from decimal import Decimal

import msgspec

Value = bool | int | Decimal | str | datetime.date | None


class Const(msgspec.Struct, frozen=True):
    """A fixed value. A text compared with a code carries the code's name in ``of`` to be put in words."""

    value: Value
    kind: str
    of: str = ""


class Name(msgspec.Struct, frozen=True):
    """An input, by its dotted name."""

    name: str
    kind: str


class Not(msgspec.Struct, frozen=True):
    """Three-valued negation."""

    term: "Node"
    kind: str = "boolean"


class And(msgspec.Struct, frozen=True):
    """All terms, flattened; at least two."""

    terms: tuple["Node", ...]
    kind: str = "boolean"


class Or(msgspec.Struct, frozen=True):
    """Any term, flattened; at least two."""

    terms: tuple["Node", ...]
    kind: str = "boolean"


class Compare(msgspec.Struct, frozen=True):
    """``left op right`` with op one of ``= <> < <= > >=``."""

    op: str
    left: "Node"
    right: "Node"
    kind: str = "boolean"


class Among(msgspec.Struct, frozen=True):
    """``term IN (choices)``; the choices are fixed and not null."""

    term: "Node"
    choices: tuple[Const, ...]
    kind: str = "boolean"


class Between(msgspec.Struct, frozen=True):
    """``low <= term AND term <= high``."""

    term: "Node"
    low: "Node"
    high: "Node"
    kind: str = "boolean"


class IsNull(msgspec.Struct, frozen=True):
    """Whether the term is unknown; never itself unknown."""

    term: "Node"
    kind: str = "boolean"


class Like(msgspec.Struct, frozen=True):
    """``term LIKE pattern`` with ``%`` (any run) and ``_`` (one code point); case-sensitive, no escapes."""

    term: "Node"
    pattern: str
    kind: str = "boolean"


class StartsWith(msgspec.Struct, frozen=True):
    """``starts_with(term, prefix)``."""

    term: "Node"
    prefix: str
    kind: str = "boolean"


class Has(msgspec.Struct, frozen=True):
    """``'choice' = ANY(texts)``: whether a list holds a text."""

    texts: Name
    choice: Const
    kind: str = "boolean"


class Sum(msgspec.Struct, frozen=True):
    """``left op right`` with op one of ``+ - *``, exact; for a date plus or minus whole days."""

    op: str
    left: "Node"
    right: "Node"
    kind: str


class Negative(msgspec.Struct, frozen=True):
    """``-term``."""

    term: "Node"
    kind: str


class Coalesce(msgspec.Struct, frozen=True):
    """The term, or the default when it is unknown."""

    term: "Node"
    default: Const
    kind: str


class AgeYears(msgspec.Struct, frozen=True):
    """``age_years(birth, on)``: whole years passed; see ``meaning.age_years``."""

    birth: "Node"
    on: "Node"
    kind: str = "integer"


class Length(msgspec.Struct, frozen=True):
    """``length(term)``: the number of code points."""

    term: "Node"
    kind: str = "integer"


Node = (
    Const
    | Name
    | Not
    | And
    | Or
    | Compare
    | Among
    | Between
    | IsNull
    | Like
    | StartsWith
    | Has
    | Sum
    | Negative
    | Coalesce
    | AgeYears
    | Length
)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below ``node``, left to right."""
    for field in node.__struct_fields__:
        part = getattr(node, field)
        for child in part if isinstance(part, tuple) else (part,):
            if isinstance(child, Node):
                yield child


def names(node: Node) -> frozenset[str]:
    """The inputs read anywhere in ``node``."""
    own = {node.name} if isinstance(node, Name) else set()
    return frozenset(own.union(*(names(child) for child in children(node))))
