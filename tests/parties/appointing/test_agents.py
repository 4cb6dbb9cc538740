"""A person lets another act: in named services, until a day, after confirming it; said on case, receipt and ledger."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import msgspec
import psycopg
import pytest
from tests.world import FANG, FORM, MONDAY, REGION, World

from tongban.basics.outbox import drain
from tongban.cases.actions import applicant, drafts
from tongban.cases.actions.submission import submit
from tongban.cases.errors import CaseNotFound
from tongban.cases.views.reading import case_page, my_cases
from tongban.jobs.events import TOLD, tell_applicant
from tongban.messages import actions as messages
from tongban.parties.appointing import actions
from tongban.parties.appointing.errors import AppointmentUnknown, WishUnfit
from tongban.parties.appointing.models import Wish
from tongban.parties.errors import MayNotActForPerson
from tongban.parties.log_in.errors import ConfirmFirst
from tongban.parties.models import Actor

AGENT, STRANGER = "冯雪", "林晓"
KNOWN = ("birth", "move-in")
UNTIL = MONDAY + dt.timedelta(days=30)


async def confirmed(world: World, name: str) -> Actor:
    """``name``, who has just proved with two factors to be the owner."""
    now = dt.datetime.now(dt.UTC)
    return msgspec.structs.replace(await world.actor(name), factors=("password", "code"), proved_at=now)


async def let(world: World, services: tuple[str, ...] = ("birth",), last_day: dt.date | None = UNTIL) -> UUID:
    """王芳 asks 冯雪."""
    wish = Wish(AGENT, "agent", world.people[AGENT].id_number, "", services, last_day)
    actor, now = await confirmed(world, FANG), await world.now()
    async with world.database.connection() as connection:
        return await actions.offer(connection, world.kernel.vault, actor, None, wish, KNOWN, now)


async def standing(world: World, services: tuple[str, ...] = ("birth",)) -> UUID:
    """As ``let``, and accepted."""
    asked, agent = await let(world, services), await world.actor(AGENT)
    async with world.database.connection() as connection:
        await actions.answer(connection, world.kernel.vault, agent, asked, True, await world.now())
    return asked


async def ended(world: World, asked: UUID) -> None:
    """王芳 takes it back."""
    async with world.database.connection() as connection:
        await actions.end(connection, await world.actor(FANG), asked, await world.now())


async def submitted(world: World) -> UUID:
    """A case that 冯雪 made for 王芳."""
    agent, now = await world.actor(AGENT), await world.now()
    whose = world.accounts[FANG]
    draft = (await drafts.open_draft(world.kernel, agent, now, REGION, "birth", principal=whose)).draft
    draft = await drafts.read_notice(world.kernel, agent, now, REGION, draft.id, [])
    draft = await drafts.save_form(world.kernel, agent, now, REGION, draft.id, draft.revision, FORM)
    return (await submit(world.kernel, await world.secret(AGENT), "token", REGION, draft.id)).id


async def test_an_agent_applies_in_the_persons_name_and_every_act_says_so(world: World) -> None:
    await standing(world)
    case = await submitted(world)
    for name in (FANG, AGENT):
        page = await case_page(world.kernel, await world.actor(name), REGION, case)
        assert (page.applicant_name, page.agent_name) == (FANG, AGENT)
        assert page.case.on_behalf_of == (FANG if name == AGENT else None)
    key = (await world.actor(FANG)).id_key
    row = (await world.rows("SELECT account, person_key FROM cases WHERE id = %(c)s", c=case))[0]
    assert (row[0], bytes(row[1])) == (world.accounts[FANG], key)
    await applicant.ask(world.kernel, await world.actor(AGENT), REGION, case, "什么时候能办好？")
    query = (
        "SELECT kind, data -> 'detail' -> 'agent' ->> 'account' FROM ledger_entries"
        " WHERE subject = %(c)s AND kind IN ('case.submitted', 'question.asked')"
    )
    said = {tuple(row) for row in await world.rows(query, c=case)}
    by = str(world.accounts[AGENT])
    assert said == {("case.submitted", by), ("question.asked", by)}
    assert (await world.page(await world.submitted())).agent_name is None


async def test_an_agent_loses_sight_at_once_and_the_person_keeps_the_matter(world: World) -> None:
    asked = await standing(world)
    case = await submitted(world)
    assert [one.id for one in (await my_cases(world.kernel, await world.actor(AGENT)))[0]] == [case]
    await ended(world, asked)
    agent = await world.actor(AGENT)
    assert (await my_cases(world.kernel, agent))[0] == [] and agent.represented == ()
    with pytest.raises(CaseNotFound):
        await case_page(world.kernel, agent, REGION, case)
    with pytest.raises(CaseNotFound):
        await applicant.withdraw(world.kernel, agent, REGION, case, "")
    assert (await world.page(case)).withdrawable
    with pytest.raises(AppointmentUnknown):
        await ended(world, asked)


async def test_an_agent_sees_the_named_services_and_nothing_else(world: World) -> None:
    own = await world.submitted()
    await standing(world, ("move-in",))
    agent, now, whose = await world.actor(AGENT), await world.now(), world.accounts[FANG]
    assert (await my_cases(world.kernel, agent))[0] == [] and agent.keys == [agent.id_key]
    with pytest.raises(CaseNotFound):
        await case_page(world.kernel, agent, REGION, own)
    with pytest.raises(MayNotActForPerson):
        await drafts.open_draft(world.kernel, agent, now, REGION, "birth", principal=whose)
    with pytest.raises(MayNotActForPerson):
        stranger = await world.actor(STRANGER)
        await drafts.open_draft(world.kernel, stranger, now, REGION, "birth", principal=whose)


async def test_letting_somebody_act_asks_for_a_factor_services_and_a_day(world: World) -> None:
    wish = Wish(AGENT, "agent", world.people[AGENT].id_number, "", ("birth",), UNTIL)
    async with world.database.connection() as connection:
        with pytest.raises(ConfirmFirst):
            fang, now = await world.actor(FANG), await world.now()
            await actions.offer(connection, world.kernel.vault, fang, None, wish, KNOWN, now)
    for services, last_day, field in (((), UNTIL, "services"), (("birth",), None, "last_day"),
                                      (("birth",), MONDAY + dt.timedelta(days=400), "last_day")):  # fmt: skip
        with pytest.raises(WishUnfit) as refused:
            await let(world, services, last_day)
        assert [fault["field"] for fault in refused.value.faults] == [field]


async def test_its_day_ends_it_and_until_then_both_are_told(world: World) -> None:
    await standing(world)
    await submitted(world)
    async with world.database.connection() as connection:
        await drain(connection, dict.fromkeys(TOLD, tell_applicant))
        for name in (FANG, AGENT):
            told = [m.kind for m in await messages.mine(connection, world.accounts[name])]
            assert "case.submitted" in told
        assert await messages.mine(connection, world.accounts[STRANGER]) == []
    await world.go_to(UNTIL + dt.timedelta(days=1), hour=0)
    assert (await world.actor(AGENT)).represented == ()


async def test_an_agents_submission_is_two_statements_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await standing(world)
    agent, now, whose = await world.actor(AGENT), await world.now(), world.accounts[FANG]
    draft = (await drafts.open_draft(world.kernel, agent, now, REGION, "birth", principal=whose)).draft
    draft = await drafts.read_notice(world.kernel, agent, now, REGION, draft.id, [])
    draft = await drafts.save_form(world.kernel, agent, now, REGION, draft.id, draft.revision, FORM)
    seen: list[str] = []
    meant: Callable[..., object] = psycopg.AsyncCursor.execute

    async def counted(self: psycopg.AsyncCursor, query: object, *given: object, **options: object) -> object:
        seen.append(str(query).lstrip("- \n")[:6])
        return await meant(self, query, *given, **options)  # type: ignore[misc]

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counted)
    await submit(world.kernel, await world.secret(AGENT), "token", REGION, draft.id)
    monkeypatch.undo()
    assert len(seen) == 2, seen
