"""Rules over a table in Spark SQL: the same answers on many machines. Who calls: a programme that has a session.

PySpark is no dependency: here is the text of queries, and a check over a session that the caller brings.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from tongban.basics.rules import tables
from tongban.basics.rules.errors import ColumnTypeRefused, TableMisfit
from tongban.basics.rules.layout import Layout, Range
from tongban.basics.rules.rule import Rule

ACCEPTED: dict[str, tuple[str, ...]] = {
    "boolean": ("boolean",),
    "integer": ("tinyint", "smallint", "int", "bigint"),
    "text": ("string",),
    "code": ("string",),
    "date": ("date",),
    "texts": ("array<string>",),
}


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _shift(op: str, day: exp.Expr, days: exp.Expr) -> exp.Expr:
    return _call("DATE_ADD" if op == "+" else "DATE_SUB", day, days)


def _stray(value: exp.Expr, choices: Sequence[exp.Expr]) -> exp.Expr:
    kept = _call("ARRAY_EXCEPT", value, _call("ARRAY", *choices)) if choices else None
    gaps = exp.NEQ(this=_call("SIZE", value), expression=_call("SIZE", _call("ARRAY_COMPACT", value.copy())))
    return exp.GT(this=_call("SIZE", kept), expression=exp.Literal.number(0)) if kept else gaps


ENGINE = tables.Engine("spark", "STARTSWITH", _shift, _stray)


def expression(rule: Rule, layout: Layout) -> str:
    """The rule as a Spark SQL expression over the layout's columns. Raises ``TableTooWide``."""
    return _safe(tables.expression(rule, layout, ENGINE).sql(dialect=ENGINE.dialect))


def select(relation: str, rules: Mapping[str, Rule], layout: Layout, keep: Sequence[str] = ()) -> str:
    """As ``duckdb.select``, for ``session.sql``."""
    return _safe(tables.select(relation, rules, layout, keep, ENGINE))


def _safe(query: str) -> str:
    """Spark replaces ``${name}`` by settings before it parses, inside texts too; its own escape prevents that.

    A dollar sign stands in texts only: no operator has one, and columns come from the program.
    """
    return query.replace("$", "\\u0024")


def check(session: Any, relation: str, layout: Layout) -> None:
    """As ``duckdb.check``, with a ``pyspark.sql.SparkSession``.

    An array that is itself unknown fits. Columns with a collation are refused by their type.
    """
    types = dict(session.table(relation).dtypes)
    for name, column in layout.columns.items():
        kind, found = layout.schema[name].kind, types.get(column.column, "–")
        accepted = ACCEPTED.get(kind, ())
        if isinstance(column.bounds, Range) and kind == "decimal":
            accepted = (f"decimal({column.bounds.digits},{column.bounds.scale})",)
        if found not in accepted:
            raise ColumnTypeRefused(field=name, name=column.column, wanted=" / ".join(accepted), found=found)
    counted = tables.counted(relation, layout, ENGINE)
    for name, count in zip(counted.names, session.sql(_safe(counted.query)).collect()[0], strict=False):
        if count:
            raise TableMisfit(field=name, name=layout.columns[name].column, count=count)
