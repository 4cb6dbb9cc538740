"""``tongban pack test``: play every story of a pack against the real kernel and a real database.

A private embedded PostgreSQL is started for it and thrown away; nothing of a running node is touched.
"""

import asyncio
import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row
from rich.console import Console

from tongban.assembly.definitions import Pack, Records, Story
from tongban.assembly.installing import install, load_installed, read_installed
from tongban.assembly.loading import required_nearby
from tongban.assembly.platform import Platform
from tongban.assembly.playing import Played, play
from tongban.assembly.record_provider import RecordProvider
from tongban.basics.calendar import local_day
from tongban.basics.database import Connection, Database
from tongban.basics.migrate import migrate
from tongban.cases.kernel import Kernel
from tongban.cli.compose import kernel_of
from tongban.cli.home import Home
from tongban.cli.kernel_stage import KernelStage, people_by_name
from tongban.cli.seeding import propose_all_grants, seed_demonstration
from tongban.connectors.embedded_postgres import temporary_postgres
from tongban.licences.actions import find, revoke
from tongban.parties.actions import person_key

ORIGIN = "rehearsal.invalid/log"


class _Undo(Exception):
    """Leaves a story's transaction, so that nothing of it stays."""


def test(*folders: Path) -> None:
    """Play all stories of the packs in the folders; exit 1 when a sentence does not hold.

    Parameters
    ----------
    folders
        Pack folders; packs they require are found beside them.
    """
    console = Console()
    with temporary_postgres() as conninfo, TemporaryDirectory() as home:
        played = asyncio.run(play_packs(conninfo, Path(home), folders))
    for one in played:
        console.print(f"[{'green' if one.passed else 'red'}]{'✓' if one.passed else '✗'}[/] {one.story}")
        for failure in one.failures:
            console.print(f"    {failure.line}\n      {failure.found}", markup=False)
    failed = sum(not one.passed for one in played)
    console.print(f"{len(played) - failed} passed, {failed} failed")
    if failed or not played:
        sys.exit(1)


async def play_packs(conninfo: str, home: Path, folders: Sequence[Path]) -> list[Played]:
    """Migrate the empty database, install the packs and play every story, each in a transaction of its own."""
    rehearsal = await prepare_rehearsal(conninfo, home, folders)
    try:
        return [await rehearsal.play(journey, story) for journey, story in rehearsal.stories]
    finally:
        await rehearsal.kernel.database.close()


@dataclass(frozen=True)
class Rehearsal:
    """An installed set of packs, ready to play stories one by one. ``stories``: journey and story."""

    kernel: Kernel
    platform: Platform
    accounts: Mapping[str, UUID]
    stories: Sequence[tuple[str, Story]]

    async def play(self, journey: str, story: Story) -> Played:
        """Play one story and roll everything back."""
        kernel = replace(self.kernel, providers=_providers(self.platform.seeds.records, story))
        people = people_by_name(self.platform.seeds.people)
        region = next(iter(kernel.directory.regions))
        stage = KernelStage(kernel, kernel.catalogue.journey(journey), region, self.accounts, people)
        played: list[Played] = []
        try:
            async with kernel.database.one_transaction(rehearsal=True) as connection:
                if story.on is not None:
                    await stage.go_to(story.on)
                for removed in story.remove:
                    if "licence" in removed:
                        holder = people[removed.get("holder", story.applicant)].id_number
                        await _take_licence(connection, stage, removed["licence"], holder)
                played.append(await play(story, stage, stage.version))
                raise _Undo
        except _Undo:
            return played[0]


def _providers(records: Sequence[Records], story: Story) -> dict[str, RecordProvider]:
    day = story.on or local_day(dt.datetime.now(dt.UTC))
    providers = {one.resource: RecordProvider(one.on(day)) for one in records}
    for removed in story.remove:
        if "resource" in removed:
            name = removed["resource"]
            providers[name] = providers[name].without(removed.get("where", {}))
    for fault in story.faults:
        providers[fault.resource] = providers[fault.resource].failing(fault.kind)
    return providers


async def _take_licence(connection: Connection, stage: KernelStage, kind: str, id_number: str) -> None:
    kernel = stage.kernel
    held = await find(connection, kernel.vault, person_key(kernel.vault, id_number), kind)
    if held is not None:
        now = await stage.now()
        await revoke(connection, kernel.vault, held.region, held.id, "removed for a story", now, by="story")


async def prepare_rehearsal(
    conninfo: str, home: Path, folders: Sequence[Path], begins: dt.datetime | None = None
) -> Rehearsal:
    """Everything a story needs: in the empty database at ``conninfo``, with keys in ``home``.

    ``begins``: the moment at which all of it is made, so that nothing of it lies in the future when time is set to one
    that is past; by default now.
    """
    await asyncio.to_thread(migrate, conninfo, "demonstration")
    place = Home(home)
    vault, signer = place.vault(), place.signer(ORIGIN)
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        if begins is not None:
            await connection.execute("INSERT INTO demonstration_time (ahead) VALUES (%s - clock_timestamp())", [begins])
        await install(connection, with_required(folders))
        platform = await load_installed(connection)
        packs = (await read_installed(connection)).current()
        await seed_demonstration(connection, vault, platform)
        await propose_all_grants(connection, platform)
        cursor = await connection.execute("SELECT p.name, a.id FROM accounts a JOIN persons p ON p.id = a.person")
        accounts: dict[str, UUID] = dict(await cursor.fetchall())
    database = Database(conninfo, size=3)
    await database.open()
    kernel = kernel_of(platform, database, vault, signer, {})
    wanted = {folder.resolve().name for folder in folders}
    return Rehearsal(kernel, platform, accounts, _stories([p for p in packs if p.manifest.id in wanted]))


def _stories(packs: Sequence[Pack]) -> list[tuple[str, Story]]:
    return [
        (story.journey or pack.journeys[0].id, story)
        for pack in packs
        for _, stories in sorted(pack.stories.items())
        for story in stories
    ]


def with_required(folders: Sequence[Path]) -> list[Path]:
    """``folders`` and, before them, what they need from beside them: required packs, and regions to play in.

    Stories play in the first region; they may hand a case over to another.
    """
    own = {folder.resolve().name: folder for folder in folders}
    places = _beside(folders)
    if not any((folder / "regions").is_dir() for folder in [*places, *folders]):
        regions = [place.parent for folder in folders for place in sorted(folder.resolve().parent.glob("*/regions"))]
        places += [*_beside(regions), *regions]
    return [*dict.fromkeys(place for place in places if place.name not in own), *own.values()]


def _beside(folders: Sequence[Path]) -> list[Path]:
    """The folders of packs that ``folders`` require, and theirs."""
    near = [pack.manifest.id for pack in required_nearby(folders)]
    places = [folder.resolve().parent / name for name in near for folder in folders]
    return [place for place in places if place.is_dir()]
