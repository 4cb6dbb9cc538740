"""The two servers that ``bench/exchange.py`` compares, each one process of uvicorn: bare Starlette, and the gateway.

Both read the same table of one million records by its key through psycopg's pool. Settings come by ``BENCH_*``.
"""

import gc
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tongban.basics.database import Database
from tongban.basics.key_file import load_or_create
from tongban.parties.definitions import Department, Region
from tongban.parties.directory import Directory
from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.exchange.calls import Exchange
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.granting.book import GrantBook
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.provider import Answer, CallContext, Found, Missing
from tongban.web.exchange.app import create_app
from tongban.web.exchange.gateway import Gateway

REGION, INSTANCE, CONSUMER, PROVIDER = "330103", "CN-BENCH", "d-police", "d-market"
RESOURCE = Resource(
    "market.enterprise",
    "企业登记信息",
    "market",
    [
        ResourceField("code", "编号", key=True),
        ResourceField("name", "名称"),
        ResourceField("registered_on", "登记日期", "date"),
        ResourceField("phone", "联系电话", grade="L3"),
        ResourceField("capital", "注册资本", "integer"),
    ],
)
SELECT = "SELECT code, name, registered_on, phone, capital FROM bench_enterprises WHERE code = %s"


def bare() -> Any:
    """Bare Starlette: one statement, one JSON answer."""
    database = Database(os.environ["BENCH_DATABASE"], size=8)

    async def look_up(request: Request) -> JSONResponse:
        asked = await request.json()
        async with database.pool.connection() as connection:
            row = await (await connection.execute(SELECT, [asked["match"]["code"]])).fetchone()
        if row is None:
            return JSONResponse({"found": False})
        return JSONResponse({"found": True, "fields": {name: getattr(row, name) for name in asked["fields"]}})

    app = Starlette(routes=[Route("/look-up", look_up, methods=["POST"]), Route("/health/ready", ready)])
    return opened(app, database)


async def ready(request: Request) -> JSONResponse:
    """Whether it serves."""
    return JSONResponse({"status": "ok"})


class Enterprises:
    """The department's table by the same statement that the bare server sends."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109
        context: CallContext,
    ) -> Answer:
        """One record by its code."""
        async with self._database.pool.connection() as connection:
            row = await (await connection.execute(SELECT, [match["code"]])).fetchone()
        if row is None:
            return Missing()
        return Found({name: getattr(row, name) for name in fields}, {"code": row.code})


def exchange() -> Any:
    """The gateway: grant, mask, two signatures, intent and outcome with their ledger entries."""
    home, conninfo = Path(os.environ["BENCH_HOME"]), os.environ["BENCH_DATABASE"]
    database, vault = Database(conninfo, size=8), load_or_create(home / "vault.json")
    exchange = Exchange(
        database,
        GrantBook({RESOURCE.id: RESOURCE}, MaskKeys(vault)),
        KeyRing(home / "exchange", os.environ["BENCH_ALGORITHM"]),
        vault,
        {RESOURCE.id: Enterprises(database)},
    )
    departments = [
        Department(CONSUMER, "公安分局", "公安", "X", roles=["police"]),
        Department(PROVIDER, "市场监管局", "市监", "Y", roles=["market"]),
    ]
    directory = Directory({REGION: Region(REGION, "示范区", [], departments)})
    app = create_app(Gateway(exchange, directory, {RESOURCE.id: RESOURCE}, INSTANCE))
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)  # as in the exchange's own process
    return opened(app, database)


def opened(app: Any, database: Database) -> Any:
    """``app`` with the database opened when the server says so."""

    async def whole(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        await receive()
        await database.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await database.close()
        await send({"type": "lifespan.shutdown.complete"})

    return whole
