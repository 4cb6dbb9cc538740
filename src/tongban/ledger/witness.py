"""A witness: somebody else's key that cosigns only histories which grow (C2SP tlog-witness v1).

Started by ``tongban witness serve`` as a process of its own, best on another machine under another
office. Its folder holds its key and, for each log, the last head it cosigned. A witness whose folder
was lost must be retired with its key: an empty memory would cosign a rewritten history.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import IO, NamedTuple

from tongban.ledger.checkpoints import cosignature_line
from tongban.ledger.errors import WitnessBusy
from tongban.ledger.keys import Signer, sync_folder, write_durably
from tongban.ledger.merkle import EMPTY_ROOT, extends
from tongban.ledger.verify_receipt import (
    Checkpoint,
    InvalidProof,
    VerifierKey,
    decode,
    open_checkpoint,
    parse_checkpoint,
)

MAX_PROOF = 63
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


class Answer(NamedTuple):
    """What the witness says: HTTP status, content type, body."""

    status: int
    content_type: str
    body: str


class Request(NamedTuple):
    """A parsed add-checkpoint request."""

    old: int
    proof: list[bytes]
    note: str
    origin: str


class Witness:
    """Remembers the last head of every log and cosigns heads that extend it. Safe from any thread."""

    def __init__(self, folder: Path, signer: Signer, trusted: Callable[[], Sequence[VerifierKey]]) -> None:
        """``trusted`` gives the keys of the logs to witness; asked anew at every request."""
        self.signer = signer
        self._folder = folder
        self._trusted = trusted
        self._lock = Lock()
        self._claim = _claim(folder)

    def close(self) -> None:
        """Let another process use the folder."""
        self._claim.close()

    def latest(self, origin_digest: str) -> str | None:
        """The last cosigned note of the log whose origin has this SHA-256 (hex), or None."""
        path = self._folder / f"{origin_digest}.note"
        return path.read_text("utf-8") if origin_digest.isalnum() and path.exists() else None

    def add_checkpoint(self, body: bytes, now: int) -> Answer:
        """Check a new head against memory, remember it durably, then cosign; ``now`` is POSIX seconds."""
        try:
            request = parse_request(body)
        except InvalidProof as error:
            return Answer(400, TEXT, f"{error}\n")
        keys = [key for key in self._trusted() if key.name == request.origin]
        if not keys:
            return Answer(404, TEXT, "unknown log\n")
        try:
            head, _ = open_checkpoint(request.note, request.origin, keys)
        except InvalidProof as error:
            return Answer(403, TEXT, f"{error}\n")
        if request.old > head.size:
            return Answer(400, TEXT, "old size is larger than the checkpoint\n")
        with self._lock:
            return self._judge(request, head, now)

    def _judge(self, request: Request, head: Checkpoint, now: int) -> Answer:
        known = self._known(request.origin)
        if request.old != known.size or (head.size == known.size and head.root != known.root):
            return Answer(409, SIZE, f"{known.size}\n")
        if not extends(known.size, known.root, head.size, head.root, request.proof):
            return Answer(422, TEXT, "consistency proof does not verify\n")
        line = cosignature_line(self.signer, head, now)
        self._remember(request, line)
        return Answer(200, TEXT, line)

    def _known(self, origin: str) -> Checkpoint:
        note = self.latest(digest_of(origin))
        if note is None:
            return Checkpoint(origin, 0, EMPTY_ROOT, "")
        return parse_checkpoint(note.rpartition("\n\n")[0] + "\n")

    def _remember(self, request: Request, line: str) -> None:
        path = self._folder / f"{digest_of(request.origin)}.note"
        draft = path.with_suffix(".draft")
        write_durably(draft, (request.note + line).encode())
        os.replace(draft, path)
        sync_folder(self._folder)


def digest_of(origin: str) -> str:
    """The name under which a witness keeps a log: SHA-256 of its origin, hex."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _claim(folder: Path) -> IO[str]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = (folder / "lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise WitnessBusy(folder=str(folder)) from error
    return handle


def parse_request(body: bytes) -> Request:
    """Read an add-checkpoint body: old size, proof lines, an empty line, the checkpoint."""
    try:
        head, gap, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise InvalidProof("body is not UTF-8") from error
    first, *steps = head.split("\n")
    word, _, size = first.partition(" ")
    if not gap or word != "old" or not size.isascii() or not size.isdigit() or str(int(size)) != size:
        raise InvalidProof("old size line is malformed")
    proof = [decode(step, "consistency proof") for step in steps]
    if len(proof) > MAX_PROOF or any(len(step) != 32 for step in proof):
        raise InvalidProof("consistency proof is malformed")
    head_text = note.rpartition("\n\n")[0] + "\n"
    return Request(int(size), proof, note, parse_checkpoint(head_text).origin)
