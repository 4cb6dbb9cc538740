"""Rules over a table in DuckDB: in process, for millions of records. Who calls: whoever decides in bulk.

``check`` first refuses a table whose types or values a single record's rule would refuse; then ``decide``
gives for every row the same answer as ``Rule.evaluate``.
"""

from collections.abc import Mapping, Sequence

from duckdb import DuckDBPyConnection, DuckDBPyRelation
from sqlglot import exp

from tongban.basics.rules import tables
from tongban.basics.rules.errors import ColumnTypeRefused, TableMisfit
from tongban.basics.rules.layout import Layout, Range
from tongban.basics.rules.rule import Rule

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
ACCEPTED: dict[str, tuple[str, ...]] = {
    "boolean": ("BOOLEAN",),
    "integer": WHOLE,
    "text": ("VARCHAR",),
    "code": ("VARCHAR",),
    "date": ("DATE",),
    "texts": ("VARCHAR[]",),
}


def _shift(op: str, day: exp.Expr, days: exp.Expr) -> exp.Expr:
    return exp.Paren(this=(exp.Add if op == "+" else exp.Sub)(this=day, expression=days))


def _stray(value: exp.Expr, choices: Sequence[exp.Expr]) -> exp.Expr:
    def call(name: str, *arguments: exp.Expr) -> exp.Expr:
        return exp.Anonymous(this=name, expressions=list(arguments))

    gap = exp.NEQ(this=call("LEN", value), expression=call("LIST_COUNT", value.copy()))
    if not choices:
        return gap
    known = call("LIST_HAS_ALL", exp.Array(expressions=list(choices)), value.copy())
    return exp.Or(this=exp.Paren(this=gap), expression=exp.Not(this=known))


ENGINE = tables.Engine("duckdb", "STARTS_WITH", _shift, _stray)


def expression(rule: Rule, layout: Layout) -> str:
    """The rule as a DuckDB expression over the layout's columns. Raises ``TableTooWide``."""
    return tables.expression(rule, layout, ENGINE).sql(dialect=ENGINE.dialect)


def select(relation: str, rules: Mapping[str, Rule], layout: Layout, keep: Sequence[str] = ()) -> str:
    """A SELECT of the columns ``keep`` and one column of answers a rule, under the rule's name.

    ``relation`` is what stands after FROM, and comes from the program, never from a pack or a person.
    Raises ``TableTooWide``.
    """
    return tables.select(relation, rules, layout, keep, ENGINE)


def check(connection: DuckDBPyConnection, relation: str, layout: Layout) -> None:
    """Refuse a table before anything is decided: one pass over its bounded columns.

    Raises ``ColumnTypeRefused`` on a column of another type than its input, ``TableMisfit`` on values outside
    the declared codes or bounds. A column must not have a collation of its own: text is compared by code points.
    """
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    types = {str(row[0]): str(row[1]) for row in described}
    for name, column in layout.columns.items():
        kind, found = layout.schema[name].kind, types.get(column.column, "–")
        accepted = ACCEPTED.get(kind, ())
        if isinstance(column.bounds, Range) and kind == "decimal":
            accepted = (f"DECIMAL({column.bounds.digits},{column.bounds.scale})",)
        if found not in accepted:
            raise ColumnTypeRefused(field=name, name=column.column, wanted=" / ".join(accepted), found=found)
    counted = tables.counted(relation, layout, ENGINE)
    for name, count in zip(counted.names, connection.execute(counted.query).fetchall()[0], strict=False):
        if count:
            raise TableMisfit(field=name, name=layout.columns[name].column, count=count)


def decide(
    connection: DuckDBPyConnection, relation: str, rules: Mapping[str, Rule], layout: Layout, keep: Sequence[str] = ()
) -> DuckDBPyRelation:
    """The answers of every rule for every row, as a relation that DuckDB computes when it is read.

    Each is true, false or NULL (unknown), as ``Rule.evaluate`` would say of the row. Raises what ``check`` and
    ``select`` raise.
    """
    check(connection, relation, layout)
    return connection.sql(select(relation, rules, layout, keep))
