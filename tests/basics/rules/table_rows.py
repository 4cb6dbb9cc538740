"""The table of the random rules' inputs: how each stands there, and random rows up to the edges of their types."""

import datetime
from decimal import Decimal

from hypothesis import strategies as st
from rule_expressions import DAYS, LISTED, SCHEMA, TEXTS

from tongban.basics import rules
from tongban.basics.rules import layout

LAYOUT = layout.Layout(
    SCHEMA,
    {
        "f.i": layout.whole("i", -1000, 1000),
        "f.j": layout.whole("j", -(2**63), 2**63 - 1),
        "f.d": layout.exact("d", 12, 2),
        "f.e": layout.exact("e", 24, 21),
        "f.s": layout.plain("s"),
        "f.t": layout.plain("t"),
        "f.k": layout.plain("k"),
        "f.m": layout.plain("m"),
        "f.p": layout.plain("p"),
        "f.q": layout.plain("q"),
        "f.x": layout.days("x"),
        "f.y": layout.days("y"),
        "f.l": layout.plain("l"),
    },
)
# Column → its type in DuckDB; in Spark, TEXT is STRING and a list is ARRAY<STRING>.
TYPES = {
    "i": "INT", "j": "BIGINT", "d": "DECIMAL(12,2)", "e": "DECIMAL(24,21)", "s": "TEXT", "t": "TEXT", "k": "TEXT",
    "m": "TEXT", "p": "BOOLEAN", "q": "BOOLEAN", "x": "DATE", "y": "DATE", "l": "TEXT[]",
}  # fmt: skip
Row = dict[str, object]


def _decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    units = st.integers(-3, 3).map(lambda whole: whole * 10**scale) | st.integers(1 - 10**digits, 10**digits - 1)
    return units.map(lambda count: Decimal(f"{count}e-{scale}"))


def _texts() -> st.SearchStrategy[str]:
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
    return st.sampled_from(TEXTS) | st.text(characters, max_size=4)


def rows() -> st.SearchStrategy[Row]:
    """One row: every input by its dotted name, unknown now and then."""
    dates = st.sampled_from(DAYS) | st.dates(datetime.date(1800, 1, 1), datetime.date(2999, 12, 31))
    known: dict[str, st.SearchStrategy[object]] = {
        "f.i": st.integers(-3, 3) | st.integers(-1000, 1000),
        "f.j": st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1) | st.sampled_from((-(2**63), 2**63 - 1)),
        "f.d": _decimals(12, 2),
        "f.e": _decimals(24, 21),
        **dict.fromkeys(("f.s", "f.t"), _texts()),
        **{name: st.sampled_from(LISTED[name]) for name in LISTED},
        **dict.fromkeys(("f.p", "f.q"), st.booleans()),
        **dict.fromkeys(("f.x", "f.y"), dates),
        "f.l": st.lists(_texts(), max_size=3),
    }
    return st.fixed_dictionaries({name: st.none() | known[name] for name in SCHEMA})


def accepted(sources: list[str], write: "object") -> dict[str, rules.Rule]:
    """The rules that the table's bounds allow, by a short name each; ``write`` refuses the others."""
    assert callable(write)
    found = {}
    for number, source in enumerate(sources):
        rule = rules.compile(source, SCHEMA)
        try:
            write(rule, LAYOUT)
        except rules.TableTooWide:
            continue
        found[f"r{number}"] = rule
    return found


def expected(found: dict[str, rules.Rule], records: list[Row]) -> list[tuple[bool | None, ...]]:
    """What the closures answer, row by row."""
    return [tuple(rule.evaluate(record) for rule in found.values()) for record in records]
