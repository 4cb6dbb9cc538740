"""A credential in a file of the deployment, read again whenever the file changes: rotation without a restart.

Called by every connector. The file's name, change time and size are compared at each use, which costs microseconds;
the secret itself never stands in a list, an address, a message or a log.
"""

import asyncio
import os
from pathlib import Path

_PATIENCE, _PAUSE = 0.6, 0.05  # seconds


class Credential:
    """One secret: the first and only word of the file at ``path``.

    Raises ``OSError`` when it can not be read at the beginning and ``ValueError`` when it holds no single word of
    visible ASCII characters. Later faults keep the last secret: a file is empty for a moment while it is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._secret = _read(path)
        self.version = 0
        self._seen = _state(path)

    def __repr__(self) -> str:
        """Without the secret, so that no log ever holds one."""
        return f"Credential({self._path.name!r})"

    def secret(self) -> str:
        """The secret as the file holds it now; ``version`` is one higher after each change."""
        seen = _state(self._path)
        if seen is not None and seen != self._seen:
            self._take_up(seen)
        return self._secret

    def _take_up(self, seen: tuple[int, int, int]) -> None:
        try:
            found = _read(self._path)
        except (OSError, ValueError):
            return
        self._seen = seen
        if found != self._secret:
            self._secret, self.version = found, self.version + 1

    async def changed(self, version: int) -> bool:
        """Whether a newer secret than ``version`` comes within half a second.

        For whoever was refused with the old one: the other side may have changed before this file did.
        """
        for _ in range(round(_PATIENCE / _PAUSE)):
            self.secret()
            if self.version != version:
                return True
            await asyncio.sleep(_PAUSE)
        return False


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii").strip()
    except UnicodeDecodeError:
        text = ""
    if not text or not text.isprintable() or any(character.isspace() for character in text):
        raise ValueError(f"{path.name} must hold one token or password of ASCII characters without blanks")
    return text
