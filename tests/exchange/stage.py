"""What the exchange's tests stand on: a department that provides from its own table, one that asks, a gateway.

王芳 is asked about, 李伟 asks for the police, 陈静's department has no grant.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec

from tongban.basics.database import Database
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.parties.definitions import Department, Region
from tongban.parties.directory import Directory
from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.exchange import subsystems
from tongban.resources.exchange.calls import Exchange
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.exchange.models import Intent, Outcome
from tongban.resources.exchange.rows import intent_of_row, outcome_of_row
from tongban.resources.granting.book import GrantBook
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.provider import Answer, CallContext, Found, Missing
from tongban.web.exchange.app import create_app
from tongban.web.exchange.gateway import Gateway

REGION, INSTANCE = "330903", "CN-TEST"
PURPOSE = "办理户口登记时核对婚姻状况"
MARRIAGE = Resource(
    "civil-affairs.marriage",
    "婚姻登记信息",
    "civil-affairs",
    [
        ResourceField("id_number", "身份号码", key=True),
        ResourceField("name", "姓名"),
        ResourceField("registered_on", "登记日期", "date"),
        ResourceField("spouse", "配偶", grade="L3"),
        ResourceField("district", "区"),
    ],
)
# Invented people; the numbers have wrong check digits on purpose.
FANG, MEI, FAR = "33090319900101000A", "33090319910202000B", "33090319930303000C"
PEOPLE = [
    {"id_number": FANG, "name": "王芳", "registered_on": "2019-05-20", "spouse": "张伟", "district": "330903"},
    {"id_number": MEI, "name": "周梅", "registered_on": "2020-10-01", "spouse": "吴强", "district": "330903"},
    {"id_number": FAR, "name": "郑远", "registered_on": "2021-11-11", "spouse": "孙洁", "district": "330102"},
]
POLICE, CIVIL, MARKET = "d-police", "d-civil-affairs", "d-market"
SERVICE = f"/r1/{INSTANCE}/GOV/{CIVIL}/data/{MARRIAGE.id}"
DIRECTORY = Directory(
    {
        REGION: Region(
            REGION,
            "示范区",
            [],
            [
                Department(POLICE, "公安分局", "公安", "X", roles=["police"]),
                Department(CIVIL, "民政局", "民政", "Y", roles=["civil-affairs"]),
                Department(MARKET, "市场监管局", "市监", "Z", roles=["market"]),
            ],
        )
    }
)


class Table:
    """A department's own table in PostgreSQL; counts how often it was asked."""

    def __init__(self, database: Database) -> None:
        self.database, self.asked = database, 0

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109
        context: CallContext,
    ) -> Answer:
        self.asked += 1
        async with self.database.connection() as connection:
            cursor = await connection.execute("SELECT data FROM people WHERE id_number = %s", [match["id_number"]])
            row = await cursor.fetchone()
        if row is None:
            return Missing()
        return Found({name: row.data[name] for name in fields}, {key: row.data[key] for key in match})


@dataclass
class Stage:
    """A node that serves, seen from outside as ``client``."""

    database: Database
    exchange: Exchange
    gateway: Gateway
    table: Table
    client: httpx.AsyncClient
    grant: UUID
    token: str

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """What the database answers."""
        async with self.database.connection() as connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall() if cursor.description else []

    async def intents(self) -> list[Intent]:
        """The intents as they stand in the log, oldest first."""
        return [intent_of_row(row) for row in await self.rows("SELECT * FROM exchange_intents ORDER BY id")]

    async def outcomes(self) -> list[Outcome]:
        """The outcomes as they stand in the log, oldest first."""
        return [outcome_of_row(row) for row in await self.rows("SELECT * FROM exchange_outcomes ORDER BY id")]

    def headers(self, **changes: str | None) -> dict[str, str]:
        """What 李伟's system sends; ``changes`` with underscores for hyphens, None leaves one out."""
        given = {
            "x-road-client": f"{INSTANCE}/GOV/{POLICE}/counter",
            "authorization": f"Bearer {self.token}",
            "x-road-id": str(new_id()),
            "x-road-userid": "CNliwei",
            "x-road-issue": "3309032026000017",
        }
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        return {name: value for name, value in (given | named).items() if value is not None}

    async def ask(
        self, number: str = FANG, fields: Sequence[str] = ("name", "registered_on"), **changes: str | None
    ) -> httpx.Response:
        """One question as the gateway's protocol has it."""
        body = {"match": {"id_number": number}, "fields": list(fields)}
        return await self.client.post(SERVICE, json=body, headers=self.headers(**changes))

    async def change_grant(self, **columns: Any) -> None:
        """Change the grant as whoever owns the data does: its revision rises."""
        assignments = ", ".join(f"{name} = %({name})s" for name in columns)
        await self.rows(
            f"UPDATE grants SET {assignments}, revision = revision + 1 WHERE id = %(grant)s",
            **columns, grant=self.grant,
        )  # fmt: skip


async def make_stage(database: Database, folder: Path, algorithm: str = "Ed25519") -> Stage:
    """A stage on an empty database."""
    vault = Vault({"k1": secrets.token_bytes(32)}, "k1", secrets.token_bytes(32))
    now = datetime.now(UTC)
    grant, table = new_id(), Table(database)
    async with database.connection() as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS people (id_number text PRIMARY KEY, data jsonb)")
        for person in PEOPLE:
            await connection.execute(
                "INSERT INTO people VALUES (%s, %s::jsonb) ON CONFLICT DO NOTHING",
                [person["id_number"], msgspec.json.encode(person).decode()],
            )
        await connection.execute(
            'INSERT INTO grants (region, id, resource, consumer, purpose, basis, fields, "rows", masks, basket,'
            " valid_from, valid_until) VALUES (%s, %s, %s, %s, %s, '户口登记条例 第七条', %s,"
            " 'district = ''330903''', %s::jsonb, %s, %s, %s)",
            [REGION, grant, MARRIAGE.id, POLICE, PURPOSE, ["name", "registered_on", "spouse"],
             '{"spouse": {"kind": "partial", "form": "name"}}', new_id(),
             now - timedelta(days=1), now + timedelta(days=30)],
        )  # fmt: skip
        token = await subsystems.register(connection, REGION, POLICE, "counter", now)
    exchange = Exchange(
        database,
        GrantBook({MARRIAGE.id: MARRIAGE}, MaskKeys(vault)),
        KeyRing(folder / "exchange", algorithm),
        vault,
        {MARRIAGE.id: table},
    )
    gateway = Gateway(exchange, DIRECTORY, {MARRIAGE.id: MARRIAGE}, INSTANCE)
    transport = httpx.ASGITransport(app=create_app(gateway))
    client = httpx.AsyncClient(transport=transport, base_url="http://exchange.test")
    return Stage(database, exchange, gateway, table, client, grant, token)
