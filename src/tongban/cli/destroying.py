"""A retired key is destroyed: afterwards nothing opens what it sealed, wherever a copy of that lies.

Refused while anything in the database is sealed with it, while a process still seals with it, and while a backup of
its time is kept. The copies of the keys that hold it go with it. Called by ``tongban keys destroy``, which asks the
keepers.
"""

import datetime as dt
from uuid import NAMESPACE_URL, uuid5

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from tongban.basics.calendar_file import NATION
from tongban.basics.database import Connection, platform_now
from tongban.basics.errors import TongbanError
from tongban.basics.key_file import KeyRing, read_ring, write_ring
from tongban.cli.home import Home
from tongban.cli.keys_copy import SUFFIX, copy_keys
from tongban.cli.operations import queries
from tongban.cli.rotating import RotationRuns, Say
from tongban.cli.sealed import SEALED
from tongban.connectors.backup.errors import NoBackupPlan
from tongban.connectors.backup.plan import BackupPlan, read_plan
from tongban.connectors.backup.store import archives_in
from tongban.ledger.actions import prepare, record


class KeyInUse(TongbanError):
    """The key seals, was never retired, or is unknown."""

    code = "keys.in_use"
    status = 409
    zh = "密钥 {key} 没有停用（停用的有：{retired}）。办法：先执行 tongban keys rotate。"
    en = "Key {key} is not retired (retired are: {retired}). Repair: run tongban keys rotate first."


class KeyStillNeeded(TongbanError):
    """Something is sealed with the key, or a process may still seal with it."""

    code = "keys.still_needed"
    status = 409
    zh = "还有数据或进程在用密钥 {key}：{what}。办法：再执行一次 tongban keys rotate。"
    en = "Data or a process still uses key {key}: {what}. Repair: run tongban keys rotate once more."


class BackupsNeedKey(TongbanError):
    """Backups from the key's time are kept."""

    code = "keys.backups_need_it"
    status = 409
    zh = "还有 {count} 份 {day} 或更早的备份要用密钥 {key}。办法：等它们过期，或加 --older-too（从此不能解读它们）。"
    en = (
        "{count} backups of {day} or before need key {key}. Repair: wait until they have gone, or add --older-too "
        "(what is sealed in them can then never be opened)."
    )


async def destroy_key(home: Home, conninfo: str, key: str, say: Say, *, older_too: bool = False) -> None:
    """Destroy ``key``; what the ledger says of it stays.

    Raises ``KeyInUse``, ``KeyStillNeeded``, ``BackupsNeedKey``, ``RotationRuns``, ``MasterMissing``.
    """
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        if not await queries.only_rotation(connection):
            raise RotationRuns()
        ring = read_ring(home.keys)
        if key == ring.current or key not in ring.keys or key not in ring.retired:
            raise KeyInUse(key=key, retired=", ".join(ring.retired) or "-")
        await _unused(connection, key, ring)
        plan = _plan(home)
        if plan is not None and not older_too:
            _no_backups(plan, key, ring.retired[key])
        keys = {name: value for name, value in ring.keys.items() if name != key}
        write_ring(home.keys, msgspec.structs.replace(ring, keys=keys))
        gone = _forget_copies(home, plan)
        await _noted(connection, key)
    say(f"{key} 已销毁 destroyed；{gone} 份旧的密钥副本已删除 old copies of the keys removed")


async def _unused(connection: Connection, key: str, ring: KeyRing) -> None:
    behind = [row.name async for row in queries.not_holding(connection, key=ring.current, sealing=True)]
    if behind:
        raise KeyStillNeeded(key=key, what=", ".join(behind))
    for column in SEALED:
        if count := await _sealed_with(connection, column.table, column.column, key):
            raise KeyStillNeeded(key=key, what=f"{column.name}: {count}")


async def _sealed_with(connection: Connection, table: str, column: str, key: str) -> int:
    """How many values of a column name ``key`` in their envelope, whatever the algorithm."""
    name = bytes((len(key),)) + key.encode()
    value = sql.Identifier(column)
    statement = sql.SQL("SELECT count(*) AS found FROM {} WHERE substring({} FROM 3 FOR %s) = %s").format(
        sql.Identifier(table), value
    )
    row = await (await connection.execute(statement, [len(name), name])).fetchone()
    return int(row[0]) if row else 0


def _plan(home: Home) -> BackupPlan | None:
    try:
        return read_plan(home.path)
    except NoBackupPlan:
        return None


def _no_backups(plan: BackupPlan, key: str, retired: str) -> None:
    day = dt.date.fromisoformat(retired)
    found = [base for archive in archives_in(plan.destination) for base in archive.bases()]
    older = [base for base in found if base.manifest.ended.date() <= day]
    if older:
        raise BackupsNeedKey(key=key, count=len(older), day=retired)


def _forget_copies(home: Home, plan: BackupPlan | None) -> int:
    """Remove the sealed copies that hold the key, once a copy without it lies beside them."""
    fresh = copy_keys(home, plan) if plan is not None else None
    if fresh is None:
        return 0
    old = [one for one in fresh.parent.glob(f"*{SUFFIX}") if one != fresh]
    for one in old:
        one.unlink()
    return len(old)


async def _noted(connection: Connection, key: str) -> None:
    subject = uuid5(NAMESPACE_URL, f"urn:tongban:key:{key}")
    await record(connection, prepare(NATION, "key.destroyed", subject, {"key": key}, await platform_now(connection)))
