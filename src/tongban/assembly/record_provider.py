"""A departmental system made of a pack's own invented records, for playing stories without any network.

``tongban pack test`` hands it to the kernel in place of connectors; a story may remove a record first,
or let a system be slow, down or wrong.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tongban.assembly.definitions import Records
from tongban.resources.provider import Answer, CallContext, Found, Missing, Unavailable

FaultKind = Literal["slow", "down", "wrong"]


class RecordProvider:
    """Answers look-ups of one resource from a list of records."""

    def __init__(self, records: Records, fault: FaultKind | None = None) -> None:
        self._rows: list[dict[str, Any]] = [dict(row) for row in records.rows]
        self._fault = fault

    def without(self, where: Mapping[str, Any]) -> "RecordProvider":
        """The same system without the records whose fields equal ``where``."""
        kept = [row for row in self._rows if any(row.get(k) != v for k, v in where.items())]
        return RecordProvider(Records("", kept), self._fault)

    def failing(self, fault: FaultKind) -> "RecordProvider":
        """The same system, slow, down or wrong."""
        return RecordProvider(Records("", self._rows), fault)

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109 - part of the port
        context: CallContext,
    ) -> Answer:
        """The first record whose key fields equal ``match``, as far as the fault allows."""
        if self._fault == "slow":
            await asyncio.sleep(timeout + 1)
        if self._fault == "down":
            return Unavailable("closed for maintenance")
        if self._fault == "wrong":
            return _another(self._rows, match, fields)
        for row in self._rows:
            if all(str(row.get(key)) == value for key, value in match.items()):
                return Found({name: _plain(row.get(name)) for name in fields if row.get(name) is not None}, dict(match))
        return Missing()


def _another(rows: Sequence[Mapping[str, Any]], match: Mapping[str, str], fields: Sequence[str]) -> Answer:
    """Somebody else's record, as a system gives it that mixes its records up."""
    row = next((row for row in rows if any(str(row.get(key)) != value for key, value in match.items())), {})
    known = {name: _plain(row[name]) for name in fields if row.get(name) is not None}
    return Found(known, {key: str(row.get(key)) for key in match})


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
