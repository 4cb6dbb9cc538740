"""What the second wall, the checkpoint and encryption cost: signed-in pages and a submission, each with and without.

In one process, through the application that the server runs, without the network: the same request goes in turn to a
site whose connections meet the wall and to one whose do not, to one whose checkpoint says yes to everything, and to one
whose vault opens and seals nothing (what is sealed already lies open in memory beside it). The figures are ratios of
the processor time of a request, server included, as medians in one run that takes turns request by request, with
everything on one processor: what else the machine does falls less on those. Run by ``make bench BENCH=access``.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from content import DRAFT, REGION, Content, browser_session, invented, token
from psycopg import sql
from psycopg.rows import namedtuple_row
from rich.console import Console
from rich.table import Table

from tongban.assembly.installing import load_installed
from tongban.basics.database import Database
from tongban.basics.vault import SealBroken, Vault
from tongban.cli.compose import kernel_of
from tongban.cli.sealed import SEALED
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.parties.access import policy
from tongban.web.app import create_app
from tongban.web.cached import FrontDoor
from tongban.web.site import Site, WebSettings

HANDLER, APPLICANT = "liwei", "wangfang"
MOST_OVER = 1.10
"""The goal: with the wall at most this many times the time without it."""
KINDS = ("wall", "no wall", "no checkpoint", "no encryption")
Ask = Callable[[FrontDoor, int], Awaitable[None]]
console = Console(highlight=False, soft_wrap=True, width=130)


async def called(door: FrontDoor, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
    """One request to the application; its status."""
    status = 0
    place, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": place, "raw_path": place.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"bench"), *((k.encode(), v.encode()) for k, v in headers.items())],
        "client": ("127.0.0.1", 1), "server": ("bench", 80), "state": {}, "extensions": {},
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await door(scope, receive, send)  # type: ignore[arg-type]
    return status


def reading(path: str, secret: str) -> Ask:
    """A page as whoever has this session."""

    async def ask(door: FrontDoor, number: int) -> None:
        status = await called(door, "GET", path, {"cookie": f"tongban_session={secret}"})
        assert status == 200, (path, status)

    return ask


def submitting(revision: int) -> Ask:
    """A submission of the ``number``-th applicant, whose draft has this revision."""
    body = f'{{"revision":{revision}}}'.encode()

    async def ask(door: FrontDoor, number: int) -> None:
        headers = {
            "authorization": f"Bearer {token(number)}", "content-type": "application/json",
            "idempotency-key": f"bench-key-{number}", "content-length": str(len(body)),
        }  # fmt: skip
        path = f"/api/v1/drafts/{REGION}/{invented(DRAFT, number)}/submission"
        status = await called(door, "POST", path, headers, body)
        assert status == 201, status

    return ask


@contextmanager
def without_policy() -> Iterator[None]:
    """The checkpoint answers yes without looking."""
    standing = dict(policy._declared)
    for name, compiled in standing.items():
        policy._declared[name] = policy.Compiled(
            compiled.action, compiled.noun, tuple((relation, _yes) for relation, _ in compiled.relations)
        )
    try:
        yield
    finally:
        policy._declared.update(standing)


def _yes(actor: object, subject: object) -> bool:
    return True


class Unsealed(Vault):
    """A vault that encrypts nothing: ``opened`` says what stands in the envelopes that the database holds already."""

    def __init__(self, vault: Vault, opened: dict[bytes, bytes]) -> None:
        self._held, self._opened = vault._held, opened

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """The plaintext, kept to be found again."""
        self._opened[plaintext] = plaintext
        return plaintext

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """What was sealed."""
        return self._opened[bytes(sealed)]


async def opened(conninfo: str, vault: Vault) -> dict[bytes, bytes]:
    """Every sealed value of the database → what it holds; past cases that were copied hold nothing that opens."""
    found = {}
    async with await psycopg.AsyncConnection.connect(conninfo, row_factory=namedtuple_row) as connection:
        for one in SEALED:
            names = sql.SQL(", ").join(map(sql.Identifier, dict.fromkeys((*one.key, *one.bound))))
            place = {"names": names, "value": sql.Identifier(one.column), "table": sql.Identifier(one.table)}
            statement = sql.SQL("SELECT {names}, {value} AS held FROM {table} WHERE {value} IS NOT NULL")
            rows = await connection.execute(statement.format(**place))
            async for row in rows:
                with suppress(SealBroken):
                    found[bytes(row.held)] = vault.open(row.held, one.context(row))
    return found


def on_processor(pid: int) -> float:
    """Seconds that a process was on a processor, to the nanosecond."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return 0.0


async def compared(ask: Ask, doors: dict[str, FrontDoor], times: int, postgres: EmbeddedPostgres) -> dict[str, float]:
    """Median processor seconds of a request, server included, by kind of site. They take turns request by request,
    because the machine's own speed changes within seconds; the first tenth warms.
    """
    found: dict[str, list[float]] = {name: [] for name in doors}
    for turn in range(times):
        for place, (name, door) in enumerate(doors.items()):
            with without_policy() if name == "no checkpoint" else nullcontext():
                server = sum(map(on_processor, postgres.processes()))
                began = time.process_time()
                await ask(door, turn * len(doors) + place)
                took = time.process_time() - began
                server = sum(map(on_processor, postgres.processes())) - server
            if turn >= times // 10:
                found[name].append(took + server)
    return {name: statistics.median(each) for name, each in found.items()}


async def measured(
    conninfo: str, content: Content, times: int, postgres: EmbeddedPostgres
) -> dict[str, dict[str, float]]:
    """Medians by what is asked and kind of site."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        platform = await load_installed(connection)
        cursor = await connection.execute("SELECT revision FROM drafts WHERE id = %s", (invented(DRAFT, 0),))
        draft = await cursor.fetchone()
    assert draft is not None
    settings = WebSettings("http://bench", "s" * 40, demonstration=True)
    databases = {name: Database(conninfo, size=2, walled=name == "wall") for name in KINDS}
    doors = {}
    for name, database in databases.items():
        await database.open()
        held = content.vault
        vault = Unsealed(held, await opened(conninfo, held)) if name == "no encryption" else held
        doors[name] = create_app(Site(kernel_of(platform, database, vault, content.signer, {}), settings))
    applicant, handler = [await browser_session(conninfo, login) for login in (APPLICANT, HANDLER)]
    asked: dict[str, Ask] = {
        "submission": submitting(draft[0]),
        "her matters": reading("/matters", applicant),
        "his inbox": reading("/desk", handler),
    }
    try:
        return {what: await compared(ask, doors, times, postgres) for what, ask in asked.items()}
    finally:
        for database in databases.values():
            await database.close()


def told(found: dict[str, dict[str, float]]) -> Table:
    """A line for each thing asked."""
    table = Table("ms", *KINDS, "wall ÷ none", "checkpoint ÷ none", "encryption ÷ none")
    for what, times in found.items():
        walled, plain, open_, unsealed = (times[name] for name in KINDS)
        shown = [f"{times[name] * 1000:.2f}" for name in KINDS]
        table.add_row(what, *shown, f"{walled / plain:.3f}", f"{plain / open_:.3f}", f"{plain / unsealed:.3f}")
    return table


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=480)
    given = parser.parse_args()
    # Client and server on one processor: handed from one to another, the same work costs up to twice as much.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as home:
        postgres = EmbeddedPostgres(Path(home) / "postgres", fast=True)
        conninfo = postgres.start()
        try:
            content = Content(conninfo, Path(home), "bench.invalid/log")
            asyncio.run(content.fill(past=2000, waiting=200, ready=len(KINDS) * given.times, copies=0))
            found = uvloop.run(measured(conninfo, content, given.times, postgres))
        finally:
            postgres.stop(immediate=True)
    console.print(told(found))
    worst = max(times["wall"] / times["no wall"] for times in found.values())
    console.print(f"the wall costs at most × {worst:.3f} (bound {MOST_OVER})")
    return 0 if worst <= MOST_OVER else 1


if __name__ == "__main__":
    sys.exit(main())
