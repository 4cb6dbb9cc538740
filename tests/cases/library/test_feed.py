"""The feed itself: written once whatever is repeated, in the order of commits, readable past everybody's failures."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from tests.world import FANG, LEAD, REGION, World

from tongban.basics.ids import new_id
from tongban.basics.outbox import Message
from tongban.cases.library import feed, writing
from tongban.cases.library.batches import Batch, Entry, digest_list, feed_batch, verify
from tongban.cases.library.definitions import LEAVING
from tongban.cases.library.errors import BatchRefused, CursorAhead, NotYours, ReceiverUnknown
from tongban.cases.library.models import Receiver
from tongban.cases.models import INTAKE


async def _note_all(world: World) -> int:
    """What the outbox delivers, delivered: one note an event that leaves records."""
    events = await world.rows(
        "SELECT region, id, case_id, kind FROM case_events WHERE kind = ANY(%(k)s) ORDER BY id", k=list(LEAVING)
    )
    async with world.database.connection() as connection:
        for one in events:
            payload = {"case": str(one.case_id)}
            await writing.note(connection, Message(one.region, one.id, one.kind, payload, 0, await world.now()))
    return len(events)


async def _write(world: World, most: int = writing.BATCH) -> int:
    async with world.database.connection() as connection:
        return await writing.write(connection, world.kernel, most)


@pytest.fixture
async def receiver(world: World) -> AsyncIterator[Receiver]:
    """A registered institution."""
    async with world.database.connection() as connection:
        token = await feed.register(connection, REGION, "省办件库")
        yield await feed.receiver_of(connection, token)


async def _read(world: World, receiver: Receiver, after: int = 0, most: int = 500) -> Batch:
    async with world.database.connection() as connection:
        return await feed.read_batch(connection, world.kernel, receiver, after, most)


async def test_what_is_delivered_and_written_twice_stands_once(world: World, receiver: Receiver) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "refuse")
    assert await _note_all(world) == 2
    assert await _write(world) == 2
    once = await _read(world, receiver)
    assert [(e.kind, e.content["event_name"]) for e in once.entries if e.kind == "process"] == [
        ("process", "1"), ("process", "4"),
    ]  # fmt: skip
    assert await _note_all(world) == 2
    assert await _write(world) == 2 and await _write(world) == 0
    assert (await _read(world, receiver)).entries == once.entries


async def test_a_writer_that_is_cut_off_leaves_everything_to_the_next(world: World, receiver: Receiver) -> None:
    await world.submitted()
    await _note_all(world)

    class Cut(Exception):
        pass

    with pytest.raises(Cut):
        async with world.database.transaction() as connection:
            assert await writing.write(connection, world.kernel) == 1
            raise Cut
    assert (await _read(world, receiver)).entries == []
    assert await _write(world) == 1
    assert [e.position for e in (await _read(world, receiver)).entries] == [1]


async def test_a_reader_passes_over_nothing_while_writers_commit_and_fail_at_once(
    world: World, receiver: Receiver
) -> None:
    case = await world.submitted()
    # Many more events than one person makes: the same case, asked and answered again and again.
    await world.rows(
        "INSERT INTO case_events (region, case_id, id, at, kind, actor)"
        " SELECT %(r)s, %(c)s, id, platform_now(), 'case.tolerated', 'health' FROM unnest(%(i)s::uuid[]) n(id)",
        r=REGION,
        c=case,
        i=[new_id() for _ in range(240)],
    )
    wanted = await _note_all(world)
    chance, stop = random.Random(7), asyncio.Event()

    async def writer() -> None:
        while await world.one("SELECT count(*) FROM library_due"):
            try:
                async with world.database.transaction() as connection:
                    await writing.write(connection, world.kernel, chance.randint(1, 9))
                    await asyncio.sleep(chance.uniform(0, 0.01))
                    if chance.random() < 0.3:
                        raise RuntimeError
            except RuntimeError:
                continue

    async def reader() -> list[Entry]:
        found: list[Entry] = []
        while True:
            ending = stop.is_set()
            batch = await _read(world, receiver, found[-1].position if found else 0, chance.randint(1, 20))
            found += batch.entries
            if ending and not batch.entries:
                return found
            await asyncio.sleep(0.002)

    reading = asyncio.create_task(reader())
    await asyncio.gather(*(writer() for _ in range(3)))
    stop.set()
    read = await reading
    assert [entry.position for entry in read] == list(range(1, wanted + 1))
    assert len({entry.event for entry in read}) == wanted


async def test_an_event_that_can_not_be_written_keeps_nobody_waiting_and_tells_no_value(
    world: World, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    case = await world.submitted()
    strange = new_id()
    await world.rows(
        "INSERT INTO case_events (region, case_id, id, at, kind, actor)"
        " VALUES (%(r)s, %(c)s, %(i)s, platform_now(), 'case.astonished', 'health')",
        r=REGION, c=case, i=strange,
    )  # fmt: skip
    await _note_all(world)
    async with world.database.connection() as connection:
        payload = {"case": str(case)}
        await writing.note(connection, Message(REGION, strange, "case.astonished", payload, 0, await world.now()))
    assert await _write(world) == 2
    assert len((await _read(world, receiver)).entries) == 1
    (left,) = await world.rows("SELECT event_id, attempts, error FROM library_due")
    assert (left.event_id, left.attempts, left.error) == (strange, 1, "EventUnmapped")
    assert world.people[FANG].id_number not in caplog.text
    async with world.database.connection() as connection:
        left = await writing.waiting(connection)
        assert (left.waiting, left.dead) == (1, 0) and (left.oldest or 0) < 1
        await world.rows("UPDATE library_due SET attempts = 12")
        assert await writing.waiting(connection) == writing.Waiting(0, 1, None) and await _write(world) == 0
        await writing.try_again(connection)
        assert (await writing.waiting(connection)).waiting == 1


async def test_receivers_are_known_by_their_token_and_region_only(world: World, receiver: Receiver) -> None:
    async with world.database.connection() as connection:
        with pytest.raises(ReceiverUnknown):
            await feed.receiver_of(connection, await world.secret(LEAD))
        token = await feed.register(connection, "330104", "另一个区")
        with pytest.raises(NotYours):
            await feed.receiver_of(connection, token, REGION)
        with pytest.raises(CursorAhead):
            await feed.read_batch(connection, world.kernel, receiver, 1)
        with pytest.raises(CursorAhead):
            await feed.acknowledge(connection, receiver, 1)


def _entry(position: int) -> Entry:
    return Entry(position, str(uuid4()), "process", "330103-261123-0000000-B", str(UUID(int=0)), "…", "00", {"a": "b"})


def _refusal(batch: Batch, world: World, after: int = 0, region: str = REGION) -> str:
    with pytest.raises(BatchRefused) as refused:
        verify(batch, [world.kernel.signer.verifier], after, region)
    return str(refused.value.data["reason_en"])


async def test_a_batch_is_believed_only_as_it_was_signed_and_asked_for(world: World) -> None:
    signer = world.kernel.signer
    batch = feed_batch(signer, REGION, 0, 5, [_entry(1), _entry(2)])
    verify(batch, [signer.verifier], 0, REGION)
    changed = replace(batch, entries=[batch.entries[0], replace(batch.entries[0], position=2)])
    assert "signature" in _refusal(changed, world)
    other = replace(batch.entries[1], content={"a": "c"})
    assert "digest" in _refusal(replace(batch, entries=[batch.entries[0], other]), world)
    assert "signature" in _refusal(replace(batch, entries=[batch.entries[0], other.sealed()]), world)
    assert "asked" in _refusal(replace(batch, entries=batch.entries[:1]), world)
    assert "signature" in _refusal(replace(batch, entries=batch.entries[:1], next=1), world)
    assert "signature" in _refusal(replace(batch, entries=batch.entries[1:]), world)
    assert "asked" in _refusal(replace(batch, entries=batch.entries[::-1]), world)
    assert "signature" in _refusal(replace(batch, last=9), world)
    assert "asked" in _refusal(batch, world, after=1)
    assert "region" in _refusal(batch, world, region="330104")
    assert "known key" in _refusal(replace(batch, node="another.invalid/log"), world)
    assert "malformed" in _refusal(replace(batch, signature="?"), world)
    lines = digest_list(signer, REGION, 0, 5, [_entry(1)])
    verify(lines, [signer.verifier], 0)
    assert lines.signature != feed_batch(signer, REGION, 0, 5, [_entry(1)]).signature
