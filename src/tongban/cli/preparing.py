"""Bring a database to what this version needs: migrations, queue, packs. Called by ``run`` and ``serve`` at each start.

Kept apart from them so that they can say what they do before the larger libraries are loaded.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from psycopg.rows import namedtuple_row

from tongban.assembly.definitions import Story
from tongban.assembly.errors import PackRefused
from tongban.assembly.installing import Plan, install, load_installed, read_installed
from tongban.assembly.platform import Platform
from tongban.basics.database import Connection
from tongban.basics.migrate import Kind, migrate
from tongban.basics.vault import Vault
from tongban.cli.errors import DatabaseUnreachable
from tongban.cli.pack import fault_text
from tongban.cli.seeding import propose_all_grants, seed_demonstration
from tongban.jobs.queue import install_queue

Say = Callable[[str], None]
MOST_FAULTS = 10
"""Faults of packs that are told one by one; ``tongban pack check`` tells all."""


async def prepare_demonstration(
    conninfo: str, vault: Vault, folders: Sequence[Path], say: Say
) -> tuple[bool, Platform]:
    """Migrate, install the packs in ``folders``, seed. Returns whether people were seeded now, and the platform."""
    async with _migrated(conninfo, "demonstration", say) as connection:
        done = await _install(connection, folders, say)
        for step in done.steps if done else ():
            say(f"安装应用包 {step.pack.manifest.id} {step.pack.manifest.version}")
        platform = await load_installed(connection)
        first = await seed_demonstration(connection, vault, platform)
        if first:
            say(f"载入 {len(platform.seeds.people)} 位虚构人物")
        await propose_all_grants(connection, platform)
        return first, platform


async def _install(connection: Connection, folders: Sequence[Path], say: Say) -> Plan | None:
    try:
        return await install(connection, folders)
    except PackRefused as refused:
        for fault in refused.faults[:MOST_FAULTS]:
            say(fault_text(Path(), fault))
        raise


async def prepare_neighbour(conninfo: str, folders: Sequence[Path], say: Say) -> None:
    """Migrate, install and propose grants in a second node of a demonstration. Nobody is seeded: it has no people."""
    async with _migrated(conninfo, "demonstration", lambda _: None) as connection:
        say(f"准备第二个节点 {connection.info.dbname}")
        await _install(connection, folders, say)
        await propose_all_grants(connection, await load_installed(connection))


async def prepare_production(conninfo: str, say: Say) -> Platform:
    """Migrate and propose the grants that installed packs need. Raises ``WrongKind`` for a demonstration."""
    async with _migrated(conninfo, "production", say) as connection:
        platform = await load_installed(connection)
        await propose_all_grants(connection, platform)
        return platform


async def installed_story(conninfo: str, pack_id: str, name: str) -> tuple[str, Story] | None:
    """The journey and the first story of ``name`` in an installed pack, or None."""
    async with await _connect(conninfo) as connection:
        packs = (await read_installed(connection)).current()
    for pack in packs:
        if pack.manifest.id == pack_id and pack.stories.get(name):
            story = pack.stories[name][0]
            return story.journey or pack.journeys[0].id, story
    return None


@asynccontextmanager
async def _migrated(conninfo: str, kind: Kind, say: Say) -> AsyncIterator[Connection]:
    try:
        for name in await asyncio.to_thread(migrate, conninfo, kind):
            say(f"数据库迁移 {name}")
        await install_queue(conninfo)
        connection = await _connect(conninfo)
    except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege) as error:
        raise DatabaseUnreachable(reason=" ".join(str(error).split())) from error
    async with connection:
        yield connection


async def _connect(conninfo: str) -> Connection:
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True, row_factory=namedtuple_row)
