"""Make one base: the whole database and the working folder's lists, sealed while they are read.

Nothing lies unsealed on any disk. Called by the backup process, ``tongban backup now`` and ``tongban init``.
"""

import datetime as dt
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import IO

import msgspec
import psycopg

from tongban.connectors.backup.chain import head_of
from tongban.connectors.backup.errors import BackupFailed
from tongban.connectors.backup.plan import BackupPlan
from tongban.connectors.backup.records import LOG_MEMORY, signature_of
from tongban.connectors.backup.sealing import seal_stream
from tongban.connectors.backup.store import BASE, HOME, MANIFEST, STAMP, Archive, Base, Manifest
from tongban.connectors.backup.wal import hold_log
from tongban.connectors.postgres_folder import programs_folder
from tongban.ledger.keys import Signer, sync_folder, write_durably

NOT_COPIED = ("postgres", "keys", "opened", "log", "wal", LOG_MEMORY, "rehearsal", "tongban.lock")
"""Of the working folder: what the base holds already, what must not lie with it, and what is made anew."""
_START = re.compile(r"write-ahead log start point: ([0-9A-F]+)/([0-9A-F]+) on timeline (\d+)")


class LogName(msgspec.Struct, frozen=True):
    """The transparency log's name and public keys, one ``name+hash+base64`` each; ``key`` signs the manifest."""

    origin: str
    keys: list[str]
    key: Signer


def archive_of(plan: BackupPlan, conninfo: str) -> Archive:
    """The archive of the database at ``conninfo``, its folders made."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
    assert row is not None
    archive = Archive(plan.destination, str(row[0]))
    archive.prepare()
    return archive


def take_base(plan: BackupPlan, archive: Archive, conninfo: str, home: Path, log: LogName) -> Base:
    """One base in ``archive``, finished when this returns. Raises ``BackupFailed``; then nothing of it remains."""
    hold_log(conninfo)
    head = head_of(archive, log.key.verifier, home / LOG_MEMORY)  # before the base begins: it needs nothing older
    began, version = _asked(conninfo)
    folder = archive.bases_folder / began.strftime(STAMP)
    try:
        folder.mkdir(mode=0o700)
        size, digest, segment = _database(conninfo, folder / BASE, plan.recipients)
        more, digest_of_home = _home(home, folder / HOME, plan.recipients)
        ended, _ = _asked(conninfo)
        manifest = Manifest(
            system=archive.folder.name,
            server_version=version,
            began=began,
            ended=ended,
            segment=segment,
            size=size + more,
            digests={BASE: digest, HOME: digest_of_home},
            recipients=plan.recipients,
            program=metadata.version("tongban"),
            log_origin=log.origin,
            log_keys=log.keys,
            log=head,
        )
        manifest = msgspec.structs.replace(manifest, signature=signature_of(log.key, manifest.signed_text()))
        draft = folder / f".{MANIFEST}"
        write_durably(draft, msgspec.json.format(msgspec.json.encode(manifest)))
        draft.rename(folder / MANIFEST)
        sync_folder(folder)
    except (OSError, psycopg.Error) as fault:
        shutil.rmtree(folder, ignore_errors=True)
        raise BackupFailed(reason=" ".join(str(fault).split())) from fault
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Base(folder, manifest)


def _asked(conninfo: str) -> tuple[dt.datetime, int]:
    """The server's clock, by which commits are stamped, and its version."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute("SELECT clock_timestamp(), current_setting('server_version_num')::int").fetchone()
    assert row is not None
    return row[0].astimezone(dt.UTC), row[1]


def _database(conninfo: str, target: Path, recipients: Sequence[str]) -> tuple[int, str, str]:
    """Size and digest of the sealed archive, and the first segment that it needs."""
    program = str(programs_folder() / "pg_basebackup")
    flags = ["-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast", "-Z", "gzip:1", "-v", "--no-password"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [program, "-d", conninfo, *flags],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        try:
            assert process.stdout is not None
            size, digest = seal_stream(process.stdout, target, recipients)
        finally:
            if process.stdout is not None:
                process.stdout.close()
            status = process.wait()
        said.seek(0)
        words = said.read().decode(errors="replace")
    started = _START.search(words)
    if status != 0 or started is None:
        raise BackupFailed(reason=(words.strip().splitlines() or [f"exit {status}"])[-1])
    high, low, line = int(started[1], 16), int(started[2], 16), int(started[3])
    return size, digest, f"{line:08X}{high:08X}{low // _segment_bytes(conninfo):08X}"


def _segment_bytes(conninfo: str) -> int:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute("SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'").fetchone()
    assert row is not None
    return int(row[0])


def _home(home: Path, target: Path, recipients: Sequence[str]) -> tuple[int, str]:
    """Lists and credentials of this deployment: small, so packed in memory."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        for path in sorted(home.iterdir()):
            if path.name not in NOT_COPIED and not path.is_symlink():
                tar.add(path, arcname=path.name)
    packed.seek(0)
    source: IO[bytes] = packed
    return seal_stream(source, target, recipients)
