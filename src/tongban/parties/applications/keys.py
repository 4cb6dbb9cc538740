"""Keys that sign what applications are told: files outside the database, found by their names, changed one by one.

``<folder>/<algorithm>-<seconds>.pem`` (mode 0600) was made at that POSIX time. A new key is published at once and
signs an hour later, when every application has had the time to read it; the old one stays published for a day after,
so that what it signed can be checked. Which is which follows from the names alone: nothing else is kept. Called by the
composition root for the web and jobs processes, and by the command that makes a new key.
"""

import os
import re
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from msgspec import Struct

from tongban.ledger.keys import sync_folder, write_durably
from tongban.parties.applications.errors import SigningKeyFault
from tongban.parties.applications.models import Algorithm

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "RS256")
PUBLISHED_BEFORE = 3600
"""Seconds for which a key is published before it signs: longer than applications keep what they read."""
PUBLISHED_AFTER = 86400
"""Seconds for which a key stays published after the next one took its place."""
_NAME = re.compile(r"^(ES256|RS256)-([0-9]{1,12})\.pem$")


class KeyFile(Struct, frozen=True, order=True):
    """One key: its algorithm and when it was made (POSIX seconds). The name is also the key id."""

    algorithm: Algorithm
    made: int

    @property
    def name(self) -> str:
        """The key id."""
        return f"{self.algorithm}-{self.made}"


class SigningKeys:
    """The keys of one folder; the first of each algorithm is made when it is needed."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock

    def current(self, algorithm: Algorithm) -> tuple[str, "ECKey | RSAKey"]:
        """Id and key that sign now; made if there is none at all."""
        files = self._files(algorithm) or [self._make(algorithm, int(self._clock()))]
        ready = [file for file in files if file.made + PUBLISHED_BEFORE <= self._clock()]
        chosen = ready[-1] if ready else files[0]
        return chosen.name, self._read(chosen)

    def published(self) -> list[dict[str, Any]]:
        """Every key that an application may need, as public JWKs (RFC 7517)."""
        return [self._public(file) for algorithm in ALGORITHMS for file in self._wanted(algorithm)]

    def renew(self, algorithm: Algorithm) -> KeyFile:
        """Make a new key, which signs in an hour; remove those that nobody needs any more. Returns the new one."""
        self.current(algorithm)
        wanted = self._wanted(algorithm)
        for file in self._files(algorithm):
            if file not in wanted:
                self._path(file).unlink(missing_ok=True)
        return self._make(algorithm, max(int(self._clock()), wanted[-1].made + 1))

    def states(self) -> list[tuple[str, str]]:
        """Id and state (``next``, ``signs``, ``published``) of every key, for people who look after them."""
        return [(file.name, self._state(file)) for algorithm in ALGORITHMS for file in self._files(algorithm)]

    def _state(self, file: KeyFile) -> str:
        if file.name == self.current(file.algorithm)[0]:
            return "signs"
        if file not in self._wanted(file.algorithm):
            return "retired"
        return "next" if file.made + PUBLISHED_BEFORE > self._clock() else "published"

    def _wanted(self, algorithm: Algorithm) -> list[KeyFile]:
        """The keys that are published: those to come, the one that signs, and those replaced less than a day ago."""
        self.current(algorithm)
        files = self._files(algorithm)
        replaced = [later.made + PUBLISHED_BEFORE + PUBLISHED_AFTER for later in files[1:]]
        return [
            file for file, until in zip(files, [*replaced, None], strict=True) if not until or until > self._clock()
        ]

    def _files(self, algorithm: Algorithm) -> list[KeyFile]:
        if not self._folder.is_dir():
            return []
        found = (_NAME.match(path.name) for path in self._folder.iterdir())
        return sorted(KeyFile(algorithm, int(m[2])) for m in found if m and m[1] == algorithm)

    def _path(self, file: KeyFile) -> Path:
        return self._folder / f"{file.name}.pem"

    def _make(self, algorithm: Algorithm, made: int) -> KeyFile:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f".{algorithm}.{os.getpid()}.{time.monotonic_ns()}"
        key = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
        write_durably(draft, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        try:
            os.link(draft, self._path(KeyFile(algorithm, made)))  # whoever is first wins, and both use its key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        sync_folder(self._folder)
        return self._files(algorithm)[-1]

    def _read(self, file: KeyFile) -> "ECKey | RSAKey":
        path = self._path(file)
        try:
            if path.stat().st_mode & 0o077:
                raise SigningKeyFault(name=file.name, reason="others may read it: chmod 600")
            return _loaded(path, file.algorithm, file.name)
        except (OSError, ValueError) as error:
            raise SigningKeyFault(name=file.name, reason=str(error)) from error

    def _public(self, file: KeyFile) -> dict[str, Any]:
        return {**self._read(file).as_dict(private=False), "use": "sig", "alg": file.algorithm, "kid": file.name}


@cache
def _loaded(path: Path, algorithm: Algorithm, name: str) -> "ECKey | RSAKey":
    """A key of a file that never changes; read once."""
    # Imported here because it takes a tenth of a second, and most processes sign nothing.
    from joserfc.jwk import ECKey, RSAKey

    text = path.read_bytes()
    if algorithm == "ES256":
        return ECKey.import_key(text, {"kid": name})
    return RSAKey.import_key(text, {"kid": name})
