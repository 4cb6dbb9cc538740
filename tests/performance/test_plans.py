"""No hot statement reads a whole table: with many past cases, every one of them finds its rows by an index.

The database is the one that ``make bench`` measures, smaller. Plans are PostgreSQL's generic ones, which it uses
for prepared statements whatever their parameters.
"""

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tongban.basics.second_wall import ROLE
from tongban.basics.sql import load_queries
from tongban.connectors.embedded_postgres import temporary_postgres

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from content import Content  # type: ignore[import-not-found]

GROWING = {
    "accounts", "case_events", "case_evidence", "cases", "drafts", "ledger_entries", "ledger_promises",
    "library_records", "look_ups", "measure_counts", "persons", "sessions", "task_openings", "tasks",
}  # fmt: skip
HOT = {
    "tongban.parties": ["who_is"],
    "tongban.cases": [
        "submission", "submit", "submitted_case", "draft", "save_draft", "notice_read", "drafts_of", "case",
        "lock_case", "case_to_change", "put_act", "put_events", "cases_of", "inbox", "inbox_counts", "decided",
        "numbered", "holder",
    ],
    "tongban.cases.measures": ["opened", "ended_case", "put_measured", "spreads", "paths"],
    "tongban.cases.library": ["put_due", "due_events", "histories", "put_records", "feed", "last_position", "receiver"],
    "tongban.resources": ["uses_of"],
}  # fmt: skip
MEASURED = (
    "INSERT INTO task_openings SELECT region, case_id, task, started_at, started_at FROM tasks"
    " WHERE started_at IS NOT NULL",
    "INSERT INTO measure_counts SELECT '330103', 'journey-' || j, '2020-01-01'::date + interval '1 month' * m,"
    " 'station', 'task', 'idle', v, 1"
    " FROM generate_series(1, 20) j, generate_series(1, 36) m, generate_series(1, 20) v",
    "ANALYZE task_openings, measure_counts",
)
"""Openings of the tasks there are, and three years of counts of twenty journeys."""
LEFT = (
    "INSERT INTO library_records (region, position, id, case_id, number, event_id, kind, at, sealed)"
    " SELECT '330103', n, gen_random_uuid(), gen_random_uuid(), 'n', gen_random_uuid(), 'process', now(), 'x'::bytea"
    " FROM generate_series(1, 20000) n",
    "ANALYZE library_records",
)
"""Records that left for the case library."""
STATEMENTS = [(package, name) for package, names in HOT.items() for name in names]
ASKED = [(package, name) for package, name in STATEMENTS if package in ("tongban.parties", "tongban.cases")]
"""What requests ask, and so what the second wall's policies are added to."""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A connection to a database with past cases and waiting applicants."""
    with temporary_postgres() as conninfo:
        content = Content(conninfo, tmp_path_factory.mktemp("home"), "plans.invalid/log")
        asyncio.run(content.fill(past=3000, waiting=100, ready=500, copies=2500))
        with psycopg.connect(conninfo, autocommit=True) as found:
            for statement in (*MEASURED, *LEFT):
                found.execute(statement)
            yield found


def plan_of(connection: Any, statement: str) -> dict[str, Any]:
    """The generic plan of a statement with named parameters."""
    names: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    # A page is short. PostgreSQL would guess a tenth of the table where it does not know the limit.
    text = re.sub(r"LIMIT %\(\w+\)s", "LIMIT 51", statement)
    text = re.sub(r"%\((\w+)\)s", numbered, text).replace("%%", "%")
    row = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}".encode()).fetchone()
    found: dict[str, Any] = (json.loads(row[0]) if isinstance(row[0], str) else row[0])[0]["Plan"]
    return found


def whole_reads(plan: dict[str, Any]) -> Iterator[str]:
    """Growing tables that ``plan`` reads from their first row to their last."""
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in GROWING:
        yield plan["Relation Name"]
    for child in plan.get("Plans", ()):
        yield from whole_reads(child)


@pytest.mark.parametrize(("package", "name"), STATEMENTS, ids=[name for _, name in STATEMENTS])
def test_a_hot_statement_finds_its_rows_by_an_index(connection: Any, package: str, name: str) -> None:
    assert list(whole_reads(plan_of(connection, getattr(load_queries(package), name).sql))) == []


@pytest.mark.parametrize(("package", "name"), ASKED, ids=[name for _, name in ASKED])
def test_behind_the_second_wall_it_finds_them_by_an_index_too(connection: Any, package: str, name: str) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {ROLE}".encode())
        assert list(whole_reads(plan_of(connection, getattr(load_queries(package), name).sql))) == []


def test_a_statement_without_an_index_is_caught(connection: Any) -> None:
    assert list(whole_reads(plan_of(connection, "SELECT id FROM cases WHERE applicant_name = %(name)s"))) == ["cases"]
