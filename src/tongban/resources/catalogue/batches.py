"""What travels when one node harvests another's catalogue: signed stretches of a feed. Pure; both sides use it.

The node signs with the key of its log (Ed25519) over a text that begins with the batch's own type, which no
checkpoint, promise or case feed does. Entries hold descriptions of data, never data, so nothing in them is sealed.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from tongban.ledger.keys import Signer
from tongban.ledger.verify_receipt import LOG_KEY, VerifierKey, canonical
from tongban.resources.catalogue.definitions import Content, Kind
from tongban.resources.catalogue.errors import FeedRefused

FeedType = Literal["tongban-catalogue-feed/v1"]
FEED: FeedType = "tongban-catalogue-feed/v1"
MOST = 200
"""Entries in the largest batch."""


class FeedEntry(Struct, frozen=True):
    """One publication or withdrawal. ``gone``: it was withdrawn, and nothing but its id and code is told."""

    position: int
    id: UUID
    kind: Kind
    code: str
    gone: bool
    at: str
    revision: int = 0
    provider: str = ""
    content: Content | None = None


class FeedBatch(Struct, frozen=True):
    """A stretch of the feed: what lies after ``after``, in order. ``next`` goes on; ``last`` is the newest position."""

    type: FeedType
    node: str
    region: str
    after: int
    next: int
    last: int
    entries: list[FeedEntry]
    signature: str = ""


def signed_batch(signer: Signer, region: str, after: int, last: int, entries: Sequence[FeedEntry]) -> FeedBatch:
    """A signed batch of ``entries``."""
    end = entries[-1].position if entries else after
    batch = FeedBatch(FEED, signer.name, region, after, end, max(last, end), list(entries))
    signature = base64.b64encode(signer.sign(signed_text(batch))).decode()
    return msgspec.structs.replace(batch, signature=signature)


def signed_text(batch: FeedBatch) -> str:
    """The text that a batch's signature covers: eight lines, the last of them the digest of all entries in order."""
    root = hashlib.sha256()
    for entry in batch.entries:
        root.update(hashlib.sha256(canonical(msgspec.to_builtins(entry))).digest())
    facts: tuple[Any, ...] = (batch.type, batch.node, batch.region, batch.after, batch.next, batch.last)
    return "".join(f"{fact}\n" for fact in (*facts, len(batch.entries), root.hexdigest()))


def verify(batch: FeedBatch, keys: Sequence[VerifierKey], after: int, region: str | None) -> None:
    """Raise ``FeedRefused`` unless a known log key signed exactly this, in answer to exactly this question.

    ``region``: the one that is harvested, None at the first contact.
    """
    positions = [entry.position for entry in batch.entries]
    end = positions[-1] if positions else after
    # Positions have no gap: what is left out of the middle of a batch is seen.
    whole = positions == list(range(after + 1, end + 1))
    if (batch.after, batch.next) != (after, end) or batch.last < end or not whole:
        raise FeedRefused(reason_zh="不是所请求的区间", reason_en="it is not the stretch that was asked for")
    if region is not None and batch.region != region:
        raise FeedRefused(reason_zh=f"属于区划 {batch.region}", reason_en=f"it belongs to region {batch.region}")
    if any(not entry.gone and entry.content is None for entry in batch.entries):
        raise FeedRefused(reason_zh="有条目没有内容", reason_en="an entry has no content")
    _check_signature(batch, keys)


def _check_signature(batch: FeedBatch, keys: Sequence[VerifierKey]) -> None:
    try:
        blob = base64.b64decode(batch.signature, validate=True)
    except (ValueError, binascii.Error) as error:
        raise FeedRefused(reason_zh="签名格式不对", reason_en="its signature is malformed") from error
    for key in keys:
        if key.kind == LOG_KEY and (key.name, key.key_id) == (batch.node, blob[:4]):
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(blob[4:], signed_text(batch).encode())
            except InvalidSignature as error:
                raise FeedRefused(reason_zh="签名不符", reason_en="its signature does not verify") from error
            return
    raise FeedRefused(reason_zh="签名密钥未知", reason_en="it is not signed by a known key")
