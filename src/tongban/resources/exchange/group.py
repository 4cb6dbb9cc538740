"""Group commit: what concurrent calls want to write goes out in one statement, and each waits for its own commit.

Called by ``log``. While a statement is under way, the next group gathers; so a lonely call waits for nobody, and many
calls share one journey to the disk.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from tongban.basics.database import StoreUnavailable

T = TypeVar("T")
R = TypeVar("R")
MOST = 256
"""Items of one statement."""


class Group(Generic[T, R]):
    """Gathers items of one process and writes them with ``write``, which answers one result an item, in order.

    A statement that fails is tried again item by item, so that one bad item does not take its neighbours along;
    an item that fails alone raises to whoever added it, and where the store itself is away nobody waits for it once
    more. Belongs to one event loop.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]], most: int = MOST) -> None:
        self._write, self._most = write, most
        self._waiting: list[Waiting[T, R]] = []
        self._writer: asyncio.Task[None] | None = None

    async def add(self, item: T) -> R:
        """Have ``item`` written; returns when it is committed. Raises what ``write`` raises for it."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._writer is None:
            self._writer = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._write_together(taken)
        finally:
            # Here and not when the task is seen to be done: whoever adds in between would wait for nobody.
            self._writer = None

    async def _write_together(self, taken: Sequence["Waiting[T, R]"]) -> None:
        try:
            results = await self._write([item for item, _ in taken])
        except Exception as fault:
            if len(taken) == 1:
                _fail(taken, fault)
            else:
                await self._write_apart(taken)
            return
        for (_, future), result in zip(taken, results, strict=True):
            if not future.done():
                future.set_result(result)

    async def _write_apart(self, taken: Sequence["Waiting[T, R]"]) -> None:
        for place, one in enumerate(taken):
            await self._write_together([one])
            fault = None if one[1].cancelled() else one[1].exception()
            if isinstance(fault, StoreUnavailable):
                _fail(taken[place + 1 :], fault)
                return


Waiting = tuple[T, "asyncio.Future[R]"]


def _fail(taken: Sequence["Waiting[T, R]"], fault: Exception) -> None:
    for _, future in taken:
        if not future.done():
            future.set_exception(fault)
