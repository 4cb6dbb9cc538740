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
from tongban.cases.kernel import Kernel
from tongban.cli.http_stage import HttpStage
from tongban.jobs.timers import keep_time

FILES = ("suspension", "extension", "transfer", "ends", "delivery", "silent-department")
BIRTH = next(pack for pack, _ in TOLD if pack.manifest.id == "birth")
ACTED = [story for name in FILES for story in BIRTH.stories[name]]


@asynccontextmanager
async def _jobs(kernel: Kernel) -> AsyncIterator[None]:
    """What the jobs process does beside the server."""
    stop = asyncio.Event()

    async def same(_: Connection) -> Kernel:
        return kernel

    working = asyncio.create_task(keep_time(kernel.database, same, stop))
    try:
        yield
    finally:
        stop.set()
        await working


@pytest.mark.parametrize("story", ACTED, ids=[story.it for story in ACTED])
async def test_a_story_with_special_acts_comes_true_through_the_api(api: Program, story: Story) -> None:
    world = api.world
    version = world.kernel.catalogue.journey("birth")
    region = world.kernel.directory.region(REGION)
    roles = {role: department.id for department in region.departments for role in department.roles}
    stage = HttpStage(api.client, version.journey, REGION, world.people, roles)
    async with _jobs(world.kernel):
        played = await play(story, stage, version)
    assert played.failures == ()


def test_there_are_such_stories() -> None:
    assert len(ACTED) > 10
