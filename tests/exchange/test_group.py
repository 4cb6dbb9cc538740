"""Group commit: everybody is told of their own item only, once it is written, whoever else was in the group."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.basics.database import StoreUnavailable
from tongban.resources.exchange.group import Group


class Store:
    """Writes groups; an item below zero spoils its statement."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.statements = 0
        self.under_way = self.most_under_way = 0

    async def write(self, items: Sequence[int]) -> list[int]:
        self.statements += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.001)
        self.under_way -= 1
        if any(item < 0 for item in items):
            raise ValueError("spoilt")
        self.written += items
        return [item * 2 for item in items]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-3, 50), max_size=40))
def test_each_item_is_written_once_and_told_its_own_result(items: list[int]) -> None:
    store = Store()

    async def run() -> list[int | BaseException]:
        group: Group[int, int] = Group(store.write, most=7)
        return await asyncio.gather(*(group.add(item) for item in items), return_exceptions=True)

    results = asyncio.run(run())
    for item, result in zip(items, results, strict=True):
        assert isinstance(result, ValueError) if item < 0 else result == item * 2
    assert sorted(store.written) == sorted(item for item in items if item >= 0)
    assert store.most_under_way <= 1


def test_many_at_once_share_statements() -> None:
    store = Store()

    async def run() -> None:
        group: Group[int, int] = Group(store.write)
        await asyncio.gather(*(group.add(item) for item in range(100)))

    asyncio.run(run())
    assert store.statements < 20


async def test_who_gives_up_waiting_does_not_disturb_the_others() -> None:
    store = Store()
    group: Group[int, int] = Group(store.write)
    impatient = asyncio.create_task(group.add(1))
    patient = asyncio.create_task(group.add(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 4
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_who_comes_the_moment_a_writer_ends_is_not_forgotten() -> None:
    """Each of several callers adds its next item as soon as the last is written: one must begin the next statement."""

    async def at_once(items: Sequence[int]) -> list[int]:
        return list(items)

    group: Group[int, int] = Group(at_once)

    async def caller() -> int:
        return sum([await group.add(1) for _ in range(200)])

    async with asyncio.timeout(10):
        assert await asyncio.gather(*(caller() for _ in range(5))) == [200] * 5


async def test_where_the_store_is_away_nobody_waits_for_it_once_more() -> None:
    tries = 0

    async def away(items: Sequence[int]) -> list[int]:
        nonlocal tries
        tries += 1
        raise StoreUnavailable()

    group: Group[int, int] = Group(away)
    told = await asyncio.gather(*(group.add(item) for item in range(9)), return_exceptions=True)
    assert len(told) == 9 and all(isinstance(one, StoreUnavailable) for one in told)
    assert tries <= 4  # what gathered first, what came meanwhile, and one of it alone
