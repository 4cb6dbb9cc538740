"""Random well-typed rules with as few parentheses as PostgreSQL's precedence allows, and random records."""

import datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tongban.basics import rules

SCHEMA = rules.Schema(
    {
        "f.i": rules.integer(),
        "f.j": rules.integer(),
        "f.d": rules.decimal(),
        "f.e": rules.decimal(),
        "f.s": rules.text(),
        "f.t": rules.text(),
        "f.k": rules.code(["a", "ab", "c"]),
        "f.m": rules.code(["c", "a"]),
        "f.p": rules.boolean(),
        "f.q": rules.boolean(),
        "f.x": rules.date(),
        "f.y": rules.date(),
        "f.l": rules.texts(),
    }
)
TEXTS = ("a", "ab", "c", "", "A", "好a", "a\nb", "%", "_b", "it's", "𠮷", "a\\b", "${a}", "é", "e\u0301", "a ", '"')
LISTED = {"f.k": ("a", "ab", "c"), "f.m": ("c", "a")}
PATTERNS = ("a%", "%b", "_", "%", "", "%a%", "_%b", "a_b", "好%", "'%", "%%", "[a]%", ".")
DAYS = tuple(datetime.date(*day) for day in ((2024, 2, 28), (2024, 2, 29), (2025, 2, 28), (2025, 3, 1), (2026, 12, 31)))
DECIMALS = tuple(map(Decimal, ("0", "0.1", "-1.50", "2", "3.333333333333333333333", "1000")))

# Each strategy below gives pairs (text, strength). Strength follows PostgreSQL's precedence:
OR, AND, NOT, IS, COMPARE, BETWEEN, ADD, MULTIPLY, SIGN, WHOLE = range(10)
Part = tuple[str, int]


def quoted(value: object) -> str:
    """A literal."""
    if isinstance(value, datetime.date):
        return f"DATE '{value}'"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def wrap(part: Part, least: int) -> str:
    """The text, in parentheses where it binds less tightly than its place needs."""
    return part[0] if part[1] >= least else f"({part[0]})"


def literal(value: object) -> Part:
    """A literal; a minus sign counts as an operator."""
    text = quoted(value)
    return text, SIGN if text.startswith("-") else WHOLE


def draw_number(draw: Any, depth: int) -> Part:
    """A whole or decimal number."""
    shape = draw(st.integers(0, 8 if depth else 2))
    if shape == 0:
        return draw(st.sampled_from(("f.i", "f.j", "f.d", "f.e"))), WHOLE
    if shape == 1:
        return literal(draw(st.integers(-3, 3)))
    if shape == 2:
        return literal(draw(st.sampled_from(DECIMALS)))
    if shape == 3:
        return f"age_years({draw_day(draw, 0)[0]}, {draw_day(draw, 0)[0]})", WHOLE
    if shape == 4:
        return f"length({draw_text(draw, depth - 1)[0]})", WHOLE
    if shape == 5:
        return f"COALESCE({draw(st.sampled_from(('f.i', 'f.d')))}, {draw(st.integers(-2, 2))})", WHOLE
    if shape == 6:
        return "- " + wrap(draw_number(draw, depth - 1), SIGN), SIGN
    op, level = draw(st.sampled_from((("+", ADD), ("-", ADD), ("*", MULTIPLY))))
    left, right = draw_number(draw, depth - 1), draw_number(draw, depth - 1)
    return f"{wrap(left, level)} {op} {wrap(right, level + 1)}", level


def draw_day(draw: Any, depth: int) -> Part:
    """A date."""
    shape = draw(st.integers(0, 3 if depth else 1))
    if shape == 0:
        return draw(st.sampled_from(("f.x", "f.y"))), WHOLE
    if shape == 1:
        return literal(draw(st.sampled_from(DAYS)))
    if shape == 2:
        return f"COALESCE(f.x, {quoted(draw(st.sampled_from(DAYS)))})", WHOLE
    days = draw(st.sampled_from(("f.i", "365", "2")))
    return f"{wrap(draw_day(draw, depth - 1), ADD)} {draw(st.sampled_from('+-'))} {days}", ADD


def draw_text(draw: Any, depth: int) -> Part:
    """A text that is not a code."""
    shape = draw(st.integers(0, 2 if depth > 0 else 1))
    if shape == 0:
        return draw(st.sampled_from(("f.s", "f.t"))), WHOLE
    if shape == 1:
        return literal(draw(st.sampled_from(TEXTS)))
    return f"COALESCE(f.s, {quoted(draw(st.sampled_from(TEXTS)))})", WHOLE


def draw_pair(draw: Any, depth: int) -> tuple[str, str, str]:
    """Two operands and a comparison that fits them."""
    kind = draw(st.sampled_from(("number", "day", "text", "code", "truth")))
    order, equal = st.sampled_from(("=", "<>", "!=", "<", "<=", ">", ">=")), st.sampled_from(("=", "<>"))
    if kind == "number":
        return wrap(draw_number(draw, depth), ADD), draw(order), wrap(draw_number(draw, depth), ADD)
    if kind == "day":
        return wrap(draw_day(draw, depth), ADD), draw(order), wrap(draw_day(draw, depth), ADD)
    if kind == "text":
        return draw_text(draw, depth)[0], draw(equal), draw_text(draw, depth)[0]
    if kind == "code":
        name = draw(st.sampled_from(("f.k", "f.m")))
        other = draw(st.sampled_from((*map(quoted, LISTED[name]), "f.k", "f.m", "f.s")))
        return name, draw(equal), other
    left, right = (wrap(draw_truth(draw, depth - 1), WHOLE) for _ in range(2))
    return "f.p" if left == "NULL" else left, draw(equal), "f.q" if right == "NULL" else right


def draw_member(draw: Any, depth: int) -> Part:
    """IN, BETWEEN, LIKE, starts_with, ANY, negated or not."""
    negation = draw(st.sampled_from(("", "NOT ")))
    shape = draw(st.integers(0, 5))
    if shape == 0:
        choices = ", ".join(quoted(v) for v in draw(st.lists(st.integers(-2, 3), min_size=1, max_size=3)))
        return f"{wrap(draw_number(draw, depth), ADD)} {negation}IN ({choices})", BETWEEN
    if shape == 1:
        choices = ", ".join(map(quoted, draw(st.lists(st.sampled_from(LISTED["f.k"]), min_size=1, max_size=3))))
        return f"f.k {negation}IN ({choices})", BETWEEN
    if shape == 2:
        low, high = (wrap(draw_number(draw, depth), ADD) for _ in range(2))
        return f"{wrap(draw_number(draw, depth), ADD)} {negation}BETWEEN {low} AND {high}", BETWEEN
    if shape == 3:
        term = draw(st.sampled_from(("f.k", draw_text(draw, depth)[0])))
        return f"{term} {negation}LIKE {quoted(draw(st.sampled_from(PATTERNS)))}", BETWEEN
    if shape == 4:
        prefix = draw(st.sampled_from([text for text in TEXTS if "\\" not in text]))
        return f"starts_with({draw_text(draw, depth)[0]}, {quoted(prefix)})", WHOLE
    return f"{quoted(draw(st.sampled_from(TEXTS)))} = ANY(f.l)", COMPARE


def draw_truth(draw: Any, depth: int) -> Part:
    """A yes/no expression."""
    shape = draw(st.integers(0, 9)) if depth > 0 else draw(st.integers(0, 1))
    if shape == 0:
        return draw(st.sampled_from(("f.p", "f.q"))), WHOLE
    if shape == 1:
        return draw(st.sampled_from(("TRUE", "FALSE", "NULL", "COALESCE(f.p, FALSE)", "COALESCE(f.q, TRUE)"))), WHOLE
    if shape in (2, 3):
        level, word = draw(st.sampled_from(((AND, "AND"), (OR, "OR"))))
        terms = [wrap(draw_truth(draw, depth - 1), level) for _ in range(draw(st.integers(2, 3)))]
        return f" {word} ".join(terms), level
    if shape == 4:
        return "NOT " + wrap(draw_truth(draw, depth - 1), NOT), NOT
    if shape == 5:
        term = draw(st.sampled_from((draw_number, draw_day, draw_text, draw_truth)))(draw, depth - 1)
        return f"{wrap(term, ADD)} IS {draw(st.sampled_from(('', 'NOT ')))}NULL", IS
    if shape in (6, 7):
        return draw_member(draw, depth - 1)
    left, op, right = draw_pair(draw, depth - 1)
    return f"{left} {op} {right}", COMPARE


@st.composite
def booleans(draw: Any) -> str:
    """The text of a rule over ``SCHEMA``."""
    text = draw_truth(draw, 4)[0]
    return text if len(text) <= 2000 and text != "NULL" else "f.p"


def records() -> st.SearchStrategy[dict[str, object]]:
    """A record of ``SCHEMA``, unknown values included."""
    known: dict[str, st.SearchStrategy[object]] = {
        "integer": st.integers(-3, 3),
        "decimal": st.sampled_from(DECIMALS),
        "text": st.sampled_from(TEXTS),
        "boolean": st.booleans(),
        "date": st.sampled_from(DAYS),
        "texts": st.lists(st.sampled_from(TEXTS), max_size=2),
    }
    return st.fixed_dictionaries(
        {
            name: st.none() | known.get(kind.kind, st.sampled_from(LISTED.get(name, ("",))))
            for name, kind in SCHEMA.items()
        }
    )
