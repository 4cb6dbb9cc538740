"""The ground that tests share: one PostgreSQL a worker, a template with the packs, a database of its own a test.

Everything is the real part: kernel, store, packs, calendar. Only the departmental systems are the packs' own
records held in memory, except where a test is about crossing to another process.
"""

import asyncio
import datetime as dt
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from tests.api_client import Program
from tests.two_doors import TwoDoors
from tests.world import MONDAY, PACKS, World
from xdist.remote import Producer
from xdist.scheduler.loadfile import LoadFileScheduling

from tongban.assembly.record_provider import RecordProvider
from tongban.basics.calendar import CST
from tongban.basics.database import Database
from tongban.basics.migrate import migrate
from tongban.cli.stories import Rehearsal, prepare_rehearsal
from tongban.connectors.embedded_postgres import temporary_postgres
from tongban.web.app import create_app
from tongban.web.cached import FrontDoor
from tongban.web.site import Site, WebSettings

BASE = "http://tongban.test"

WALLED = os.environ.get("TONGBAN_SECOND_WALL") != "off"
"""Whether requests of every test meet the second wall, as in a deployment that did not switch it off."""

LONGEST = ("faults", "cli", "browser", "toolchain", "api")
"""Folders whose files take minutes: begun first, so that no worker is left alone with one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files stay whole and in their order, the longest folders before the others."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in LONGEST)


class AroundOneNode(LoadFileScheduling):
    """Files stay whole on a worker, and those that look at the same running node stay together: it begins once."""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePosixPath(super()._split_scope(nodeid))
        return "told" if str(file) in AT_THE_TOLD_NODE else "served" if file.parent.name == "browser" else str(file)


AT_THE_TOLD_NODE = tuple(f"tests/cli/test_{name}.py" for name in ("run", "doctor", "serve"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> AroundOneNode:
    """Which tests go to one worker together."""
    return AroundOneNode(config, log)


def copied(server: str, template: str) -> str:
    """The address of a new database like ``template``. Copying files takes a quarter of what copying by log takes."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return named(server, name)


def named(server: str, database: str) -> str:
    """The URL of ``database`` at ``server``."""
    return urlsplit(server)._replace(path=f"/{database}").geturl()


@dataclass(frozen=True)
class Template:
    """A database with everything installed that tests are copied from. Nobody stays connected to it."""

    server: str
    name: str
    rehearsal: Rehearsal

    def copy(self) -> str:
        """A new database like the template; its address."""
        return copied(self.server, self.name)

    def drop(self, address: str) -> None:
        """Remove a copy."""
        name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
        with psycopg.connect(self.server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def world(self, address: str, size: int = 6, *, walled: bool = WALLED) -> World:
        """The world over a copy; its database is not open yet. ``walled``: requests meet the second wall."""
        platform = self.rehearsal.platform
        providers = {one.resource: RecordProvider(one) for one in platform.seeds.records}
        kernel = replace(
            self.rehearsal.kernel, database=(TwoDoors if walled else Database)(address, size=size), providers=providers
        )
        people = {person.name: person for person in platform.seeds.people}
        return World(kernel, platform, people, self.rehearsal.accounts)

    @asynccontextmanager
    async def opened(self, *, walled: bool = WALLED) -> AsyncIterator[World]:
        """The world over a copy of its own, open, on Monday; the copy goes in the end."""
        address = self.copy()
        found = self.world(address, walled=walled)
        await found.database.open()
        await found.go_to(MONDAY)  # the template was made some minutes ago, and its time goes on
        yield found
        await found.database.close()
        self.drop(address)


MEMORY, ENOUGH = Path("/dev/shm"), 4 * 2**30
"""A file system in memory and how many free bytes it takes: databases are copied there in a third of the time."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server of this worker's own."""
    for left in MEMORY.glob("tongban-pg-*-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():  # of a run that was killed
            shutil.rmtree(left, ignore_errors=True)
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    with temporary_postgres(within=MEMORY if roomy else None) as address:
        yield address


@pytest.fixture(scope="session")
def migrated(postgres: str) -> Callable[[str], str]:
    """The address of a new database with every table and nothing in it; say what it is for."""

    @cache
    def made(purpose: str) -> str:
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {purpose}")
        migrate(named(postgres, purpose), purpose)
        return purpose

    return lambda purpose: copied(postgres, made(purpose))


@pytest.fixture(scope="session")
def template(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Migrated, all packs installed, people seeded, grants made; Monday, nine o'clock."""
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("CREATE DATABASE everything")
    address = named(postgres, "everything")
    rehearsal = asyncio.run(_prepared(address, tmp_path_factory.mktemp("home")))
    return Template(postgres, "everything", rehearsal)


async def _prepared(address: str, home: Path) -> Rehearsal:
    folders = sorted(folder.parent for folder in PACKS.glob("*/pack.yaml"))
    rehearsal = await prepare_rehearsal(address, home, folders, dt.datetime.combine(MONDAY, dt.time(8), CST))
    await World(rehearsal.kernel, rehearsal.platform, {}, {}).go_to(MONDAY)
    await rehearsal.kernel.database.close()
    return rehearsal


@pytest.fixture
async def world(template: Template) -> AsyncIterator[World]:
    """A platform of the test's own."""
    async with template.opened() as found:
        yield found


@pytest.fixture(scope="session")
def node_site(template: Template) -> Site:
    """The site of a demonstration node; a test's own kernel is put into it."""
    settings = WebSettings(
        base_url=BASE,
        secret="a secret of thirty-two characters",
        demonstration=True,
        verifier_keys=f"{template.rehearsal.kernel.signer.verifier}\n",
    )
    return Site(template.rehearsal.kernel, settings)


@pytest.fixture(scope="session")
def door(node_site: Site) -> FrontDoor:
    """The application that the server runs."""
    return create_app(node_site)


@pytest.fixture
async def api(world: World, node_site: Site, door: FrontDoor) -> AsyncIterator[Program]:
    """A program that calls the API of the test's own platform as any of the cast."""
    node_site.kernel = world.kernel
    transport = httpx.ASGITransport(app=door, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield Program(client, world)
