"""Anybody with the code learns the minimum; slips, guesses and unknown codes are told apart."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.codes.checks import ALPHABET_31
from tongban.basics.codes.invented import invented_uscc
from tongban.basics.database import Database
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.licences import actions
from tongban.licences.errors import CodeMistyped, LicenceUnknown
from tongban.licences.models import Holder, PublicFact
from tongban.licences.verification_code import make_code, parse_code

from .cast import BIRTH, HEALTH, REGION, WANG_FANG, issued

REGIONS = st.from_regex(r"[1-9][0-9]{5}", fullmatch=True)


async def test_the_public_sees_the_minimum_and_no_identity_number(database: Database, vault: Vault) -> None:
    licence = await issued(database, vault)
    async with database.connection() as connection:
        seen = await actions.verify(connection, vault, licence.code)
    text = msgspec.json.encode(seen).decode()
    assert (seen.type_name, seen.holder, seen.number, seen.state) == (BIRTH.name, "王**", licence.number, "valid")
    assert seen.facts == [PublicFact("出生机构", "演示市第一医院")]
    assert not [hidden for hidden in (WANG_FANG, "王小芳", "3250", "2026-11-20") if hidden in text]


async def test_an_organisation_s_name_is_public(database: Database, vault: Vault) -> None:
    shop = Holder("演示餐饮有限公司", invented_uscc(REGION, 77), "organisation")
    licence = actions.prepare_issue(REGION, BIRTH, shop, HEALTH, {}, dt.datetime.now(dt.UTC), vault, new_id())
    async with database.transaction() as connection:
        await actions.insert(connection, licence)
        assert (await actions.verify(connection, vault, licence.code)).holder == "演示餐饮有限公司"


async def test_a_code_read_aloud_is_understood(database: Database, vault: Vault) -> None:
    licence = await issued(database, vault)
    spoken = " " + licence.code.replace("-", " ").lower().replace("0", "o").replace("1", "i") + "\n"
    async with database.connection() as connection:
        assert (await actions.verify(connection, vault, spoken)).number == licence.number


async def test_an_unknown_code_is_refused(database: Database, vault: Vault) -> None:
    async with database.connection() as connection:
        with pytest.raises(LicenceUnknown):
            await actions.verify(connection, vault, make_code(REGION))


@pytest.mark.parametrize("typed", ["", "330103", "330103-7KQ4M9-TXW2P8-3HGYC", "九" * 24, "330103" + "#" * 18])
async def test_a_mistyped_code_is_refused_with_the_reason(database: Database, vault: Vault, typed: str) -> None:
    async with database.connection() as connection:
        with pytest.raises(CodeMistyped) as refused:
            await actions.verify(connection, vault, typed)
    assert "核验码" in refused.value.message("zh-CN")


@given(REGIONS)
def test_a_code_keeps_its_region_and_reads_back(region: str) -> None:
    code = make_code(region)
    assert parse_code(code) == (region, code)
    assert parse_code(code.replace("-", "").lower()) == (region, code)


@given(REGIONS, st.integers(6, 23), st.sampled_from(ALPHABET_31))
def test_one_wrong_character_is_noticed(region: str, place: int, sign: str) -> None:
    plain = make_code(region).replace("-", "")
    wrong = plain[:place] + sign + plain[place + 1 :]
    if wrong != plain:
        with pytest.raises(CodeMistyped):
            parse_code(wrong)


@given(REGIONS, st.integers(6, 22))
def test_two_swapped_neighbours_are_noticed(region: str, place: int) -> None:
    plain = make_code(region).replace("-", "")
    swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    if swapped != plain:
        with pytest.raises(CodeMistyped):
            parse_code(swapped)


def test_codes_hold_eighty_random_bits_and_never_repeat() -> None:
    assert 31**17 > 2**80
    assert len({make_code(REGION) for _ in range(5000)}) == 5000
