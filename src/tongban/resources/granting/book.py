"""All grants of the node, compiled once and kept in memory. Called by whoever serves many questions.

The book only spares the reading: it may be some moments old. What acts at once is the database: whoever commits to
asking names grant and revision there (as `put_calls` does).
"""

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

from tongban.basics.database import Database
from tongban.resources.definitions import Resource
from tongban.resources.granting.compiled import Ask, Compiled, Denial, compile_grant, decide
from tongban.resources.grants import queries
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.models import Grant, grant_of

log = logging.getLogger(__name__)
Key = tuple[str, str, str]


class GrantBook:
    """Grants by region, resource and consumer. ``max_age``: seconds after which the stamp is looked at again."""

    def __init__(self, resources: Mapping[str, Resource], keys: MaskKeys, max_age: float = 1.0) -> None:
        self.resources = resources
        self._keys = keys
        self._max_age = max_age
        self._stamp = -1
        self._looked = float("-inf")
        self._book: dict[Key, list[Compiled]] = {}

    def for_ask(self, ask: Ask) -> list[Compiled]:
        """The grants that could cover ``ask``, the newest first."""
        return self._book.get((ask.region, ask.resource, ask.consumer), [])

    def decide(self, ask: Ask, now: datetime) -> Compiled | Denial:
        """The checkpoint over what the book holds; see ``compiled.decide``."""
        return decide(self.for_ask(ask), ask, now)

    async def admit(self, database: Database, ask: Ask, now: datetime) -> Compiled | Denial:
        """``decide`` over a book at most ``max_age`` old; a refusal is decided again over a fresh one.

        Raises ``StoreUnavailable``.
        """
        if time.monotonic() - self._looked >= self._max_age:
            await self.refresh(database)
            return self.decide(ask, now)
        found = self.decide(ask, now)
        if isinstance(found, Denial) and await self.refresh(database):
            return self.decide(ask, now)
        return found

    async def refresh(self, database: Database) -> bool:
        """Read the grants again if any changed since; whether any did. Raises ``StoreUnavailable``."""
        looked = time.monotonic()
        async with database.connection() as connection:
            stamp = await queries.grants_stamp(connection)
            if stamp == self._stamp:
                self._looked = looked
                return False
            # Grants read after the stamp may be newer than it: then the next look reads them once more.
            self.fill([grant_of(row) async for row in queries.all_grants(connection)])
        self._stamp, self._looked = stamp, looked
        return True

    def fill(self, grants: Iterable[Grant]) -> None:
        """Hold exactly ``grants``. One whose resource is not known here admits nothing."""
        book: dict[Key, list[Compiled]] = {}
        for grant in grants:
            resource = self.resources.get(grant.resource)
            if resource is None:
                log.warning("grant %s is of the unknown resource %s", grant.id, grant.resource)
                continue
            key = (grant.region, grant.resource, grant.consumer)
            book.setdefault(key, []).append(compile_grant(grant, resource, self._keys))
        self._book = book
