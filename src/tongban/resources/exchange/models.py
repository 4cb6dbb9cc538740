"""What the exchange handles: intents, outcomes, refusals; none of them ever holds data.

Called by look-ups, by the gateway, and by whoever compares two nodes' logs.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

Side = Literal["both", "consumer", "provider"]
Result = Literal["found", "missing", "unavailable", "invalid", "undelivered"]


class Signature(Struct, frozen=True):
    """A detached signature: ``algorithm`` (Ed25519, ECDSA-P256-SHA256 or SM2-SM3), the key's id, the bytes."""

    algorithm: str
    key_id: str
    value: bytes


class Intent(Struct, frozen=True):
    """Somebody is about to ask: ``consumer`` under ``grant`` at its ``revision``, for ``purpose``.

    ``message`` is the asking system's id of its message; ``at`` None means the database's moment of writing;
    ``records`` the most that may come back; ``subject`` a keyed hash; ``digest`` keyed, over the whole question.
    """

    region: str
    id: UUID
    at: datetime | None
    message: str
    consumer: str
    provider: str
    resource: str
    purpose: str
    basis: str
    grant: UUID
    revision: int
    fields: list[str]
    digest: bytes
    signed_at: datetime
    side: Side = "both"
    peer: str | None = None
    subsystem: str | None = None
    officer: str | None = None
    issue: str | None = None
    represented: str | None = None
    records: int = 1
    subject: bytes | None = None
    signature: Signature | None = None


class Outcome(Struct, frozen=True):
    """What came of an intent. ``digest`` is keyed, over the answer as it leaves; ``milliseconds`` the provider's.

    ``there``: of an answer that was never delivered, what the other side's log says.
    """

    region: str
    id: UUID
    at: datetime | None
    result: Result
    reason: str | None = None
    records: int = 0
    milliseconds: int = 0
    digest: bytes | None = None
    signed_at: datetime | None = None
    signature: Signature | None = None
    there: str | None = None


class Refusal(Struct, frozen=True):
    """A call that was refused before anything was asked. ``known``: the caller had proved who it is.

    ``consumer``, ``resource``, ``officer``, ``issue`` and ``message`` are the caller's words, cut to 200 characters.
    """

    region: str
    id: UUID
    code: str
    reason: str
    known: bool
    consumer: str | None = None
    resource: str | None = None
    officer: str | None = None
    issue: str | None = None
    message: str | None = None
