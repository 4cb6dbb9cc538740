"""An enterprise's people: asked, accepting or declining, ended at once; refused to everybody who does not govern it."""

import datetime as dt
from uuid import UUID

import pytest
from tests.api_client import Program
from tests.world import FANG, MONDAY, REGION, World

from tongban.basics.outbox import drain
from tongban.cases.actions import drafts
from tongban.cases.errors import CaseNotFound
from tongban.cases.views.reading import my_cases
from tongban.jobs import appointments as telling
from tongban.messages import actions as messages
from tongban.parties.appointing import actions, reading
from tongban.parties.appointing.errors import AppointmentUnknown, WishUnfit
from tongban.parties.appointing.models import AppointedAs, Wish
from tongban.parties.errors import MayNotActFor, NotAllowed
from tongban.parties.models import Mandate

HEAD, STAFF, OTHER, STRANGER = "钱程", "冯雪", "林晓", "周文博"
BISTRO, STUDIO = "杭州云起小馆餐饮店（演示）", "杭州拾光文创有限公司（演示）"
KNOWN = ("restaurant",)


async def enterprise(world: World, name: str = BISTRO) -> UUID:
    """The id of an enterprise of the demonstration."""
    found: UUID = await world.one("SELECT id FROM enterprises WHERE name = %(n)s", n=name)
    return found


async def ask(
    world: World, by: str, whom: str, capacity: AppointedAs = "handler", *, mobile: str = "", name: str = "",
    services: tuple[str, ...] = (), last_day: dt.date | None = None, of: str = BISTRO,
) -> UUID:  # fmt: skip
    """``by`` asks ``whom``; the appointment's id."""
    number = "" if mobile else world.people[whom].id_number
    wish = Wish(name or whom, capacity, number, mobile, services, last_day)
    actor, now = await world.actor(by), await world.now()
    async with world.database.connection() as connection:
        return await actions.offer(connection, world.kernel.vault, actor, await enterprise(world, of), wish, KNOWN, now)


async def answer(world: World, whom: str, appointment: UUID, accept: bool = True) -> None:
    """``whom`` accepts or declines."""
    actor, now = await world.actor(whom), await world.now()
    async with world.database.connection() as connection:
        await actions.answer(connection, world.kernel.vault, actor, appointment, accept, now)


async def end(world: World, by: str, appointment: UUID) -> None:
    """``by`` ends it."""
    actor, now = await world.actor(by), await world.now()
    async with world.database.connection() as connection:
        await actions.end(connection, actor, appointment, now)


async def mandate(world: World, name: str, of: str = BISTRO) -> Mandate | None:
    """By what ``name`` acts for the enterprise now."""
    return (await world.actor(name)).mandate(await enterprise(world, of))


async def test_who_accepts_acts_for_it_until_that_is_ended_and_the_draft_stays_the_enterprises(world: World) -> None:
    asked = await ask(world, HEAD, STAFF)
    assert await mandate(world, STAFF) is None, "nobody acts before having accepted"
    await answer(world, STAFF, asked)
    found = await mandate(world, STAFF)
    assert found is not None and (found.capacity, found.services) == ("handler", None)
    staff, now, bistro = await world.actor(STAFF), await world.now(), await enterprise(world)
    draft = (await drafts.open_draft(world.kernel, staff, now, REGION, "restaurant", bistro)).draft
    await end(world, HEAD, asked)
    assert await mandate(world, STAFF) is None
    for gone in (world.actor(STAFF),):
        actor = await gone
        assert await drafts.my_drafts(world.kernel, actor) == [] and (await my_cases(world.kernel, actor))[0] == []
        with pytest.raises(CaseNotFound):
            await drafts.read_draft(world.kernel, actor, REGION, draft.id)
    (line,) = await drafts.my_drafts(world.kernel, await world.actor(HEAD))
    assert line.id == draft.id
    with pytest.raises(AppointmentUnknown):
        await answer(world, STAFF, asked)


async def test_only_the_person_asked_finds_it_and_whoever_declines_gets_nothing(world: World) -> None:
    asked = await ask(world, HEAD, STAFF)
    for other in (OTHER, STRANGER, HEAD):
        async with world.database.connection() as connection:
            assert await reading.offered_to(connection, world.kernel.vault, await world.actor(other)) == []
        with pytest.raises(AppointmentUnknown):
            await answer(world, other, asked)
    await answer(world, STAFF, asked, accept=False)
    assert await mandate(world, STAFF) is None
    # A right number with another name finds nobody, and says so to nobody.
    misnamed = await ask(world, HEAD, OTHER, name="林小")
    with pytest.raises(AppointmentUnknown):
        await answer(world, OTHER, misnamed)


async def test_an_invitation_by_telephone_is_found_by_its_owner_and_the_text_holds_no_secret(world: World) -> None:
    mobile = world.people[STAFF].mobile
    assert mobile is not None
    asked = await ask(world, HEAD, STAFF, mobile=mobile)
    texts = await world.rows("SELECT id, sealed FROM text_messages WHERE account IS NULL")
    said = [world.kernel.vault.open(row[1], row[0].bytes).decode() for row in texts]
    assert len(said) == 1 and "请代为" not in said[0] and BISTRO in said[0] and "http" not in said[0]
    with pytest.raises(AppointmentUnknown):
        await answer(world, OTHER, asked)
    await answer(world, STAFF, asked)
    assert await mandate(world, STAFF) is not None


async def test_an_administrator_appoints_handlers_and_never_administrators(world: World) -> None:
    await answer(world, STAFF, asked := await ask(world, HEAD, STAFF, "administrator"))
    with pytest.raises(NotAllowed):
        await ask(world, STAFF, OTHER, "administrator")
    await answer(world, OTHER, handler := await ask(world, STAFF, OTHER))
    assert (await mandate(world, OTHER)) is not None
    for by, whom in ((OTHER, "handler"), (STRANGER, "handler"), (FANG, "handler")):
        with pytest.raises(NotAllowed):
            await ask(world, by, "高翔", whom)  # type: ignore[arg-type]
    with pytest.raises(AppointmentUnknown):
        await end(world, OTHER, asked)
    waiting = await ask(world, STAFF, "高翔")
    await end(world, STAFF, handler)
    assert await mandate(world, OTHER) is None
    # What somebody asked who governs no more can not be accepted.
    await end(world, HEAD, asked)
    with pytest.raises(AppointmentUnknown):
        await answer(world, "高翔", waiting)


async def test_a_handler_for_named_services_sees_and_opens_nothing_else(world: World) -> None:
    other = await _other_service(world)
    await answer(world, STAFF, await ask(world, HEAD, STAFF, services=("restaurant",)))
    staff, head, now, bistro = await world.actor(STAFF), await world.actor(HEAD), await world.now(), None
    bistro = await enterprise(world)
    draft = (await drafts.open_draft(world.kernel, head, now, REGION, "restaurant", bistro)).draft
    assert [line.id for line in await drafts.my_drafts(world.kernel, staff)] == [draft.id]
    assert (await drafts.read_draft(world.kernel, staff, REGION, draft.id)).id == draft.id
    assert len(staff.keys) == 1, "licences and uses of data of the enterprise are not among the services"
    await world.rows("UPDATE appointments SET services = %(s)s WHERE person IS NOT NULL", s=[other])
    await world.rows("UPDATE mandates SET services = %(s)s WHERE appointment IS NOT NULL", s=[other])
    staff = await world.actor(STAFF)
    assert await drafts.my_drafts(world.kernel, staff) == []
    with pytest.raises(CaseNotFound):
        await drafts.read_draft(world.kernel, staff, REGION, draft.id)
    with pytest.raises(MayNotActFor):
        await drafts.open_draft(world.kernel, staff, now, REGION, "restaurant", bistro)


async def _other_service(world: World) -> str:
    return next(name for name in world.kernel.catalogue.active if name != "restaurant")


async def test_its_last_day_ends_an_appointment_and_a_newer_one_takes_its_place(world: World) -> None:
    await answer(world, STAFF, await ask(world, HEAD, STAFF, last_day=MONDAY))
    newer = await ask(world, HEAD, STAFF, "administrator", last_day=MONDAY + dt.timedelta(days=1))
    await answer(world, STAFF, newer)
    found = await mandate(world, STAFF)
    assert found is not None and found.capacity == "administrator"
    await world.go_to(MONDAY + dt.timedelta(days=2), hour=0)
    assert await mandate(world, STAFF) is None
    async with world.database.connection() as connection:
        people = await reading.people_of(connection, await world.actor(HEAD), await enterprise(world))
    assert [one.state for one in people.appointments] == ["ended", "ended"] and people.heads == [HEAD]


async def test_every_fault_of_a_wish_is_told_at_once(world: World) -> None:
    with pytest.raises(WishUnfit) as refused:
        wish = Wish("钱", "handler", "33010319801212755X", "", ("gone",), MONDAY - dt.timedelta(days=1))
        actor, now = await world.actor(HEAD), await world.now()
        async with world.database.connection() as connection:
            await actions.offer(connection, world.kernel.vault, actor, await enterprise(world), wish, KNOWN, now)
    assert [fault["field"] for fault in refused.value.faults] == ["name", "services", "last_day"]
    with pytest.raises(WishUnfit, match="themself"):
        await ask(world, HEAD, HEAD)


async def test_each_act_is_in_the_ledger_without_names_and_told_to_everybody_concerned(world: World) -> None:
    await answer(world, OTHER, await ask(world, HEAD, OTHER, "administrator"))
    asked = await ask(world, OTHER, STAFF)
    await answer(world, STAFF, asked)
    await end(world, OTHER, asked)
    rows = await world.rows("SELECT kind, data::text FROM ledger_entries WHERE kind LIKE 'appointment.%%' ORDER BY id")
    acts = ["offered", "accepted", "offered", "accepted", "ended"]
    assert [row[0] for row in rows] == [f"appointment.{act}" for act in acts]
    assert not any(name in row[1] for row in rows for name in (HEAD, OTHER, STAFF, world.people[STAFF].id_number))
    async with world.database.connection() as connection:
        await drain(connection, telling.HANDLERS)
        told = {n: [m.kind for m in await messages.mine(connection, world.accounts[n])] for n in (HEAD, STAFF)}
    assert sorted(told[STAFF]) == ["appointment.ended", "appointment.offered"]
    assert sorted(told[HEAD]) == [f"appointment.{act}" for act in ("accepted", "accepted", "ended", "offered")]


async def test_a_program_appoints_and_is_refused_where_a_page_is(api: Program, world: World) -> None:
    place = f"/enterprises/{await enterprise(world)}/people"
    wish = {"name": STAFF, "capacity": "handler", "id_number": world.people[STAFF].id_number}
    for name in (STAFF, STRANGER, FANG):
        assert (await api.refused(name, "GET", place, 403))["code"] == "parties.not_allowed"
        await api.refused(name, "POST", place, 403, json=wish)
    await api.refused(HEAD, "POST", place, 422, json={**wish, "name": ""})
    made = await api.did(HEAD, "POST", place, json=wish)
    (offered,) = (await api.did(STAFF, "GET", "/appointments"))["offered"]
    assert (offered["id"], offered["for_name"]) == (made["id"], BISTRO)
    await api.refused(OTHER, "PUT", f"/appointments/{made['id']}/answer", 404, json={"accept": True})
    await api.did(STAFF, "PUT", f"/appointments/{made['id']}/answer", json={"accept": True})
    assert [one["name"] for one in await api.did(STAFF, "GET", "/enterprises")] == [BISTRO]
    await api.refused(STRANGER, "DELETE", f"/appointments/{made['id']}", 404)
    await api.did(STAFF, "DELETE", f"/appointments/{made['id']}")
    assert await api.did(STAFF, "GET", "/enterprises") == []
