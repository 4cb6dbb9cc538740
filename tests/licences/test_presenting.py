"""A holder shows chosen fields once; the second who comes, the guesser and the late one are told so."""

import asyncio
import datetime as dt

import msgspec
import pytest

from tongban.basics.database import Database
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.licences import actions
from tongban.licences.errors import CodeMistyped
from tongban.licences.models import Licence
from tongban.licences.presenting import rules
from tongban.licences.presenting.actions import PER_ASKER, look, looks, present
from tongban.licences.presenting.errors import (
    FieldNotThere,
    NothingToShow,
    PresentationOver,
    PresentationUnknown,
    PresentationUsed,
)
from tongban.licences.presenting.models import MadePresentation
from tongban.licences.verification_code import make_code
from tongban.parties.errors import TooManyAttempts

from .cast import REGION, WANG_FANG, issued

NOW = dt.datetime(2026, 11, 23, 1, 30, tzinfo=dt.UTC)


async def _held(database: Database, vault: Vault) -> Licence:
    made = await issued(database, vault)
    async with database.connection() as connection:
        return await actions.read(connection, vault, REGION, made.id)


async def _shown(database: Database, licence: Licence, *fields: str) -> MadePresentation:
    async with database.connection() as connection:
        return await present(connection, licence, fields, NOW)


async def test_the_verifier_sees_what_was_chosen_and_nothing_else(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    made = await _shown(database, licence, "born", "hospital")
    seen = await look(database, vault, made.code.lower().replace("-", " "), NOW, asker="clinic")
    assert (seen.holder, seen.state, seen.number) == ("王**", "valid", None)
    assert {one.label: one.value for one in seen.facts} == {"出生日期": "2026-11-20", "出生机构": "演示市第一医院"}
    text = msgspec.json.encode(seen).decode()
    assert not [hidden for hidden in (WANG_FANG, "王小芳", "3250", licence.number, licence.code) if hidden in text]


async def test_name_and_number_are_shown_when_chosen(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    made = await _shown(database, licence, rules.NUMBER, rules.NAME)
    seen = await look(database, vault, made.code, NOW, asker="clinic")
    assert (seen.holder, seen.number, seen.facts) == ("王小芳", licence.number, [])


async def test_a_code_opens_once_even_for_twenty_at_the_same_moment(database: Database, vault: Vault) -> None:
    made = await _shown(database, await _held(database, vault), "hospital")

    async def one(asker: int) -> bool:
        try:
            await look(database, vault, made.code, NOW, asker=f"hasty {asker}")
        except PresentationUsed:
            return False
        return True

    assert sorted(await asyncio.gather(*(one(asker) for asker in range(20)))) == [False] * 19 + [True]


async def test_a_late_or_replaced_code_is_over(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    replaced, late = await _shown(database, licence), await _shown(database, licence)
    async with database.connection() as connection:
        statement = "UPDATE licence_presentations SET expires_at = statement_timestamp() WHERE id = %s"
        await connection.execute(statement, [late.id])
    for made in (replaced, late):
        with pytest.raises(PresentationOver):
            await look(database, vault, made.code, NOW, asker="slow")


async def test_a_guesser_finds_nothing_and_is_stopped(database: Database, vault: Vault) -> None:
    await _shown(database, await _held(database, vault))
    guesser = str(new_id())
    with pytest.raises(CodeMistyped):
        await look(database, vault, "330103-1", NOW, asker=guesser)
    for _ in range(PER_ASKER):
        with pytest.raises(PresentationUnknown):
            await look(database, vault, make_code(REGION, random=rules.RANDOM), NOW, asker=guesser)
    with pytest.raises(TooManyAttempts):
        await look(database, vault, make_code(REGION, random=rules.RANDOM), NOW, asker=guesser)


async def test_the_holder_reads_who_looked_and_the_ledger_keeps_it(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    made = await _shown(database, licence, "hospital")
    await look(database, vault, made.code, NOW, asker="official", office="演示市公安局")
    async with database.connection() as connection:
        (seen,) = await looks(connection, REGION, licence.id)
        cursor = await connection.execute(
            "SELECT data::text FROM ledger_entries WHERE subject = %s AND kind = 'licence.shown'", [licence.id]
        )
        (entry,) = await cursor.fetchone() or ("",)
    assert (seen.office, seen.shown_at, seen.fields, seen.open) == ("演示市公安局", NOW, ["hospital"], False)
    assert "演示市公安局" in entry and WANG_FANG not in entry


async def test_a_licence_that_is_not_in_force_or_a_field_that_is_not_there_is_not_shown(
    database: Database, vault: Vault
) -> None:
    licence = await _held(database, vault)
    with pytest.raises(FieldNotThere):
        await _shown(database, licence, "mother")
    with pytest.raises(NothingToShow):
        await _shown(database, msgspec.structs.replace(licence, state="suspended"), "born")


async def test_a_licence_revoked_after_the_code_was_made_says_so(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    made = await _shown(database, licence)
    async with database.connection() as connection:
        await actions.revoke(connection, vault, REGION, licence.id, "冒领", NOW, by="court")
    assert (await look(database, vault, made.code, NOW, asker="later")).state == "revoked"
