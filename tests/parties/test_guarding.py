"""Parents act for a child whom the register knows as theirs; both see it, nobody else, and it ends at 18."""

import datetime as dt
from uuid import UUID

import pytest
from tests.world import FANG, REGION, World

from tongban.basics.codes.invented import invented_resident_id
from tongban.cases.actions import drafts
from tongban.cases.errors import CaseNotFound
from tongban.parties.errors import MayNotActForPerson, WrongCredentials
from tongban.parties.guarding.actions import WAYS, prove_child
from tongban.parties.guarding.errors import OfAge, ParentageUnproved, RegisterNotConnected
from tongban.parties.guarding.rules import ends_at
from tongban.parties.log_in import proving
from tongban.parties.log_in.errors import HasAccount
from tongban.parties.log_in.signing_in import sign_in
from tongban.resources.verifying import verifiers_of

FATHER, STRANGER = "张强", "林晓"
CHILD, NUMBER, BIRTH = "张小雨", "330103202001158026", dt.date(2020, 1, 15)
OLDER = invented_resident_id("330103", dt.date(2005, 5, 5), 801)
JOURNEY = "household-proof"


async def prove(world: World, parent: str, name: str = CHILD, number: str = NUMBER) -> UUID:
    """``parent`` asks the register."""
    actor, now = await world.actor(parent), await world.now()
    register = verifiers_of(world.kernel.registers(), WAYS)
    return await prove_child(world.database, world.kernel.vault, register, actor, name, number, now)


async def test_both_parents_see_what_either_begins_for_the_child_until_it_is_of_age(world: World) -> None:
    child = await prove(world, FANG)
    assert await prove(world, FATHER) == child
    mother, father, now = await world.actor(FANG), await world.actor(FATHER), await world.now()
    (hat,) = father.represented
    assert (hat.name, hat.capacity, hat.services, hat.until) == (CHILD, "guardian", None, ends_at(BIRTH))
    assert len(father.keys) == 2, "the child's licences are shown to its parents"
    draft = (await drafts.open_draft(world.kernel, mother, now, REGION, JOURNEY, principal=child)).draft
    assert [(one.id, one.principal_name) for one in await drafts.my_drafts(world.kernel, father)] == [(draft.id, CHILD)]
    assert drafts.applicant_for(world.kernel, father, draft).name == CHILD
    await world.go_to(dt.date(2038, 1, 14), hour=23)
    assert len((await world.actor(FATHER)).represented) == 1
    await world.go_to(dt.date(2038, 1, 15), hour=0)
    assert (await world.actor(FATHER)).represented == ()
    with pytest.raises(CaseNotFound):
        await drafts.read_draft(world.kernel, await world.actor(FATHER), REGION, draft.id)


async def test_who_comes_of_age_takes_over_what_the_parents_began_and_no_child_does(world: World) -> None:
    child = await prove(world, FANG)
    opened = await drafts.open_draft(
        world.kernel, await world.actor(FANG), await world.now(), REGION, JOURNEY, principal=child
    )
    login, vault = "xiaoyu2020", world.kernel.vault
    async with world.database.connection() as connection:
        own = await proving.register_declared(
            connection, vault, login=login, name=CHILD, id_number=NUMBER, mobile="19900002044",
            password="purple lantern on the river",
        )  # fmt: skip

    async def claim() -> None:
        async with world.database.connection() as connection:
            clerk = await world.actor("何平")
            await proving.prove_in_person(connection, vault, clerk, login=login, name=CHILD, id_number=NUMBER)

    with pytest.raises(HasAccount):
        await claim()
    assert len((await world.actor(FANG)).represented) == 1, "what was refused changed nothing"
    await world.go_to(dt.date(2038, 1, 15), hour=10)
    await claim()
    world.accounts[CHILD] = own
    grown = await world.actor(CHILD)
    assert (grown.account, grown.assurance, grown.name) == (own, "real-name", CHILD)
    read = await drafts.read_draft(world.kernel, grown, REGION, opened.draft.id)
    assert read.account == own and drafts.applicant_for(world.kernel, grown, read).agent_name is None
    text = await world.one("SELECT data::text FROM ledger_entries WHERE kind = 'account.taken_over'")
    assert str(child) in text and NUMBER not in text
    with pytest.raises(CaseNotFound):
        await drafts.read_draft(world.kernel, await world.actor(FANG), REGION, opened.draft.id)


async def test_who_is_no_parent_learns_nothing_and_sees_nothing(world: World) -> None:
    child = await prove(world, FANG)
    unknown = invented_resident_id("330103", dt.date(2019, 5, 5), 801)
    for name, number in ((CHILD, NUMBER), (CHILD, unknown)):
        with pytest.raises(ParentageUnproved):
            await prove(world, STRANGER, name, number)
    with pytest.raises(ParentageUnproved):
        await prove(world, FATHER, "张小云")
    stranger, now = await world.actor(STRANGER), await world.now()
    assert stranger.represented == ()
    with pytest.raises(MayNotActForPerson):
        await drafts.open_draft(world.kernel, stranger, now, REGION, JOURNEY, principal=child)


async def test_who_is_of_age_has_no_guardian_and_a_register_that_is_silent_proves_nothing(world: World) -> None:
    with pytest.raises(OfAge):
        await prove(world, FANG, CHILD, OLDER)
    actor, now = await world.actor(FANG), await world.now()
    with pytest.raises(RegisterNotConnected):
        await prove_child(world.database, world.kernel.vault, {}, actor, CHILD, NUMBER, now)


async def test_nobody_signs_in_to_a_childs_account_and_the_ledger_names_nobody(world: World) -> None:
    child = await prove(world, FANG)
    login = await world.one("SELECT login FROM accounts WHERE id = %(a)s", a=child)
    for password in ("!", "", "tongban-2026"):
        with pytest.raises(WrongCredentials):
            async with world.database.connection() as connection:
                await sign_in(
                    connection, login=login, password=password, source="10.0.0.9", kind="token", agent="", code="",
                    vault=world.kernel.vault,
                )  # fmt: skip
    text = await world.one("SELECT data::text FROM ledger_entries WHERE kind = 'guardianship.proved'")
    assert NUMBER not in text and CHILD not in text and str(world.accounts[FANG]) in text


@pytest.mark.parametrize(
    ("birth", "day"),
    [
        (dt.date(2020, 1, 15), dt.date(2038, 1, 15)),
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1)),
        (dt.date(2008, 12, 31), dt.date(2026, 12, 31)),
    ],
)
def test_it_ends_at_the_beginning_of_the_eighteenth_birthday(birth: dt.date, day: dt.date) -> None:
    assert ends_at(birth).date() == day and ends_at(birth).utcoffset() == dt.timedelta(hours=8)
