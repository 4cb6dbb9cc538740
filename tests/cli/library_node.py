"""The two sides of the case library as real processes: a node's web and jobs, and receivers of another institution."""

import asyncio
import datetime as dt
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import namedtuple_row
from tests.cli.conftest import TONGBAN, free_port, soon
from tests.world import MONDAY, PACKS, REGION, World

from tongban.assembly.record_provider import RecordProvider
from tongban.basics.calendar import CST
from tongban.basics.database import Database
from tongban.basics.key_file import load_or_create
from tongban.cases.library.batches import Entry
from tongban.cases.library.definitions import LEAVING
from tongban.cases.library.feed import entries_after
from tongban.cli.library_store import LibraryStore
from tongban.cli.node_group import SERVER
from tongban.cli.stories import ORIGIN, prepare_rehearsal
from tongban.jobs.queue import install_queue
from tongban.web.listener import arguments

SECONDS = 60.0


@dataclass
class LibraryNode:
    """One database with the packs and people in it, and the processes that serve it. ``port``: where web listens."""

    conninfo: str
    home: Path
    world: World
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the web answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a command speak of this node."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_")}
        own = {"HOME": self.home, "DATABASE_URL": _address(self.conninfo), "LOG_ORIGIN": ORIGIN, "PORT": self.port}
        return {**kept, **{f"TONGBAN_{name}": str(value) for name, value in own.items()}, "LANG": "en_US.UTF-8"}

    def start(self, *kinds: str) -> None:
        """Start ``web`` and ``jobs``, or one of them; wait until the web answers."""
        for kind in kinds:
            with (self.home / f"{kind}.out").open("ab") as output:
                self.running[kind] = subprocess.Popen(
                    self._command(kind), env=self.environment, stdout=output, stderr=output, start_new_session=True
                )
        if "web" in kinds:
            assert soon(self._answers, SECONDS), (self.home / "web.out").read_text()[-2000:]

    def _command(self, kind: str) -> Sequence[str]:
        if kind == "jobs":
            return (*TONGBAN, "jobs")
        return (*SERVER, *arguments("tongban.cli.web_process:application", "127.0.0.1", self.port))

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def last_words(self) -> str:
        """The end of what the processes printed, and what still waits."""
        waits = self.rows("SELECT attempts, error FROM library_due")
        waits += self.rows("SELECT topic, attempts, error FROM outbox")
        return f"{waits}\n{(self.home / 'jobs.out').read_text()[-3000:]}"

    def kill(self, kind: str) -> None:
        """Kill -9 one of them, with everything it started."""
        process = self.running.pop(kind)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End everything."""
        for kind in list(self.running):
            self.kill(kind)

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the node to its end."""
        return subprocess.run(
            [*TONGBAN, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """What the database answers."""
        with psycopg.connect(self.conninfo, autocommit=True, row_factory=namedtuple_row) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def written(self) -> bool:
        """Whether every event that leaves records has left exactly one process record."""
        (row,) = self.rows(
            "SELECT count(*) FILTER (WHERE n = 1) AS once, count(*) AS all FROM (SELECT e.id, (SELECT count(*) FROM"
            " library_records r WHERE r.region = e.region AND r.event_id = e.id AND r.kind = 'process') AS n"
            " FROM case_events e WHERE e.kind = ANY(%(kinds)s)) counted",
            kinds=list(LEAVING),
        )
        return bool(row.once == row.all)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[World]:
        """The world over a store of its own, for the people who act."""
        database = Database(self.conninfo, size=2)
        await database.open()
        try:
            yield replace(self.world, kernel=replace(self.world.kernel, database=database), secrets={})
        finally:
            await database.close()

    def feed(self) -> list[Entry]:
        """Everything in the feed, read from the database and opened with the node's own key."""

        async def read() -> list[Entry]:
            address = self.conninfo
            async with await psycopg.AsyncConnection.connect(address, row_factory=namedtuple_row) as connection:
                vault, found = load_or_create(self.home / "keys" / "vault.json"), list[Entry]()
                while page := await entries_after(connection, vault, REGION, found[-1].position if found else 0, 500):
                    found += page
                return found

        return [entry.sealed() for entry in asyncio.run(read())]


def _address(conninfo: str) -> str:
    """``conninfo`` as the URL that settings take."""
    parts = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value is not None}
    return f"postgresql://{parts.pop('user', '')}@/{parts.pop('dbname')}?{urlencode(parts)}"


def make_node(conninfo: str, home: Path) -> LibraryNode:
    """A node on an empty database, with the district and the birth journey; Monday, nine o'clock."""

    async def prepare() -> World:
        begins = dt.datetime.combine(MONDAY, dt.time(8), CST)
        rehearsal = await prepare_rehearsal(conninfo, home, [PACKS / "xiacheng", PACKS / "birth"], begins)
        await install_queue(conninfo)
        platform = rehearsal.platform
        rehearsal.kernel.providers.update(  # type: ignore[attr-defined]
            {one.resource: RecordProvider(one) for one in platform.seeds.records}
        )
        people = {person.name: person for person in platform.seeds.people}
        world = World(rehearsal.kernel, platform, people, rehearsal.accounts)
        await world.go_to(MONDAY)
        await rehearsal.kernel.database.close()
        return world

    return LibraryNode(conninfo, home, asyncio.run(prepare()))


@dataclass
class Receiving:
    """An institution that receives: its folder, and the token it was given."""

    folder: Path
    token: str

    @property
    def storage(self) -> Path:
        """Where it keeps the records."""
        return self.folder / "storage"

    def words(self, verb: str, url: str, *more: str) -> list[str]:
        """The command line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        token = self.folder / "token"
        token.write_text(self.token)
        return [*TONGBAN, "library", verb, "--from", url, "--token-file", str(token),
                "--storage", str(self.storage), *more]  # fmt: skip

    def run(self, verb: str, url: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Run to the end. Nothing of the node's settings is known here."""
        words, environment = self.words(verb, url, *more), self.environment
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=180)

    def start(self, url: str, *more: str) -> subprocess.Popen[bytes]:
        """Start receiving for ever."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "out").open("ab") as output:
            words = self.words("receive", url, *more)
            return subprocess.Popen(words, env=self.environment, stdout=output, stderr=output, start_new_session=True)

    @property
    def environment(self) -> dict[str, str]:
        """No setting of the node."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_")}
        return {**kept, "LANG": "en_US.UTF-8", "TONGBAN_HOME": str(self.folder / "home")}

    def kept(self) -> list[Entry]:
        """Everything it keeps, in order."""
        store = LibraryStore(self.storage)
        try:
            return list(store.entries(0, 2**53))
        finally:
            store.close()


def within(seconds: float, condition: Callable[[], bool], last_words: Callable[[], str] = str) -> None:
    """Wait for ``condition``; ``last_words`` say what else is known when it does not come about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, last_words()
        time.sleep(0.05)
