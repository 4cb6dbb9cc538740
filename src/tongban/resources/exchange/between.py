"""What two nodes say to each other: a signed question and its signed answer; a signed wish to see a log, and the log.

Called by the connector that asks another node and by the door that answers one. Times are UTC, bytes base64.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongban.resources.exchange.models import Outcome, Result, Signature
from tongban.resources.exchange.statements import instant

WINDOW_SECONDS = 60
"""How far the clocks of two nodes may be apart, with the journey: what was signed earlier or later is refused."""
LOG = b"tongban-exchange-log/v1\n"


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """A question that the consumer's node has signed and committed. ``salt`` is the digests'."""

    region: str
    message: str
    consumer: str
    subsystem: str | None
    provider: str
    resource: str
    officer: str | None
    issue: str | None
    represented: str | None
    purpose: str
    match: dict[str, str]
    fields: list[str]
    records: int
    signed_at: datetime
    salt: bytes
    signature: Signature


class Told(Struct, frozen=True, forbid_unknown_fields=True):
    """The provider's node's answer. ``body`` is what ``digest`` is of, byte by byte; ``echo`` the record's own keys."""

    result: Result
    body: bytes
    echo: Mapping[str, Any]
    reason: str | None
    records: int
    digest: bytes
    signed_at: datetime
    signature: Signature


class LogWish(Struct, frozen=True, forbid_unknown_fields=True):
    """The calls that ``consumer`` made here ``since`` a moment, after message ``after``; signed with its key."""

    region: str
    consumer: str
    since: datetime
    after: str
    signed_at: datetime
    signature: Signature


class LogLine(Struct, frozen=True, forbid_unknown_fields=True):
    """One call as a node's log has it. ``result`` None: intended, and nothing known since."""

    message: str
    resource: str
    at: datetime
    digest: bytes
    result: str | None
    answer: bytes | None


class LogPage(Struct, frozen=True, forbid_unknown_fields=True):
    """Some lines, in the order of messages. ``after``: asks for what follows; None when there is nothing more."""

    lines: Sequence[LogLine]
    after: str | None


def wish_text(region: str, consumer: str, since: datetime, after: str, signed_at: datetime) -> bytes:
    """What the consumer's node signs to see its calls in another node's log."""
    return LOG + msgspec.json.encode((region, consumer, instant(since), after, instant(signed_at)))


def told_outcome(told: Told, like: Outcome) -> Outcome:
    """``told`` as an outcome, to check its signature with."""
    return msgspec.structs.replace(
        like,
        result=told.result,
        records=told.records,
        digest=told.digest,
        signed_at=told.signed_at,
        signature=told.signature,
    )
