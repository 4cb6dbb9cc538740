"""A new key in place of the one that seals, while the node works; goes on where it was killed.

First every process learns the new key, then it seals, then what older keys sealed is sealed anew in batches, then the
old key is marked as retired. No request waits: a batch locks its own rows for milliseconds, and whoever changes one
meanwhile wins. The retired key stays in the file, because backups and reversible masks of its time need it.
"""

import asyncio
import datetime as dt
import secrets
import time
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from tongban.basics.calendar import local_day
from tongban.basics.calendar_file import NATION
from tongban.basics.database import Connection, platform_now
from tongban.basics.errors import TongbanError
from tongban.basics.key_file import KEY_BYTES, KeyRing, read_ring, write_ring
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.vault import Algorithm, Vault, VaultError
from tongban.cli import operations
from tongban.cli.home import Home
from tongban.cli.keys_copy import copy_keys
from tongban.cli.operations import queries
from tongban.cli.sealed import SEALED
from tongban.connectors.backup.errors import NoBackupPlan
from tongban.connectors.backup.plan import read_plan
from tongban.ledger.actions import prepare, record

BATCH = 200
LEARN_SECONDS = 60.0
PASSES = 5
Say = Callable[[str], None]


class RotationRuns(TongbanError):
    """Another rotation is at work."""

    code = "keys.rotation_runs"
    status = 409
    zh = "另一次密钥轮换正在进行。办法：等它结束。"
    en = "Another rotation of the keys is at work. Repair: wait for it."


class KeyNotLearned(TongbanError):
    """A process did not take up the new key in time; nothing was sealed with it yet."""

    code = "keys.not_learned"
    status = 503
    zh = "{processes} 在 {seconds} 秒内没有学到新密钥。办法：看它的日志，重启它，再执行 tongban keys rotate 继续。"
    en = "{processes} did not learn the new key within {seconds} s. Repair: see its log; then run this again."


class NotResealed(TongbanError):
    """Some values could not be sealed anew; the old key is not retired."""

    code = "keys.not_resealed"
    status = 500
    zh = "有 {count} 条仍用旧密钥，例如 {first}。旧密钥继续保留。办法：检查这些行是否损坏。"
    en = "{count} values still use the old key, such as {first}; it stays in use. Repair: see whether they are damaged."


async def rotate(home: Home, conninfo: str, say: Say, algorithm: Algorithm | None = None) -> int:
    """Rotate to the end; how many values were sealed anew. ``algorithm``: another one from now on.

    Raises ``RotationRuns``, ``KeyNotLearned``, ``NotResealed``, ``MasterMissing``.
    """
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        if not await queries.only_rotation(connection):
            raise RotationRuns()
        await queries.forget_holders(connection)
        operation, old, new = await _begun(connection, read_ring(home.keys))
        say(f"{old} → {new}")
        await _learn(connection, home, new, say, algorithm)
        sealed, left = await reseal(connection, read_ring(home.keys).vault(), say)
        if left:
            await operations.progress(connection, operation, {"left": len(left)})
            raise NotResealed(count=len(left), first=left[0])
        today = local_day(dt.datetime.now(dt.UTC)).isoformat()
        ring = read_ring(home.keys)
        write_ring(home.keys, msgspec.structs.replace(ring, retired={**ring.retired, old: today}))
        _copied(home)
        await _noted(connection, old, new, sealed)
        await operations.end(connection, operation, "done", {"resealed": sealed})
    say(f"完成：{sealed} 条已用 {new} 重新封存，{old} 停用并保留 done: {sealed} sealed anew, {old} retired and kept")
    return sealed


async def _begun(connection: Connection, ring: KeyRing) -> tuple[UUID, str, str]:
    """The rotation that was killed, or a new one: its row, the old key's id and the new one's."""
    running = await operations.latest(connection, "rotation", "running")
    if running is not None:
        return running.id, running.detail["from"], running.detail["to"]
    numbers = [int(name[1:]) for name in ring.keys if name[:1] == "k" and name[1:].isdecimal()]
    new = f"k{max(numbers, default=0) + 1}"
    operation = await operations.begin(connection, "rotation", {"from": ring.current, "to": new})
    return operation, ring.current, new


async def _learn(connection: Connection, home: Home, new: str, say: Say, algorithm: Algorithm | None) -> None:
    ring = read_ring(home.keys)
    if new not in ring.keys:
        today = local_day(dt.datetime.now(dt.UTC)).isoformat()
        keys = {**ring.keys, new: secrets.token_bytes(KEY_BYTES)}
        ring = msgspec.structs.replace(ring, keys=keys, made={**ring.made, new: today})
        write_ring(home.keys, ring)
    _copied(home)  # before anything is sealed that only the new key opens
    await _wait(connection, new, sealing=False)
    say(f"各进程已学到 {new} every process has learnt it")
    if ring.current != new:
        write_ring(home.keys, msgspec.structs.replace(ring, current=new, algorithm=algorithm or ring.algorithm))
    await _wait(connection, new, sealing=True)
    say(f"各进程已用 {new} 封存 every process seals with it")


async def _wait(connection: Connection, key: str, *, sealing: bool) -> None:
    deadline = time.monotonic() + LEARN_SECONDS
    while behind := [row.name async for row in queries.not_holding(connection, key=key, sealing=sealing)]:
        if time.monotonic() > deadline:
            raise KeyNotLearned(processes=", ".join(behind), seconds=round(LEARN_SECONDS))
        await asyncio.sleep(0.5)


def _copied(home: Home) -> None:
    try:
        copy_keys(home, read_plan(home.path))
    except NoBackupPlan:
        return


async def reseal(connection: Connection, vault: Vault, say: Say) -> tuple[int, list[str]]:
    """Seal anew whatever is not sealed as ``vault`` seals now; how many, and names of what could not be opened.

    Again until nothing is left: a request that began before the key changed may still write with the old one.
    """
    total, left = 0, list[str]()
    for _ in range(PASSES):
        left, before = [], total
        for column in SEALED:
            done, broken = await seal_anew(connection, vault, column)
            if done:
                say(f"  {column.name}: {done}")
            total, left = total + done, left + broken
        if total == before:
            break
    return total, left


async def seal_anew(connection: Connection, vault: Vault, column: SealedColumn) -> tuple[int, list[str]]:
    """Seal everything of one column as it is done now; how many values, and the rows that can not be opened."""
    done, broken, last = 0, list[str](), None
    while True:
        cursor = await connection.execute(_select(column, last), [vault.prefix, vault.prefix, *(last or ()), BATCH])
        rows = await cursor.fetchall()
        if not rows:
            return done, broken
        fresh: list[list[Any]] = []
        for row in rows:
            try:
                plain = column.opened(vault, bytes(row.sealed_value), row)
                fresh.append([vault.seal(plain, column.context(row)), *_key(column, row), row.sealed_value])
            except VaultError:
                broken.append(f"{column.name} {'/'.join(str(part) for part in _key(column, row))}")
        done += await _written(connection, column, fresh)
        last = _key(column, rows[-1])


def _key(column: SealedColumn, row: Any) -> list[Any]:
    return [getattr(row, name) for name in column.key]


def _select(column: SealedColumn, last: list[Any] | None) -> sql.Composed:
    """A batch that is sealed otherwise than now, in the order of the key; ``last``: the key of the one before."""
    names = sql.SQL(", ").join(sql.Identifier(name) for name in dict.fromkeys((*column.key, *column.bound)))
    key, value = sql.SQL(", ").join(map(sql.Identifier, column.key)), sql.Identifier(column.column)
    places = sql.SQL(", ").join(sql.Placeholder() for _ in column.key)
    after = sql.SQL("AND ({}) > ({})").format(key, places) if last else sql.SQL("")
    return sql.SQL(
        "SELECT {}, {} AS sealed_value FROM {} WHERE {} IS NOT NULL AND substring({} FROM 1 FOR length(%s::bytea))"
        " IS DISTINCT FROM %s {} ORDER BY {} LIMIT %s"
    ).format(names, value, sql.Identifier(column.table), value, value, after, key)


async def _written(connection: Connection, column: SealedColumn, rows: list[list[Any]]) -> int:
    """Put the new envelopes in place, unless somebody has changed the row since."""
    same = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in column.key)
    value = sql.Identifier(column.column)
    statement = sql.SQL("UPDATE {} SET {} = %s WHERE {} AND {} = %s").format(
        sql.Identifier(column.table), value, same, value
    )
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.executemany(statement, rows)
        return cursor.rowcount if rows else 0


async def _noted(connection: Connection, old: str, new: str, sealed: int) -> None:
    subject = uuid5(NAMESPACE_URL, f"urn:tongban:key:{new}")
    facts = {"from": old, "to": new, "resealed": sealed}
    await record(connection, prepare(NATION, "key.rotated", subject, facts, await platform_now(connection)))
