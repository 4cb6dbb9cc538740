"""Stories with special acts come true through the API as they do on the kernel: one vocabulary, two stages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.api_client import Program
from tests.packs.test_stories import TOLD
from tests.world import REGION

from tongban.assembly.definitions import Story
from tongban.assembly.playing import play
from tongban.basics.database import Connection
from tongban.basics.outbox import drain
from tongban.cases.actions.elsewhere import relays
from tongban.cases.kernel import Kernel
from tongban.cli.http_stage import HttpStage, roles_of
from tongban.jobs.timers import keep_time

FILES = ("suspension", "extension", "transfer", "ends", "delivery", "silent-department", "other-region", "level")
BIRTH = next(pack for pack, _ in TOLD if pack.manifest.id == "birth")
ACTED = [story for name in FILES for story in BIRTH.stories[name]]
SOON = [BIRTH.stories[name][0] for name in ("transfer", "ends", "delivery", "level")]
"""Told with every run of the tests; the others, which the kernel's stage tells each time, with the long ones."""


@asynccontextmanager
async def _jobs(kernel: Kernel) -> AsyncIterator[None]:
    """What the jobs process does beside the server."""
    stop = asyncio.Event()

    async def same(_: Connection) -> Kernel:
        return kernel

    async def follow() -> None:
        while not stop.is_set():
            async with kernel.database.connection() as connection:
                await drain(connection, relays(same))
            await asyncio.sleep(0.05)

    working = [asyncio.create_task(keep_time(kernel.database, same, stop)), asyncio.create_task(follow())]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*working)


@pytest.mark.parametrize(
    "story",
    [pytest.param(story, id=story.it, marks=() if story in SOON else pytest.mark.long) for story in ACTED],
)
async def test_a_story_with_special_acts_comes_true_through_the_api(api: Program, story: Story) -> None:
    world = api.world
    version = world.kernel.catalogue.journey("birth")
    stage = HttpStage(api.client, version.journey, REGION, world.people, roles_of(world.kernel.directory))
    async with _jobs(world.kernel):
        played = await play(story, stage, version)
    assert played.failures == ()


def test_there_are_such_stories() -> None:
    assert len(ACTED) > 10
