"""A licence exists when it is decided: written whole in the decision's transaction, or not at all."""

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest

from tongban.basics.codes import CodeError
from tongban.basics.codes import licence as licence_codes
from tongban.basics.database import Database
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.licences import actions, rules
from tongban.licences.definitions import LicenceType
from tongban.licences.errors import DataUnfit, LicenceUnknown, ReasonMissing, StateUnfit
from tongban.licences.models import Holder, State

from .cast import BIRTH, FACTS, HEALTH, POLICE, REGION, WANG_FANG, issued, prepared


async def count(database: Database, statement: str, *values: Any) -> int:
    async with database.connection() as connection:
        cursor = await connection.execute(statement, values)
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


async def test_an_issue_writes_licence_entry_and_message_together(database: Database, vault: Vault) -> None:
    licence = await issued(database, vault)
    async with database.connection() as connection:
        read = await actions.read(connection, vault, REGION, licence.id)
        cursor = await connection.execute(
            "SELECT kind, data->>'number', person_key FROM ledger_entries WHERE subject = %s", [licence.id]
        )
        assert [tuple(row) for row in await cursor.fetchall()] == [
            ("licence.issued", licence.number, licence.holder_key)
        ]
        cursor = await connection.execute(
            "SELECT topic, payload FROM outbox WHERE region = %s AND id = %s", [REGION, licence.outbox_id]
        )
        message = await cursor.fetchone()
    assert (read.number, read.state, read.issuer.name) == (licence.number, "valid", HEALTH.name)
    assert {field.id: field.value for field in read.fields} == {**FACTS, "weight": "3250"}
    assert message is not None and message.topic == "licence.issued"
    assert message.payload == {
        "region": REGION, "id": str(licence.id), "type": BIRTH.id, "source": str(licence.source),
    }  # fmt: skip


async def test_a_decision_that_fails_leaves_no_licence(database: Database, vault: Vault) -> None:
    licence = prepared(vault)
    with pytest.raises(RuntimeError):
        async with database.transaction() as connection:
            await actions.insert(connection, licence)
            raise RuntimeError("the decision failed")
    assert await count(database, "SELECT count(*) FROM licences WHERE id = %s", licence.id) == 0
    assert await count(database, "SELECT count(*) FROM outbox WHERE id = %s", licence.outbox_id) == 0


async def test_no_identity_number_is_readable_in_the_row(database: Database, vault: Vault) -> None:
    licence = await issued(database, vault)
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT * FROM licences WHERE id = %s", [licence.id])
        row = await cursor.fetchone()
    assert row is not None
    assert WANG_FANG not in repr(row) and WANG_FANG.encode() not in row.data


async def test_many_issued_at_once_have_their_own_numbers_and_codes(database: Database, vault: Vault) -> None:
    source = new_id()

    async def issue_ten() -> None:
        batch = [prepared(vault, source=source) for _ in range(10)]
        async with database.transaction() as connection:
            await actions.insert(connection, *batch)

    await asyncio.gather(*(issue_ten() for _ in range(20)))
    async with database.connection() as connection:
        licences = await actions.of_source(connection, vault, REGION, source)
    assert len(licences) == 200
    assert len({licence.number for licence in licences}) == len({licence.code for licence in licences}) == 200
    assert all(licence_codes.is_valid(licence.number) for licence in licences)


def test_the_number_names_type_and_issuer_and_passes_the_code_check(vault: Vault) -> None:
    parsed = licence_codes.parse(prepared(vault).number)
    assert (parsed.type_code, parsed.issuer, parsed.version) == (BIRTH.code, HEALTH.uscc, "001")
    assert len(parsed.serial) == 17


@pytest.mark.parametrize(
    ("change", "field"),
    [({"father": "李伟"}, "father"), ({"born": "20-11-2026"}, "born"), ({"weight": "heavy"}, "weight"),
     ({"weight": True}, "weight"), ({"child": ["x"]}, "child"), ({"child": True}, "child"), ({"weight": 3.5}, "weight"),
     ({"child": "x" * 2001}, "child")],
)  # fmt: skip
def test_data_that_does_not_fit_the_type_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(DataUnfit) as refused:
        rules.state_fields(BIRTH, {**FACTS, **change})
    assert refused.value.field == field


def test_numbers_and_days_are_spelt_out() -> None:
    stated = rules.state_fields(BIRTH, {"child": 7, "weight": "3250", "born": dt.date(2026, 11, 20)})
    assert [(field.id, field.value) for field in stated] == [
        ("child", "7"), ("born", "2026-11-20"), ("weight", "3250"),
    ]  # fmt: skip


def test_facts_without_a_value_are_not_stated() -> None:
    stated = rules.state_fields(BIRTH, {"child": "王小芳", "hospital": None, "mother_id": ""})
    assert [field.id for field in stated] == ["child"]


def test_a_wrong_issuer_code_is_refused(vault: Vault) -> None:
    wrong = msgspec.structs.replace(HEALTH, uscc="11330103TB0000011X")
    with pytest.raises(CodeError):
        actions.prepare_issue(
            REGION, BIRTH, Holder("王芳", WANG_FANG), wrong, FACTS, dt.datetime.now(dt.UTC), vault, new_id()
        )


def test_one_statement_refuses_licences_of_two_regions(vault: Vault) -> None:
    other = msgspec.structs.replace(prepared(vault), region="330102")
    with pytest.raises(ValueError, match="one region"):
        actions.insert_parameters(prepared(vault), other)


async def test_only_the_holder_s_own_are_found_newest_first(database: Database, vault: Vault) -> None:
    kind = msgspec.structs.replace(BIRTH, id="only-here")
    first, second = await issued(database, vault, kind), await issued(database, vault, kind)
    key = vault.keyed_hash("person", WANG_FANG)
    stranger = vault.keyed_hash("person", "330103199001011234")
    async with database.connection() as connection:
        found = await actions.find(connection, vault, key, kind.id)
        page = await actions.mine(connection, vault, [key], limit=1)
        rest = await actions.mine(connection, vault, [key], before=page[0].id, limit=1)
        assert await actions.find(connection, vault, stranger, kind.id) is None
        assert await actions.mine(connection, vault, [stranger]) == []
        assert await actions.find(connection, vault, key, "another-type") is None
    assert found is not None and found.id == second.id
    assert [licence.id for licence in page + rest] == [second.id, first.id]


@pytest.mark.parametrize(("days", "last"), [(None, None), (1, dt.date(2026, 11, 23)), (365, dt.date(2027, 11, 22))])
def test_validity_counts_the_chinese_day_of_issue(days: int | None, last: dt.date | None) -> None:
    kind = msgspec.structs.replace(BIRTH, valid_days=days)
    assert rules.last_day(kind, dt.datetime(2026, 11, 22, 17, 0, tzinfo=dt.UTC)) == last


@pytest.mark.parametrize(
    ("day", "state"),
    [(dt.date(2026, 11, 30), "valid"), (dt.date(2026, 12, 1), "expired")],
)
def test_a_licence_expires_after_its_last_day(day: dt.date, state: State) -> None:
    assert rules.state_on("valid", dt.date(2026, 11, 30), day) == state
    assert rules.state_on("revoked", dt.date(2026, 11, 30), day) == "revoked"


async def test_an_expired_licence_is_no_evidence(database: Database, vault: Vault) -> None:
    kind = LicenceType("permit", "临时许可证", BIRTH.code, "health", "permit.typ", BIRTH.fields, valid_days=10)
    licence = prepared(vault, kind)
    old = msgspec.structs.replace(licence, valid_until=dt.date(2020, 1, 1))
    async with database.transaction() as connection:
        await actions.insert(connection, old)
    async with database.connection() as connection:
        assert await actions.find(connection, vault, licence.holder_key, "permit") is None
        assert (await actions.verify(connection, vault, licence.code)).state == "expired"


async def test_a_revocation_tells_reasons_and_is_recorded(database: Database, vault: Vault) -> None:
    kind = msgspec.structs.replace(BIRTH, id="to-be-revoked")
    licence = await issued(database, vault, kind)
    now = dt.datetime.now(dt.UTC)
    async with database.connection() as connection:
        ended = await actions.revoke(
            connection, vault, REGION, licence.id, "以虚假材料取得", now, by="case 7", how="withdrawn"
        )
        assert await actions.read(connection, vault, REGION, licence.id) == ended
        assert await actions.find(connection, vault, licence.holder_key, kind.id) is None
        assert (await actions.verify(connection, vault, licence.code)).state == "withdrawn"
        cursor = await connection.execute(
            "SELECT data->>'reasons' FROM ledger_entries WHERE subject = %s AND kind = 'licence.withdrawn'",
            [licence.id],
        )
        assert [row[0] for row in await cursor.fetchall()] == ["以虚假材料取得"]
        with pytest.raises(StateUnfit):
            await actions.resume(connection, vault, REGION, licence.id, "误操作", now, by="case 8")
    topic = "SELECT count(*) FROM outbox WHERE topic = 'licence.withdrawn' AND payload->>'id' = %s"
    assert await count(database, topic, str(licence.id)) == 1


async def test_a_suspended_licence_comes_back(database: Database, vault: Vault) -> None:
    licence = await issued(database, vault)
    now = dt.datetime.now(dt.UTC)
    async with database.connection() as connection:
        with pytest.raises(ReasonMissing):
            await actions.suspend(connection, vault, REGION, licence.id, "  ", now, by="case 7")
        halted = await actions.suspend(connection, vault, REGION, licence.id, "核查中", now, by="case 7")
        back = await actions.resume(connection, vault, REGION, licence.id, "核查无误", now, by="case 7")
    assert (halted.state, back.state) == ("suspended", "valid")


async def test_two_who_revoke_at_once_end_it_once(database: Database, vault: Vault) -> None:
    licence = await issued(database, vault)

    async def revoke() -> str:
        async with database.connection() as connection:
            try:
                now = dt.datetime.now(dt.UTC)
                await actions.revoke(connection, vault, REGION, licence.id, "吊销", now, by=POLICE.id)
            except StateUnfit:
                return "refused"
            return "done"

    assert sorted(await asyncio.gather(revoke(), revoke())) == ["done", "refused"]


async def test_an_unknown_licence_is_said_to_be_unknown(database: Database, vault: Vault) -> None:
    async with database.connection() as connection:
        with pytest.raises(LicenceUnknown):
            await actions.read(connection, vault, REGION, new_id())
        with pytest.raises(LicenceUnknown):
            await actions.document(connection, vault, REGION, new_id())
        with pytest.raises(LicenceUnknown):
            await actions.revoke(connection, vault, REGION, new_id(), "x", dt.datetime.now(dt.UTC), by="x")
