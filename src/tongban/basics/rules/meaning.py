"""What a checked rule means: the tree becomes nested closures, three-valued as in SQL. No eval, no exec.

Who calls: ``rule`` (one closure a rule), ``trace`` and ``reach`` (closures of parts).
Numbers are exact. A value that does not fit its declared type raises ``RuleValueRefused``; nothing is
guessed.
"""

import datetime
import decimal
import math
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tongban.basics.rules import tree
from tongban.basics.rules.errors import RuleValueRefused
from tongban.basics.rules.types import KINDS, Schema, Type

Values = Mapping[str, object]
Run = Callable[[Values], Any]

# Wide enough that no result of permitted operands is rounded; should one be, it raises instead.
EXACT = decimal.Context(
    prec=2000,
    traps=[
        decimal.Inexact,
        decimal.InvalidOperation,
        decimal.Overflow,
        decimal.Underflow,
        decimal.FloatOperation,
    ],
)

ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
CLASSES: dict[str, type] = {
    "boolean": bool,
    "integer": int,
    "decimal": Decimal,
    "text": str,
    "date": datetime.date,
    "code": str,
}


def age_years(birth: datetime.date, on: datetime.date) -> int:
    """Whole years passed from ``birth`` to ``on``: one more on each anniversary.

    A birth on 29 February has its anniversary on 1 March of common years (Civil Code 民法典 art. 202 counts
    a period to the month's last day, so the year is full the day after). Dates before the birth count
    backwards the same way (−1 one year before). Where a law counts full years from the day *after* the
    birthday, write ``age_years(birth, today - 1)``.
    """
    if on < birth:
        return -age_years(on, birth)
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def pattern(like: str) -> re.Pattern[str]:
    """The regular expression of a LIKE pattern: ``%`` any run, ``_`` one code point, the rest itself."""
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(char) or re.escape(char) for char in like), re.DOTALL)


def run(node: tree.Node, schema: Schema) -> Run:
    """The closure that decides ``node`` for one record: dotted name → value; an absent name is NULL."""
    return BUILDERS[type(node)](node, schema)


def _refuse(name: str, kind: str, value: object) -> RuleValueRefused:
    wanted, wanted_en = KINDS[kind]
    found = type(value).__name__
    return RuleValueRefused(field=name, name=name, wanted=wanted, wanted_en=wanted_en, found=found)


def _converted(name: str, kind: str, value: object) -> object:
    """A value that JSON spells differently, in its exact own type; anything else is refused."""
    if kind == "decimal" and type(value) is int:
        return value
    if kind == "decimal" and type(value) is float and math.isfinite(value):
        return Decimal(repr(value))
    if kind == "integer" and isinstance(value, float | Decimal) and _is_whole(value):
        return int(value)
    if kind == "date" and type(value) is str:
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise _refuse(name, kind, value) from None
    raise _refuse(name, kind, value)


def _is_whole(value: float | Decimal) -> bool:
    return math.isfinite(value) and abs(float(value)) < 1e38 and value == int(value)


def _name(node: tree.Name, schema: Schema) -> Run:
    declared = schema[node.name]
    if declared.kind == "texts":
        return _list_reader(node.name, declared)
    if declared.kind == "code":
        return _code_reader(node.name, declared)
    return _decimal_reader(node.name) if declared.kind == "decimal" else _plain_reader(node.name, declared.kind)


def _plain_reader(name: str, kind: str) -> Run:
    wanted = CLASSES[kind]

    def read(values: Values) -> object:
        value = values.get(name)
        return value if value is None or type(value) is wanted else _converted(name, kind, value)

    return read


def _decimal_reader(name: str) -> Run:
    def read(values: Values) -> object:
        value = values.get(name)
        if type(value) is Decimal:
            if value.is_finite():
                return value
            raise _refuse(name, "decimal", value)
        return value if value is None else _converted(name, "decimal", value)

    return read


def _code_reader(name: str, declared: Type) -> Run:
    allowed = declared.values

    def read(values: Values) -> object:
        value = values.get(name)
        if value is None or (type(value) is str and value in allowed):
            return value
        raise _refuse(name, "code", value)

    return read


def _list_reader(name: str, declared: Type) -> Run:
    allowed = declared.values

    def read(values: Values) -> object:
        value = values.get(name)
        if value is None:
            return None
        fits = isinstance(value, tuple | list) and all(type(part) is str for part in value)
        if not fits or (allowed and not allowed.issuperset(value)):  # type: ignore[arg-type]
            raise _refuse(name, "texts", value)
        return value

    return read


def _const(node: tree.Const, schema: Schema) -> Run:
    value = node.value
    return lambda values: value


def _not(node: tree.Not, schema: Schema) -> Run:
    term = run(node.term, schema)

    def negate(values: Values) -> bool | None:
        found = term(values)
        return None if found is None else not found

    return negate


def _and(node: tree.And, schema: Schema) -> Run:
    terms = tuple(run(term, schema) for term in node.terms)

    def every(values: Values) -> bool | None:
        answer: bool | None = True
        for term in terms:
            found = term(values)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return every


def _or(node: tree.Or, schema: Schema) -> Run:
    terms = tuple(run(term, schema) for term in node.terms)

    def some(values: Values) -> bool | None:
        answer: bool | None = False
        for term in terms:
            found = term(values)
            if found is True:
                return True
            if found is None:
                answer = None
        return answer

    return some


def _compare(node: tree.Compare, schema: Schema) -> Run:
    order, left, right = ORDER[node.op], run(node.left, schema), run(node.right, schema)
    if isinstance(node.right, tree.Const):
        fixed = node.right.value
        return _test(left, lambda value: order(value, fixed))

    def compare(values: Values) -> bool | None:
        one, other = left(values), right(values)
        return None if one is None or other is None else order(one, other)

    return compare


def _test(term: Run, holds: Callable[[Any], object]) -> Run:
    """A test of one term that is unknown when the term is."""

    def test(values: Values) -> object:
        value = term(values)
        return None if value is None else holds(value)

    return test


def _among(node: tree.Among, schema: Schema) -> Run:
    return _test(run(node.term, schema), frozenset(choice.value for choice in node.choices).__contains__)


def _between(node: tree.Between, schema: Schema) -> Run:
    return _and(tree.And((tree.Compare(">=", node.term, node.low), tree.Compare("<=", node.term, node.high))), schema)


def _is_null(node: tree.IsNull, schema: Schema) -> Run:
    term = run(node.term, schema)
    return lambda values: term(values) is None


def _like(node: tree.Like, schema: Schema) -> Run:
    prefix = node.pattern[:-1]
    if node.pattern.endswith("%") and not set(prefix) & {"%", "_"}:
        return _test(run(node.term, schema), lambda value: value.startswith(prefix))
    match = pattern(node.pattern).fullmatch
    return _test(run(node.term, schema), lambda value: match(value) is not None)


def _starts_with(node: tree.StartsWith, schema: Schema) -> Run:
    prefix = node.prefix
    return _test(run(node.term, schema), lambda value: value.startswith(prefix))


def _has(node: tree.Has, schema: Schema) -> Run:
    choice = node.choice.value
    return _test(run(node.texts, schema), lambda value: choice in value)


def _shift(op: str) -> Callable[[Any, Any], Any]:
    def shift(day: datetime.date, days: int) -> datetime.date:
        try:
            return day + datetime.timedelta(days if op == "+" else -days)
        except OverflowError:
            raise _refuse("date", "date", day) from None

    return shift


def _exact(op: str) -> Callable[[Any, Any], Any]:
    whole = {"+": operator.add, "-": operator.sub, "*": operator.mul}[op]
    exact = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}[op]

    def calculate(left: int | Decimal, right: int | Decimal) -> object:
        if type(left) is int and type(right) is int:
            return whole(left, right)
        try:
            return exact(left, right)
        except decimal.DecimalException:
            raise _refuse("number", "decimal", left) from None

    return calculate


def _sum(node: tree.Sum, schema: Schema) -> Run:
    left, right = run(node.left, schema), run(node.right, schema)
    calculate = _shift(node.op) if node.kind == "date" else _exact(node.op)
    if node.kind == "date" and node.left.kind != "date":
        left, right = right, left

    def total(values: Values) -> object:
        one, other = left(values), right(values)
        return None if one is None or other is None else calculate(one, other)

    return total


def _negative(node: tree.Negative, schema: Schema) -> Run:
    return _sum(tree.Sum("-", tree.Const(0, "integer"), node.term, node.kind), schema)


def _coalesce(node: tree.Coalesce, schema: Schema) -> Run:
    term, default = run(node.term, schema), node.default.value

    def first(values: Values) -> object:
        value = term(values)
        return default if value is None else value

    return first


def _age_years(node: tree.AgeYears, schema: Schema) -> Run:
    birth, on = run(node.birth, schema), run(node.on, schema)

    def age(values: Values) -> int | None:
        born, day = birth(values), on(values)
        return None if born is None or day is None else age_years(born, day)

    return age


def _length(node: tree.Length, schema: Schema) -> Run:
    return _test(run(node.term, schema), len)


BUILDERS: dict[type, Callable[[Any, Schema], Run]] = {
    tree.Const: _const,
    tree.Name: _name,
    tree.Not: _not,
    tree.And: _and,
    tree.Or: _or,
    tree.Compare: _compare,
    tree.Among: _among,
    tree.Between: _between,
    tree.IsNull: _is_null,
    tree.Like: _like,
    tree.StartsWith: _starts_with,
    tree.Has: _has,
    tree.Sum: _sum,
    tree.Negative: _negative,
    tree.Coalesce: _coalesce,
    tree.AgeYears: _age_years,
    tree.Length: _length,
}
