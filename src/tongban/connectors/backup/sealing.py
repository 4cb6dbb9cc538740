"""Files sealed for an operator: gzip within age (X25519, ChaCha20-Poly1305), which any ``age`` program opens.

The node holds public keys only, so that a stolen node opens none of its own backups. Called by bases, the archive of
the log, and the restore.
"""

import gzip
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tongban.connectors.backup.errors import IdentityWrong
from tongban.ledger.keys import write_durably

if TYPE_CHECKING:
    import pyrage

Identity = Any
"""A private key of ``age``; its library declares no types."""


class _Counted:
    """Writes through, counting bytes and keeping their digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.size, self._digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def recipients_of(texts: Sequence[str]) -> "list[pyrage.x25519.Recipient]":
    """The public keys that ``texts`` name."""
    import pyrage

    return [pyrage.x25519.Recipient.from_str(text) for text in texts]


def make_identity(path: Path) -> str:
    """A new private key in the new file ``path`` (mode 0600), as ``age-keygen`` writes it. Returns its public key."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    write_durably(path, f"# public key: {public}\n{identity}\n".encode())
    return public


def read_identity(path: Path) -> Identity:
    """The private key in ``path``. Raises ``IdentityWrong``."""
    import pyrage

    try:
        lines = [line.strip() for line in path.read_text("ascii").splitlines()]
        return pyrage.x25519.Identity.from_str(next(line for line in lines if line.startswith("AGE-SECRET-KEY-")))
    except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise IdentityWrong(file=str(path), reason=reason, recipients="age1…") from error


def seal_stream(source: IO[bytes], path: Path, recipients: Sequence[str]) -> tuple[int, str]:
    """Seal what ``source`` gives into ``path``, on the disk when this returns. Returns size and SHA-256 of the file."""
    import pyrage

    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        counted = _Counted(file)
        pyrage.encrypt_io(source, counted, recipients_of(recipients))
        file.flush()
        os.fsync(file.fileno())
    return counted.size, counted.sha256


def sealed(source: Path, recipients: Sequence[str]) -> bytes:
    """``source`` compressed and sealed."""
    import pyrage

    content: bytes = pyrage.encrypt(gzip.compress(source.read_bytes(), 1), recipients_of(recipients))
    return content


def put(target: Path, content: bytes) -> None:
    """Write ``content`` as ``target``, which appears whole or not at all; ``sync_folder`` makes its name last."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    write_durably(draft, content)
    draft.rename(target)


def open_file(sealed: Path, target: Path, identity: Identity) -> None:
    """Open the file of what ``sealed`` gave. Raises ``IdentityWrong``."""
    with opened(sealed, identity) as packed, gzip.open(packed) as plain, target.open("wb") as file:
        shutil.copyfileobj(plain, file, 1 << 20)


@contextmanager
def opened(sealed: Path, identity: Identity) -> Iterator[IO[bytes]]:
    """The content of ``sealed`` as it is opened, never on a disk. Raises ``IdentityWrong``, also for altered files."""
    import pyrage

    reading, writing = os.pipe()
    faults: list[Exception] = []

    def run() -> None:
        try:
            with sealed.open("rb") as file, os.fdopen(writing, "wb") as out:
                pyrage.decrypt_io(file, out, [identity])
        except (pyrage.DecryptError, OSError) as error:
            faults.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        with os.fdopen(reading, "rb") as stream:
            yield stream
            while stream.read(1 << 20):  # the padding of an archive, so that the end is authenticated too
                continue
    except Exception as error:
        thread.join()
        raise _wrong(sealed, faults[0]) if faults else error from error
    thread.join()
    if faults:
        raise _wrong(sealed, faults[0])


def _wrong(sealed: Path, fault: Exception) -> IdentityWrong:
    return IdentityWrong(file=str(sealed), reason=" ".join(str(fault).split()), recipients="manifest.json")
