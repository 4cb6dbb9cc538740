"""Signing keys of the node's log and of a witness: files that are made once and kept private.

Called by the commands, the web floor (promises) and the jobs process (checkpoints).
"""

import base64
import os
import time
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tongban.ledger.errors import BadNote
from tongban.ledger.verify_receipt import LOG_KEY, WITNESS_KEY, VerifierKey


class Signer(NamedTuple):
    """A named private key with its public half; ``verifier.kind`` says what it signs (log or witness)."""

    private: Ed25519PrivateKey
    verifier: VerifierKey

    @property
    def name(self) -> str:
        """The key name; for a log it is the origin line of its checkpoints."""
        return self.verifier.name

    def sign(self, text: str) -> bytes:
        """Key id and signature over ``text`` (C2SP signed-note, Ed25519): 68 bytes."""
        return self.verifier.key_id + self.private.sign(text.encode())

    def cosign(self, text: str, stamp: int) -> bytes:
        """Key id, time and signature (C2SP tlog-cosignature v1): 76 bytes. ``stamp`` is POSIX seconds."""
        message = f"cosignature/v1\ntime {stamp}\n{text}".encode()
        return self.verifier.key_id + stamp.to_bytes(8, "big") + self.private.sign(message)


def log_signer(path: Path, name: str) -> Signer:
    """The node's log key ``name`` from ``path``, made there if missing."""
    return load_or_create(path, name, LOG_KEY)


def witness_signer(path: Path, name: str) -> Signer:
    """A witness's key ``name`` from ``path``, made there if missing."""
    return load_or_create(path, name, WITNESS_KEY)


def load_or_create(path: Path, name: str, kind: int) -> Signer:
    """Read the Ed25519 PKCS#8 file at ``path``; if there is none, make one with mode 0600.

    Two processes that start together end with the same key: whoever links the file first wins.
    """
    if not name or "+" in name or any(sign.isspace() for sign in name):
        raise BadNote(reason=f"key name {name!r}")
    if not path.exists():
        _create(path)
    private = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(private, Ed25519PrivateKey):
        raise BadNote(reason=f"{path.name} is not an Ed25519 key")
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(private, VerifierKey(name, kind, public))


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    write_durably(draft, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(path.parent)


def write_durably(path: Path, content: bytes) -> None:
    """Write ``content`` to a new or emptied file of mode 0600 and wait until the disk has it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in ``folder``."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def signature_line(name: str, blob: bytes) -> str:
    """One signature line of a signed note, newline included."""
    return f"— {name} {base64.b64encode(blob).decode()}\n"
