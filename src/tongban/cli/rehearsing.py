"""Rehearse the way back: the newest backup restored into a scratch database, the ledger in it verified, thrown away.

Called by ``tongban backup rehearse`` and by ``tongban init``; ``judge`` also by ``tongban restore``.
"""

import datetime as dt
import shutil
import time
from uuid import NAMESPACE_URL, uuid5

import psycopg
from msgspec import Struct
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection, platform_now
from tongban.basics.key_file import ring_file
from tongban.cli import operations
from tongban.cli.check_keys import check_vault
from tongban.cli.home import Home
from tongban.cli.settings import Settings
from tongban.connectors.backup.base import archive_of
from tongban.connectors.backup.chain import Trust, remembered
from tongban.connectors.backup.plan import read_plan
from tongban.connectors.backup.restoring import Restored, restore
from tongban.connectors.backup.sealing import Identity
from tongban.connectors.backup.store import Base
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.ledger.actions import prepare, record
from tongban.ledger.audit import verify_log
from tongban.ledger.report import Report
from tongban.ledger.verify_receipt import parse_keys

EXCUSED = ("promise.broken",)
"""A restored log may hold entries that were not sealed yet; they are when the node runs."""


class Rehearsal(Struct, frozen=True):
    """What came out. ``last``: the last commit that is there; ``entries``: sealed entries that were verified."""

    base: str
    last: dt.datetime | None
    whole: bool
    entries: int
    faults: tuple[str, ...]
    seconds: float

    @property
    def well(self) -> bool:
        """Whether a real restore would have given the node back."""
        return not self.faults

    def told(self) -> list[str]:
        """For whoever watches."""
        last = self.last.isoformat(timespec="seconds") if self.last else "-"
        lines = [f"备份 base {self.base}，最后一笔 last commit {last}，{self.seconds:.1f} s"]
        lines += [f"✗ {fault}" for fault in self.faults]
        return [*lines, f"✓ 存证 {self.entries} 条重算一致 entries verified"] if self.well else lines


async def rehearse_and_note(
    settings: Settings, conninfo: str, identity: Identity, moment: dt.datetime | None = None, *, unproven: bool = False
) -> Rehearsal:
    """Rehearse, and note how it went in the database at ``conninfo``. ``unproven``: a log of before the signatures too.

    Raises what a restore raises.
    """
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        operation = await operations.begin(connection, "rehearsal", {"unproven": True} if unproven else {})
        try:
            done = await rehearse(settings, conninfo, identity, moment, unproven=unproven)
        except BaseException as fault:
            await operations.end(connection, operation, "failed", {"reason": " ".join(str(fault).split())[:300]})
            raise
        told = {"base": done.base, "entries": done.entries, "seconds": round(done.seconds, 1), "faults": done.faults}
        await operations.end(connection, operation, "done" if done.well else "failed", told)
    return done


async def rehearse(
    settings: Settings, conninfo: str, identity: Identity, moment: dt.datetime | None, *, unproven: bool
) -> Rehearsal:
    """Restore into a scratch folder beside the node, look, and remove it."""
    home = Home(settings.home)
    trust = Trust(home.log_key(settings.log_origin), remembered(home.log_memory), unproven=unproven)
    began, archive = time.monotonic(), archive_of(read_plan(settings.home), conninfo)
    scratch = settings.home / "rehearsal"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    try:
        # Here and not in a thread: Linux stops the scratch server with the thread that started it.
        restored = restore(archive, identity, scratch / "node", moment, lambda _: None, trust, fast=True)
        entries, faults = await judge(restored, home, fast=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Rehearsal(
        restored.base.folder.name, restored.last, restored.whole, entries, tuple(faults), time.monotonic() - began
    )


async def judge(restored: Restored, keys: Home, *, fast: bool = False) -> tuple[int, list[str]]:
    """How many entries were verified in the restored database, and every fault. ``keys``: whose vault must open it."""
    server = EmbeddedPostgres(restored.home / "postgres", fast=fast)
    address = server.start()
    try:
        async with await psycopg.AsyncConnection.connect(
            address, autocommit=True, row_factory=namedtuple_row
        ) as connection:
            report = await verify_log(connection, parse_keys("\n".join(restored.base.manifest.log_keys)))
            known = ring_file(keys.keys).exists()
            opened = await check_vault(keys, connection) if known else []
            if not restored.signed:
                await _note_unproven(connection, restored)
    finally:
        server.stop()
    faults = [*(foreign(restored.base, keys) if known else ()), *_faults(report)]
    return report.size, [*faults, *(one.found[0] for one in opened if one.level == "fault")]


async def _note_unproven(connection: Connection, restored: Restored) -> None:
    """An entry in the restored ledger itself, where nobody takes it away again."""
    row = await (await connection.execute("SELECT region FROM ledger_entries LIMIT 1")).fetchone()
    if row is None:
        return
    facts = {"base": restored.base.folder.name, "segments": restored.segments}
    subject = uuid5(NAMESPACE_URL, f"urn:tongban:backup:{restored.base.manifest.system}")
    now = await platform_now(connection)
    await record(connection, prepare(row.region, "backup.taken_unproven", subject, facts, now))


def foreign(base: Base, keys: Home) -> list[str]:
    """What is wrong with whose backup it is. Without the node's log key nobody can tell."""
    if not (keys.keys / "log.pem").exists():
        return [
            f"没有日志密钥 log.pem，无法核对备份 {base.folder.name} without log.pem nobody can tell whose backup it is"
        ]
    own = keys.signer(base.manifest.log_origin).verifier
    if base.manifest.by(own) and str(own) in base.manifest.log_keys:
        return []
    return [
        f"备份 {base.folder.name} 不是本节点签署的，不要启用 this backup was not signed by this node: do not use it"
    ]


def _faults(report: Report) -> list[str]:
    return [finding.sentence() for finding in report.findings if finding.code not in EXCUSED]
