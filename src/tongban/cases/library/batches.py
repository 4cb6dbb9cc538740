"""What travels between the two sides: entries with digests, in batches that the node signs. Pure.

Both sides use this module: the node to make a batch, the receiver to verify it and to compare later. A digest is
SHA-256 over the entry's canonical JSON (RFC 8785) with a random salt in it, so that it tells nothing of a number.
The node signs with the key of its log (Ed25519) over a text that begins with the batch's own type, which no
checkpoint and no promise does.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from tongban.cases.library.definitions import Content
from tongban.cases.library.errors import BatchRefused
from tongban.ledger.keys import Signer
from tongban.ledger.verify_receipt import LOG_KEY, VerifierKey, canonical

FeedType = Literal["tongban-library-feed/v1"]
DigestsType = Literal["tongban-library-digests/v1"]
FEED: FeedType = "tongban-library-feed/v1"
DIGESTS: DigestsType = "tongban-library-digests/v1"
MOST = 500
"""Entries in the largest batch."""


class Line(Struct, frozen=True):
    """One record without its content: where it stands in the feed and the digest of all of it, in hexadecimal."""

    position: int
    id: str
    kind: str
    number: str
    event: str
    at: str
    digest: str


class Entry(Struct, frozen=True):
    """One record as it travels. ``at``: the event's time, ISO 8601 in UTC; ``salt`` 32 hexadecimal digits."""

    position: int
    id: str
    kind: str
    number: str
    event: str
    at: str
    salt: str
    content: Content
    digest: str = ""

    def sealed(self) -> "Entry":
        """This entry with the digest of what it holds."""
        plain = msgspec.to_builtins(self)
        del plain["digest"]
        return msgspec.structs.replace(self, digest=hashlib.sha256(canonical(plain)).hexdigest())

    def line(self) -> Line:
        """The entry without its content."""
        return Line(self.position, self.id, self.kind, self.number, self.event, self.at, self.digest)


class Batch(Struct, frozen=True):
    """A stretch of the feed: what lies after ``after``, in order. ``next`` goes on; ``last`` is the newest position."""

    type: FeedType
    node: str
    region: str
    after: int
    next: int
    last: int
    entries: list[Entry]
    signature: str = ""


class DigestList(Struct, frozen=True):
    """The same stretch without contents, for reconciliation."""

    type: DigestsType
    node: str
    region: str
    after: int
    next: int
    last: int
    entries: list[Line]
    signature: str = ""


def feed_batch(signer: Signer, region: str, after: int, last: int, entries: Sequence[Entry]) -> Batch:
    """A signed batch of ``entries``, which get their digests here."""
    whole = [entry.sealed() for entry in entries]
    end = whole[-1].position if whole else after
    batch = Batch(FEED, signer.name, region, after, end, last, whole)
    return msgspec.structs.replace(batch, signature=_signed(signer, batch))


def digest_list(signer: Signer, region: str, after: int, last: int, entries: Sequence[Entry]) -> DigestList:
    """A signed list of the digests of ``entries``."""
    lines = [entry.sealed().line() for entry in entries]
    end = lines[-1].position if lines else after
    batch = DigestList(DIGESTS, signer.name, region, after, end, last, lines)
    return msgspec.structs.replace(batch, signature=_signed(signer, batch))


def signed_text(batch: Batch | DigestList) -> str:
    """The text that a batch's signature covers: eight lines, the last of them the digest of all lines in order."""
    root = hashlib.sha256()
    for entry in batch.entries:
        line = entry.line() if isinstance(entry, Entry) else entry
        root.update(hashlib.sha256(canonical(msgspec.to_builtins(line))).digest())
    facts = (batch.type, batch.node, batch.region, batch.after, batch.next, batch.last, len(batch.entries))
    return "".join(f"{fact}\n" for fact in (*facts, root.hexdigest()))


def _signed(signer: Signer, batch: Batch | DigestList) -> str:
    return base64.b64encode(signer.sign(signed_text(batch))).decode()


def verify(batch: Batch | DigestList, keys: Sequence[VerifierKey], after: int, region: str | None = None) -> None:
    """Raise ``BatchRefused`` unless a known log key signed exactly this, in answer to exactly this question.

    ``after``: the position that was asked after; ``region``: the one that is received, None at the first contact.
    """
    _check_order(batch, after, region)
    _check_signature(batch, keys)
    for entry in batch.entries:
        if isinstance(entry, Entry) and entry.sealed().digest != entry.digest:
            raise _refused(f"第 {entry.position} 条记录与摘要不符", f"record {entry.position} does not fit its digest")


def _check_order(batch: Batch | DigestList, after: int, region: str | None) -> None:
    positions = [entry.position for entry in batch.entries]
    end = positions[-1] if positions else after
    in_order = all(one < two for one, two in zip([after, *positions], positions, strict=False))
    if batch.after != after or batch.next != end or batch.last < end or not in_order:
        raise _refused("不是所请求的区间", "it is not the stretch that was asked for")
    if region is not None and batch.region != region:
        raise _refused(f"属于区划 {batch.region}", f"it belongs to region {batch.region}")


def _check_signature(batch: Batch | DigestList, keys: Sequence[VerifierKey]) -> None:
    try:
        blob = base64.b64decode(batch.signature, validate=True)
    except (ValueError, binascii.Error) as error:
        raise _refused("签名格式不对", "its signature is malformed") from error
    for key in keys:
        if key.kind == LOG_KEY and (key.name, key.key_id) == (batch.node, blob[:4]):
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(blob[4:], signed_text(batch).encode())
            except InvalidSignature as error:
                raise _refused("签名不符", "its signature does not verify") from error
            return
    raise _refused("签名密钥未知", "it is not signed by a known key")


def _refused(zh: str, en: str) -> BatchRefused:
    return BatchRefused(reason_zh=zh, reason_en=en)
