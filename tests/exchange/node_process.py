"""The provider's node of the tests, as the server loads it. ``STAGE_SLOW``: seconds that its table takes to answer."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tongban.basics.database import Database
from tongban.web.exchange.app import create_app
from tongban.web.exchange.door import Door

from .stage import POLICE, Table, make_stage


def application() -> Callable[..., Awaitable[None]]:
    """The application; opened when the server says so."""
    made: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await made[0](scope, receive, send)
            return
        await receive()
        database = Database(os.environ["STAGE_DATABASE"], size=4)
        await database.open()
        stage = await make_stage(database, Path(os.environ["STAGE_FOLDER"]))
        slow = float(os.environ.get("STAGE_SLOW", "0"))
        if slow:
            stage.exchange.providers = {name: Slow(database, slow) for name in stage.exchange.providers}
        made.append(create_app(stage.gateway, Door(stage.gateway, {POLICE: "police-node"}).answer))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await database.close()
        await send({"type": "lifespan.shutdown.complete"})

    return app


class Slow(Table):
    """A table that takes its time."""

    def __init__(self, database: Database, seconds: float) -> None:
        super().__init__(database)
        self._seconds = seconds

    async def fetch(self, *given: Any, **named: Any) -> Any:
        await asyncio.sleep(self._seconds)
        return await super().fetch(*given, **named)
