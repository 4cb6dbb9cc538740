"""Whatever happens in any story, every act that the law asks a paper for gets one, and the paper says what it must."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.conftest import Template
from tests.licences.cast import FONTS
from tests.packs.test_stories import TOLD

from tongban.assembly.definitions import Pack, Story
from tongban.assembly.playing import Played
from tongban.assembly.playing import play as really_play
from tongban.cases.actions import notices
from tongban.cases.kernel import Kernel
from tongban.cases.papers.kinds import NOTICES, kind_of
from tongban.cases.papers.words import compose
from tongban.cli.kernel_stage import KernelStage
from tongban.cli.stories import Rehearsal
from tongban.connectors.notices import render_notice
from tongban.connectors.typesetting import Typesetter
from tongban.services.catalogue import JourneyVersion

TYPESETTER = Typesetter([FONTS])


@pytest.fixture(scope="module")
async def rehearsal(template: Template) -> AsyncIterator[Rehearsal]:
    """All packs installed together, as on a node."""
    address = template.copy()
    kernel = template.world(address).kernel
    await kernel.database.open()
    yield replace(template.rehearsal, kernel=kernel)
    await kernel.database.close()
    template.drop(address)


async def papers_of(kernel: Kernel) -> tuple[dict[str, str], dict[str, str]]:
    """By event: the papers that were due, and those that were ordered and written, before the story is undone."""
    async with kernel.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT c.region, c.id AS case_id, e.id, e.kind, e.task, e.detail, c.pack, c.version, c.journey"
            " FROM case_events e JOIN cases c ON c.region = e.region AND c.id = e.case_id"
            " WHERE c.account IS NOT NULL ORDER BY e.at, e.id"
        )
        due, written = {}, {}
        for row in await cursor.fetchall():
            item = notices.item_of(kernel.catalogue.pinned(row.pack, row.version, row.journey), row.task)
            kind = kind_of(row.kind, row.detail, item.type if item else None)
            if kind is not None:
                due[str(row.id)] = kind
            number = await notices.order(connection, kernel, row.region, row.case_id, row.id)
            if number is None:
                continue
            found = await notices.to_write(connection, kernel, row.region, row.case_id, row.id)
            assert found is not None
            paper = compose(found.told)
            assert paper.number == number and number.startswith(found.issuer.short)
            assert render_notice(TYPESETTER, paper, found.issuer.name, demonstration=True).startswith(b"%PDF")
            written[str(row.id)] = paper.kind
        return due, written


@pytest.mark.parametrize(("pack", "story"), TOLD, ids=[f"{pack.manifest.id}: {story.it}" for pack, story in TOLD])
async def test_every_act_of_the_story_that_needs_a_paper_has_one(
    rehearsal: Rehearsal, pack: Pack, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[dict[str, str], dict[str, str]]] = []

    async def play_and_look(story: Story, stage: KernelStage, version: JourneyVersion) -> Played:
        played = await really_play(story, stage, version)
        found.append(await papers_of(stage.kernel))
        return played

    monkeypatch.setattr("tongban.cli.stories.play", play_and_look)
    await rehearsal.play(story.journey or pack.journeys[0].id, story)
    ((due, written),) = found
    assert written == due
    assert set(due.values()) <= {*NOTICES.values(), "decline"}
