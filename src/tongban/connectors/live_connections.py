"""The connectors of a running process: made from the list, made anew where the list changes.

Called by the composition root, which hands it to the kernel as the mapping of resource to provider. The file is
looked at again at most once a second, when somebody asks; an entry that stayed the same keeps its connections.
"""

import asyncio
import logging
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from tongban.connectors.connection_errors import ConnectorsInvalid
from tongban.connectors.connections import Connected, Listed, read_connectors

LOOK_AGAIN = 1.0  # seconds
_log = logging.getLogger(__name__)


class Connections(Mapping[str, Connected]):
    """Resource → provider, as ``connectors.yaml`` at ``path`` says now; empty while there is no such file.

    Raises ``ConnectorsInvalid`` when the list is faulty at the beginning. Later a faulty list is logged, and the
    last good one goes on.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._client = httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=20))
        self._listed: dict[str, Listed] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._state = _state(path)
        self._looked = time.monotonic()
        if self._state is not None:
            self._listed = read_connectors(path, self._client)

    def __getitem__(self, resource: str) -> Connected:
        self._look()
        return self._listed[resource].provider

    def __iter__(self) -> Iterator[str]:
        self._look()
        return iter(dict(self._listed))

    def __len__(self) -> int:
        return len(self._listed)

    def where(self, resource: str) -> str:
        """Where it answers, in words without credentials. Raises ``KeyError``."""
        return self._listed[resource].entry.where

    async def close(self) -> None:
        """Close every connection."""
        for one in self._listed.values():
            await one.provider.close()
        await self._client.aclose()

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_AGAIN:
            return
        self._looked = now
        state = _state(self._path)
        if state is None or state == self._state:
            return
        self._state = state
        try:
            self._take_up(read_connectors(self._path, self._client))
        except ConnectorsInvalid as fault:
            _log.error("the changed list of connectors is not used: %s", fault.message("en"))

    def _take_up(self, listed: dict[str, Listed]) -> None:
        """Put ``listed`` in place; what stands in it unchanged goes on with the connections it has."""
        before, self._listed = self._listed, listed
        for resource, one in before.items():
            if resource in listed and listed[resource].entry == one.entry:
                listed[resource] = one
            else:
                self._let_go(one.provider)

    def _let_go(self, provider: Connected) -> None:
        task = asyncio.get_running_loop().create_task(provider.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
