"""``tongban restore``: a node from its backup, as it was at a moment, in a new folder.

Touches neither the running node nor the backup. At night: docs/backup.md says it step by step.
"""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from tongban.basics.key_file import ring_file
from tongban.cli.backup import moment_of
from tongban.cli.home import Home
from tongban.cli.keys_copy import newest_copy, open_copy
from tongban.cli.main import reader_language
from tongban.cli.parts import master_from
from tongban.cli.rehearsing import judge
from tongban.connectors.backup.restoring import restore as restore_node
from tongban.connectors.backup.restoring import unpack
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
        Where the sealed copy of the keys lies; without it, copy ``keys/`` yourself.
    part
        File with one part of the master key; give as many as are needed. Without it, parts are asked for.
    system
        Which database, where the folder holds several.
    unpack_only
        Lay out data folder and log, and leave the recovery to another PostgreSQL.
    """
    archive, opened = archive_in(from_, system), read_identity(identity)
    moment = None if to is None else moment_of(to)
    if unpack_only:
        base, segments = unpack(archive, opened, folder.absolute(), moment, print)
        print(f"{base.folder.name} → {folder}，日志 log {segments}: {folder / 'wal'}")
        return
    restored = restore_node(archive, opened, folder.absolute(), moment, print)
    home = Home(restored.home)
    if keys_from is not None:
        _keys(home, keys_from, part or [])
    entries, faults = asyncio.run(judge(restored, home))
    chinese = reader_language() == "zh-CN"
    last = restored.last.isoformat(timespec="milliseconds") if restored.last else "-"
    print(f"最后一笔 {last}，存证 {entries} 条" if chinese else f"last commit {last}, {entries} entries in the ledger")
    if not restored.whole:
        print(
            "归档在该时刻之前结束，已恢复到最后"
            if chinese
            else "the archive ends before that moment: restored to its end"
        )
    for gap in archive.gaps(restored.base.manifest.segment):
        print(f"✗ 日志缺段 missing from the log: {gap}")
    if not ring_file(home.keys).exists():
        print(f"还需把密钥放到 {home.keys}" if chinese else f"the keys must still be put into {home.keys}")
        print(
            "没有密钥就无法核对备份是否由本节点签署"
            if chinese
            else "without the keys nobody can tell whether this node signed the backup"
        )
    for fault in faults:
        print(f"✗ {fault}")
    print(f"TONGBAN_HOME={restored.home} tongban doctor && TONGBAN_HOME={restored.home} tongban serve")
    raise SystemExit(1 if faults else 0)


def _keys(home: Home, place: Path, parts: list[Path]) -> None:
    from tongban.basics.key_file import PLACE, put_master
    from tongban.cli.errors import NoCopyOfKeys

    copy = newest_copy(place)
    if copy is None:
        raise NoCopyOfKeys(place=str(place))
    master = master_from(parts)
    open_copy(copy, master, home.keys)
    (home.keys / PLACE).unlink(missing_ok=True)  # that place belonged to the lost machine
    put_master(home.keys, master)
    print(f"密钥 keys: {copy.name}")
