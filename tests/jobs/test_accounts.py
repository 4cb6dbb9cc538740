"""An owner is told of what changes an account: in the platform, and by text through the operator's gateway."""

import json
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.conftest import Template
from tests.world import FANG, World

from tongban.basics.database import Connection
from tongban.basics.outbox import drain
from tongban.cases.kernel import Kernel
from tongban.connectors.text_gateway import TextGateway
from tongban.jobs.accounts import BY_TEXT, TOLD, table
from tongban.jobs.texts import send_waiting
from tongban.messages import actions as messages
from tongban.parties.log_in import second
from tongban.parties.log_in.codes import send_code
from tongban.web.portal.messages import OF_ACCOUNTS


class Gateway(HTTPServer):
    """An operator's gateway on this machine; ``taken`` is what it took, ``status`` what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[tuple[str, dict[str, str]]] = []
        self.status = 202


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server: Any = self.server
        if server.status < 300:
            server.taken.append((self.headers.get("authorization", ""), body))
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is written."""


@pytest.fixture
def gateway() -> Any:
    server = Gateway()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    address = template.copy()
    found = template.world(address)
    await found.database.open()
    yield found
    await found.database.close()
    template.drop(address)


async def told(world: World) -> None:
    """The jobs process drains what waits."""

    async def kernel_now(_: Connection) -> Kernel:
        return world.kernel

    async with world.database.connection() as connection:
        while await drain(connection, table(kernel_now)):
            continue


async def test_a_change_is_told_on_the_platform_and_by_text(world: World, gateway: Gateway, tmp_path: Path) -> None:
    account = world.accounts[FANG]
    async with world.database.connection() as connection:
        await second.ask_codes(connection, account)
        await told(world)
        assert [one.kind for one in await messages.mine(connection, account)][:1] == ["account.second_changed"]
        (tmp_path / "token").write_text("a token of the operator\n")
        channel = TextGateway(f"http://127.0.0.1:{gateway.server_port}/texts", tmp_path / "token")
        gateway.status = 503
        assert await send_waiting(connection, world.kernel.vault, channel) == 1
        assert await send_waiting(connection, world.kernel.vault, channel) == 0, "not at once again"
        gateway.status = 202
        await world.rows("UPDATE text_messages SET try_at = statement_timestamp()")
        assert await send_waiting(connection, world.kernel.vault, channel) == 1
    ((token, body),) = gateway.taken
    assert token == "Bearer a token of the operator"
    assert (body["to"], body["text"]) == (world.people[FANG].mobile, BY_TEXT["account.second_changed"])
    assert await world.one("SELECT count(*) FROM text_messages") == 0, "number and text are forgotten"


async def test_neither_number_nor_code_lies_open_in_the_store(world: World) -> None:
    vault, mobile = world.kernel.vault, "19900002077"
    async with world.database.connection() as connection:
        await send_code(connection, vault, mobile=mobile, bound_to=b"x" * 32, use="register", account=None)
    rows = await world.rows("SELECT encode(sealed, 'escape') AS text FROM text_messages")
    rows += await world.rows("SELECT encode(digest, 'escape') AS text FROM one_time_codes")
    assert rows and all(mobile not in row.text and "验证码" not in row.text for row in rows)


def test_everything_an_owner_is_told_has_its_words() -> None:
    assert set(TOLD) == set(OF_ACCOUNTS)
