"""Tables of real servers and real files as providers: what is found, what is refused, what never leaks."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx
import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.basics.rules import Schema, compile, date, integer, text
from tongban.connectors.connections import Connected, read_connectors
from tongban.connectors.tables.provider import TableProvider
from tongban.connectors.tables.source import plain
from tongban.resources.provider import Found, Invalid, Missing, Page, Unavailable

from .conftest import CONTEXT, PEOPLE, Database, free_port

FIELDS = ["name", "registered_on", "copies", "valid", "amount"]
COLUMNS: dict[str, Any] = {
    "id_number": "id_no",
    "name": "full_name",
    "registered_on": {"at": "registered", "as": "date"},
    "copies": {"at": "copies", "as": "integer"},
    "valid": {"at": "valid", "as": "boolean"},
    "amount": "amount",
}
FANG = {"name": "王芳", "registered_on": "2019-05-20", "copies": 2, "valid": True, "amount": "8642.50"}
SCHEMA = Schema({"name": text(), "copies": integer(), "registered_on": date()})
KINDS = ["postgresql", "mysql", "csv", "parquet", "xlsx"]
HEADS = ["id_no", "full_name", "registered", "copies", "valid", "amount", "secret"]


def provider(folder: Path, entry: dict[str, Any]) -> TableProvider:
    path = folder / "connectors.yaml"
    path.write_text(yaml.safe_dump({"people": entry}), "utf-8")
    made: Connected = read_connectors(path, httpx.AsyncClient())["people"].provider
    assert isinstance(made, TableProvider)
    return made


def database_entry(database: Database, **more: Any) -> dict[str, Any]:
    table = "people.register" if database.kind == "postgresql" else "register"
    entry = {"kind": database.kind, "address": database.address, "table": table, "columns": COLUMNS}
    return entry | {"password_file": "reader-password", "order": "id_no"} | more


def write_file(folder: Path, kind: str, people: list[tuple[Any, ...]] = PEOPLE) -> Path:
    path = folder / f"register.{kind}"
    new = path.with_suffix(".new")
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in [HEADS, *people]:
            book.active.append(list(row))
        book.save(new)
    else:
        _write_by_duckdb(new, kind, people)
    new.replace(path)
    return path


def _write_by_duckdb(path: Path, kind: str, people: list[tuple[Any, ...]]) -> None:
    with duckdb.connect() as connection:
        kinds = ["VARCHAR", "VARCHAR", "DATE", "INTEGER", "BOOLEAN", "DECIMAL(10,2)", "VARCHAR"]
        connection.execute(f"CREATE TABLE r ({', '.join(map(' '.join, zip(HEADS, kinds, strict=True)))})")
        connection.executemany("INSERT INTO r VALUES (?, ?, ?, ?, ?, ?, NULL)", people)
        connection.execute(f"COPY r TO '{path}' (FORMAT {kind}{', HEADER' if kind == 'csv' else ''})")


@pytest.fixture(params=KINDS)
async def people(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TableProvider]:
    if request.param in ("postgresql", "mysql"):
        database: Database = request.getfixturevalue(request.param)
        made = provider(database.folder, database_entry(database))
    else:
        made = provider(
            tmp_path, {"kind": "file", "path": write_file(tmp_path, request.param).name, "columns": COLUMNS}
        )
    yield made
    await made.close()


async def ask(people: TableProvider, number: str, fields: list[str] | None = None, seconds: float = 3.0) -> Any:
    return await people.fetch({"id_number": number}, FIELDS if fields is None else fields, seconds, CONTEXT)


async def test_every_kind_of_table_finds_the_same_record(people: TableProvider) -> None:
    assert await ask(people, PEOPLE[0][0]) == Found(FANG, {"id_number": PEOPLE[0][0]})
    assert await ask(people, PEOPLE[2][0], ["name", "amount"]) == Found(
        {"name": "O'Hara \\ 欧阳"}, {"id_number": PEOPLE[2][0]}
    )
    assert await ask(people, "33090319990101000X") == Missing()
    assert await people.probe(3.0) is None


HOSTILE = [
    "' OR '1'='1",
    "\\' OR 1=1 -- ",
    '" OR ""="',
    "%",
    "_",
    "x'); DROP TABLE register; --",
    "${jndi}",
    "0x31",
    "；",
]


@pytest.mark.parametrize("value", HOSTILE)
async def test_no_value_is_ever_part_of_a_statement(people: TableProvider, value: str) -> None:
    assert await ask(people, value) == Missing()
    assert isinstance(await ask(people, PEOPLE[0][0]), Found)


@settings(max_examples=60, deadline=None)
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40))
async def test_whatever_is_asked_nobody_elses_record_comes(mysql: Database, value: str) -> None:
    made = provider(mysql.folder, database_entry(mysql))
    assert await ask(made, value) == Missing()
    await made.close()


async def test_lists_come_page_by_page_in_one_order_and_whole(people: TableProvider) -> None:
    first = await people.fetch_many({}, None, ["id_number"], 2, None, CONTEXT)
    assert isinstance(first, Page) and [row["id_number"] for row in first.rows] == [p[0] for p in PEOPLE[:2]]
    assert first.after is not None
    second = await people.fetch_many({}, None, ["id_number"], 2, first.after, CONTEXT)
    assert second == Page([{"id_number": PEOPLE[2][0]}])


async def test_a_row_condition_leaves_out_what_is_false_or_unknown_and_its_fields_do_not_flow(
    people: TableProvider,
) -> None:
    rule = compile("copies > 0 AND registered_on >= DATE '2020-01-01'", SCHEMA)
    assert await people.fetch_many({}, rule, ["name"], 10, None, CONTEXT) == Page([{"name": "周梅"}])
    page = await people.fetch_many({}, rule, ["name"], 1, None, CONTEXT)
    assert isinstance(page, Page) and page.rows == [{"name": "周梅"}] and page.after is not None
    assert await people.fetch_many({}, rule, ["name"], 1, page.after, CONTEXT) == Page([])


async def test_a_list_may_be_narrowed_to_a_key(people: TableProvider) -> None:
    page = await people.fetch_many({"id_number": PEOPLE[1][0]}, None, ["name"], 10, None, CONTEXT)
    assert page == Page([{"name": "周梅"}])


async def test_a_field_without_a_column_is_not_asked(people: TableProvider) -> None:
    assert await ask(people, PEOPLE[0][0], ["secret"]) == Unavailable("no column is named for secret")
    page = await people.fetch_many({}, compile("secret = 'x'", Schema({"secret": text()})), ["name"], 5, None, CONTEXT)
    assert page == Unavailable("no column is named for secret")


@pytest.fixture(params=["postgresql", "mysql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("column", ["absent", "id_no; DROP TABLE register", 'id_no" --', "id_no` --", "ctid"])
async def test_a_column_that_the_real_table_has_not_never_reaches_a_statement(database: Database, column: str) -> None:
    made = provider(database.folder, database_entry(database, columns={**COLUMNS, "name": column}))
    answer = await ask(made, PEOPLE[0][0])
    assert isinstance(answer, Unavailable) and answer.reason.endswith(f"has no readable column {column}")
    assert await made.probe(3.0) == answer.reason
    await made.close()


async def test_a_table_that_is_not_there_and_an_order_that_is_not_unique_are_told(database: Database) -> None:
    absent = provider(database.folder, database_entry(database, table="absent"))
    assert "there is no table absent" in str(await absent.probe(3.0))
    loose = provider(database.folder, database_entry(database, order="full_name"))
    assert "lists need a unique, never empty column" in str(await loose.probe(3.0))
    none = provider(database.folder, {k: v for k, v in database_entry(database).items() if k != "order"})
    assert await none.fetch_many({}, None, ["name"], 5, None, CONTEXT) == Unavailable("no lists are offered here")
    for one in (absent, loose, none):
        await one.close()


async def test_two_records_for_one_key_are_no_answer(database: Database) -> None:
    made = provider(database.folder, database_entry(database, columns={**COLUMNS, "twin": "valid"}))
    answer = await made.fetch({"twin": "1"}, ["name"], 3.0, CONTEXT)
    assert answer == Invalid("several records match")
    await made.close()


async def test_a_reader_that_may_not_read_or_write_does_neither(database: Database) -> None:
    made = provider(database.folder, database_entry(database))
    await ask(made, PEOPLE[0][0])
    table = "people.register" if database.kind == "postgresql" else "register.register"
    reader = "reader" if database.kind == "postgresql" else "'reader'@'%'"
    source: Any = made._source
    database.sql(f"GRANT INSERT, DELETE ON {table} TO {reader}")
    with pytest.raises(Exception, match=r"(?i)error|answer|read"):
        await _write(source, table)
    database.sql(f"REVOKE SELECT, INSERT, DELETE ON {table} FROM {reader}")
    try:
        assert isinstance(await ask(made, PEOPLE[0][0]), Unavailable)
    finally:
        database.sql(f"GRANT SELECT ON {table} TO {reader}")
    assert isinstance(await ask(made, PEOPLE[0][0]), Found)
    await made.close()


async def _write(source: Any, table: str) -> None:
    """What a statement that got in would try, on the connector's own connection."""

    async def act(connection: Any) -> None:
        if hasattr(connection, "execute"):
            await connection.execute(f"DELETE FROM {table}")
        else:
            async with connection.cursor() as cursor:
                await cursor.execute(f"DELETE FROM {table}")

    await source._run(act, 3.0) if "PostgresTable" in type(source).__name__ else await source._run(act)


async def test_a_locked_table_is_left_in_time_and_answers_again(database: Database) -> None:
    made = provider(database.folder, database_entry(database))
    await ask(made, PEOPLE[0][0])
    release = asyncio.Event()
    locking = asyncio.create_task(asyncio.to_thread(_lock, database, release))
    await asyncio.sleep(0.3)
    began = asyncio.get_running_loop().time()
    assert await ask(made, PEOPLE[0][0], seconds=0.4) == Unavailable("no answer in time")
    assert asyncio.get_running_loop().time() - began < 1.5
    release.set()
    await locking
    assert isinstance(await ask(made, PEOPLE[0][0]), Found)
    await made.close()


def _lock(database: Database, release: asyncio.Event) -> None:
    import time

    import psycopg
    import pymysql

    def held() -> None:
        for _ in range(100):
            if release.is_set():
                return
            time.sleep(0.05)

    if database.kind == "postgresql":
        with psycopg.connect(database.admin) as connection:
            connection.execute("LOCK TABLE people.register IN ACCESS EXCLUSIVE MODE")
            held()
    else:
        with (
            pymysql.connect(unix_socket=database.admin, user="root") as other,
            other.cursor() as cursor,
        ):
            cursor.execute("LOCK TABLES register.register WRITE")
            held()


async def test_a_server_that_is_not_there_is_unavailable_and_spared(database: Database) -> None:
    away = database.address.replace(str(database.port), str(free_port()))
    made = provider(database.folder, database_entry(database, address=away))
    assert await ask(made, PEOPLE[0][0]) == Unavailable("not reachable")
    for _ in range(4):
        await ask(made, PEOPLE[0][0])
    assert await ask(made, PEOPLE[0][0]) == Unavailable("it has not answered lately; asked again in a few seconds")


async def test_a_password_is_changed_while_calls_run_and_none_fails(database: Database) -> None:
    """The department changes it first, the deployment's file follows; every call in between waits or goes on."""
    made = provider(database.folder, database_entry(database))
    answers: list[Any] = []
    stop = asyncio.Event()

    async def call() -> None:
        while not stop.is_set():
            answers.append(await ask(made, PEOPLE[0][0]))
            await asyncio.sleep(0.01)

    calling = [asyncio.create_task(call()) for _ in range(3)]
    for password in ("second-password", "third-password"):
        await asyncio.sleep(0.15)
        await asyncio.to_thread(database.change_password, password)
        await asyncio.sleep(0.2)
        database.password_file.write_text(f"{password}\n")
    await asyncio.sleep(0.3)
    stop.set()
    await asyncio.gather(*calling)
    assert len(answers) > 20 and all(isinstance(answer, Found) for answer in answers)
    await made.close()
    fresh = provider(database.folder, database_entry(database))
    assert isinstance(await ask(fresh, PEOPLE[0][0]), Found), "the new password really is the one that counts"
    database.password_file.write_text("wrong-password\n")
    await fresh.close()
    assert await ask(fresh, PEOPLE[0][0]) == Unavailable("it does not accept our password")
    database.password_file.write_text("third-password\n")
    assert isinstance(await ask(fresh, PEOPLE[0][0]), Found)
    await fresh.close()


async def test_a_connection_that_the_server_dropped_is_made_anew(database: Database) -> None:
    made = provider(database.folder, database_entry(database))
    await ask(made, PEOPLE[0][0])
    if database.kind == "postgresql":
        database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
    else:
        database.sql("KILL USER 'reader'@'%'")
    await asyncio.sleep(0.1)
    assert isinstance(await ask(made, PEOPLE[0][0]), Found)
    await made.close()


async def test_a_huge_text_is_cut_by_the_server_and_not_believed(database: Database) -> None:
    columns: Mapping[str, Any] = {**COLUMNS, "secret": "secret"}
    table = "people.register" if database.kind == "postgresql" else "register.register"
    database.sql(f"UPDATE {table} SET secret = repeat('长', 3000000) WHERE copies = 1")
    made = provider(database.folder, database_entry(database, columns=columns))
    answer = await made.fetch({"id_number": PEOPLE[1][0]}, ["secret"], 3.0, CONTEXT)
    assert isinstance(answer, Found) and len(answer.fields["secret"]) == 2001
    database.sql(f"UPDATE {table} SET secret = NULL")
    await made.close()


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
async def test_a_file_that_is_replaced_is_seen_and_a_half_read_list_begins_anew(tmp_path: Path, kind: str) -> None:
    path = write_file(tmp_path, kind)
    made = provider(tmp_path, {"kind": "file", "path": path.name, "columns": COLUMNS})
    first = await made.fetch_many({}, None, ["name"], 1, None, CONTEXT)
    assert isinstance(first, Page) and first.after is not None
    write_file(tmp_path, kind, [*PEOPLE[:1], ("33090319990101000X", "新人", "2026-01-02", 3, False, "1.00")])
    assert isinstance(await ask(made, "33090319990101000X"), Found)
    assert await ask(made, PEOPLE[1][0]) == Missing()
    again = await made.fetch_many({}, None, ["name"], 1, first.after, CONTEXT)
    assert again == Invalid("the file was replaced meanwhile: begin with the first page")
    path.unlink()
    assert await ask(made, PEOPLE[0][0]) == Unavailable("the file is not there")
    path.write_bytes(b"")
    assert isinstance(await ask(made, PEOPLE[0][0]), Invalid)
    await made.close()


async def test_a_large_file_is_read_in_bounded_memory_and_left_in_time(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'K' || i AS id_no, repeat('字', 30) AS full_name FROM range(600000) t(i))"
            f" TO '{path}' (FORMAT csv, HEADER)"
        )
    made = provider(
        tmp_path, {"kind": "file", "path": path.name, "columns": {"id_number": "id_no", "name": "full_name"}}
    )
    before = _resident()
    assert isinstance(await ask(made, "K599999", ["name"], seconds=30), Found)
    assert _resident() - before < 300_000_000, "the file is 66 MB, the bound of the reader 256 MB"
    assert await ask(made, "absent", ["name"], seconds=0.02) == Unavailable("no answer in time")
    assert isinstance(await ask(made, "K5", ["name"], seconds=30), Found)
    await made.close()


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


@pytest.mark.parametrize(
    ("value", "as_", "told"),
    [
        (Decimal("12"), None, 12),
        (Decimal("12.50"), None, "12.50"),
        (dt.date(2026, 3, 2), None, "2026-03-02"),
        (" 王芳   ", None, "王芳"),
        ("12", "integer", 12),
        ("-7", "integer", -7),
        ("12.0", "integer", "12.0"),
        ("是", "boolean", True),
        (0, "boolean", False),
        ("maybe", "boolean", "maybe"),
        ("2026/3/2", "date", "2026-03-02"),
        ("20260302", "date", "2026-03-02"),
        ("2026-03-02 10:00:00+08", "date", "2026-03-02"),
        ("2026-13-40", "date", "2026-13-40"),
        ("", "integer", None),
        (None, "text", None),
        (5, "text", "5"),
    ],
)
def test_a_cell_becomes_what_the_port_carries(value: Any, as_: Any, told: Any) -> None:
    assert plain(value, as_) == told and type(plain(value, as_)) is type(told)
