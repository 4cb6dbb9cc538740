"""A new key takes over while people work: nobody's request fails, and afterwards the new key alone opens everything."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.world import World

from tongban.basics.key_file import KeyRing, read_ring, write_ring
from tongban.basics.vault import Vault
from tongban.cli import rotating
from tongban.cli.destroying import KeyInUse, KeyStillNeeded, destroy_key
from tongban.cli.home import Home
from tongban.cli.operations import latest
from tongban.cli.rotating import KeyNotLearned, NotResealed, RotationRuns, rotate
from tongban.cli.sealed import SEALED
from tongban.cli.vault_watch import VaultWatch


@pytest.fixture
def node(world: World, tmp_path: Path) -> Iterator[tuple[World, Home]]:
    """A world whose keys lie in a folder of its own, so that a rotation touches no other test's."""
    home = Home(tmp_path / "home")
    home.keys.mkdir(parents=True, mode=0o700)
    ring = KeyRing("k1", dict(world.kernel.vault._held.keys), world.kernel.vault._held.lookup_key)
    (home.keys / "vault.json").touch(mode=0o600)
    write_ring(home.keys, ring)
    world.kernel = replace(world.kernel, vault=ring.vault())
    yield world, home
    shutil.rmtree(home.path)


async def _columns(world: World) -> list[tuple[str, str]]:
    """Every column of bytes of the whole database."""
    return [
        (row[0], row[1])
        for row in await world.rows(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name)"
            " WHERE data_type = 'bytea' AND table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
    ]


async def _sealed_by(world: World, key: str, algorithm: int = 1) -> dict[str, int]:
    """``table.column`` → how many values in it begin as an envelope of ``key`` does."""
    begins = bytes((1, algorithm, len(key))) + key.encode()
    found = {}
    for table, column in await _columns(world):
        query = f'SELECT count(*) FROM "{table}" WHERE substring("{column}" FROM 1 FOR {len(begins)}) = %(begins)s'
        if count := await world.one(query, begins=begins):
            found[f"{table}.{column}"] = int(count)
    return found


async def test_every_column_that_holds_sealed_values_is_declared(node: tuple[World, Home]) -> None:
    world, _ = node
    await world.accepted()
    declared = {column.name for column in SEALED}
    found = set(await _sealed_by(world, "k1"))
    assert found <= declared and {"persons.sealed", "cases.dossier", "drafts.form", "look_ups.sealed"} <= found
    present = {f"{table}.{column}" for table, column in await _columns(world)}
    assert declared <= present


async def test_a_key_is_replaced_under_load_and_the_new_one_alone_opens_everything(
    node: tuple[World, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, home = node
    monkeypatch.setattr(rotating, "BATCH", 7)
    cases = [await world.accepted()]
    watch = asyncio.create_task(VaultWatch(home, world.kernel.vault, "web").run(world.database))
    await asyncio.sleep(0.3)
    ends = asyncio.Event()

    async def work() -> None:
        while not ends.is_set():
            draft = await world.ready()
            cases.append((await world.submit(draft)).id)
            await world.page(cases[-1])

    async def read() -> None:
        while not ends.is_set():
            await world.page(cases[0])

    workers = [asyncio.create_task(work()), asyncio.create_task(read()), asyncio.create_task(read())]
    told: list[str] = []
    sealed = await rotate(home, world.database.conninfo, told.append)
    ends.set()
    await asyncio.gather(*workers)  # raises what any request raised
    watch.cancel()
    assert sealed > 20 and "retired" in told[-1] and len(cases) > 2
    ring = read_ring(home.keys)
    assert (ring.current, sorted(ring.keys), list(ring.retired)) == ("k2", ["k1", "k2"], ["k1"])
    assert await _sealed_by(world, "k1") == {}
    alone = Vault({"k2": ring.keys["k2"]}, "k2", ring.lookup_key)
    world.kernel = replace(world.kernel, vault=alone)
    for case in cases:
        assert (await world.page(case)).case.id == case
    entries = await world.rows("SELECT data FROM ledger_entries WHERE kind = 'key.rotated'")
    assert len(entries) == 1 and "k2" in str(entries[0])


@pytest.mark.long
async def test_the_national_algorithms_take_over_under_load_and_the_old_key_is_destroyed(
    node: tuple[World, Home],
) -> None:
    world, home = node
    cases = [await world.accepted()]
    watch = asyncio.create_task(VaultWatch(home, world.kernel.vault, "web").run(world.database))
    await asyncio.sleep(0.3)
    ends = asyncio.Event()

    async def work() -> None:
        while not ends.is_set():
            cases.append((await world.submit(await world.ready())).id)

    worker = asyncio.create_task(work())
    with pytest.raises(KeyInUse):
        await destroy_key(home, world.database.conninfo, "k1", print)
    await rotate(home, world.database.conninfo, lambda _: None, "SM4-GCM-SM3")
    await destroy_key(home, world.database.conninfo, "k1", lambda _: None)
    ends.set()
    await worker  # raises what any submission raised
    watch.cancel()
    ring = read_ring(home.keys)
    assert (ring.algorithm, sorted(ring.keys), list(ring.retired)) == ("SM4-GCM-SM3", ["k2"], ["k1"])
    assert await _sealed_by(world, "k1") == {} and await _sealed_by(world, "k2") == {}
    assert (await _sealed_by(world, "k2", 3))["persons.sealed"] > 5
    world.kernel = replace(world.kernel, vault=ring.vault())
    for case in cases:
        assert (await world.page(case)).case.id == case
    assert len(await world.rows("SELECT 1 FROM ledger_entries WHERE kind = 'key.destroyed'")) == 1


async def test_a_key_that_something_is_sealed_with_is_not_destroyed(node: tuple[World, Home]) -> None:
    world, home = node
    ring = read_ring(home.keys)
    keys = {**ring.keys, "k2": b"2" * 32}
    write_ring(home.keys, msgspec.structs.replace(ring, keys=keys, current="k2", retired={"k1": "2026-11-01"}))
    with pytest.raises(KeyStillNeeded, match=r"persons\.sealed"):
        await destroy_key(home, world.database.conninfo, "k1", print)
    assert "k1" in read_ring(home.keys).keys


async def test_a_rotation_that_was_killed_goes_on_with_the_same_key(
    node: tuple[World, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, home = node

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as killing, pytest.raises(asyncio.CancelledError):
        killing.setattr(rotating, "reseal", killed)
        await rotate(home, world.database.conninfo, lambda _: None)
    assert read_ring(home.keys).current == "k2" and (await _sealed_by(world, "k1"))
    await rotate(home, world.database.conninfo, lambda _: None)
    assert sorted(read_ring(home.keys).keys) == ["k1", "k2"] and await _sealed_by(world, "k1") == {}
    async with world.database.connection() as connection:
        last = await latest(connection, "rotation")
    assert last is not None and (last.outcome, last.detail["to"]) == ("done", "k2")


async def test_a_process_that_does_not_learn_the_key_stops_the_rotation_before_anything_is_sealed_with_it(
    node: tuple[World, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, home = node
    monkeypatch.setattr(rotating, "LEARN_SECONDS", 0.2)
    async with world.database.connection() as connection:
        await VaultWatch(home, world.kernel.vault, "jobs").look(connection)
    with pytest.raises(KeyNotLearned, match="jobs"):
        await rotate(home, world.database.conninfo, lambda _: None)
    assert read_ring(home.keys).current == "k1"


async def test_two_rotations_at_once_are_one(node: tuple[World, Home]) -> None:
    world, home = node
    async with await psycopg.AsyncConnection.connect(world.database.conninfo, autocommit=True) as other:
        await other.execute("SELECT pg_advisory_lock(hashtext('tongban rotation of keys'))")
        with pytest.raises(RotationRuns):
            await rotate(home, world.database.conninfo, lambda _: None)


async def test_a_damaged_value_is_named_and_the_old_key_stays_in_use(node: tuple[World, Home]) -> None:
    world, home = node
    await world.rows("UPDATE persons SET sealed = overlay(sealed placing '\\x00' from 60) WHERE name = '王芳'")
    with pytest.raises(NotResealed, match=r"persons\.sealed"):
        await rotate(home, world.database.conninfo, lambda _: None)
    assert read_ring(home.keys).retired == {} and msgspec.json.encode(read_ring(home.keys).current) == b'"k2"'
