"""The closures answer exactly as PostgreSQL does, unknowns included: random rules, random records.

PostgreSQL reads the very text of the rule; only ``age_years`` is defined there, by its own ``age()``.
"""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_expressions import SCHEMA, booleans, records

from tongban.basics import rules
from tongban.connectors.embedded_postgres import temporary_postgres

COLUMNS = {
    "integer": "int", "decimal": "numeric", "text": "text", "code": "text",
    "boolean": "boolean", "date": "date", "texts": "text[]",
}  # fmt: skip
NAMES = [(name, name.removeprefix("f."), COLUMNS[kind.kind]) for name, kind in SCHEMA.items()]
AGE_YEARS = """CREATE FUNCTION age_years(birth date, on_day date) RETURNS int LANGUAGE sql
    RETURN extract(year FROM age(on_day::timestamp, birth::timestamp))::int"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[psycopg.Connection]:
    with temporary_postgres() as address, psycopg.connect(address, autocommit=True) as connection:
        connection.execute(AGE_YEARS)
        yield connection


def _answers(postgres: psycopg.Connection, source: str, found: list[dict[str, object]]) -> list[bool | None]:
    row = "(" + ", ".join(f"%s::{kind}" for _, _, kind in NAMES) + ", %s::int)"
    columns = ", ".join(column for _, column, _ in NAMES)
    query = (
        f"SELECT ({source.replace('%', '%%')})::boolean"
        f" FROM (VALUES {', '.join([row] * len(found))}) AS f({columns}, place) ORDER BY place"
    )
    parameters = [v for place, record in enumerate(found) for v in (*(record[name] for name, _, _ in NAMES), place)]
    return [answer for (answer,) in postgres.execute(query.encode(), parameters).fetchall()]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=booleans(), found=st.lists(records(), min_size=1, max_size=12))
def test_random_rules_answer_as_postgresql_does(
    postgres: psycopg.Connection, source: str, found: list[dict[str, object]]
) -> None:
    rule = rules.compile(source, SCHEMA)
    assert [rule.evaluate(record) for record in found] == _answers(postgres, source, found)
    assert rule.explain() and rule.explain("en")
    assert [rule.trace(record).result for record in found] == [rule.evaluate(record) for record in found]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(birth=st.dates(), today=st.dates())
def test_ages_of_all_dates_are_as_postgresql_counts_them(
    postgres: psycopg.Connection, birth: object, today: object
) -> None:
    schema = rules.Schema({"birth": rules.date(), "today": rules.date(), "age": rules.integer()})
    ((years,),) = postgres.execute("SELECT age_years(%s, %s)", (birth, today)).fetchall()
    rule = rules.compile("age_years(birth, today) = age", schema)
    assert rule.evaluate({"birth": birth, "today": today, "age": years}) is True
