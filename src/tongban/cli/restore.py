"""``tongban restore``: a node from its backup, as it was at a moment, in a new folder.

Touches neither the running node nor the backup. At night: docs/backup.md says it step by step.
"""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from tongban.basics.errors import TongbanError
from tongban.basics.key_file import ring_file
from tongban.cli.backup import moment_of
from tongban.cli.home import Home
from tongban.cli.keys_copy import head_beside_keys, newest_copy, open_copy
from tongban.cli.main import reader_language
from tongban.cli.parts import master_from
from tongban.cli.rehearsing import judge
from tongban.cli.settings import read_settings
from tongban.connectors.backup.chain import LogFault, Trust, remembered
from tongban.connectors.backup.errors import TargetNotEmpty
from tongban.connectors.backup.records import LogHead
from tongban.connectors.backup.restoring import KEYS, Restored, unpack
from tongban.connectors.backup.restoring import restore as restore_node
from tongban.connectors.backup.sealing import read_identity
from tongban.connectors.backup.store import archive_in

restore_app = App(name="restore", help="Make a node from its backup, as it was at a moment.")
Flag = Annotated[bool, Parameter(negative="")]


@restore_app.default
def restore(
    folder: Path,
    *,
    from_: Annotated[Path, Parameter(name="--from")],
    identity: Path,
    to: str | None = None,
    keys_from: Path | None = None,
    part: list[Path] | None = None,
    system: str | None = None,
    unpack_only: Annotated[bool, Parameter(name="--unpack", negative="")] = False,
    unproven_log: Flag = False,
    as_far_as_proven: Flag = False,
) -> None:
    """Restore into a new folder, verify the ledger there, and say how to start it.

    Parameters
    ----------
    folder
        The new working folder; it must be empty.
    from_
        Where the backups lie (the destination of ``tongban backup set``).
    identity
        File with the operator's private key.
    to
        Moment to lead to, as ``2026-11-23 02:59`` (Chinese time); by default the newest that is archived.
    keys_from
        Where the sealed copy of the keys lies; without it, put ``keys/`` into the new folder yourself, before.
    part
        File with one part of the master key; give as many as are needed. Without it, parts are asked for.
    system
        Which database, where the folder holds several.
    unpack_only
        Lay out data folder and log, and leave the recovery to another PostgreSQL.
    unproven_log
        Take a base and a log of which nobody can tell that this node wrote them; an entry of the ledger says so.
    as_far_as_proven
        Where the log was altered or lacks something, lead to the last that is proven instead of refusing.
    """
    archive, opened = archive_in(from_, system), read_identity(identity)
    moment = None if to is None else moment_of(to)
    home = Home(folder.absolute())
    newest = LogHead() if keys_from is None else remembered(head_beside_keys(keys_from, archive))
    with _keys(home, keys_from, part or []):
        trust = Trust(home.log_key(read_settings().log_origin), newest, unproven_log, as_far_as_proven)
        if unpack_only:
            base, proof = unpack(archive, opened, home.path, moment, print, trust)
            print(f"{base.folder.name} → {folder}，日志 log {len(proof.segments)}: {folder / 'wal'}")
            _told(proof.signed, proof.fault, recorded=False)
            return
        restored = restore_node(archive, opened, home.path, moment, print, trust)
    entries, faults = asyncio.run(judge(restored, home))
    _report(restored, entries, archive.gaps(restored.base.manifest.segment), home)
    for fault in faults:
        print(f"✗ {fault}")
    print(f"TONGBAN_HOME={restored.home} tongban doctor && TONGBAN_HOME={restored.home} tongban serve")
    raise SystemExit(1 if faults or restored.fault else 0)


def _report(restored: Restored, entries: int, gaps: Sequence[str], home: Home) -> None:
    """What was restored, and what the operator must know or do before starting it."""
    chinese = reader_language() == "zh-CN"
    last = restored.last.isoformat(timespec="milliseconds") if restored.last else "-"
    print(f"最后一笔 {last}，存证 {entries} 条" if chinese else f"last commit {last}, {entries} entries in the ledger")
    if not restored.whole:
        print(
            "归档在该时刻之前结束，已恢复到最后"
            if chinese
            else "the archive ends before that moment: restored to its end"
        )
    _told(restored.signed, restored.fault, recorded=entries > 0)
    for gap in gaps:
        print(f"✗ 日志缺段 missing from the log: {gap}")
    if not ring_file(home.keys).exists():
        print(f"还需把密钥放到 {home.keys}" if chinese else f"the keys must still be put into {home.keys}")
        print(
            "没有密钥就无法核对备份是否由本节点签署"
            if chinese
            else "without the keys nobody can tell whether this node signed the backup"
        )


def _told(signed: bool, fault: LogFault | None, *, recorded: bool) -> None:
    """What the operator must know about how much of the log was proven."""
    chinese = reader_language() == "zh-CN"
    if not signed:
        print("日志没有经过签名核对" if chinese else "the log was not proven")
    if not signed and recorded:
        print("已记入存证" if chinese else "the ledger says so: backup.taken_unproven")
    if fault is not None:
        print(f"✗ {fault.message('zh-CN' if chinese else 'en')}")


@contextmanager
def _keys(home: Home, place: Path | None, parts: list[Path]) -> Iterator[None]:
    """The keys from their own place are laid out first, and go again when the restore is refused: it is tried anew."""
    if place is None:
        yield
        return
    _lay_out(home, place, parts)
    try:
        yield
    except TongbanError:
        if all(one.name in KEYS for one in home.path.iterdir()):
            for name in KEYS:
                shutil.rmtree(home.path / name, ignore_errors=True)
        raise


def _lay_out(home: Home, place: Path, parts: list[Path]) -> None:
    from tongban.basics.key_file import PLACE, put_master
    from tongban.cli.errors import NoCopyOfKeys

    if home.path.exists() and any(home.path.iterdir()):
        raise TargetNotEmpty(folder=str(home.path))
    copy = newest_copy(place)
    if copy is None:
        raise NoCopyOfKeys(place=str(place))
    master = master_from(parts)
    open_copy(copy, master, home.keys)
    (home.keys / PLACE).unlink(missing_ok=True)  # that place belonged to the lost machine
    put_master(home.keys, master)
    print(f"密钥 keys: {copy.name}")
