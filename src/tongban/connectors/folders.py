"""Working folders: made or refused in one line, and held by one instance at a time.

Called by the embedded PostgreSQL and by the process-group supervisor, which both own a folder.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from tongban.connectors.folder_errors import FolderInUse, FolderUnwritable


def prepare_folder(folder: Path, mode: int = 0o755) -> Path:
    """Make ``folder`` (absolute, with its parents) and prove that a file can be written in it.

    Raises ``FolderUnwritable`` naming the folder and the system's reason.
    """
    folder = folder.absolute()
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as fault:
        raise FolderUnwritable(folder=str(folder), reason=fault.strerror or str(fault)) from fault
    return folder


class FolderLock:
    """An advisory lock (``flock``) that dies with its holder, so no stale lock can remain.

    The file keeps the holder's process id for the message that a second instance gets.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> Self:
        """Take the lock. Raises ``FolderInUse`` naming the holder's process id and the folder."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            holder = os.read(descriptor, 32).decode().strip() or "?"
            os.close(descriptor)
            raise FolderInUse(pid=holder, folder=str(self.path.parent)) from fault
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return self

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
