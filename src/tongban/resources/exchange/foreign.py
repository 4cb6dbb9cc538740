"""Another party's own log beside ours: an X-Road security server's monitoring records, or a department's own notes.

Called by ``tongban exchange reconcile --log``. A log is JSON lines, a JSON array, X-Road's ``{"records": […]}`` or CSV
with a header. Of each call it must give the message's id or our request's, and may give when, what came of it, and the
answer's digest (third part of ``Tongban-Signature``). Names of the operational monitoring protocol are understood.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.resources.exchange.between import LogLine
from tongban.resources.exchange.errors import LogUnreadable
from tongban.resources.exchange.reconciling import Difference, compare

_queries = load_queries("tongban.resources.exchange", "foreign.sql")
_NAMES: Mapping[str, Sequence[str]] = {
    "request": ("request", "request_id", "x-road-request-id", "xRequestId"),
    "message": ("message", "message_id", "messageId", "x-road-id"),
    "at": ("at", "requestInTs"),
    "result": ("result", "succeeded"),
    "answer": ("answer", "digest"),
}
_RESULTS = {
    "found": "found", "missing": "missing", "true": "answered", "answered": "answered", "1": "answered",
    "false": "unavailable", "failed": "unavailable", "0": "unavailable", "unavailable": "unavailable",
    "invalid": "invalid",
}  # fmt: skip

_SOMETHING, _NOTHING = ("answered", "found", "missing"), ("unavailable", "invalid", "undelivered")


class ForeignLine(Struct, frozen=True):
    """One call as the other log has it. ``result``: ``answered`` where it does not say more; None: it does not know."""

    request: str | None
    message: str | None
    at: datetime | None
    result: str | None
    answer: bytes | None


class OwnCall(Struct, frozen=True):
    """One call as this node's log has it; ``request`` is the id that its answer bore."""

    request: str
    message: str
    consumer: str
    resource: str
    at: datetime
    digest: bytes
    result: str | None
    answer: bytes | None


def read_log(text: str) -> list[ForeignLine]:
    """The calls in ``text``. Raises ``LogUnreadable`` with the number of the first record that does not read."""
    lines = []
    for number, record in enumerate(_records(text.lstrip("\ufeff")), 1):
        try:
            lines.append(_line(record))
        except (ValueError, OverflowError, OSError) as fault:
            raise LogUnreadable(number=number, reason=str(fault)) from fault
    return lines


def _records(text: str) -> list[Mapping[str, Any]]:
    start = text.lstrip()[:1]
    try:
        if start == "[" or (start == "{" and '"records"' in text[:200]):
            whole = json.loads(text)
            found: Any = whole if isinstance(whole, list) else whole["records"]
        elif start == "{":
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            found = list(csv.DictReader(io.StringIO(text)))
    except (ValueError, KeyError, csv.Error) as fault:
        raise LogUnreadable(number=0, reason=str(fault)) from fault
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise LogUnreadable(number=0, reason="a record is no object")
    return found


def _line(record: Mapping[str, Any]) -> ForeignLine:
    given = {ours: next((record[name] for name in names if record.get(name) not in (None, "")), None)
             for ours, names in _NAMES.items()}  # fmt: skip
    if given["message"] is None and given["request"] is None:
        raise ValueError("neither message nor request is given")
    result = None if given["result"] is None else _RESULTS.get(str(given["result"]).lower())
    if given["result"] is not None and result is None:
        raise ValueError(f"result {given['result']!r}: {', '.join(sorted(set(_RESULTS)))}")
    return ForeignLine(
        request=None if given["request"] is None else str(given["request"]),
        message=None if given["message"] is None else str(given["message"]),
        at=_moment(given["at"]),
        result=result,
        answer=None if given["answer"] is None else bytes.fromhex(str(given["answer"])),
    )


def _moment(value: Any) -> datetime | None:
    """RFC 3339 with a zone, or X-Road's milliseconds since 1970."""
    if value is None:
        return None
    if str(value).isdigit():
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    at = datetime.fromisoformat(str(value))
    if at.tzinfo is None:
        raise ValueError(f"{value}: a time without zone")
    return at


def beside(
    ours: Sequence[OwnCall], theirs: Iterable[ForeignLine], refused: frozenset[str], *, asked: bool
) -> list[Difference]:
    """Every difference. ``asked``: the other log is the consumer's, not the provider's.

    ``refused``: messages that this node refused before asking anybody. What the other log does not tell (the question's
    digest, found or missing, the answer's digest) is not compared.
    """
    by_request, by_message = {one.request: one for one in ours}, {one.message: one for one in ours}
    consumer, told, found = {one.message: one.consumer for one in ours}, [], []
    for line in theirs:
        own = by_request.get(line.request or "") or by_message.get(line.message or "")
        if own is None and asked and (line.message in refused or line.result == "unavailable"):
            continue  # refused here, or it never came: nobody was asked
        if own is not None and asked and own.result in _NOTHING and line.result in _SOMETHING:
            found.append(Difference(own.message, "result_differs", str(own.result), str(line.result), at=own.at))
        told.append(_as_told(line, own))
    known = {line.message for line in told}
    mine = [
        LogLine(one.message, one.resource, one.at, one.digest, one.result, one.answer)
        for one in ours
        # To its consumer a list is one message, however many pages it took.
        if not (asked and "#" in one.message and one.message.rpartition("#")[0] in known)
    ]
    every = sorted([*found, *compare(mine, told)], key=lambda one: one.message)
    return [msgspec.structs.replace(one, consumer=consumer.get(one.message, "")) for one in every]


def _as_told(line: ForeignLine, own: OwnCall | None) -> LogLine:
    answered = own is not None and own.result in ("found", "missing")
    result = line.result
    if result == "answered":
        result = own.result if own is not None and answered else "found"
    answer = line.answer if line.answer is not None or own is None else own.answer
    return LogLine(
        message=own.message if own is not None else str(line.message or line.request),
        resource="" if own is None else own.resource,
        at=line.at or (own.at if own is not None else datetime.max.replace(tzinfo=UTC)),
        digest=b"" if own is None else own.digest,
        result=result,
        answer=answer,
    )


async def own_calls(
    connection: Connection, region: str, consumer: str | None, provider: str | None, since: datetime, before: datetime
) -> list[OwnCall]:
    """The calls that ``consumer`` made here, or that were put to ``provider`` here, in a span of time."""
    rows = _queries.calls_between(
        connection, region=region, consumer=consumer, provider=provider, since=since, before=before
    )
    return [OwnCall(str(row.id), *row[1:]) async for row in rows]


async def refused_messages(
    connection: Connection, region: str, consumer: str | None, since: datetime
) -> frozenset[str]:
    """What ``consumer`` sent here and was refused before anything was asked."""
    rows = _queries.refused_between(connection, region=region, consumer=consumer, since=since)
    return frozenset([row.message async for row in rows])
