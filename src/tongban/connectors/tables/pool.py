"""A few connections to one database, kept and dropped with their credential. Called by ``postgresql`` and ``mysql``.

A connection in which anything went wrong is closed, never handed on: after a cancelled call nobody knows what still
comes through it. It belongs to one process and one event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from tongban.connectors.credentials import Credential
from tongban.connectors.tables.source import Unreadable


class Closable(Protocol):
    """A connection of any driver."""

    def close(self) -> object:
        """Close it; a coroutine or not."""
        ...


C = TypeVar("C", bound=Closable)
T = TypeVar("T")


class Refused(Exception):
    """The database does not accept the password."""


class Lost(Exception):
    """The connection is gone; with a new one it may go on."""


class Pool(Generic[C]):
    """At most ``size`` connections made by ``connect(secret)``, which raises ``Refused`` or ``Unreadable``."""

    def __init__(self, connect: Callable[[str], Awaitable[C]], credential: Credential, size: int = 4) -> None:
        self._connect = connect
        self._credential = credential
        self._idle: list[tuple[int, C]] = []
        self._places = asyncio.Semaphore(size)

    async def run(self, act: Callable[[C], Awaitable[T]]) -> T:
        """Do ``act`` with a connection; once more with a new one when a kept one turns out to be gone.

        Raises ``Unreadable``.
        """
        async with self._places:
            kept = await self._kept()
            if kept is not None:
                try:
                    return await self._with(kept, act)
                except Lost:
                    await self.close()
            try:
                return await self._with(await self._new(), act)
            except Lost as fault:
                raise Unreadable("the connection broke") from fault

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            await _close(self._idle.pop()[1])

    async def _with(self, held: tuple[int, C], act: Callable[[C], Awaitable[T]]) -> T:
        try:
            result = await act(held[1])
        except BaseException:
            await _close(held[1])
            raise
        self._idle.append(held)
        return result

    async def _kept(self) -> tuple[int, C] | None:
        """A kept connection that was opened with the credential of now; older ones are closed."""
        self._credential.secret()
        while self._idle:
            version, connection = self._idle.pop()
            if version == self._credential.version:
                return version, connection
            await _close(connection)
        return None

    async def _new(self) -> tuple[int, C]:
        for _ in range(2):
            secret, version = self._credential.secret(), self._credential.version
            try:
                return version, await self._connect(secret)
            except Refused:
                if not await self._credential.changed(version):
                    break
        raise Unreadable("it does not accept our password")


async def _close(connection: Closable) -> None:
    done = connection.close()
    if asyncio.iscoroutine(done):
        await done
