"""DuckDB answers for every row of a table exactly as the closure does for the record: random rules, random rows."""

import datetime
from collections.abc import Callable, Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_expressions import SCHEMA, booleans
from table_rows import LAYOUT, TYPES, Row, accepted, expected, rows

from tongban.basics import rules
from tongban.basics.rules import duckdb as tables
from tongban.basics.rules import layout


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
        connection.execute(f"CREATE TABLE found (place INT, {columns})")
        yield connection


def _fill(connection: duckdb.DuckDBPyConnection, records: list[Row]) -> None:
    connection.execute("DELETE FROM found")
    values = ", ".join(f"({', '.join('?' * (len(TYPES) + 1))})" for _ in records)
    given = [value for place, record in enumerate(records) for value in (place, *map(record.get, SCHEMA))]
    connection.execute(f"INSERT INTO found VALUES {values}", given)


def _compare(connection: duckdb.DuckDBPyConnection, examples: int) -> tuple[int, int]:
    tally = [0, 0]

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(sources=st.lists(booleans(), min_size=8, max_size=8), records=st.lists(rows(), min_size=1, max_size=12))
    def same(sources: list[str], records: list[Row]) -> None:
        found = accepted(sources, tables.expression)
        tally[0] += len(sources)
        tally[1] += len(found)
        if found:
            _fill(connection, records)
            answers = tables.decide(connection, "(FROM found ORDER BY place)", found, LAYOUT).fetchall()
            assert answers == expected(found, records)

    same()
    return tally[0], tally[1]


def test_random_rules_answer_on_a_table_as_on_a_record(connection: duckdb.DuckDBPyConnection) -> None:
    tried, compared = _compare(connection, 60)
    assert compared > tried / 2


@pytest.mark.long
def test_thousands_of_random_rules_answer_on_a_table_as_on_a_record(connection: duckdb.DuckDBPyConnection) -> None:
    _, compared = _compare(connection, 2500)
    assert compared > 10_000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    births=st.lists(st.dates(), min_size=1, max_size=20),
    today=st.dates(),
    years=st.integers(-200, 200),
    op=st.sampled_from(("=", "<>", "<", "<=", ">", ">=")),
    turned=st.booleans(),
)
def test_ages_on_a_fixed_day_become_a_test_of_the_birth_and_stay_the_same(
    connection: duckdb.DuckDBPyConnection,
    births: list[datetime.date],
    today: datetime.date,
    years: int,
    op: str,
    turned: bool,
) -> None:
    schema = rules.Schema({"birth": rules.date(), "today": rules.date()})
    every = layout.Layout(
        schema, {"birth": layout.days("birth", datetime.date.min, datetime.date.max)}, {"today": today}
    )
    source = f"{years} {op} age_years(birth, today)" if turned else f"age_years(birth, today) {op} {years}"
    rule = rules.compile(source, schema)
    connection.execute("CREATE OR REPLACE TEMP TABLE born (place INT, birth DATE)")
    values = [(place, birth) for place, birth in enumerate([*births, None])]
    marks = ", ".join("(?::INT, ?::DATE)" for _ in values)
    connection.execute(f"INSERT INTO born VALUES {marks}", [part for value in values for part in value])
    answers = tables.decide(connection, "(FROM born ORDER BY place)", {"r": rule}, every).fetchall()
    assert answers == [(rule.evaluate({"birth": birth, "today": today}),) for birth in (*births, None)]


def test_an_age_on_a_fixed_day_is_one_comparison_a_row() -> None:
    schema = rules.Schema({"birth": rules.date(), "today": rules.date()})
    fixed = layout.Layout(schema, {"birth": layout.days("birth")}, {"today": datetime.date(2026, 3, 1)})
    adult = rules.compile("age_years(birth, today - 1) >= 18", schema)
    assert tables.expression(adult, fixed) == "(\"birth\" <= CAST('2008-02-28' AS DATE))"


@pytest.mark.parametrize(
    ("source", "repair"),
    [
        ("f.e * f.e * f.e > 0", "digits"),
        ("f.j * f.j + f.d > 0.5", "digits"),
        ("f.x + f.j > f.y", "years"),
        ("f.x - 800000 > f.y", "years"),
    ],
)
def test_what_an_engine_could_not_hold_is_refused_before_a_row_is_read(source: str, repair: str) -> None:
    with pytest.raises(rules.TableTooWide) as refused:
        tables.expression(rules.compile(source, SCHEMA), LAYOUT)
    assert repair in refused.value.message("en")


def test_a_rule_that_would_explode_is_refused() -> None:
    source = "f.x"
    for _ in range(12):
        source = f"f.x + age_years({source}, f.y)"
    with pytest.raises(rules.TableTooWide):
        tables.expression(rules.compile(f"{source} > f.y", SCHEMA), LAYOUT)


@pytest.mark.parametrize(
    ("column", "value"),
    [("k", "'z'"), ("i", "1001"), ("x", "DATE '1799-12-31'"), ("x", "'infinity'::DATE"), ("l", "['a', NULL]")],
)
def test_a_table_with_a_value_that_a_record_may_not_have_is_refused_whole(
    connection: duckdb.DuckDBPyConnection, column: str, value: str
) -> None:
    connection.execute("DELETE FROM found")
    connection.execute(f"INSERT INTO found (place, {column}) VALUES (0, NULL), (1, {value})")
    with pytest.raises(rules.TableMisfit) as refused:
        tables.check(connection, "found", LAYOUT)
    assert refused.value.data == {"name": column, "count": 1}
    connection.execute("DELETE FROM found WHERE place = 1")
    tables.check(connection, "found", LAYOUT)


def test_a_list_with_a_text_outside_its_choices_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    schema = rules.Schema({"l": rules.texts(["a", "b"])})
    listed = layout.Layout(schema, {"l": layout.plain("l")})
    tables.check(connection, "(SELECT ['a', 'b'] AS l UNION ALL SELECT NULL UNION ALL SELECT [])", listed)
    with pytest.raises(rules.TableMisfit):
        tables.check(connection, "(SELECT ['a', 'c'] AS l)", listed)


@pytest.mark.parametrize("kind", ["DOUBLE", "DECIMAL(12,3)", "TEXT", "TIMESTAMP"])
def test_a_column_of_another_type_is_refused_and_never_converted(
    connection: duckdb.DuckDBPyConnection, kind: str
) -> None:
    schema = rules.Schema({"d": rules.decimal(), "x": rules.date()})
    name = "x" if kind == "TIMESTAMP" else "d"
    held = layout.Layout(schema, {name: layout.exact("v", 12, 2) if name == "d" else layout.days("v")})
    with pytest.raises(rules.ColumnTypeRefused):
        tables.check(connection, f"(SELECT NULL::{kind} AS v)", held)


def test_an_input_without_a_column_is_unknown_in_every_row(connection: duckdb.DuckDBPyConnection) -> None:
    bare = layout.Layout(SCHEMA, {})
    found = {name: rules.compile(source, SCHEMA) for name, source in BARE.items()}
    assert tables.decide(connection, "(SELECT 1)", found, bare).fetchall() == [
        tuple(rule.evaluate({}) for rule in found.values())
    ]


BARE = {
    "sum": "f.i + f.d > 1",
    "code": "f.k IN ('a', 'c')",
    "day": "f.x + 3 < f.y",
    "list": "'a' = ANY(f.l)",
    "given": "COALESCE(f.e, 2) = 2 AND f.s IS NULL",
}


@pytest.mark.parametrize(
    "make",
    [
        lambda: layout.Layout(SCHEMA, {"f.zz": layout.plain("zz")}),
        lambda: layout.Layout(SCHEMA, {"f.i": layout.plain("i")}),
        lambda: layout.Layout(SCHEMA, {"f.i": layout.whole("i", 3, 2)}),
        lambda: layout.Layout(SCHEMA, {"f.d": layout.exact("d", 38, 2)}),
        lambda: layout.Layout(SCHEMA, {"f.i": layout.whole("i")}, {"f.i": 3}),
        lambda: layout.Layout(SCHEMA, {}, {"f.x": "2026-01-01"}),
    ],
)
def test_a_layout_that_does_not_suit_the_inputs_is_refused(make: Callable[[], layout.Layout]) -> None:
    with pytest.raises(rules.ColumnRefused):
        make()
