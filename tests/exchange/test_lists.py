"""Many records in one answer: only where the grant gives lists, page by page, each page written before it leaves."""

import json
from pathlib import Path
from typing import Any

import msgspec

from tongban.connectors.credentials import Credential
from tongban.connectors.tables.postgresql import PostgresTable
from tongban.connectors.tables.provider import TableProvider
from tongban.connectors.tables.source import Column

from .stage import MARRIAGE, SERVICE, Stage


async def many(stage: Stage, dsn: str, folder: Path, people: int = 1200) -> None:
    """The department's table with many people, two of three in the granted district."""
    await stage.rows("DROP TABLE IF EXISTS couples")
    await stage.rows(
        "CREATE TABLE couples AS SELECT lpad(n::text, 18, '0') AS id_number, '甲' || n AS name, DATE '2020-01-02' AS"
        " registered_on, '配偶' AS spouse, CASE WHEN n %% 3 = 0 THEN '330102' ELSE '330903' END AS district"
        " FROM generate_series(1, %(n)s) n", n=people,
    )  # fmt: skip
    await stage.rows("ALTER TABLE couples ADD PRIMARY KEY (id_number)")
    (folder / "secret").write_text("unused")
    source = PostgresTable(dsn, "public.couples", Credential(folder / "secret"), "id_number")
    columns = {field.id: Column(field.id) for field in MARRIAGE.fields}
    stage.exchange.providers = {MARRIAGE.id: TableProvider(source, columns, "couples")}


async def ask(stage: Stage, **body: Any) -> Any:
    """A question for many records."""
    asked = msgspec.json.encode({"fields": ["name", "spouse"], **body})
    return await stage.client.post(f"{SERVICE}/records", content=asked, headers=stage.headers())


async def test_lists_are_refused_where_the_grant_gives_single_records(stage: Stage, dsn: str, tmp_path: Path) -> None:
    await many(stage, dsn, tmp_path, 10)
    answer = await ask(stage)
    assert answer.json()["type"] == "Server.ServerProxy.AccessDenied" and "lists" in answer.json()["message"]


async def test_pages_stream_and_each_stands_in_the_log_with_its_number_of_records(
    stage: Stage, dsn: str, tmp_path: Path
) -> None:
    await many(stage, dsn, tmp_path)
    await stage.change_grant(lists=True)
    answer = await ask(stage, limit=700)
    pages = [json.loads(line) for line in answer.text.splitlines()]
    rows = [row for page in pages for row in page["rows"]]
    assert answer.status_code == 200 and len(pages) > 1 and len(rows) <= 700
    assert {tuple(row) for row in rows} == {("name", "spouse")} and "配偶" not in answer.text
    assert not any(int(row["name"].removeprefix("甲")) % 3 == 0 for row in rows)
    written = await stage.rows(
        "SELECT i.message, i.records AS most, o.records FROM exchange_intents i JOIN exchange_outcomes o"
        " USING (region, id) ORDER BY i.id"
    )
    assert [row.records for row in written] == [len(page["rows"]) for page in pages]
    assert [row.most for row in written] == [500, 200] and written[1].message.endswith("#2")


async def test_a_list_can_not_be_larger_than_what_its_grant_has_left_today(
    stage: Stage, dsn: str, tmp_path: Path
) -> None:
    await many(stage, dsn, tmp_path)
    await stage.change_grant(lists=True, quota=600)
    answer = await ask(stage, limit=1000)
    pages = [json.loads(line) for line in answer.text.splitlines()]
    assert len(pages[0]["rows"]) <= 500 and pages[1:] == [{"error": "exchange.quota_spent"}]


async def test_a_huge_page_is_refused(stage: Stage, dsn: str, tmp_path: Path) -> None:
    await many(stage, dsn, tmp_path, 10)
    await stage.change_grant(lists=True)
    for limit in (0, -1, 100_001, 10**12):
        assert (await ask(stage, limit=limit)).json()["type"] == "Client.BadRequest"
