"""A departmental system made of a pack's own invented records, for playing stories without any network.

``tongban pack test`` hands it to the kernel in place of connectors; a story may remove a record first.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tongban.assembly.definitions import Records
from tongban.resources.provider import Answer, CallContext, Found, Missing


class RecordProvider:
    """Answers look-ups of one resource from a list of records."""

    def __init__(self, records: Records) -> None:
        self._rows: list[dict[str, Any]] = [dict(row) for row in records.rows]

    def without(self, where: Mapping[str, Any]) -> "RecordProvider":
        """The same system without the records whose fields equal ``where``."""
        kept = [row for row in self._rows if any(row.get(k) != v for k, v in where.items())]
        return RecordProvider(Records("", kept))

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109 - part of the port
        context: CallContext,
    ) -> Answer:
        """The first record whose key fields equal ``match``."""
        for row in self._rows:
            if all(str(row.get(key)) == value for key, value in match.items()):
                return Found({name: _plain(row.get(name)) for name in fields if row.get(name) is not None}, dict(match))
        return Missing()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
