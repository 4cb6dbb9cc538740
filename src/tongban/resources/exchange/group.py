"""Group commit: what concurrent calls want to write goes out in one statement, and each waits for its own commit.

Called by ``log``. While statements are under way, the next group gathers; so a lonely call waits for nobody, and many
calls share one journey to the disk. Two may be on that journey at a time: where the disk is slow, nobody waits for a
whole journey before the own begins.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
MOST = 256
"""Items of one statement."""
WRITERS = 2
"""Statements under way at a time."""


class Group(Generic[T, R]):
    """Gathers items of one process and writes them with ``write``, which answers one result an item, in order.

    A statement that fails is tried again item by item, so that one bad item does not take its neighbours along;
    an item that fails alone raises to whoever added it. Belongs to one event loop.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]], most: int = MOST) -> None:
        self._write, self._most = write, most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._writers: set[asyncio.Task[None]] = set()

    async def add(self, item: T) -> R:
        """Have ``item`` written; returns when it is committed. Raises what ``write`` raises for it."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._writers) < WRITERS:
            writer = asyncio.create_task(self._drain())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._write_together(taken)

    async def _write_together(self, taken: Sequence[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            results = await self._write([item for item, _ in taken])
        except Exception as fault:
            if len(taken) == 1:
                _fail(taken[0][1], fault)
                return
            for one in taken:
                await self._write_together([one])
            return
        for (_, future), result in zip(taken, results, strict=True):
            if not future.done():
                future.set_result(result)


def _fail(future: "asyncio.Future[R]", fault: Exception) -> None:
    if not future.done():
        future.set_exception(fault)
