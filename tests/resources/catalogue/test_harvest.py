"""Another node harvests what is published: in order, signed, with withdrawals, neither losing nor doubling anything."""

import msgspec
import pytest
from msgspec.structs import replace
from tests.resources.catalogue.test_entries import STAYS, do, published
from tests.world import JING, REGION, WEI, World

from tongban.resources.catalogue import feed, reading
from tongban.resources.catalogue.batches import FeedBatch, verify
from tongban.resources.catalogue.errors import CursorAhead, FeedRefused, HarvesterExists, HarvesterUnknown
from tongban.resources.catalogue.models import Asked

URL = "http://other.invalid"
KEY = "key"


async def token(world: World, name: str = "省平台") -> str:
    async with world.database.connection() as connection:
        return await feed.register(connection, REGION, name)


async def batch(world: World, secret: str, after: int, most: int = 200) -> FeedBatch:
    async with world.database.connection() as connection:
        return await feed.read_batch(connection, world.kernel.signer, world.kernel.directory, secret, after, most)


async def harvested(world: World, secret: str, most: int = 200) -> int:
    """Harvest the node into itself until nothing is newer; how many changes were kept."""
    kept = 0
    while True:
        async with world.database.connection() as connection:
            known = await feed.source(connection, URL)
        found = await batch(world, secret, known.cursor if known else 0, most)
        async with world.database.connection() as connection:
            kept += await feed.keep(connection, URL, KEY, found)
        if found.next >= found.last:
            return kept


async def names(world: World) -> set[str]:
    return {row.name for row in await world.rows("SELECT name FROM catalogue_harvested")}


async def test_everything_published_is_harvested_once_and_found_here(world: World) -> None:
    secret = await token(world)
    assert await harvested(world, secret, 7) >= 80
    here = {row.name for row in await world.rows(
        "SELECT name FROM catalogue_entries WHERE region = %(r)s AND published IS NOT NULL", r=REGION
    )}  # fmt: skip
    assert await names(world) == here
    assert await harvested(world, secret) == 0
    async with world.database.connection() as connection:
        asked = Asked(REGION, words="常住人口")
        found = await reading.harvested(connection, await world.actor(JING), asked)
    assert [line.name for line in found.items] == ["常住人口基本信息"]


async def test_changes_and_withdrawals_follow(world: World) -> None:
    entry, secret = await published(world), await token(world)
    await harvested(world, secret)
    await do(world, WEI, "edit", entry, 1, replace(STAYS, name="改了名的登记信息"))
    await do(world, WEI, "submit", entry)
    await do(world, "吴浩", "publish", entry)
    assert await harvested(world, secret) == 1
    assert "改了名的登记信息" in await names(world) and STAYS.name not in await names(world)
    await do(world, WEI, "withdraw", entry, "登记办法已经废止")
    assert await harvested(world, secret) == 1
    assert "改了名的登记信息" not in await names(world)


async def test_a_batch_that_is_kept_twice_changes_nothing_the_second_time(world: World) -> None:
    secret = await token(world)
    first = await batch(world, secret, 0, 10)
    async with world.database.connection() as connection:
        assert await feed.keep(connection, URL, KEY, first) == 10
        assert await feed.keep(connection, URL, KEY, first) == 0
    assert await world.one("SELECT cursor FROM catalogue_sources") == 10


async def test_what_is_cut_off_leaves_neither_entries_nor_cursor(world: World) -> None:
    secret = await token(world)
    first = await batch(world, secret, 0, 10)
    broken = replace(first, entries=[*first.entries[:-1], replace(first.entries[-1], code=None)])  # type: ignore[arg-type]
    async with world.database.connection() as connection:
        with pytest.raises(Exception, match="null value"):
            await feed.keep(connection, URL, KEY, broken)
    assert await names(world) == set()
    assert await world.one("SELECT count(*) FROM catalogue_sources") == 0
    assert await harvested(world, secret) >= 80


async def test_a_batch_that_was_changed_on_the_way_is_refused(world: World) -> None:
    secret = await token(world)
    sent = await batch(world, secret, 0, 5)
    keys = [world.kernel.signer.verifier]
    verify(sent, keys, 0, REGION)
    changed = replace(sent, entries=[replace(sent.entries[0], provider="别人"), *sent.entries[1:]])
    left_out = replace(sent, entries=[sent.entries[0], *sent.entries[2:]])
    shorter = replace(sent, entries=sent.entries[:-1], next=sent.next - 1)
    for wrong in (changed, left_out, shorter, replace(sent, region="330190"), replace(sent, signature="")):
        with pytest.raises(FeedRefused):
            verify(wrong, keys, 0, REGION)
    with pytest.raises(FeedRefused):
        verify(sent, keys, 1, REGION)
    with pytest.raises(FeedRefused):
        verify(sent, [], 0, REGION)


async def test_a_batch_survives_its_journey_as_json(world: World) -> None:
    sent = await batch(world, await token(world), 0, 50)
    read = msgspec.json.decode(msgspec.json.encode(sent), type=FeedBatch)
    verify(read, [world.kernel.signer.verifier], 0, None)


async def test_without_a_token_nothing_is_read_and_a_revoked_one_ends_at_once(world: World) -> None:
    secret = await token(world)
    with pytest.raises(HarvesterUnknown):
        await batch(world, "somebody's", 0)
    with pytest.raises(HarvesterUnknown):
        await batch(world, await world.secret(JING), 0)
    with pytest.raises(HarvesterExists):
        await token(world)
    async with world.database.connection() as connection:
        await feed.revoke(connection, REGION, "省平台")
    with pytest.raises(HarvesterUnknown):
        await batch(world, secret, 0)


async def test_a_cursor_beyond_the_end_is_refused(world: World) -> None:
    secret = await token(world)
    with pytest.raises(CursorAhead):
        await batch(world, secret, 10**6)


async def test_drafts_and_what_waits_are_never_harvested(world: World) -> None:
    entries = [entry for entry in (await batch(world, await token(world), 0)).entries if entry.content]
    told = {entry.content.name for entry in entries if entry.content}
    hidden = await world.rows("SELECT name FROM catalogue_entries WHERE published IS NULL")
    assert hidden and not told & {row.name for row in hidden}
