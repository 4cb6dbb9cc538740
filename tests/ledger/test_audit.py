"""Whatever is done to a sealed log behind its back, the audit finds and names it."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tongban.basics.database import Connection
from tongban.ledger import tiles
from tongban.ledger.actions import erase, prepare, record, record_promise
from tongban.ledger.audit import verify_log
from tongban.ledger.checkpoints import sign_checkpoint
from tongban.ledger.keys import Signer
from tongban.ledger.models import Prepared, leaf_bytes
from tongban.ledger.receipts import make_promise
from tongban.ledger.report import SENTENCES, Report
from tongban.ledger.sealer import seal_all
from tongban.ledger.verify_receipt import leaf_hash
from tongban.ledger.witness import Witness

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
REGION = "330103"
SIZES = (3, 300, 700)


def entry(number: int) -> Prepared:
    data = {"applicant": "王芳", "number": number}
    return prepare(REGION, "case.submitted", uuid.uuid4(), data, NOW, person_key=b"p" * 32)


async def sealed_log(conn: Connection, signer: Signer) -> list[Prepared]:
    """A log of three checkpoints; returns its entries in their order."""
    entries: list[Prepared] = []
    for size in SIZES:
        fresh = [entry(number) for number in range(size - len(entries))]
        await record(conn, *fresh)
        await seal_all(conn, signer)
        entries += fresh
    return entries


def found(report: Report) -> set[tuple[str, Any]]:
    """The findings as (code, what it names), shortened to the first thing named."""
    return {
        (
            each.code,
            next(each.where[name] for name in ("index", "path", "size", "entry", "start") if name in each.where),
        )
        for each in report.findings
    }


async def rewrite(conn: Connection, signer: Signer | None) -> None:
    """What an operator with all of the database does: rebuild leaves, tiles and heads from the entries."""
    cursor = await conn.execute(
        "SELECT region, id, at, kind, digest FROM ledger_entries WHERE leaf_index IS NOT NULL ORDER BY leaf_index"
    )
    rows = await cursor.fetchall()
    hashes = [leaf_hash(leaf_bytes(*row)) for row in rows]
    await conn.execute("DELETE FROM ledger_leaves")
    for number, (row, value) in enumerate(zip(rows, hashes, strict=True)):
        await conn.execute(
            "INSERT INTO ledger_leaves VALUES (1, %s, %s, %s, %s, %s)",
            [number, row[0], row[1], leaf_bytes(*row), value],
        )
        await conn.execute("UPDATE ledger_entries SET leaf_index = %s WHERE id = %s", [number, row[1]])
    await conn.execute("DELETE FROM ledger_tiles")
    tree = tiles.Frontier(0, {})
    cursor = await conn.execute("SELECT size FROM ledger_checkpoints ORDER BY size")
    for (size,) in await cursor.fetchall():
        tree.extend(hashes[tree.size : size])
        if signer:
            await conn.execute(
                "UPDATE ledger_checkpoints SET root = %s, note = %s, cosigned_at = NULL WHERE size = %s",
                [tree.root(), sign_checkpoint(signer, tree.size, tree.root()), size],
            )
    for (level, tile), content in tree.changed.items():
        await conn.execute("INSERT INTO ledger_tiles VALUES (1, %s, %s, %s)", [level, tile, content])


async def test_an_untouched_log_is_clean(connection: Connection, log_key: Signer) -> None:
    assert (await verify_log(connection, [log_key.verifier])).ok
    await sealed_log(connection, log_key)
    await record(connection, entry(0))
    report = await verify_log(connection, [log_key.verifier])
    assert report.ok
    assert (report.origin, report.size, report.checkpoints, report.unsealed) == (log_key.name, 700, 3, 1)


CHANGES = {
    "payload": "UPDATE ledger_entries SET data = jsonb_set(data, '{applicant}', '\"陈静\"') WHERE leaf_index = 301",
    "time": "UPDATE ledger_entries SET at = at + interval '1 microsecond' WHERE leaf_index = 301",
    "kind": "UPDATE ledger_entries SET kind = 'case.refused' WHERE leaf_index = 301",
    "subject": "UPDATE ledger_entries SET subject = gen_random_uuid() WHERE leaf_index = 301",
    "salt": "UPDATE ledger_entries SET salt = sha256(salt) WHERE leaf_index = 301",
    "digest": "UPDATE ledger_entries SET digest = sha256(digest) WHERE leaf_index = 301",
    "retention": "UPDATE ledger_entries SET retain_until = '2030-01-01' WHERE leaf_index = 301",
    "person": "UPDATE ledger_entries SET person_key = NULL WHERE leaf_index = 301",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_changed_entry_is_named(connection: Connection, log_key: Signer, change: str) -> None:
    await sealed_log(connection, log_key)
    await connection.execute(change)  # type: ignore[arg-type]
    report = await verify_log(connection, [log_key.verifier])
    assert found(report) == {("entry.changed", 301)}


DELETE_ENTRY = "DELETE FROM ledger_entries WHERE leaf_index = 301"
DELETE_LEAF = "DELETE FROM ledger_leaves WHERE leaf_index = 301"
SWAP_LEAVES = """UPDATE ledger_leaves a SET entry_id = b.entry_id, leaf = b.leaf, leaf_hash = b.leaf_hash
    FROM ledger_leaves b WHERE (a.leaf_index, b.leaf_index) IN ((301, 302), (302, 301))"""
SWAP_MARKS = "UPDATE ledger_entries SET leaf_index = 603 - leaf_index WHERE leaf_index IN (301, 302)"
SHIFT = "UPDATE ledger_leaves SET leaf_index = -leaf_index - {by} WHERE leaf_index >= {start}"
UNSHIFT = "UPDATE ledger_leaves SET leaf_index = -leaf_index WHERE leaf_index < 0"
REMARK = "UPDATE ledger_entries e SET leaf_index = l.leaf_index FROM ledger_leaves l WHERE e.id = l.entry_id"
INSERT_ENTRY = """INSERT INTO ledger_entries SELECT region, gen_random_uuid(), at, kind, subject, data, salt,
    digest, person_key, NULL, NULL, 301 FROM ledger_entries WHERE leaf_index = 300"""
INSERT_LEAF = """INSERT INTO ledger_leaves SELECT 1, 301, region, id, 'forged', sha256('forged')
    FROM ledger_entries e WHERE leaf_index = 301 AND NOT EXISTS (SELECT FROM ledger_leaves WHERE entry_id = e.id)"""

TAMPERINGS: dict[str, tuple[list[str], set[tuple[str, Any]]]] = {
    "entry deleted": ([DELETE_ENTRY], {("entry.deleted", 301)}),
    "leaf deleted": ([DELETE_LEAF], {("leaf.deleted", 301)}),
    "entry and leaf deleted": ([DELETE_ENTRY, DELETE_LEAF], {("entry.deleted", 301)}),
    "entry and leaf deleted, others moved up": (
        [DELETE_ENTRY, DELETE_LEAF, SHIFT.format(by=-1, start=302), UNSHIFT, REMARK],
        {("entry.deleted", 301)},
    ),
    "leaf changed": (
        ["UPDATE ledger_leaves SET leaf = leaf || 'x', leaf_hash = sha256('\\x00'::bytea || leaf || 'x')"
         " WHERE leaf_index = 301"],
        {("leaf.changed", 301)},
    ),
    "leaf hash changed": (
        ["UPDATE ledger_leaves SET leaf_hash = sha256(leaf_hash) WHERE leaf_index = 301"],
        {("leaf.changed", 301)},
    ),
    "leaves reordered": ([SWAP_LEAVES, SWAP_MARKS], {("entry.reordered", 301), ("entry.reordered", 302)}),
    "marks reordered": (
        [SWAP_MARKS],
        {("entry.reordered", 301), ("entry.reordered", 302)},
    ),
    "entry inserted": ([INSERT_ENTRY], {("entry.inserted", 301)}),
    "entry and leaf inserted, others moved down": (
        [INSERT_ENTRY, SHIFT.format(by=1, start=301), UNSHIFT, INSERT_LEAF, REMARK],
        {("entry.inserted", 301), ("leaf.changed", 301), ("leaf.unsigned", 700)},
    ),
    "tile changed": (
        ["UPDATE ledger_tiles SET hashes = overlay(hashes PLACING '\\x00' FROM 1441)"
         " WHERE level = 0 AND tile = 1"],
        {("tile.changed", "tile/0/001")},
    ),
    "growing tile changed": (
        ["UPDATE ledger_tiles SET hashes = sha256(hashes) || substr(hashes, 33) WHERE level = 1"],
        {("tile.changed", "tile/1/000")},
    ),
    "tiles reordered": (
        ["UPDATE ledger_tiles SET tile = 9 - tile WHERE level = 0 AND tile < 2",
         "UPDATE ledger_tiles SET tile = tile - 8 WHERE tile > 7"],
        {("tile.changed", "tile/0/000"), ("tile.changed", "tile/0/001")},
    ),
    "tile deleted": (
        ["DELETE FROM ledger_tiles WHERE level = 0 AND tile = 1"],
        {("tile.missing", "tile/0/001")},
    ),
    "tile inserted": (
        ["INSERT INTO ledger_tiles SELECT 1, 2, 0, hashes FROM ledger_tiles WHERE level = 1"],
        {("tile.extra", "tile/2/000")},
    ),
    "checkpoint deleted": (["DELETE FROM ledger_checkpoints WHERE size = 300"], {("checkpoint.gap", 700)}),
    "last checkpoint deleted": (
        ["DELETE FROM ledger_checkpoints WHERE size = 700"],
        {("leaf.unsigned", 300), ("tile.extra", "tile/0/001.p/44"), ("tile.extra", "tile/0/002"),
         ("tile.extra", "tile/1/000.p/1")},
    ),
    "checkpoint text changed": (
        ["UPDATE ledger_checkpoints SET note = replace(note, '300', '301') WHERE size = 300"],
        {("checkpoint.invalid", 300)},
    ),
    "checkpoint root changed": (
        ["UPDATE ledger_checkpoints SET root = sha256(root) WHERE size = 300"],
        {("checkpoint.invalid", 300), ("checkpoint.root", 300)},
    ),
    "checkpoints reordered": (
        ["UPDATE ledger_checkpoints SET size = 301 WHERE size = 700",
         "UPDATE ledger_checkpoints SET size = 700 WHERE size = 300",
         "UPDATE ledger_checkpoints SET size = 300 WHERE size = 301"],
        {("checkpoint.invalid", 300), ("checkpoint.invalid", 700), ("checkpoint.root", 300),
         ("checkpoint.gap", 300), ("checkpoint.gap", 700)},
    ),
    "checkpoint inserted": (
        ["INSERT INTO ledger_checkpoints SELECT 1, 500, 3, root, note, sealed_at"
         " FROM ledger_checkpoints WHERE size = 300"],
        {("checkpoint.invalid", 500), ("checkpoint.root", 500), ("checkpoint.gap", 700)},
    ),
    "erased in secret": (
        ["UPDATE ledger_entries SET data = NULL, salt = NULL, person_key = NULL, erased_at = now()"
         " WHERE leaf_index = 301"],
        {("erasure.unrecorded", "named")},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "expected"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
async def test_tampering_is_named(
    connection: Connection, log_key: Signer, steps: list[str], expected: set[tuple[str, Any]]
) -> None:
    entries = await sealed_log(connection, log_key)
    for step in steps:
        await connection.execute(step)  # type: ignore[arg-type]
    report = await verify_log(connection, [log_key.verifier])
    names = {str(entries[301].id): "named"}
    assert {(code, names.get(what, what)) for code, what in found(report)} == expected


async def test_every_finding_has_a_sentence_in_both_languages(connection: Connection, log_key: Signer) -> None:
    await sealed_log(connection, log_key)
    await connection.execute("DELETE FROM ledger_entries WHERE leaf_index = 5")
    finding = (await verify_log(connection, [log_key.verifier])).findings[0]
    assert "第 5 条存证被删除" in finding.sentence() and "Entry 5 was deleted" in finding.sentence("en")
    assert all(len(pair) == 2 for pair in SENTENCES.values())


async def test_a_rewrite_without_the_key_is_placed_between_two_checkpoints(
    connection: Connection, log_key: Signer
) -> None:
    await sealed_log(connection, log_key)
    await connection.execute("UPDATE ledger_entries SET kind = 'case.refused' WHERE leaf_index = 301")
    await rewrite(connection, None)
    report = await verify_log(connection, [log_key.verifier])
    assert {each.code for each in report.findings} == {"checkpoint.root"}
    assert report.findings[0].where == {"size": 700, "start": 300, "end": 700}


Rewriter = Callable[[Connection, Signer], Awaitable[None]]


async def change_and_resign(conn: Connection, signer: Signer) -> None:
    fresh = entry(9)
    await conn.execute(
        "UPDATE ledger_entries SET digest = %s, salt = %s, data = %s::jsonb, subject = %s WHERE leaf_index = 7",
        [fresh.digest, fresh.salt, fresh.data, fresh.subject],
    )
    await rewrite(conn, signer)


async def cut_short(conn: Connection, signer: Signer) -> None:
    await conn.execute("DELETE FROM ledger_checkpoints WHERE size > 300")
    await conn.execute("DELETE FROM ledger_entries WHERE leaf_index >= 300")
    await rewrite(conn, signer)


async def forget_everything(conn: Connection, signer: Signer) -> None:
    for table in ("logs", "entries", "leaves", "tiles", "checkpoints", "promises"):
        await conn.execute(f"DELETE FROM ledger_{table}")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (change_and_resign, "witness.contradicts"),
        (cut_short, "witness.ahead"),
        (forget_everything, "witness.ahead"),
    ],
)
async def test_an_operator_with_the_nodes_key_is_found_out_by_the_witness(
    connection: Connection, log_key: Signer, witness_key: Signer, tmp_path: Path, act: Rewriter, code: str
) -> None:
    await sealed_log(connection, log_key)
    witness = Witness(tmp_path, witness_key, lambda: [log_key.verifier])
    note = await tiles.checkpoint(connection)
    answer = witness.add_checkpoint(f"old 0\n\n{note}".encode(), 1_780_000_000)
    assert answer.status == 200 and note
    keys = [log_key.verifier, witness_key.verifier]
    assert (await verify_log(connection, keys, note + answer.body)).ok
    await act(connection, log_key)
    assert (await verify_log(connection, keys)).ok, "the operator left no trace in the database itself"
    report = await verify_log(connection, keys, note + answer.body)
    assert {each.code for each in report.findings} == {code}
    witness.close()


async def test_a_note_that_no_witness_signed_is_no_evidence(
    connection: Connection, log_key: Signer, witness_key: Signer
) -> None:
    await sealed_log(connection, log_key)
    note = await tiles.checkpoint(connection)
    report = await verify_log(connection, [log_key.verifier, witness_key.verifier], note)
    assert {each.code for each in report.findings} == {"witness.invalid"}


async def test_a_rightful_erasure_breaks_nothing(connection: Connection, log_key: Signer) -> None:
    entries = await sealed_log(connection, log_key)
    await erase(connection, REGION, entries[301].id, NOW, "个人信息保护法第四十七条", {})
    assert (await verify_log(connection, [log_key.verifier])).ok
    await seal_all(connection, log_key)
    report = await verify_log(connection, [log_key.verifier])
    assert report.ok and report.size == 701


async def test_an_erased_entry_cannot_be_moved_to_another_subject(connection: Connection, log_key: Signer) -> None:
    entries = await sealed_log(connection, log_key)
    await erase(connection, REGION, entries[301].id, NOW, "by right", {})
    await connection.execute("UPDATE ledger_entries SET subject = gen_random_uuid() WHERE leaf_index = 301")
    report = await verify_log(connection, [log_key.verifier])
    assert found(report) == {("erasure.unrecorded", str(entries[301].id))}


async def test_deleting_the_nodes_own_copy_of_a_promise_hides_nothing(connection: Connection, log_key: Signer) -> None:
    wall, keys = datetime.now(UTC), [log_key.verifier]
    kept, vanished = entry(0), entry(1)
    held = [msgspec.to_builtins(make_promise(each, wall, log_key)) for each in (kept, vanished)]
    await record(connection, kept)
    await seal_all(connection, log_key)
    assert (await verify_log(connection, keys, promises=held)).ok
    later = await verify_log(connection, keys, now=wall + timedelta(seconds=11), promises=held)
    assert found(later) == {("promise.broken", str(vanished.id))}
    forged = {**held[0], "include_by": "2026-01-01T00:00:00.000000Z"}
    report = await verify_log(connection, keys, promises=[forged, {}])
    assert {each.code for each in report.findings} == {"promise.invalid"} and report.counts["promise.invalid"] == 2


async def test_a_promise_is_kept_broken_or_orphaned(connection: Connection, log_key: Signer) -> None:
    wall = datetime.now(UTC)
    kept, late, forgotten, deleted = (entry(number) for number in range(4))
    past = make_promise(late, wall - timedelta(hours=1), log_key)
    await record(connection, kept, late, deleted)
    await record_promise(connection, REGION, kept.id, wall + timedelta(seconds=10))
    await record_promise(connection, REGION, late.id, datetime.fromisoformat(past.include_by))
    await record_promise(connection, REGION, deleted.id, wall + timedelta(seconds=10))
    await connection.execute("DELETE FROM ledger_entries WHERE id = %s", [deleted.id])
    await seal_all(connection, log_key)
    await record(connection, forgotten)
    await record_promise(connection, REGION, forgotten.id, wall + timedelta(seconds=10))
    report = await verify_log(connection, [log_key.verifier])
    expected = {("promise.broken", str(late.id)), ("promise.entry_missing", str(deleted.id))}
    assert found(report) == expected
    later = await verify_log(connection, [log_key.verifier], now=wall + timedelta(seconds=11))
    assert found(later) == expected | {("promise.broken", str(forgotten.id))}
