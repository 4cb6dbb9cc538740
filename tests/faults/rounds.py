"""One round: a node under load, a killer at work, then the checker. Called by the tests of this folder."""

import asyncio
import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row

from tongban.basics.codes.invented import invented_resident_id
from tongban.basics.key_file import load_or_create
from tongban.basics.vault import Vault
from tongban.parties.actions import open_session, register
from tongban.parties.models import Particulars

from .checker import Outage, check
from .clients import REGION, Applicant, Load
from .node import Kind, Node
from .told import Told

APPLICANTS = 8
HANDLERS = {"intake": "liwei", "site_check": "zhoumin", "permit": "liwei"}


@dataclass
class Played:
    """What a round left: what clients were told, when the node was down, what is wrong."""

    told: Told = field(default_factory=Told)
    outages: list[Outage] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    killed: dict[Kind, int] = field(default_factory=dict)

    @property
    def longest_outage(self) -> float:
        """Seconds."""
        return max(((end - begin).total_seconds() for begin, end in self.outages), default=0.0)


async def play(node: Node, kills: Sequence[Kind], seed: int, between: tuple[float, float] = (1.5, 4.0)) -> Played:
    """Load ``node``, kill what ``kills`` says one after the other, stop the load, check."""
    played, luck = Played(), random.Random(seed)
    applicants, handlers = await _people(node)
    load = Load(node.url, played.told, handlers)
    running = asyncio.create_task(load.run(applicants))
    for kind in kills:
        await asyncio.sleep(luck.uniform(*between))
        await _strike(node, kind, played)
    await asyncio.sleep(2.0)
    load.stopping.set()
    await running
    played.faults = await asyncio.to_thread(check, node, played.told, played.outages)
    return played


async def _strike(node: Node, kind: Kind, played: Played) -> None:
    """Kill, and see the node come back; by itself, or started anew when nothing is left of it."""
    begin = dt.datetime.now(dt.UTC)
    played.killed[kind] = played.killed.get(kind, 0) + node.kill(kind)
    await asyncio.sleep(0.3)
    await asyncio.to_thread(node.start if kind == "all" else node.wait_healed)
    played.outages.append((begin, dt.datetime.now(dt.UTC)))


async def _people(node: Node) -> tuple[list[Applicant], dict[str, str]]:
    """Applicants made for this round, and tokens of the officials who decide."""
    vault = load_or_create(node.home / "keys" / "vault.json")
    async with await psycopg.AsyncConnection.connect(
        node.conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        applicants = [await _applicant(connection, vault, number) for number in range(APPLICANTS)]
        tokens = {login: await _token(connection, login) for login in sorted(set(HANDLERS.values()))}
    return applicants, {task: tokens[login] for task, login in HANDLERS.items()}


async def _applicant(connection: Any, vault: Vault, number: int) -> Applicant:
    number_of = invented_resident_id(REGION, date(1985, 1, 1) + dt.timedelta(days=number), 2 * number + 1)
    person = Particulars(
        id_number=number_of, birth_date=date(1985, 1, 1) + dt.timedelta(days=number), sex="male", household=REGION
    )
    account = await register(
        connection, vault, name="钱演练", particulars=person, login=f"drill-{number}", password_hash="none"
    )
    assert account is not None
    return Applicant(str(account), await open_session(connection, account, "token"))


async def _token(connection: Any, login: str) -> str:
    cursor = await connection.execute("SELECT id FROM accounts WHERE login = %s", (login,))
    account: UUID = (await cursor.fetchone()).id
    return await open_session(connection, account, "token")
