"""Entries are sealed once, in order, whoever commits when."""

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.database import Connection
from tongban.ledger import proofs, tiles
from tongban.ledger.actions import erase, prepare, record
from tongban.ledger.errors import LogDamaged, NotCanonical, NotErasable, RetentionRuns, SizeUnknown, WrongLog
from tongban.ledger.keys import Signer, log_signer
from tongban.ledger.merkle import extends
from tongban.ledger.models import Prepared, sealed_payload
from tongban.ledger.sealer import seal, seal_all
from tongban.ledger.verify_receipt import canonical, open_checkpoint, payload_digest

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
REGION = "330103"


def entry(number: int = 0, **options: object) -> Prepared:
    data = {"申请人": "王芳", "number": number}
    return prepare(REGION, "case.submitted", uuid.uuid4(), data, NOW, **options)  # type: ignore[arg-type]


async def sealed_count(conn: Connection) -> int:
    cursor = await conn.execute("SELECT count(*) FROM ledger_leaves")
    found = await cursor.fetchone()
    return int(found[0]) if found else 0


async def test_a_late_commit_with_an_early_id_is_not_skipped(
    connection: Connection, database: str, log_key: Signer
) -> None:
    early, late = entry(1), entry(2)
    assert early.id < late.id
    async with await psycopg.AsyncConnection.connect(database) as slow:
        await record(slow, early)
        await record(connection, late)
        assert await seal_all(connection, log_key) == 1
        await slow.commit()
    assert await seal_all(connection, log_key) == 1
    cursor = await connection.execute("SELECT entry_id FROM ledger_leaves ORDER BY leaf_index")
    assert [found[0] for found in await cursor.fetchall()] == [late.id, early.id]


async def test_a_row_that_somebody_holds_waits_without_holding_up_others(
    connection: Connection, database: str, log_key: Signer
) -> None:
    held, free = entry(1), entry(2)
    await record(connection, held, free)
    async with await psycopg.AsyncConnection.connect(database) as other:
        await other.execute("SELECT 1 FROM ledger_entries WHERE id = %s FOR UPDATE", [held.id])
        assert await seal_all(connection, log_key) == 1
    assert await seal_all(connection, log_key) == 1


async def test_only_one_sealer_works_at_a_time(connection: Connection, database: str, log_key: Signer) -> None:
    await record(connection, entry())
    async with await psycopg.AsyncConnection.connect(database) as other:
        await other.execute("SELECT pg_advisory_xact_lock(20250601, 1)")
        assert await seal(connection, log_key) == 0
    assert await seal(connection, log_key) == 1


async def test_what_rolls_back_leaves_nothing(connection: Connection, log_key: Signer) -> None:
    with pytest.raises(ZeroDivisionError):
        async with connection.transaction():
            await record(connection, entry())
            raise ZeroDivisionError
    assert await seal(connection, log_key) == 0


async def test_every_checkpoint_extends_every_earlier_one(connection: Connection, log_key: Signer) -> None:
    sizes = [1, 2, 255, 256, 257, 600]
    heads = {}
    for size in sizes:
        await record(connection, *[entry(n) for n in range(size - await sealed_count(connection))])
        await seal_all(connection, log_key)
        note = await tiles.checkpoint(connection)
        assert note
        head, witnesses = open_checkpoint(note, log_key.name, [log_key.verifier])
        assert (head.size, witnesses) == (size, ())
        heads[size] = head.root
    for old in sizes:
        for new in [size for size in sizes if size >= old]:
            proof = await proofs.consistency(connection, old, new)
            assert extends(old, heads[old], new, heads[new], proof)
    with pytest.raises(SizeUnknown):
        await proofs.consistency(connection, 600, 601)


async def test_published_tiles_and_bundles_follow_the_layout(connection: Connection, log_key: Signer) -> None:
    entries = [entry(n) for n in range(300)]
    await record(connection, *entries)
    await seal_all(connection, log_key)
    leaves = sorted(entries, key=lambda each: each.id)
    full = await tiles.read(connection, "tile/entries/000")
    assert full and full.startswith(len(leaves[0].leaf).to_bytes(2, "big") + leaves[0].leaf)
    assert len(await tiles.read(connection, "tile/0/000") or b"") == 8192
    assert len(await tiles.read(connection, "tile/0/001.p/44") or b"") == 44 * 32
    assert len(await tiles.read(connection, "tile/1/000.p/1") or b"") == 32
    for missing in ("tile/0/001", "tile/0/001.p/45", "tile/1/000", "tile/2/000.p/1", "tile/entries/001.p/45"):
        assert await tiles.read(connection, missing) is None


async def test_a_log_keeps_the_name_it_was_opened_with(connection: Connection, log_key: Signer, tmp_path: Path) -> None:
    await record(connection, entry())
    await seal_all(connection, log_key)
    await record(connection, entry())
    other = log_signer(tmp_path / "other.pem", "elsewhere.example/log")
    with pytest.raises(WrongLog):
        await seal(connection, other)


async def test_nothing_is_signed_over_a_damaged_tree(connection: Connection, log_key: Signer) -> None:
    await record(connection, entry())
    await seal_all(connection, log_key)
    await connection.execute("UPDATE ledger_tiles SET hashes = sha256(hashes)")
    await record(connection, entry())
    with pytest.raises(LogDamaged):
        await seal(connection, log_key)
    assert await sealed_count(connection) == 1


async def test_an_erasure_destroys_payload_salt_and_index_and_is_recorded(connection: Connection) -> None:
    kept = entry(person_key=b"k" * 32)
    await record(connection, kept)
    erasure = await erase(connection, REGION, kept.id, NOW, "个人信息保护法第四十七条", {"approvers": ["a", "b"]})
    assert (erasure.kind, erasure.subject) == ("ledger.erased", kept.subject)
    cursor = await connection.execute(
        "SELECT data, salt, person_key, erased_at FROM ledger_entries WHERE id = %s", [kept.id]
    )
    assert await cursor.fetchone() == (None, None, None, NOW)
    for entry_id in (kept.id, erasure.id):
        with pytest.raises(NotErasable):
            await erase(connection, REGION, entry_id, NOW, "again", {})


async def test_a_running_retention_forbids_erasure_until_its_last_day_in_china_is_over(
    connection: Connection,
) -> None:
    kept = entry(retain_until=date(2026, 3, 2))
    await record(connection, kept)
    last_moment = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    with pytest.raises(RetentionRuns):
        await erase(connection, REGION, kept.id, last_moment, "too early", {})
    await erase(connection, REGION, kept.id, last_moment + timedelta(seconds=1), "retention is over", {})


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
NUMBER = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-(2.0**52), 2.0**52)
NAME = st.text("abé中😀", max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAME, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON, min_size=8, max_size=8))
def test_what_the_store_gives_back_has_the_digest_it_had(postgres: str, payloads: list[object]) -> None:
    with psycopg.connect(postgres) as conn:
        for payload in payloads:
            made = prepare(REGION, "case.submitted", uuid.uuid4(), {"p": payload}, NOW)
            found = conn.execute("SELECT %s::jsonb::text", [made.data]).fetchone()
            assert found and canonical(json.loads(found[0])).decode() == made.data
            again = sealed_payload(json.loads(found[0]), None, None, made.subject)
            assert payload_digest(made.salt, again) == made.digest


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, 1e300, "a\0b", "\ud800", {"\0": 1}, object()])
def test_a_value_without_one_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        prepare(REGION, "case.submitted", uuid.uuid4(), {"value": value}, NOW)


@pytest.mark.parametrize(
    ("region", "kind", "at"),
    [
        ("3301", "case.submitted", NOW),
        (REGION, "submitted", NOW),
        (REGION, "case.submitted", datetime(2026, 3, 2)),
    ],
)
def test_a_wrong_head_is_refused(region: str, kind: str, at: datetime) -> None:
    with pytest.raises(NotCanonical):
        prepare(region, kind, uuid.uuid4(), {}, at)
