"""From a backup to a node: the base laid out, the log opened, the server led to the moment that is wanted.

Writes only into a new folder, never over anything. Called by ``tongban restore`` and by rehearsals.
"""

import datetime as dt
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import psycopg
from msgspec import Struct

from tongban.connectors.backup.chain import LogFault, Proof, Trust, believed
from tongban.connectors.backup.errors import BackupAltered, OtherVersion, RestoreFailed, TargetNotEmpty
from tongban.connectors.backup.sealing import Identity, open_file, opened
from tongban.connectors.backup.store import BASE, HOME, SEALED, Archive, Base
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.connectors.postgres_errors import PostgresStartFailed
from tongban.connectors.postgres_folder import MAJOR

_TOO_LATE = "recovery ended before configured recovery target was reached"
_RECOVERY = ("restore_command", "recovery_target_time", "recovery_target_action", "recovery_target_timeline")
KEYS = ("keys", "opened")
"""What the new folder may hold already: by it the log is proven."""
Say = Callable[[str], None]


class Restored(Struct, frozen=True):
    """What stands now. ``last``: when the last commit happened that it holds; None: none after the base.

    ``whole``: the archive reached the moment that was wanted; otherwise it ended before, at ``last``.
    ``signed``: the log was proven to be the node's; ``fault``: what ended it early.
    """

    home: Path
    base: Base
    segments: int
    last: dt.datetime | None
    whole: bool
    signed: bool
    fault: LogFault | None = None


def restore(
    archive: Archive, identity: Identity, target: Path, moment: dt.datetime | None, say: Say, trust: Trust,
    *, fast: bool = False,
) -> Restored:  # fmt: skip
    """Restore into the new folder ``target`` as of ``moment`` (None: the newest archived), and stop the server again.

    ``fast`` does not wait for the disk: for rehearsals only. Raises ``TargetNotEmpty``, ``NoBackupFits``,
    ``IdentityWrong``, ``BackupAltered``, what ``believed`` raises about the log, ``OtherVersion``, ``RestoreFailed``.
    """
    base, proof = unpack(archive, identity, target, moment, say, trust)
    if base.manifest.server_version // 10000 != int(MAJOR):
        raise OtherVersion(found=base.manifest.server_version // 10000, own=MAJOR)
    data, whole = target / "postgres" / "data", True
    _prepare(data, target / "wal", moment)
    say(f"重放日志 {len(proof.segments)} 段")
    try:
        last = _replay(target, fast)
    except PostgresStartFailed as fault:
        log = target / "postgres" / "postgres.log"
        if _TOO_LATE not in log.read_text("utf-8", "replace"):
            raise RestoreFailed(reason=" ".join(str(fault).split()), log=str(log)) from fault
        # Nothing later was archived, so everything that was is at or before the moment.
        whole = False
        _prepare(data, target / "wal", None)
        last = _replay(target, fast)
    shutil.rmtree(target / "wal")
    return Restored(target, base, len(proof.segments), last, whole, proof.signed, proof.fault)


def unpack(
    archive: Archive, identity: Identity, target: Path, moment: dt.datetime | None, say: Say, trust: Trust
) -> tuple[Base, Proof]:
    """Lay out the base and open the log beside it (``wal``), for whoever replays it. Raises as ``restore``.

    ``target`` may hold the node's keys and nothing else.
    """
    if target.exists() and any(one.name not in KEYS for one in target.iterdir()):
        raise TargetNotEmpty(folder=str(target))
    base = archive.base_for(moment)
    base.check()
    proof = believed(archive, base, trust)
    data, wal = target / "postgres" / "data", target / "wal"
    for folder in (target, target / "postgres", data, wal):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    say(f"解开备份 {base.manifest.ended:%Y-%m-%d %H:%M:%S} UTC，{base.manifest.size // 1024 // 1024} MB")
    _lay_out(base.folder / HOME, target, identity)
    _lay_out(base.folder / BASE, data, identity)
    for sealed in proof.segments:
        open_file(sealed, wal / sealed.name.removesuffix(SEALED), identity)
    return base, proof


def _lay_out(sealed: Path, folder: Path, identity: Identity) -> None:
    try:
        with opened(sealed, identity) as stream, tarfile.open(fileobj=stream, mode="r|gz") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError) as fault:
        raise BackupAltered(file=str(sealed)) from fault


def _prepare(data: Path, wal: Path, moment: dt.datetime | None) -> None:
    data.chmod(0o700)
    quoted = str(wal).replace("'", "''").replace("%", "%%")
    given = {"restore_command": f'cp "{quoted}/%f" "%p"', "recovery_target_timeline": "latest"}
    if moment is not None:
        given |= {"recovery_target_time": moment.isoformat(), "recovery_target_action": "promote"}
    settings = data / "postgresql.auto.conf"
    before = [line for line in settings.read_text("utf-8").splitlines() if not line.startswith(_RECOVERY)]
    settings.write_text("\n".join([*before, *(f"{name} = '{value}'" for name, value in given.items())]) + "\n", "utf-8")
    (data / "recovery.signal").touch(mode=0o600)


def _replay(target: Path, fast: bool) -> dt.datetime | None:
    """Start the server until it has left the recovery; then it forgets how it was made."""
    # Nobody may look in before the moment is reached: the server counts as started when the recovery is over.
    server = EmbeddedPostgres(target / "postgres", fast=fast, settings={"hot_standby": "off"})
    address = server.start()
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            row = connection.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
            for name in _RECOVERY:
                connection.execute(f"ALTER SYSTEM RESET {name}")  # type: ignore[call-overload, unused-ignore]
    finally:
        server.stop()
    return row[0].astimezone(dt.UTC) if row and row[0] else None
