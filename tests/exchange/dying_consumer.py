"""A consumer's node that dies by kill -9 while another node is being asked. Started by the tests of faults."""

import asyncio
import os
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongban.basics.database import Database
from tongban.basics.vault import Vault
from tongban.connectors.exchange_node import NodeProvider, node_client
from tongban.resources.exchange.calls import Call, Exchange
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.granting.book import GrantBook
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.provider import Answer

from .stage import CIVIL, FANG, MARRIAGE, POLICE, REGION


class Dying(NodeProvider):
    """Asks, and dies before the answer is there."""

    async def fetch(self, *given: Any, **named: Any) -> Answer:
        asyncio.get_running_loop().call_later(0.6, os.kill, os.getpid(), signal.SIGKILL)
        return await super().fetch(*given, **named)


async def main() -> None:
    """One call, and the end."""
    tls, keys = Path(os.environ["TLS"]), KeyRing(Path(os.environ["KEYS"]))
    database = Database(os.environ["DSN"], size=2)
    await database.open()
    vault = Vault({"k1": secrets.token_bytes(32)}, "k1", secrets.token_bytes(32))
    client = node_client(tls / "authority.pem", tls / "client.pem", tls / "client.key")
    providers: dict[str, Any] = {MARRIAGE.id: Dying("civil-node", os.environ["PEER"], keys, client)}
    exchange = Exchange(database, GrantBook({MARRIAGE.id: MARRIAGE}, MaskKeys(vault)), keys, vault, providers)
    await exchange.call(
        Call(region=REGION, message=f"dying-{datetime.now(UTC):%H%M%S%f}", consumer=POLICE, subsystem="counter",
             provider=CIVIL, resource=MARRIAGE, match={"id_number": FANG}, fields=["name"], issue="1")
    )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main())
