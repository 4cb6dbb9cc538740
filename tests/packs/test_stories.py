"""Every story that the packs tell comes true on the kernel itself: one acceptance test a story."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from msgspec import structs
from tests.conftest import Template
from tests.world import PACKS

from tongban.assembly.definitions import Pack, Story
from tongban.assembly.reading import read_pack
from tongban.cli.stories import Rehearsal

FOUND = [read_pack(manifest.parent).draft for manifest in sorted(PACKS.glob("*/pack.yaml"))]
TOLD = [(pack, story) for pack in FOUND for _, stories in sorted(pack.stories.items()) for story in stories]


@pytest.fixture(scope="module")
async def rehearsal(template: Template) -> AsyncIterator[Rehearsal]:
    """All packs installed together, as on a node."""
    address = template.copy()
    kernel = template.world(address).kernel
    await kernel.database.open()
    yield replace(template.rehearsal, kernel=kernel)
    await kernel.database.close()
    template.drop(address)


@pytest.mark.parametrize(("pack", "story"), TOLD, ids=[f"{pack.manifest.id}: {story.it}" for pack, story in TOLD])
async def test_the_story_comes_true(rehearsal: Rehearsal, pack: Pack, story: Story) -> None:
    played = await rehearsal.play(story.journey or pack.journeys[0].id, story)
    assert played.failures == ()


def test_every_pack_with_a_journey_tells_stories() -> None:
    silent = [pack.manifest.id for pack in FOUND if pack.journeys and not pack.stories]
    assert FOUND and silent == []


async def test_a_story_leaves_nothing_behind(rehearsal: Rehearsal) -> None:
    pack, story = TOLD[0]
    await rehearsal.play(story.journey or pack.journeys[0].id, story)
    async with rehearsal.kernel.database.connection() as connection:
        cursor = await connection.execute("SELECT (SELECT count(*) FROM cases) + (SELECT count(*) FROM look_ups)")
        assert await cursor.fetchone() == (0,)


async def test_a_story_that_is_not_so_fails_at_its_sentence(rehearsal: Rehearsal) -> None:
    pack = next(pack for pack in FOUND if pack.manifest.id == "birth")
    story = next(s for _, stories in sorted(pack.stories.items()) for s in stories)
    lie = replace_then(story, "case.state = 'withdrawn'")
    played = await rehearsal.play("birth", lie)
    assert [failure.line for failure in played.failures] == ["case.state = 'withdrawn'"]


def replace_then(story: Story, line: str) -> Story:
    """``story`` with ``line`` as all that must be true afterwards."""
    return structs.replace(story, then=[line])
