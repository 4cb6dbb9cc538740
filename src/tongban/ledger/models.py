"""What the ledger handles: entries ready to be written, promises, receipts.

Called by every noun that records something, and by the web floor that hands out receipts.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.ledger.verify_receipt import PROMISE_TYPE, RECEIPT_TYPE, canonical, payload_digest

ENTRY_COLUMNS = (
    "region", "id", "at", "kind", "subject", "data", "salt", "digest", "person_key", "retain_until",
)  # fmt: skip
PROMISE_COLUMNS = ("region", "entry_id", "include_by")


def instant(at: datetime) -> str:
    """A time as the ledger writes it: UTC, microseconds, ``Z`` (RFC 3339)."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def leaf_bytes(region: str, entry_id: UUID, at: datetime, kind: str, digest: bytes) -> bytes:
    """The leaf of an entry: canonical JSON without personal data. This is what the Merkle tree holds."""
    fields = {
        "at": instant(at),
        "digest": base64.b64encode(digest).decode(),
        "id": str(entry_id),
        "kind": kind,
        "region": region,
        "v": 1,
    }
    return canonical(fields)


def person_mark(salt: bytes, person_key: bytes | None) -> str | None:
    """A person key hidden under the entry's salt, so that two receipts never show the same person."""
    if person_key is None:
        return None
    return base64.b64encode(payload_digest(salt, b"person\n" + person_key)).decode()


def sealed_payload(data: Any, person: str | None, retain_until: date | None, subject: UUID) -> bytes:
    """What the digest covers: the data and everything else that may not be changed unseen."""
    kept = None if retain_until is None else retain_until.isoformat()
    return canonical({"data": data, "person": person, "retain_until": kept, "subject": str(subject)})


class Prepared(Struct, frozen=True):
    """An entry ready to be written. ``data`` is canonical JSON text; times are aware datetimes."""

    region: str
    id: UUID
    at: datetime
    kind: str
    subject: UUID
    data: str
    salt: bytes
    digest: bytes
    person_key: bytes | None
    retain_until: date | None

    @property
    def leaf(self) -> bytes:
        """The bytes that the Merkle tree will hold for this entry."""
        return leaf_bytes(self.region, self.id, self.at, self.kind, self.digest)

    def parameters(self, prefix: str = "entry_") -> dict[str, Any]:
        """The columns of `ENTRY_COLUMNS` as statement parameters, each name prefixed."""
        return {prefix + name: getattr(self, name) for name in ENTRY_COLUMNS}


class Promise(Struct, frozen=True):
    """A signed promise to seal an entry by ``include_by`` (real wall clock). Binary fields are base64."""

    origin: str
    region: str
    id: UUID
    at: str
    kind: str
    leaf: str
    include_by: str
    signature: str = ""
    type: str = PROMISE_TYPE


class Receipt(Struct, frozen=True):
    """The proof that an entry stands in the log; everything a verifier needs but public keys.

    ``entry`` holds region, id, at, kind, subject, data, person and retain_until; after an erasure
    ``data``, ``person`` and ``salt`` are null. Binary fields are base64.
    """

    origin: str
    entry: Mapping[str, Any]
    salt: str | None
    leaf: str
    leaf_index: int
    inclusion_proof: list[str]
    checkpoint: str
    type: str = RECEIPT_TYPE

    @property
    def cosigned(self) -> bool:
        """Whether the checkpoint carries more than the log's own signature."""
        return self.checkpoint.rpartition("\n\n")[2].count("\n") > 1


class Pending(Struct, frozen=True):
    """The entry is written but not sealed yet; the promise stands."""

    region: str
    id: UUID
    include_by: datetime | None = None
