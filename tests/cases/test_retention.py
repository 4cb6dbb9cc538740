"""Retention: what is older than its rule goes whole, each batch has its entry, and no proof breaks."""

import datetime as dt
from uuid import UUID

import msgspec
import pytest
from tests.world import MONDAY, REGION, World

from tongban.basics.database import Connection
from tongban.cases.actions.applicant import withdraw
from tongban.cases.retention import actions as retention
from tongban.cases.retention.actions import Rule
from tongban.cases.retention.errors import RuleUnfit
from tongban.ledger.audit import verify_log
from tongban.ledger.receipts import make_receipt
from tongban.ledger.sealer import seal_all
from tongban.ledger.verify_receipt import verify_receipt

FANG = "王芳"


async def ended(world: World) -> UUID:
    """A case that 王芳 withdrew."""
    case = await world.submitted()
    await withdraw(world.kernel, await world.actor(FANG), REGION, case, "不办了")
    return case


async def years_later(world: World, years: int) -> None:
    await world.go_to(MONDAY.replace(year=MONDAY.year + years) + dt.timedelta(days=60))


async def everywhere(world: World, case: UUID) -> dict[str, int]:
    """Table → rows about ``case``, of every table of the database that has a column for cases."""
    tables = await world.rows(
        "SELECT c.table_name AS name FROM information_schema.columns c JOIN information_schema.tables t"
        " USING (table_schema, table_name) WHERE c.table_schema = 'public' AND c.column_name = 'case_id'"
        " AND t.table_type = 'BASE TABLE'"
    )
    found = {}
    for row in tables:
        found[row.name] = await world.one(f"SELECT count(*) FROM {row.name} WHERE case_id = %(c)s", c=case)
    return {name: count for name, count in found.items() if count}


async def audited(connection: Connection, world: World) -> list[str]:
    """What the audit of the whole log finds."""
    await seal_all(connection, world.kernel.signer)
    report = await verify_log(connection, [world.kernel.signer.verifier])
    return [finding.code for finding in report.findings]


async def test_a_case_beyond_its_time_goes_whole_and_every_proof_stays(world: World) -> None:
    old = await ended(world)
    entry = await world.one("SELECT id FROM ledger_entries WHERE subject = %(c)s ORDER BY at LIMIT 1", c=old)
    async with world.database.connection() as connection:
        assert await audited(connection, world) == []
        before = msgspec.to_builtins(await make_receipt(connection, REGION, entry))
        assert {one.rule.kind: one.due for one in await retention.plan(connection)}["case"] == 0
    young = await ended(world)
    await years_later(world, 11)
    now = await world.now()
    await world.rows("UPDATE cases SET closed_at = %(n)s WHERE id = %(c)s", n=now, c=young)
    async with world.database.connection() as connection:
        assert {one.rule.kind: one.due for one in await retention.plan(connection)}["case"] == 1
        assert not (await retention.proof(connection)).holds
        gone = await retention.run(connection)
        assert gone["case"] == 1 and gone["use"] > 0
        found = await retention.proof(connection)
        assert found.holds and found.destroyed >= 2 and found.batches >= 2
        assert await audited(connection, world) == []
        after = msgspec.to_builtins(await make_receipt(connection, REGION, entry))
        keys = [world.kernel.signer.verifier]
        assert verify_receipt(before, keys) and verify_receipt(after, keys)
        assert after["entry"]["data"] is None
        assert await retention.run(connection) == {"case": 0, "look-up-values": 0, "message": 0, "use": 0}
    assert set(await everywhere(world, old)) <= {"case_measures", "measures_due", "library_due", "library_records"}
    kept = "SELECT count(*) FROM ledger_entries WHERE subject = %(c)s AND erased_at IS NULL AND kind <> 'ledger.erased'"
    assert await world.one(kept, c=old) == 0
    assert await world.one("SELECT count(*) FROM cases WHERE id = %(c)s", c=young) == 1
    said = await world.rows("SELECT data FROM ledger_entries WHERE kind = 'retention.destroyed'")
    assert {"case", "use"} <= {row.data["kind"] for row in said}


async def test_the_proof_finds_what_came_back_and_an_entry_that_says_otherwise(world: World) -> None:
    await ended(world)
    await years_later(world, 11)
    async with world.database.connection() as connection:
        await retention.run(connection)
        assert (await retention.proof(connection)).holds
        await connection.execute(
            "UPDATE retention_batches SET things = things || gen_random_uuid() WHERE kind = 'case'"
        )
        (fault,) = (await retention.proof(connection)).faults
        assert "says otherwise" in fault


async def test_what_the_law_still_keeps_is_held_back_and_a_longer_rule_keeps_longer(world: World) -> None:
    case = await ended(world)
    await years_later(world, 11)
    until = dt.date(2099, 12, 31)
    await world.rows("UPDATE ledger_entries SET retain_until = %(u)s WHERE subject = %(c)s", u=until, c=case)
    async with world.database.connection() as connection:
        (found,) = [one for one in await retention.plan(connection) if one.rule.kind == "case"]
        assert (found.due, found.held) == (0, 1)
        await retention.set_rule(connection, Rule("case", 30, "destroy", "某某规定"), "吴浩")
        (found,) = [one for one in await retention.plan(connection) if one.rule.kind == "case"]
        assert (found.due, found.held) == (0, 0)
        with pytest.raises(RuleUnfit):
            await retention.set_rule(connection, Rule("case", 0, "destroy", "某某规定"), "吴浩")
    assert await world.one("SELECT count(*) FROM cases WHERE id = %(c)s", c=case) == 1
