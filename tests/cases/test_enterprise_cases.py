"""An enterprise applies: whoever may act for it now has its drafts, cases, licences and messages, and nobody else."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.api_client import Program
from tests.world import FANG, MONDAY, PACKS, REGION, World

from tongban.assembly.reading import read_pack
from tongban.basics.outbox import drain
from tongban.cases.actions import drafts, files
from tongban.cases.actions.submission import Submitted, submit
from tongban.cases.errors import CaseNotFound, ForEnterprises, ForPersons
from tongban.cases.models import INTAKE, Draft
from tongban.cases.views.reading import case_page, my_cases
from tongban.cli.kernel_stage import photo
from tongban.jobs.events import TOLD, tell_applicant
from tongban.licences import actions as licences
from tongban.messages import actions as messages
from tongban.parties.errors import MayNotActFor
from tongban.resources.actions import uses

HEAD, HANDLER, FORMER, STRANGER = "周文博", "吴思敏", "郑凯文", "冯雪"
SHOP = "杭州春和餐饮有限公司（演示）"
TO_BRING = ("layout_plan", "manager_certificate", "sign_picture", "fire_plan")
TOLD_IN = read_pack(PACKS / "restaurant").draft.stories["all-departments"][0]
FORM: dict[str, Any] = {
    name: value.isoformat() if isinstance(value, dt.date) else value
    for name, value in TOLD_IN.steps[0]["submit"]["form"].items()
}
LAST_DAY = dt.date(2026, 11, 25)
"""The last day of 郑凯文's appointment."""


async def _shop(world: World) -> UUID:
    found: UUID = await world.one("SELECT id FROM enterprises WHERE name = %(n)s", n=SHOP)
    return found


async def _opened(world: World, name: str) -> Draft:
    actor, now = await world.actor(name), await world.now()
    return (await drafts.open_draft(world.kernel, actor, now, REGION, "restaurant", await _shop(world))).draft


async def _ready(world: World, name: str) -> Draft:
    draft, actor, now = await _opened(world, name), await world.actor(name), await world.now()
    draft = await drafts.read_notice(world.kernel, actor, now, REGION, draft.id, [])
    for material in TO_BRING:
        await files.upload(world.kernel, actor, now, REGION, draft.id, material, "photo.jpg", "image/jpeg", photo())
    return await drafts.save_form(world.kernel, actor, now, REGION, draft.id, draft.revision, FORM)


async def _submit(world: World, draft: Draft, name: str) -> Submitted:
    return await submit(world.kernel, await world.secret(name), "token", REGION, draft.id)


async def _cases_of(world: World, name: str) -> list[UUID]:
    return [case.id for case in (await my_cases(world.kernel, await world.actor(name)))[0]]


async def test_a_draft_is_the_enterprises_and_whoever_acts_for_it_goes_on_with_it(world: World) -> None:
    draft = await _ready(world, HANDLER)
    again = await drafts.open_draft(
        world.kernel, await world.actor(HEAD), await world.now(), REGION, "restaurant", await _shop(world)
    )
    assert (again.draft.id, again.made) == (draft.id, False)
    (line,) = await drafts.my_drafts(world.kernel, await world.actor(HEAD))
    assert (line.id, line.enterprise_name) == (draft.id, SHOP)
    assert await drafts.my_drafts(world.kernel, await world.actor(STRANGER)) == []
    made = await _submit(world, draft, HEAD)
    assert made.id == draft.id
    # Repeated by the colleague who wrote it: the same case.
    assert (await _submit(world, draft, HANDLER)).number == made.number


async def test_a_journey_for_enterprises_refuses_a_person_and_one_for_persons_an_enterprise(world: World) -> None:
    actor, now, shop = await world.actor(HANDLER), await world.now(), await _shop(world)
    with pytest.raises(ForEnterprises):
        await drafts.open_draft(world.kernel, actor, now, REGION, "restaurant")
    with pytest.raises(ForPersons):
        await drafts.open_draft(world.kernel, actor, now, REGION, "birth", shop)
    with pytest.raises(MayNotActFor):
        await drafts.open_draft(world.kernel, await world.actor(STRANGER), now, REGION, "restaurant", shop)
    assert await world.one("SELECT count(*) FROM drafts") == 0


async def test_the_enterprise_is_the_applicant_and_holds_what_comes_of_it(world: World) -> None:
    case = (await _submit(world, await _ready(world, HANDLER), HANDLER)).id
    page = await case_page(world.kernel, await world.actor(HEAD), REGION, case)
    assert page.applicant_name == SHOP and page.case.on_behalf_of == SHOP and page.editable
    await world.decide("陈静", case, INTAKE, "accept")
    await world.decide("陈静", case, "licence_check", "approve")
    held = await world.rows("SELECT holder_kind, holder_name FROM licences WHERE type = 'business-licence'")
    assert {tuple(row) for row in held} >= {("organisation", SHOP)}
    async with world.database.connection() as connection:
        for name, wanted in ((HEAD, 1), (HANDLER, 1), (STRANGER, 0)):
            keys = (await world.actor(name)).keys
            assert len(await licences.mine(connection, world.kernel.vault, keys)) == wanted
            # The registration, the premises, the manager's certificate and the staff's examinations were looked up.
            assert len(await uses(connection, keys)) == 4 * wanted


async def test_whose_appointment_has_ended_has_lost_the_case_at_once(world: World) -> None:
    await world.go_to(LAST_DAY, hour=23)
    case = (await _submit(world, await _ready(world, FORMER), FORMER)).id
    assert await _cases_of(world, FORMER) == await _cases_of(world, HEAD) == [case]
    await world.go_to(LAST_DAY + dt.timedelta(days=1), hour=0)
    assert await _cases_of(world, FORMER) == [] and await _cases_of(world, HANDLER) == [case]
    with pytest.raises(CaseNotFound):
        await case_page(world.kernel, await world.actor(FORMER), REGION, case)
    with pytest.raises(CaseNotFound):
        await files.remove(world.kernel, await world.actor(FORMER), await world.now(), REGION, case, case)


async def test_a_draft_is_not_submitted_by_whose_appointment_has_ended(world: World) -> None:
    await world.go_to(LAST_DAY)
    draft = await _ready(world, FORMER)
    await world.go_to(LAST_DAY + dt.timedelta(days=1))
    with pytest.raises(CaseNotFound):
        await _submit(world, draft, FORMER)
    assert (await _submit(world, draft, HANDLER)).promise is not None


async def test_an_enterprise_is_told_through_everybody_who_may_act_for_it_now(world: World) -> None:
    await world.go_to(LAST_DAY)
    case = (await _submit(world, await _ready(world, FORMER), FORMER)).id
    await world.go_to(LAST_DAY + dt.timedelta(days=1))
    await world.decide("陈静", case, INTAKE, "accept")
    async with world.database.connection() as connection:
        await drain(connection, dict.fromkeys(TOLD, tell_applicant))
        told = {}
        for name in (HEAD, HANDLER, FORMER, STRANGER):
            told[name] = {m.kind for m in await messages.mine(connection, world.accounts[name])}
    both = {"case.submitted", "case.accepted"}
    assert told == {HEAD: both, HANDLER: both, FORMER: set(), STRANGER: set()}


async def test_an_enterprises_submission_is_two_statements_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = await _ready(world, HANDLER)
    await world.secret(HANDLER)
    seen: list[str] = []
    meant: Callable[..., object] = psycopg.AsyncCursor.execute

    async def counted(self: psycopg.AsyncCursor, query: object, *given: object, **options: object) -> object:
        seen.append(str(query).lstrip("- \n")[:6])
        return await meant(self, query, *given, **options)  # type: ignore[misc]

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counted)
    await _submit(world, draft, HANDLER)
    monkeypatch.undo()
    assert len(seen) == 2, seen


async def test_a_program_chooses_among_the_enterprises_it_may_act_for(api: Program, world: World) -> None:
    await world.go_to(MONDAY)
    (found,) = (await api.ask(HANDLER, "GET", "/enterprises")).json()
    assert (found["name"], found["capacity"]) == (SHOP, "handler")
    assert (await api.ask(STRANGER, "GET", "/enterprises")).json() == []
    wish = {"region": REGION, "journey": "restaurant"}
    without = await api.ask(HANDLER, "POST", "/drafts", json=wish)
    assert (without.status_code, without.json()["code"]) == (422, "cases.for_enterprises")
    others = await api.ask(STRANGER, "POST", "/drafts", json={**wish, "enterprise": found["id"]})
    assert (others.status_code, others.json()["code"]) == (403, "parties.may_not_act_for")
    opened = await api.ask(HANDLER, "POST", "/drafts", json={**wish, "enterprise": found["id"]})
    assert opened.status_code == 201 and opened.json()["enterprise_name"] == SHOP
    place = f"/drafts/{REGION}/{opened.json()['id']}"
    assert (await api.ask(HEAD, "GET", place)).status_code == 200
    for name in (STRANGER, FANG):
        assert (await api.ask(name, "GET", place)).status_code == 404
