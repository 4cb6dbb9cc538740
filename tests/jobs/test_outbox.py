"""The outbox: late perhaps, never lost, never doubled; what fails is retried with growing pauses, then kept."""

import asyncio
import itertools
from typing import Any
from uuid import UUID

import pytest
from tests.world import FANG, LEAD, REGION, World

from tongban.basics.database import Connection, StoreUnavailable
from tongban.basics.ids import new_id
from tongban.basics.outbox import Handler, Message, dead, drain, replay_dead, waiting
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE
from tongban.jobs.events import TOLD, handlers, tell_applicant
from tongban.jobs.queue import Queue, install_queue
from tongban.messages import actions as messages

TABLE: dict[str, Handler] = dict.fromkeys(TOLD, tell_applicant)


@pytest.fixture(autouse=True)
async def _empty(world: World) -> None:
    """The licences that people held from the start have been announced already."""
    await world.rows("DELETE FROM outbox")


async def _put(world: World, count: int, topic: str = "test.happened") -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    await world.rows(
        "INSERT INTO outbox (region, id, topic, payload) "
        " SELECT %(r)s, id, %(t)s, '{}' FROM unnest(%(i)s::uuid[]) n(id)",
        r=REGION,
        t=topic,
        i=ids,
    )
    return ids


async def _drain(world: World, table: dict[str, Handler]) -> int:
    async with world.database.connection() as connection:
        return await drain(connection, table)


async def _let_time_pass(world: World) -> None:
    await world.rows("UPDATE outbox SET due_at = statement_timestamp()")


async def test_what_happened_is_told_once_although_it_is_delivered_twice(world: World) -> None:
    await world.submitted()
    (kept,) = await world.rows("SELECT * FROM outbox WHERE topic = 'case.submitted'")
    await _drain(world, TABLE)
    assert await world.one("SELECT count(*) FROM outbox") == 0
    message = Message(kept.region, kept.id, kept.topic, kept.payload, 0, await world.now())
    async with world.database.connection() as connection:
        await tell_applicant(connection, message)
        told = await messages.mine(connection, world.accounts[FANG])
        assert [(one.id, one.kind) for one in told] == [(kept.id, "case.submitted")]
        assert await messages.unread(connection, world.accounts[FANG]) == 1
        await messages.seen(connection, world.accounts[FANG], await world.now())
        assert await messages.unread(connection, world.accounts[FANG]) == 0
        assert await messages.mine(connection, world.accounts[LEAD]) == []


async def test_a_handler_that_fails_is_tried_again_after_pauses_that_double(world: World) -> None:
    await _put(world, 1)
    tries: list[int] = []

    async def fails(_: Connection, message: Message) -> None:
        tries.append(message.attempts)
        raise RuntimeError("the printer burns")

    pauses = []
    for _ in range(12):
        assert await _drain(world, {"test.happened": fails}) == 1
        assert await _drain(world, {"test.happened": fails}) == 0  # not due yet
        pauses.append(await world.one("SELECT extract(epoch FROM due_at - statement_timestamp())::float8 FROM outbox"))
        await _let_time_pass(world)
    assert tries == list(range(12))
    assert all(2 * a * 0.9 < b < 2 * a * 1.3 + 1 for a, b in itertools.pairwise(pauses[3:])), pauses
    # Dead letters are visible, say what failed, wait for a person and come to life again.
    assert await _drain(world, {"test.happened": fails}) == 0
    async with world.database.connection() as connection:
        assert await waiting(connection) == 0
        (letter,) = await dead(connection)
        assert (letter.topic, letter.attempts, letter.error) == ("test.happened", 12, "RuntimeError")
        await replay_dead(connection)
        assert await dead(connection) == [] and await waiting(connection) == 1
    done: list[UUID] = []

    async def works(_: Connection, message: Message) -> None:
        done.append(message.id)

    assert await _drain(world, {"test.happened": works}) == 1
    assert done == [letter.id] and await world.one("SELECT count(*) FROM outbox") == 0


async def test_what_a_failing_handler_wrote_is_undone_and_its_neighbours_stay_done(world: World) -> None:
    good, bad = await _put(world, 3), await _put(world, 1, "test.broken")

    async def note(connection: Connection, message: Message) -> None:
        await messages.tell(
            connection,
            region=REGION,
            account=world.accounts[FANG],
            event=message.id,
            kind="x",
            subject=message.id,
            at=message.now,
            detail={},
        )
        if message.topic == "test.broken":
            raise RuntimeError

    await _drain(world, {"test.happened": note, "test.broken": note})
    told = {row.id for row in await world.rows("SELECT id FROM messages")}
    assert told == set(good)
    assert [row.id for row in await world.rows("SELECT id FROM outbox")] == bad


async def test_two_drainers_at_once_double_nothing_and_lose_nothing(world: World) -> None:
    wanted = await _put(world, 700)
    done: list[UUID] = []

    async def slow(_: Connection, message: Message) -> None:
        await asyncio.sleep(0)
        done.append(message.id)

    async def until_empty() -> int:
        taken = 0
        while count := await _drain(world, {"test.happened": slow}):
            taken += count
        return taken

    taken = await asyncio.gather(until_empty(), until_empty())
    assert sorted(done) == sorted(wanted) and sum(taken) == 700
    assert min(taken) > 0


async def test_a_drain_that_is_cut_off_leaves_everything_to_the_next(world: World) -> None:
    wanted = await _put(world, 5)
    handled: list[UUID] = []

    async def dies(_: Connection, message: Message) -> None:
        handled.append(message.id)
        if len(handled) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await _drain(world, {"test.happened": dies})
    assert await world.one("SELECT count(*) FROM outbox") == 5
    again: list[UUID] = []

    async def works(_: Connection, message: Message) -> None:
        again.append(message.id)

    await _drain(world, {"test.happened": works})
    assert sorted(again) == sorted(wanted)


async def test_a_message_that_nobody_needs_goes(world: World) -> None:
    await _put(world, 1, "nobody.cares")
    assert await _drain(world, {}) == 1
    assert await world.one("SELECT count(*) FROM outbox") == 0


async def never(*_: Any) -> None:
    """What no test here lets happen."""
    raise AssertionError


async def test_a_decision_orders_the_documents_of_its_licences_together_with_itself(world: World) -> None:
    await install_queue(world.database.conninfo)
    made: list[tuple[str, UUID]] = []

    async def make(region: str, licence: UUID) -> None:
        made.append((region, licence))

    async def tidy() -> None: ...

    async def kernel_now(_: Connection) -> Kernel:
        return world.kernel

    papers: list[UUID] = []

    async def make_paper(region: str, case: UUID, notice: UUID) -> None:
        papers.append(case)

    queue = Queue(world.database.conninfo, make, tidy, make_paper, never)
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    async with queue.app.open_async():
        async with world.database.connection() as connection:
            while await drain(connection, handlers(queue, kernel_now)):
                continue
        jobs = await world.rows("SELECT task_name, args FROM procrastinate_jobs ORDER BY task_name, id")
        licence = await world.one("SELECT id FROM licences WHERE source = %(c)s", c=case)
        assert (jobs[0].task_name, jobs[0].args) == (
            "make_licence_document",
            {"region": REGION, "licence": str(licence)},
        )
        assert {job.task_name for job in jobs[1:]} == {"make_notice"}
        await queue.app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
    assert made == [(REGION, licence)] and set(papers) == {case}


async def test_while_the_store_is_away_a_job_waits_and_those_behind_it_lose_no_attempt(world: World) -> None:
    await install_queue(world.database.conninfo)
    made: list[UUID] = []
    refused = 0

    async def make(region: str, licence: UUID) -> None:
        nonlocal refused
        waiting = await world.rows("SELECT attempts FROM procrastinate_jobs WHERE status = 'todo'")
        assert [job.attempts for job in waiting] == [0] * len(waiting)
        if not made and refused < 3:
            refused += 1
            raise StoreUnavailable()
        made.append(licence)

    async def tidy() -> None: ...

    queue = Queue(world.database.conninfo, make, tidy, never, never)
    ordered = [new_id() for _ in range(3)]
    async with queue.app.open_async():
        async with world.database.connection() as connection:
            for licence in ordered:
                await queue.order_document(connection, REGION, licence)
        await queue.app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
    assert (made, refused) == (ordered, 3)


async def test_an_order_that_is_rolled_back_makes_no_document(world: World) -> None:
    await install_queue(world.database.conninfo)

    queue = Queue(world.database.conninfo, never, never, never, never)
    async with queue.app.open_async():
        with pytest.raises(ZeroDivisionError):
            async with world.database.transaction() as connection:
                await queue.order_document(connection, REGION, new_id())
                raise ZeroDivisionError
    assert await world.one("SELECT count(*) FROM procrastinate_jobs") == 0


async def test_everything_that_happens_to_a_case_is_told_to_its_applicant(world: World) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "refuse")
    while await _drain(world, TABLE):
        continue
    async with world.database.connection() as connection:
        told = await messages.mine(connection, world.accounts[FANG])
    assert {one.kind for one in told} == {"case.submitted", "case.refused"}
    assert {one.subject for one in told} == {case}
