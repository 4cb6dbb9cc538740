"""A checked rule as SQL over a table, for an engine that decides millions of records at once.

The checked, typed tree becomes a sqlglot expression, which sqlglot writes in an engine's dialect. What engines
disagree about cannot be met: every number has known bounds, so each calculation is given a type that holds its
result exactly, in every engine alike; what could be wider is refused before any row is read. The same goes for
dates outside the years 1 to 9999. Called by ``duckdb`` and ``spark`` only.
"""

import datetime
import functools
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlglot import exp

from tongban.basics.rules import tree
from tongban.basics.rules.ages import birth_test, fixed_day
from tongban.basics.rules.errors import TableTooWide
from tongban.basics.rules.layout import MAX_DIGITS, Days, Layout, Range
from tongban.basics.rules.rule import Rule
from tongban.basics.rules.words import words

# A rule's SQL repeats a few parts; what nests so that it would explode is refused.
MAX_NODES = 5_000
COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
SUMS: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


class Engine(msgspec.Struct, frozen=True):
    """What engines spell differently. ``shift(op, day, days)`` is a date plus or minus whole days;
    ``stray(list, choices)`` whether a list holds NULL, or a text that is none of the choices if there are any.
    """

    dialect: str
    starts_with: str
    shift: Callable[[str, exp.Expr, exp.Expr], exp.Expr]
    stray: Callable[[exp.Expr, Sequence[exp.Expr]], exp.Expr]


class Term(msgspec.Struct, frozen=True):
    """A part in SQL. ``bounds`` are there for numbers and dates, ``sort`` for numbers: the SQL type it has."""

    sql: exp.Expr
    bounds: Range | Days | None = None
    sort: str = ""


def expression(rule: Rule, layout: Layout, engine: Engine) -> exp.Expr:
    """The rule as a sqlglot expression over the layout's columns: true, false or NULL in every row.

    Raises ``TableTooWide`` when a part could leave 37 digits, the years 1 to 9999, or a bearable length.
    """
    return _Writer(layout, engine).write(rule.tree).sql


def select(relation: str, rules: Mapping[str, Rule], layout: Layout, keep: Sequence[str], engine: Engine) -> str:
    """A SELECT of the columns ``keep`` and of one answer a rule, in the engine's dialect."""
    answers = [exp.alias_(expression(rule, layout, engine), name, quoted=True) for name, rule in rules.items()]
    query = exp.Select(expressions=[*map(column, keep), *answers])
    return f"{query.sql(dialect=engine.dialect)} FROM {relation}"


class Counted(msgspec.Struct, frozen=True):
    """A query whose one row tells, for each of ``names`` in turn, in how many rows the input does not fit."""

    names: tuple[str, ...]
    query: str


def counted(relation: str, layout: Layout, engine: Engine) -> Counted:
    """The query that counts misfits, all inputs in one pass."""
    found = misfits(layout, engine)
    counts = [exp.Count(this=exp.Case(ifs=[exp.If(this=test, true=_number(1))])) for test in found.values()]
    query = exp.Select(expressions=counts or [_number(0)])
    return Counted(tuple(found), f"{query.sql(dialect=engine.dialect)} FROM {relation}")


def column(name: str) -> exp.Expr:
    """A column by its exact name."""
    return exp.column(name, quoted=True)


def misfits(layout: Layout, engine: Engine) -> dict[str, exp.Expr]:
    """Per input a condition that is true in rows whose value a single record's rule would refuse."""
    found = {name: _misfit(layout, name, engine) for name in layout.columns}
    return {name: test for name, test in found.items() if test is not None}


def _misfit(layout: Layout, name: str, engine: Engine) -> exp.Expr | None:
    value, declared = column(layout.columns[name].column), layout.schema[name]
    bounds = layout.columns[name].bounds
    choices = [_text(code.value) for code in declared.codes]
    if isinstance(bounds, Days):
        return exp.Not(this=exp.Between(this=value, low=_day(bounds.first), high=_day(bounds.last)))
    if isinstance(bounds, Range) and declared.kind == "integer":  # a decimal's type is its bounds
        return exp.Not(this=exp.Between(this=value, low=_number(bounds.low), high=_number(bounds.high)))
    if declared.kind == "code":
        return exp.Not(this=exp.In(this=value, expressions=choices))
    return engine.stray(value, choices) if declared.kind == "texts" else None


@functools.cache
def _type(sort: str) -> exp.DataType:
    return exp.DataType.build(sort)


def _as(part: exp.Expr, sort: str) -> exp.Expr:
    return exp.Cast(this=part, to=_type(sort).copy())


def _day(value: datetime.date) -> exp.Expr:
    return _as(_text(value.isoformat()), "date")


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def _number(value: int | Decimal) -> exp.Expr:
    """A number as a literal of exactly the type that its own range has."""
    sort = Range.of(value).sort
    if sort == "INT":
        return exp.Literal.number(int(value)) if value >= 0 else exp.Paren(this=exp.Literal.number(int(value)))
    return _as(_text(str(value) if type(value) is int else format(value, "f")), sort)


class _Writer:
    """Writes one rule for one table in one engine's spelling."""

    def __init__(self, layout: Layout, engine: Engine) -> None:
        self.layout = layout
        self.engine = engine
        self.nodes = 0

    def write(self, node: tree.Node) -> Term:
        """Any node, wrapped so that no engine's precedence matters."""
        self._count(1, node)
        term = WRITERS[type(node)](self, node)
        plain = isinstance(term.sql, exp.Column | exp.Literal | exp.Cast | exp.Paren | exp.Boolean | exp.Anonymous)
        return term if plain else Term(exp.Paren(this=term.sql), term.bounds, term.sort)

    def _count(self, parts: int, node: tree.Node) -> None:
        self.nodes += parts
        if self.nodes > MAX_NODES:
            raise self._too_wide(node, f"{MAX_NODES} 个部分", f"{MAX_NODES} parts")

    def _too_wide(self, node: tree.Node, limit: str, limit_en: str) -> TableTooWide:
        part = words(node, self.layout.schema, "zh-CN")
        return TableTooWide(part=part[:200], limit=limit, limit_en=limit_en)

    # ---- leaves -------------------------------------------------------------------------------------

    def const(self, node: tree.Const) -> Term:
        return self._value(node.value, node.kind)

    def _value(self, value: Any, kind: str) -> Term:
        if value is None:
            return self._nothing(kind)
        if kind == "boolean":
            return Term(exp.Boolean(this=value))
        if kind == "date":
            return Term(_day(value), Days(value, value))
        if kind in ("integer", "decimal"):
            bounds = Range.of(value)
            self._sort(bounds, tree.Const(value, kind))
            return Term(_number(value), bounds, bounds.sort)
        return Term(_text(value))

    def _nothing(self, kind: str) -> Term:
        """NULL of a kind, with the narrowest bounds there are."""
        if kind in ("integer", "decimal"):
            return Term(_as(exp.Null(), "int"), Range(0, 0), "INT")
        if kind == "date":
            return Term(_as(exp.Null(), "date"), Days(datetime.date(2000, 1, 1), datetime.date(2000, 1, 1)))
        sort = {"null": "boolean", "boolean": "boolean", "texts": "array<text>"}.get(kind, "text")
        return Term(_as(exp.Null(), sort))

    def name(self, node: tree.Name) -> Term:
        found = self.layout.columns.get(node.name)
        if found is None:
            return self._value(self.layout.fixed.get(node.name), node.kind)
        sort = f"DECIMAL({found.bounds.digits}, {found.bounds.scale})" if isinstance(found.bounds, Range) else ""
        if isinstance(found.bounds, Range) and node.kind == "integer":
            sort = found.bounds.sort if found.bounds.sort == "BIGINT" else ""
        return Term(column(found.column), found.bounds, sort)

    # ---- logic --------------------------------------------------------------------------------------

    def negation(self, node: tree.Not) -> Term:
        return Term(exp.Not(this=self.write(node.term).sql))

    def connector(self, node: tree.And | tree.Or) -> Term:
        joined = exp.And if isinstance(node, tree.And) else exp.Or
        sql = self.write(node.terms[0]).sql
        for term in node.terms[1:]:
            sql = joined(this=sql, expression=self.write(term).sql)
        return Term(sql)

    # ---- tests --------------------------------------------------------------------------------------

    def compare(self, node: tree.Compare) -> Term:
        return self._of_birth(node) or self._compared(node.op, self.write(node.left), self.write(node.right), node)

    def _of_birth(self, node: tree.Compare) -> Term | None:
        """An age on one day for all rows, against a fixed number: the same test on the date of birth."""
        age, years, op = node.left, node.right, node.op
        if isinstance(age, tree.Const):
            age, years, op = node.right, node.left, MIRRORED[op]
        if not (isinstance(age, tree.AgeYears) and isinstance(years, tree.Const) and type(years.value) is int):
            return None
        day = fixed_day(age.on, self.layout)
        test = birth_test(op, years.value, day) if day else None
        return Term(COMPARISONS[test[0]](this=self._sql(age.birth), expression=_day(test[1]))) if test else None

    def _compared(self, op: str, left: Term, right: Term, node: tree.Node) -> Term:
        one, other = self._alike([left, right], node)
        return Term(COMPARISONS[op](this=one, expression=other))

    def _alike(self, terms: list[Term], node: tree.Node) -> list[exp.Expr]:
        """Terms that are compared, numbers in one type that holds them all."""
        ranges = [term.bounds for term in terms if isinstance(term.bounds, Range)]
        if not ranges or all(bounds.sort in ("INT", "BIGINT") for bounds in ranges):
            return [term.sql for term in terms]
        joint = ranges[0]
        for bounds in ranges[1:]:
            joint = joint.joined(bounds)
        return [self._cast(term, self._sort(joint, node)) for term in terms]

    def _sort(self, bounds: Range, node: tree.Node) -> str:
        if bounds.digits > MAX_DIGITS:
            raise self._too_wide(node, f"{MAX_DIGITS} 位", f"{MAX_DIGITS} digits")
        return bounds.sort

    def _cast(self, term: Term, sort: str) -> exp.Expr:
        return term.sql if term.sort == sort else _as(term.sql, sort)

    def among(self, node: tree.Among) -> Term:
        term, *choices = self._alike([self.write(part) for part in (node.term, *node.choices)], node)
        return Term(exp.In(this=term, expressions=choices))

    def between(self, node: tree.Between) -> Term:
        tests = tree.And((tree.Compare(">=", node.term, node.low), tree.Compare("<=", node.term, node.high)))
        return self.connector(tests)

    def is_null(self, node: tree.IsNull) -> Term:
        return Term(exp.Is(this=self.write(node.term).sql, expression=exp.Null()))

    def like(self, node: tree.Like) -> Term:
        return Term(exp.Like(this=self.write(node.term).sql, expression=_text(node.pattern)))

    def starts_with(self, node: tree.StartsWith) -> Term:
        return Term(exp.Anonymous(this=self.engine.starts_with, expressions=[self._sql(node.term), _text(node.prefix)]))

    def _sql(self, node: tree.Node) -> exp.Expr:
        return self.write(node).sql

    def has(self, node: tree.Has) -> Term:
        choice = _text(str(node.choice.value))
        return Term(exp.Anonymous(this="ARRAY_CONTAINS", expressions=[self._sql(node.texts), choice]))

    # ---- values -------------------------------------------------------------------------------------

    def sum(self, node: tree.Sum) -> Term:
        if node.kind == "date":
            return self._shifted(node)
        left, right = self.write(node.left), self.write(node.right)
        one, two = left.bounds, right.bounds
        assert isinstance(one, Range) and isinstance(two, Range)
        bounds = CALCULATED[node.op](one, two)
        joint = one.joined(two).joined(bounds)
        if node.op == "*" and joint.sort not in ("INT", "BIGINT"):
            return self._product(left, right, bounds, node)
        sort = self._sort(joint, node)
        sql = SUMS[node.op](this=self._cast(left, sort), expression=self._cast(right, sort))
        return Term(_as(exp.Paren(this=sql), bounds.sort), bounds, bounds.sort)

    def _product(self, left: Term, right: Term, bounds: Range, node: tree.Node) -> Term:
        """Decimals of so many digits together that no engine rounds, and that DuckDB does not count in 64 bits."""
        one, two = left.bounds, right.bounds
        assert isinstance(one, Range) and isinstance(two, Range)
        digits, others = one.digits, two.digits
        if digits + others > 18:
            digits = max(digits, 19)
        if digits + others > MAX_DIGITS:
            raise self._too_wide(node, f"{MAX_DIGITS} 位", f"{MAX_DIGITS} digits")
        first = self._cast(left, f"DECIMAL({digits}, {one.scale})")
        second = self._cast(right, f"DECIMAL({others}, {two.scale})")
        sql = exp.Paren(this=exp.Mul(this=first, expression=second))
        return Term(_as(sql, bounds.sort), bounds, bounds.sort)

    def _shifted(self, node: tree.Sum) -> Term:
        day, number = (node.left, node.right) if node.left.kind == "date" else (node.right, node.left)
        start, count = self.write(day), self.write(number)
        assert isinstance(start.bounds, Days) and isinstance(count.bounds, Range)
        low, high = count.bounds.low, count.bounds.high
        least, most = (low, high) if node.op == "+" else (-high, -low)
        first, last = start.bounds.first.toordinal() + least, start.bounds.last.toordinal() + most
        if first < 1 or last > datetime.date.max.toordinal():
            raise self._too_wide(node, "公元 1 年至 9999 年", "the years 1 to 9999")
        bounds = Days(datetime.date.fromordinal(first), datetime.date.fromordinal(last))
        return Term(self.engine.shift(node.op, start.sql, _as(count.sql, "int")), bounds)

    def negative(self, node: tree.Negative) -> Term:
        return self.sum(tree.Sum("-", tree.Const(0, "integer"), node.term, node.kind))

    def coalesce(self, node: tree.Coalesce) -> Term:
        terms = [self.write(node.term), self.write(node.default)]
        one, two = (term.bounds for term in terms)
        bounds: Range | Days | None = None
        sort = ""
        parts = [term.sql for term in terms]
        if isinstance(one, Range) and isinstance(two, Range):
            bounds = one.joined(two)
            sort = self._sort(bounds, node)
            parts = [self._cast(term, sort) for term in terms]
        elif isinstance(one, Days) and isinstance(two, Days):
            bounds = Days(min(one.first, two.first), max(one.last, two.last))
        return Term(exp.Coalesce(this=parts[0], expressions=parts[1:]), bounds, sort)

    def age_years(self, node: tree.AgeYears) -> Term:
        born, day = self._sql(node.birth), self._sql(node.on)
        self._count(6 * sum(1 for part in (born, day) for _ in part.walk()), node)
        forward, backward = _years(born, day), exp.Neg(this=_years(day, born))
        later = exp.Paren(this=exp.GTE(this=day.copy(), expression=born.copy()))
        earlier = exp.Paren(this=exp.LT(this=day.copy(), expression=born.copy()))
        # No ELSE: with either date unknown neither branch holds, and the age is unknown.
        sql = exp.Case(ifs=[exp.If(this=later, true=forward), exp.If(this=earlier, true=backward)])
        return Term(_as(sql, "int"), Range(-9998, 9998), "INT")

    def length(self, node: tree.Length) -> Term:
        sql = exp.Anonymous(this="LENGTH", expressions=[self._sql(node.term)])
        return Term(_as(sql, "int"), Range(0, 2**31 - 1), "INT")


def _years(earlier: exp.Expr, later: exp.Expr) -> exp.Expr:
    """The difference of the years, one less before the anniversary."""

    def part(name: str, day: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this=name, expressions=[day.copy()])

    def place(day: exp.Expr) -> exp.Expr:
        hundreds = exp.Mul(this=part("MONTH", day), expression=exp.Literal.number(100))
        return exp.Paren(this=exp.Add(this=hundreds, expression=part("DAY", day)))

    before = exp.Paren(this=exp.LT(this=place(later), expression=place(earlier)))
    difference = exp.Paren(this=exp.Sub(this=part("YEAR", later), expression=part("YEAR", earlier)))
    return exp.Paren(this=exp.Sub(this=difference, expression=_as(before, "int")))


CALCULATED: dict[str, Callable[[Range, Range], Range]] = {"+": Range.plus, "-": Range.minus, "*": Range.times}
WRITERS: dict[type, Callable[[_Writer, Any], Term]] = {
    tree.Const: _Writer.const,
    tree.Name: _Writer.name,
    tree.Not: _Writer.negation,
    tree.And: _Writer.connector,
    tree.Or: _Writer.connector,
    tree.Compare: _Writer.compare,
    tree.Among: _Writer.among,
    tree.Between: _Writer.between,
    tree.IsNull: _Writer.is_null,
    tree.Like: _Writer.like,
    tree.StartsWith: _Writer.starts_with,
    tree.Has: _Writer.has,
    tree.Sum: _Writer.sum,
    tree.Negative: _Writer.negative,
    tree.Coalesce: _Writer.coalesce,
    tree.AgeYears: _Writer.age_years,
    tree.Length: _Writer.length,
}
