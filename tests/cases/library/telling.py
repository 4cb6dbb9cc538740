"""Play a pack's story and read what it leaves for the library, before the story's transaction is undone."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.world import PACKS

from tongban.assembly.definitions import Pack, Story
from tongban.assembly.playing import Played, play
from tongban.assembly.reading import read_pack
from tongban.basics.outbox import drain
from tongban.cases.library.batches import Entry
from tongban.cases.library.feed import entries_after
from tongban.cases.library.writing import note, write_all
from tongban.cli import stories
from tongban.cli.kernel_stage import KernelStage
from tongban.cli.stories import Rehearsal

FOUND = [read_pack(manifest.parent).draft for manifest in sorted(PACKS.glob("*/pack.yaml"))]
TOLD: list[tuple[Pack, Story]] = [
    (pack, story) for pack in FOUND for _, found in sorted(pack.stories.items()) for story in found
]
Look = Callable[[KernelStage], Awaitable[Any]]


def story(pack: str, file: str, number: int = 0) -> tuple[str, Story]:
    """Journey and story ``number`` of ``packs/<pack>/tests/<file>.yaml``."""
    found = next(one for one in FOUND if one.manifest.id == pack)
    told = found.stories[file][number]
    return told.journey or found.journeys[0].id, told


async def played_and_seen(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, journey: str, told: Story, look: Look
) -> Any:
    """What ``look`` finds at the end of the story, which must come true."""
    seen: list[Any] = []

    async def then(one: Story, stage: Any, version: Any) -> Played:
        played = await play(one, stage, version)
        seen.append(await look(stage))
        return played

    monkeypatch.setattr(stories, "play", then)
    assert (await rehearsal.play(journey, told)).failures == ()
    return seen[0]


async def entries(stage: KernelStage) -> list[Entry]:
    """Drain the outbox, write the feed, read all of it."""
    kernel = stage.kernel
    async with kernel.database.connection() as connection:
        cursor = await connection.execute("SELECT DISTINCT topic FROM outbox")
        topics = [row.topic for row in await cursor.fetchall()]
        table = {topic: note for topic in topics if topic.partition(".")[0] in ("case", "task", "question")}
        while await drain(connection, table):
            continue
        await write_all(connection, kernel)
        cursor = await connection.execute("SELECT error FROM library_due")
        assert await cursor.fetchall() == []
        return await entries_after(connection, kernel.vault, stage.region, 0, 500)


async def kinds(stage: KernelStage) -> set[str]:
    """Every kind of event that happened."""
    async with stage.kernel.database.connection() as connection:
        cursor = await connection.execute("SELECT DISTINCT kind FROM case_events")
        return {row.kind for row in await cursor.fetchall()}
