"""Right after a load PostgreSQL knows nothing, or something old, about the tables: lists read their own rows even then.

What a list reads is counted by running it, not guessed from its plan: an index that leads through a whole region is as
bad as no index. Nothing is analysed after the load, and autovacuum is off.
"""

import asyncio
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tongban.basics.second_wall import ROLE
from tongban.basics.sql import load_queries
from tongban.connectors.embedded_postgres import temporary_postgres

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from content import Content  # type: ignore[import-not-found]

GROWTH = Path(__file__).parents[2] / "bench" / "lists.sql"
REGION, HANDLER, APPLICANT = "330103", "liwei", "wangfang"
WAITING, LOADED, MOST = 100, 20_000, 51
BOUND = 10 * WAITING
"""Rows that one step of a plan may read: some times what waits, far from what was loaded."""
GROWING = {"cases", "tasks", "case_events", "case_questions", "drafts"}
ALL_WAITED = (
    "CREATE TABLE was AS SELECT region, case_id, task, state FROM tasks",
    "UPDATE tasks SET state = 'ready'",
    "ANALYZE",
    "UPDATE tasks t SET state = w.state FROM was w"
    " WHERE w.region = t.region AND w.case_id = t.case_id AND w.task = t.task",
    "DROP TABLE was",
)
"""Statistics of a day on which every task waited."""
FORGET = (
    "DELETE FROM pg_statistic",
    "UPDATE pg_class SET reltuples = -1, relpages = 0, relallvisible = 0 WHERE relnamespace = 'public'::regnamespace",
)
"""As if nothing had ever been analysed."""
AT_ONCE = """
SELECT count(*) AS open FROM tasks
 WHERE region = %(region)s AND department = ANY(%(departments)s) AND state = 'ready'
"""
"""What waits, in the plain way that reads every task while PostgreSQL believes that most tasks wait."""
LISTS = ("inbox", "inbox_counts", "inbox_counts_marked", "decided", "numbered", "cases_of", "drafts_of")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database that was analysed when it held two hundred cases, all waiting, and then got twenty thousand."""
    with temporary_postgres({"autovacuum": "off"}) as conninfo:
        content = Content(conninfo, tmp_path_factory.mktemp("home"), "stale.invalid/log")
        asyncio.run(content.fill(past=WAITING, waiting=WAITING, ready=1, copies=0))
        with psycopg.connect(conninfo, autocommit=True) as connection:
            for statement in ALL_WAITED:
                connection.execute(statement.encode())
            connection.execute(GROWTH.read_text("utf-8").encode())
            connection.execute("CALL bench_grow(0, %s)", (LOADED,))
        yield conninfo


@pytest.fixture(scope="module", params=["old", "none"])
def connection(request: pytest.FixtureRequest, server: str) -> Iterator[Any]:
    """A connection where the statistics are old, then one where there are none."""
    with psycopg.connect(server, autocommit=True) as found:
        if request.param == "none":
            for statement in FORGET:
                found.execute(statement.encode())
    with psycopg.connect(server, autocommit=True, prepare_threshold=None) as found:
        yield found


def _values(connection: Any) -> dict[str, object]:
    """What the lists of the handler and of the applicant are asked with; the marks are those of one task."""
    department, pack, version = connection.execute(
        "SELECT p.department, c.pack, c.version FROM posts p JOIN accounts a ON a.id = p.account, cases c"
        " WHERE a.login = %s AND c.number = 'PAST1'",
        (HANDLER,),
    ).fetchone()
    owner = connection.execute("SELECT id FROM accounts WHERE login = %s", (APPLICANT,)).fetchone()[0]
    marks = {"packs": pack, "versions": version, "journeys": "birth", "tasks": "household_registration"}
    days = connection.execute("SELECT current_date, current_date + 2").fetchone()
    return {
        "region": REGION, "departments": [department], "owners": [owner], "number": "PAST7", "most": MOST,
        "today": days[0], "soon": days[1], "red": days[0], "yellow": days[1],
        "mark_reds": [days[0]], "mark_yellows": [days[1]], **{f"mark_{name}": [one] for name, one in marks.items()},
    }  # fmt: skip


def rows_read(connection: Any, statement: str, values: Mapping[str, object], mode: str) -> dict[str, float]:
    """Growing table → the most rows that one step of the plan read from it, when the statement was run."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    text = re.sub(r"%\((\w+)\)s", lambda match: f"${names.index(match[1]) + 1}", statement).replace("%%", "%")
    connection.execute(f"SET plan_cache_mode = force_{mode}_plan".encode())
    connection.execute("DEALLOCATE ALL")
    connection.execute(f"PREPARE list AS {text}".encode())
    given = sql.SQL(", ").join(sql.Literal(values.get(name)) for name in names)
    explain = sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE list ({})").format(given)
    return _read(connection.execute(explain).fetchone()[0][0]["Plan"])


def _read(plan: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    if plan.get("Relation Name") in GROWING:
        rows = (
            plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        )
        found[plan["Relation Name"]] = rows * plan["Actual Loops"]
    for child in plan.get("Plans", ()):
        for table, rows in _read(child).items():
            found[table] = max(rows, found.get(table, 0))
    return found


@pytest.mark.parametrize("mode", ["generic", "custom"])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_reads_its_own_rows_whatever_is_known_of_the_tables(connection: Any, name: str, mode: str) -> None:
    statement = getattr(load_queries("tongban.cases"), name).sql
    read = rows_read(connection, statement, _values(connection), mode)
    assert read, "the statement reads none of the growing tables"
    assert {table: rows for table, rows in read.items() if rows > BOUND} == {}


@pytest.mark.parametrize("name", LISTS)
def test_behind_the_second_wall_a_list_reads_its_own_rows_too(connection: Any, name: str) -> None:
    values = _values(connection)
    places, owners = f"{{{REGION}/{values['departments'][0]}}}", f"{{{values['owners'][0]}}}"  # type: ignore[index]
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL ROLE {ROLE}".encode())
        connection.execute("SELECT wall_says(%s, '', %s, '', '')", (owners, places))
        read = rows_read(connection, getattr(load_queries("tongban.cases"), name).sql, values, "generic")
    assert read, "the statement reads none of the growing tables"
    assert {table: rows for table, rows in read.items() if rows > BOUND} == {}


def test_reading_a_whole_region_by_an_index_is_caught(connection: Any) -> None:
    statement = "SELECT count(applicant_name) FROM cases WHERE region = %(region)s"
    assert rows_read(connection, statement, _values(connection), "generic")["cases"] > BOUND


def test_a_plain_count_that_goes_wrong_with_old_statistics_is_caught(connection: Any) -> None:
    known = connection.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'tasks'").fetchone()[0]
    read = rows_read(connection, AT_ONCE, _values(connection), "generic")
    assert (read["tasks"] > BOUND) == (known > 0)
