"""What the node signs about its backups: one record for each sealed segment of the log, each naming the one before.

A file is sealed for a public key, which anybody can do who may write to the destination: the signature says who wrote.
Used by the archive, by whoever keeps the log, and by the restore.
"""

import base64
import datetime as dt
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tongban.ledger.keys import Signer
from tongban.ledger.verify_receipt import VerifierKey

SIGNED = "tongban backup log v1\n"
LOG_MEMORY = "backup-log.json"
"""In the working folder: how far the signed log reaches. It is not copied: a restored node asks the archive."""


class LogHead(msgspec.Struct, frozen=True):
    """How far the signed log reaches: ``number`` of the newest record and SHA-256 of its text; 0 before the first."""

    number: int = 0
    digest: str = ""


class LogRecord(msgspec.Struct, frozen=True):
    """One sealed segment, or the history of a time line.

    ``name`` tells time line and position in the log (PostgreSQL's name of the segment), ``digest`` is the SHA-256 of
    the sealed file, ``number`` counts what this database's archive was given, ``previous`` is the digest of the record
    before it, ``sealed`` the moment, ``signature`` by the transparency log's key over all the rest, base64.
    """

    system: str
    number: int
    name: str
    digest: str
    previous: str
    sealed: dt.datetime
    signature: str = ""

    def signed_text(self) -> str:
        """What ``signature`` is over."""
        return SIGNED + msgspec.json.encode(msgspec.structs.replace(self, signature="")).decode()

    def signed(self, key: Signer) -> "LogRecord":
        """The same with the node's signature."""
        return msgspec.structs.replace(self, signature=signature_of(key, self.signed_text()))

    def by(self, key: VerifierKey) -> bool:
        """Whether the node with this log key made it."""
        return is_signed(key, self.signed_text(), self.signature)

    @property
    def head(self) -> LogHead:
        """How far the log reaches with this record."""
        return LogHead(self.number, hashlib.sha256(self.signed_text().encode()).hexdigest())


def signature_of(key: Signer, text: str) -> str:
    """The signature over ``text``, base64."""
    return base64.b64encode(key.private.sign(text.encode())).decode()


def is_signed(key: VerifierKey, text: str, signature: str) -> bool:
    """Whether ``signature`` (base64) over ``text`` is by ``key``."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(base64.b64decode(signature, validate=True), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
