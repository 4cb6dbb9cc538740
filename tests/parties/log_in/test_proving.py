"""From the own word to a proved identity; back into an account; and what neither a thief nor a clerk alone can do."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.conftest import Template
from tests.world import FANG, JING, LEAD, MONDAY, REGION, World

from tongban.parties.actions import open_session, particulars, person_key, who_is
from tongban.parties.errors import AssuranceTooLow, NotAllowed, NotSignedIn, TooManyAttempts
from tongban.parties.log_in import proving, recovering
from tongban.parties.log_in.codes import last_text
from tongban.parties.log_in.errors import (
    CodeWrong,
    HasAccount,
    LoginTaken,
    NotDeclared,
    ProofsDiffer,
    ProofsMissing,
    RecoveryRefused,
    RecoveryUnfit,
    RecoveryWaits,
    RegisterSilent,
    SecondPersonNeeded,
)
from tongban.parties.log_in.invitations import take_up
from tongban.parties.log_in.signing_in import sign_in
from tongban.parties.log_in.verifiers import Verifiers
from tongban.parties.models import Actor, Post, Subject
from tongban.resources.actions import Narrowed, uses
from tongban.resources.grants import grants, restore, revoke
from tongban.resources.provider import Provider
from tongban.resources.verifying import verifiers_of

YU, BO = "330103199809120640", "330103197403050719"
PASSWORD = "purple lantern on the river"
RIGHT = {"social-card": "A99000011", "driving-licence": "3301 9000 0011"}
HERS = {"social-card": "A99000013", "driving-licence": "330190000013"}
WINDOW = Subject(REGION, department="health")


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """One platform for all of these; each registers somebody of its own."""
    address = template.copy()
    found = template.world(address)
    await found.database.open()
    await found.go_to(MONDAY)
    yield found
    await found.database.close()
    template.drop(address)


def registers(world: World) -> Verifiers:
    """The invented registers."""
    return verifiers_of(world.kernel.registers())


def with_register(world: World, provider: Provider) -> Verifiers:
    """The invented registers, and another one of persons."""
    return verifiers_of(
        replace(world.kernel.registers(), providers={**world.kernel.providers, "police.identity": provider})
    )


async def declared(world: World, login: str, name: str = "宋雨", number: str = YU) -> UUID:
    """Somebody who has just registered by the own word."""
    async with world.database.connection() as connection:
        return await proving.register_declared(
            connection, world.kernel.vault, login=login, name=name, id_number=number, mobile="19900002031",
            password=PASSWORD,
        )  # fmt: skip


async def signed_in(world: World, account: UUID) -> Actor:
    async with world.database.connection() as connection:
        return (await who_is(connection, await open_session(connection, account, "token"), "token")).actor


async def prove(world: World, account: UUID, given: dict[str, str], verifiers: Verifiers | None = None) -> None:
    actor = await signed_in(world, account)
    asked = registers(world) if verifiers is None else verifiers
    await proving.prove(world.database, world.kernel.vault, asked, actor, given)


async def test_who_gives_somebody_elses_number_sees_nothing_of_theirs(world: World) -> None:
    number = world.people[FANG].id_number
    actor = await signed_in(world, await declared(world, "pretender", FANG, number))
    assert actor.assurance == "declared"
    assert actor.id_key != (await world.actor(FANG)).id_key
    assert particulars(world.kernel.vault, actor).id_number == number
    draft = await world.opened()
    world.accounts = {**world.accounts, "冒名者": actor.account}
    own = await world.opened("冒名者")
    assert own.id != draft.id
    with pytest.raises(AssuranceTooLow) as refused:
        await world.noticed("冒名者")
    assert refused.value.data["needed"] == "real-name"
    with pytest.raises(AssuranceTooLow):
        await world.submit(own, "冒名者")
    assert await world.one("SELECT count(*) FROM look_ups WHERE case_id = %(c)s", c=own.id) == 0


async def test_two_further_proofs_make_an_identity_and_both_are_needed(world: World) -> None:
    account = await declared(world, "songyu")
    for given, fault in (
        ({}, ProofsMissing),
        ({"social-card": "A99000011", "driving-licence": " "}, ProofsMissing),
        ({**RIGHT, "social-card": "A99000012"}, ProofsDiffer),
        ({**RIGHT, "household": "1"}, ProofsDiffer),
    ):
        with pytest.raises(fault):
            await prove(world, account, given)
        assert (await signed_in(world, account)).assurance == "declared"
    await prove(world, account, RIGHT)
    actor = await signed_in(world, account)
    assert (actor.assurance, actor.name) == ("real-name", "宋雨")
    assert particulars(world.kernel.vault, actor).id_number == YU
    with pytest.raises(NotDeclared):
        await prove(world, account, RIGHT)
    statement = "SELECT data FROM ledger_entries WHERE kind = 'account.proved' AND subject = %(a)s"
    facts = await world.one(statement, a=account)
    assert facts["proofs"] == ["driving-licence", "person", "social-card"]
    assert "A99000011" not in str(facts) and YU not in str(facts)
    with pytest.raises(HasAccount):
        await prove(world, await declared(world, "songyu.two"), RIGHT)
    with pytest.raises(LoginTaken):
        await declared(world, "SongYu")


async def test_a_register_that_does_not_answer_proves_and_refuses_nothing(world: World) -> None:
    account = await declared(world, "hebo", "何博", BO)
    down = world.provider("police.identity").failing("down")
    with pytest.raises(RegisterSilent):
        await prove(world, account, RIGHT, with_register(world, down))
    wrong = world.provider("police.identity").failing("wrong")
    with pytest.raises(RegisterSilent):
        await prove(world, account, RIGHT, with_register(world, wrong))
    with pytest.raises(RegisterSilent):
        await prove(world, account, RIGHT, {})


async def test_what_a_register_was_asked_is_shown_to_whose_number_it_is(world: World) -> None:
    number, vault = world.people["张强"].id_number, world.kernel.vault
    stranger = await declared(world, "curious", "张强", number)
    with pytest.raises(ProofsDiffer):
        await prove(world, stranger, {"social-card": "A1", "driving-licence": "1"})
    async with world.database.connection() as connection:
        seen = await uses(connection, (await world.actor("张强")).keys, narrowed=Narrowed(consumer="data-bureau"))
        assert await uses(connection, (await signed_in(world, stranger)).keys) == []
    asked = [(one.source, one.purpose, one.fields, one.outcome) for one in reversed(seen)]
    assert asked == [
        ("resource:police.identity", "实名核验", ["name"], "found"),
        ("resource:medical-insurance.social-card", "实名核验", ["card_number"], "found"),
    ]
    statement = (
        "SELECT l.case_id = l.id AS alone, l.sealed IS NULL AS gone, i.at <= o.at AS before, i.issue, "
        "(SELECT count(*) FROM ledger_entries e WHERE e.data->>'look_up' = l.id::text) AS entries "
        "FROM look_ups l JOIN exchange_intents i USING (region, id) JOIN exchange_outcomes o USING (region, id) "
        "WHERE l.person_key = %(key)s AND l.consumer = 'data-bureau'"
    )
    rows = await world.rows(statement, key=person_key(vault, number))
    assert [tuple(row) for row in rows] == [(True, True, True, None, 1)] * 2


async def test_a_register_whose_grant_was_taken_back_is_not_asked_and_the_try_is_recorded(world: World) -> None:
    account = await declared(world, "hebo.revoked", "何博", BO)
    now, key = await world.now(), person_key(world.kernel.vault, BO)
    async with world.database.connection() as connection:
        grant = next(one for one in await grants(connection, REGION) if one.need == "real-name.social-card")
        await revoke(connection, REGION, grant.id, "试一试", now)
    with pytest.raises(RegisterSilent):
        await prove(world, account, {"social-card": "A99000012", "driving-licence": "330190000012"})
    statement = "SELECT reason FROM look_ups WHERE person_key = %(key)s AND outcome = 'refused'"
    assert [row.reason for row in await world.rows(statement, key=key)] == ["grant revoked"]
    async with world.database.connection() as connection:
        await restore(connection, REGION, grant.id, now + timedelta(days=300), "试完了", now)


async def test_proofs_can_not_be_guessed_whoever_tries(world: World) -> None:
    number = world.people["张强"].id_number
    account = await declared(world, "guesser", "张强", number)
    for _ in range(6):
        with pytest.raises(ProofsDiffer):
            await prove(world, account, {"social-card": "A1", "driving-licence": "1"})
    with pytest.raises(TooManyAttempts):
        await prove(world, account, {"social-card": "A99000015", "driving-licence": "330190000015"})


async def test_a_clerk_who_sees_the_card_proves_an_identity(world: World) -> None:
    account = await declared(world, "hebo.window", "何博", BO)
    clerk = await world.actor("何平")
    async with world.database.connection() as connection:
        for login, name, number in (("hebo.window", "何波", BO), ("hebo.window", "何博", YU), ("wangfang", "何博", BO)):
            with pytest.raises((ProofsDiffer, NotDeclared)):
                await proving.prove_in_person(
                    connection, world.kernel.vault, clerk, login=login, name=name, id_number=number
                )
        await proving.prove_in_person(
            connection, world.kernel.vault, clerk, login="hebo.window", name="何博", id_number=BO
        )
    assert (await signed_in(world, account)).assurance == "real-name"


async def asked(world: World, **changes: object) -> str:
    """王芳 asks to get back into her account."""
    values = {
        "login": "wangfang", "name": FANG, "id_number": world.people[FANG].id_number, "given": HERS,
        "source": "10.0.0.7", **changes,
    }  # fmt: skip
    return await recovering.ask(world.database, world.kernel.vault, registers(world), **values)  # type: ignore[arg-type]


async def test_who_has_not_all_of_it_is_refused_alike(world: World) -> None:
    elsewhere = iter(range(10))
    for changes in (
        {"login": "linxiao"}, {"login": "nobody"}, {"name": "王方"}, {"given": {**HERS, "social-card": "A99000014"}},
    ):  # fmt: skip
        with pytest.raises(RecoveryRefused) as refused:
            await asked(world, **changes, source=f"10.0.1.{next(elsewhere)}")
        assert (refused.value.field, refused.value.data) == (None, {})


async def test_the_owner_stops_a_recovery_and_it_is_worth_nothing(world: World) -> None:
    secret = await asked(world, source="10.0.2.1")
    async with world.database.connection() as connection:
        assert await recovering.waiting_for(connection, world.accounts[FANG]) is not None
        with pytest.raises(RecoveryWaits):
            await recovering.send(connection, world.kernel.vault, secret)
        with pytest.raises(RecoveryWaits):
            await recovering.finish(connection, world.kernel.vault, secret, "000000", PASSWORD)
        assert await recovering.stop(connection, await world.actor(FANG))
        with pytest.raises(RecoveryUnfit):
            await recovering.read(connection, secret)


async def test_after_three_days_a_code_to_the_telephone_finishes_it(world: World) -> None:
    secret = await asked(world, source="10.0.2.2")
    await world.go_to(MONDAY + timedelta(days=4))
    vault, account = world.kernel.vault, world.accounts[FANG]
    async with world.database.connection() as connection:
        old = await open_session(connection, account, "browser")
        await recovering.send(connection, vault, secret)
        with pytest.raises(CodeWrong):
            await recovering.finish(connection, vault, secret, "x", PASSWORD)
        text = await last_text(connection, vault, account)
        assert text is not None and text.mobile == world.people[FANG].mobile
        code = text.text.split("验证码 ")[1][:6]
        assert await recovering.finish(connection, vault, secret, code, PASSWORD) == account
        with pytest.raises(NotSignedIn):
            await who_is(connection, old, "browser")
        assert await sign_in(connection, login="wangfang", password=PASSWORD, source="10.0.2.2", kind="browser")
        with pytest.raises(RecoveryUnfit):
            await recovering.finish(connection, vault, secret, code, PASSWORD)
    statement = "SELECT kind FROM ledger_entries WHERE subject = %(a)s AND kind LIKE 'account.recovery%%' ORDER BY id"
    kinds = await world.rows(statement, a=account)
    assert [row.kind for row in kinds][-2:] == ["account.recovery_asked", "account.recovery_done"]


async def test_at_the_window_it_takes_two_people(world: World) -> None:
    first = await world.actor("何平")
    here = next(Subject(p.region, department=p.department) for p in first.posts if p.role == "clerk")
    head = (Post(REGION, here.department or "", "head"),)
    other = Actor(world.accounts[LEAD], "zhoumin", UUID(int=5), LEAD, b"", b"", head)
    values = {"login": "linxiao", "name": "林晓", "id_number": world.people["林晓"].id_number}
    vault = world.kernel.vault
    async with world.database.connection() as connection:
        with pytest.raises(NotAllowed):
            await recovering.ask_at_window(connection, vault, await world.actor(JING), WINDOW, **values)
        with pytest.raises(RecoveryRefused):
            await recovering.ask_at_window(connection, vault, first, here, **{**values, "login": "wangfang"})
        recovery = await recovering.ask_at_window(connection, vault, first, here, **values)
        assert [one.own for one in await recovering.at_window(connection, first, REGION)] == [True]
        assert [one.own for one in await recovering.at_window(connection, await world.actor("吴浩"), REGION)] == [False]
        with pytest.raises(NotAllowed):
            await recovering.at_window(connection, await world.actor(JING), REGION)
        with pytest.raises(SecondPersonNeeded):
            await recovering.confirm_at_window(connection, first, recovery)
        with pytest.raises(NotAllowed):
            await recovering.confirm_at_window(connection, await world.actor(JING), recovery)
        link = await recovering.confirm_at_window(connection, other, recovery)
        with pytest.raises(RecoveryUnfit):
            await recovering.confirm_at_window(connection, other, recovery)
        assert await take_up(connection, link, PASSWORD, vault) == world.accounts["林晓"]
