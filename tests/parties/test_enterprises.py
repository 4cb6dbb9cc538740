"""Enterprises as parties: known by a valid code, acted for by whom they let, from the first day to the last."""

import datetime as dt
from uuid import UUID, uuid4

import pytest
from tests.world import FANG, JING, REGION, World

from tongban.basics.calendar import CST
from tongban.basics.codes.errors import CodeError
from tongban.parties.actions import person_key
from tongban.parties.enterprises import (
    accounts_for,
    authorise,
    enterprise_key,
    mandate_of,
    party_key,
    register_enterprise,
)
from tongban.parties.errors import MayNotActFor
from tongban.parties.models import Capacity, EnterpriseParticulars, Subject
from tongban.parties.rules import may, owns


async def _registered(world: World, code: str = "91350100M000100Y43") -> UUID:
    particulars = EnterpriseParticulars(code, FANG, "福州市", "软件")
    async with world.database.connection() as connection:
        return await register_enterprise(connection, world.kernel.vault, name="测试企业", particulars=particulars)


async def _let(
    world: World, enterprise: UUID, name: str, since: dt.datetime, until: dt.datetime | None = None,
    capacity: Capacity = "handler",
) -> None:  # fmt: skip
    key = person_key(world.kernel.vault, world.people[name].id_number)
    async with world.database.connection() as connection:
        await authorise(connection, enterprise, key, capacity, since, until)


async def test_an_enterprise_is_registered_once_whatever_the_spelling_of_its_code(world: World) -> None:
    first = await _registered(world)
    assert await _registered(world, "9135 0100 m000100y43") == first
    assert await world.one("SELECT count(*) FROM enterprises WHERE name = '测试企业'") == 1


async def test_a_code_with_a_wrong_check_character_registers_nothing(world: World) -> None:
    before = await world.one("SELECT count(*) FROM enterprises")
    with pytest.raises(CodeError):
        await _registered(world, "91350100M000100Y44")
    assert await world.one("SELECT count(*) FROM enterprises") == before


async def test_neither_code_nor_address_lies_in_the_clear(world: World) -> None:
    await _registered(world)
    row = (await world.rows("SELECT uscc_key, sealed FROM enterprises WHERE name = '测试企业'"))[0]
    assert b"M000100" not in bytes(row[1]) and "福州".encode() not in bytes(row[1])
    assert bytes(row[0]) == enterprise_key(world.kernel.vault, "91350100M000100Y43")


def test_a_person_and_an_enterprise_with_one_number_are_two(world: World) -> None:
    vault, number = world.kernel.vault, "913501001900010123"
    assert party_key(vault, "person", number) == person_key(vault, number)
    assert party_key(vault, "organisation", number) == enterprise_key(vault, number) != person_key(vault, number)


async def test_a_mandate_holds_from_its_first_moment_to_its_last(world: World) -> None:
    enterprise = await _registered(world)
    since = dt.datetime(2026, 11, 24, tzinfo=CST)
    await _let(world, enterprise, FANG, since, dt.datetime(2026, 11, 26, tzinfo=CST))
    held = {}
    for day in (23, 24, 25, 26):
        await world.go_to(dt.date(2026, 11, day))
        actor = await world.actor(FANG)
        held[day] = enterprise in actor.owners
        assert may(actor, "case.read", Subject(region=REGION, owner=enterprise)) is held[day]
    assert held == {23: False, 24: True, 25: True, 26: False}


async def test_whoever_acts_in_two_capacities_acts_once_and_in_the_greater(world: World) -> None:
    enterprise = await _registered(world)
    for capacity in ("handler", "legal-representative"):
        await _let(world, enterprise, FANG, dt.datetime(2026, 1, 1, tzinfo=CST), None, capacity)
    actor = await world.actor(FANG)
    assert [(m.enterprise, m.capacity) for m in actor.mandates] == [(enterprise, "legal-representative")]
    async with world.database.connection() as connection:
        assert await accounts_for(connection, enterprise) == [actor.account]


async def test_nobody_unknown_is_let_act_and_nobody_else_may(world: World) -> None:
    enterprise = await _registered(world)
    async with world.database.connection() as connection:
        with pytest.raises(MayNotActFor):
            await authorise(connection, enterprise, b"x" * 32, "handler", dt.datetime(2026, 1, 1, tzinfo=CST))
    stranger = await world.actor(JING)
    for named in (enterprise, uuid4()):
        with pytest.raises(MayNotActFor):
            mandate_of(stranger, named)
        assert not owns(stranger, Subject(region=REGION, owner=named))


async def test_what_is_ones_own_stays_so_beside_a_mandate(world: World) -> None:
    enterprise = await _registered(world)
    await _let(world, enterprise, FANG, dt.datetime(2026, 1, 1, tzinfo=CST))
    actor = await world.actor(FANG)
    assert actor.owner_behind(actor.id_key) == actor.account
    assert actor.owner_behind(enterprise_key(world.kernel.vault, "91350100M000100Y43")) == enterprise
    assert actor.owner_behind(b"somebody else's") is None
