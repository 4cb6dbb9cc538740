"""A test's store: what a request does meets the second wall, what the test does goes through the owner's door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tongban.basics.database import Connection, Database
from tongban.basics.second_wall import in_request


class TwoDoors(Database):
    """As the platform's, with a second pool in the application's role that is opened by the first request."""

    def __init__(self, conninfo: str, *, size: int = 6) -> None:
        super().__init__(conninfo, size=size)
        self.behind = Database(conninfo, size=size, walled=True)
        self._opened = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """The owner's connection, or inside a request one that meets the wall."""
        if in_request() and not self._opened:
            self._opened = True
            await self.behind.open()
        chosen = self.behind.connection() if in_request() else super().connection()
        async with chosen as connection:
            yield connection

    async def close(self) -> None:
        """Close both."""
        if self._opened:
            await self.behind.close()
        await super().close()
