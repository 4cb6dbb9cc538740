"""Two officials of a window enter a guardian who is no parent; the guardian acts for the ward until it ends."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.conftest import Template
from tests.web.portal.browser import BASE, AnyAsset, Browser
from tests.world import FANG, JING, REGION, WEI, World

from tongban.basics.codes.errors import CodeError
from tongban.basics.codes.invented import invented_resident_id
from tongban.basics.errors import TongbanError
from tongban.basics.outbox import drain
from tongban.basics.sql import load_queries
from tongban.cases.actions import drafts
from tongban.cases.errors import CaseNotFound
from tongban.cli.sealed import SEALED
from tongban.jobs.appointments import HANDLERS
from tongban.parties.actions import open_session
from tongban.parties.assisting.errors import CardNotSeen, NameDiffers
from tongban.parties.errors import NotAllowed
from tongban.parties.guarding import appointed
from tongban.parties.guarding.errors import Concerned, GuardianStands, GuardianUnknown, WardUnfit
from tongban.parties.guarding.rules import ends_at
from tongban.parties.log_in.errors import SecondPersonNeeded
from tongban.parties.models import Subject
from tongban.web.site import Site, WebSettings

CLERK, COLLEAGUE, ELSEWHERE, HALL = "何平", "蒋琳", "赵刚", Subject(REGION, department="hall")
GUARDIAN, ADULT = "林晓", "张强"
CHILD, BIRTH = "小禾", dt.date(2016, 3, 4)
NUMBER, DOCUMENT, DAY = invented_resident_id("330103", BIRTH, 902), "（2026）浙0103民特17号", dt.date(2029, 6, 30)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(template: Template) -> AsyncIterator[World]:
    """One node behind both walls for all of these."""
    async with template.opened(walled=True) as found:
        yield found


def said(world: World, **changes: object) -> appointed.Proposal:
    """What a clerk enters of 林晓, guardian of a child."""
    number = world.people[GUARDIAN].id_number
    given = appointed.Proposal(CHILD, NUMBER, GUARDIAN, number, "court-order", DOCUMENT, DAY, seen=True)
    return replace(given, **changes)


async def propose(world: World, name: str = CLERK, **changes: object) -> UUID:
    async with world.database.connection() as connection:
        return await appointed.propose(
            connection, world.kernel.vault, await world.actor(name), HALL, said(world, **changes), await world.now()
        )


async def confirm(world: World, name: str, made: UUID) -> None:
    async with world.database.connection() as connection:
        await appointed.confirm(connection, await world.actor(name), made, await world.now())


async def end(world: World, name: str, made: UUID, reason: appointed.Reason = "replaced") -> None:
    async with world.database.connection() as connection:
        await appointed.end(connection, await world.actor(name), made, reason, await world.now())


async def test_what_one_official_entered_stands_when_another_of_the_window_confirms(world: World) -> None:
    made = await propose(world)
    assert (await world.actor(GUARDIAN)).represented == (), "one alone makes nobody a guardian"
    for name, refusal in ((CLERK, SecondPersonNeeded), (ELSEWHERE, NotAllowed), (JING, NotAllowed), (FANG, NotAllowed)):
        with pytest.raises(refusal):
            await confirm(world, name, made)
    await confirm(world, COLLEAGUE, made)
    (hat,) = (await world.actor(GUARDIAN)).represented
    assert (hat.name, hat.capacity, hat.services) == (CHILD, "guardian", None)
    assert hat.until == dt.datetime(2029, 7, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    guardian, now = await world.actor(GUARDIAN), await world.now()
    draft = (
        await drafts.open_draft(world.kernel, guardian, now, REGION, "household-proof", principal=hat.account)
    ).draft
    assert drafts.applicant_for(world.kernel, guardian, draft).name == CHILD
    with pytest.raises(GuardianUnknown):
        await confirm(world, COLLEAGUE, made)
    again = await propose(world)
    with pytest.raises(GuardianStands):
        await confirm(world, COLLEAGUE, again)
    await end(world, CLERK, again, "mistaken")
    for name in (ELSEWHERE, FANG, WEI):
        with pytest.raises(NotAllowed):
            await end(world, name, made)
    await end(world, COLLEAGUE, made)
    assert (await world.actor(GUARDIAN)).represented == ()
    with pytest.raises(CaseNotFound):
        await drafts.read_draft(world.kernel, await world.actor(GUARDIAN), REGION, draft.id)


async def test_ledger_and_table_hold_neither_number_nor_document_and_both_are_told(world: World) -> None:
    rows = await world.rows("SELECT kind, data::text AS said FROM ledger_entries WHERE kind LIKE 'guardianship.%%'")
    assert {row.kind.partition(".")[2] for row in rows} == {"proposed", "confirmed", "ended", "taken_back"}
    secrets = (NUMBER, DOCUMENT, CHILD, GUARDIAN, world.people[GUARDIAN].id_number)
    assert not [row.said for row in rows if any(one in row.said for one in secrets)]
    sealed = await world.rows("SELECT id, sealed FROM appointed_guardians")
    assert all(DOCUMENT.encode() not in bytes(row.sealed) for row in sealed)
    assert "appointed_guardians.sealed" in {column.name for column in SEALED}, "a key's rotation covers it"
    async with world.database.connection() as connection:
        await drain(connection, HANDLERS)
    told = "SELECT count(*) FROM messages WHERE account = %(a)s AND kind LIKE 'guardianship.%%'"
    assert await world.one(told, a=world.accounts[GUARDIAN]) == 2


async def test_an_adult_sees_who_is_guardian_and_has_capacity_again_when_the_window_ends_it(
    world: World,
) -> None:
    site = Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())
    clerk, colleague, ward = [await browser(site, world, one) for one in (CLERK, COLLEAGUE, ADULT)]
    assert (await (await browser(site, world, WEI)).get("/desk/guardians")).status_code == 403
    typed = {
        "ward_name": ADULT, "ward_number": world.people[ADULT].id_number, "guardian_name": GUARDIAN,
        "guardian_number": world.people[GUARDIAN].id_number, "document": DOCUMENT, "last_day": "2030-01-31",
        "seen": "1",
    }  # fmt: skip
    await clerk.get("/desk/guardians")
    refused = await clerk.post("/desk/guardians", **typed)
    assert refused.status_code == 422 and "basis-error" in refused.text and DOCUMENT in refused.text
    assert "由您登记" in (await clerk.post("/desk/guardians", **typed, basis="certificate")).text
    shown = (await colleague.get("/desk/guardians")).text
    assert DOCUMENT in shown, "who confirms compares it with the document"
    place = re.search(r"/desk/guardians/[0-9a-f-]{36}", shown)
    assert place is not None
    done = await colleague.post(f"{place[0]}/confirmation")
    assert done.status_code == 200 and DOCUMENT not in done.text and ADULT in done.text
    for page in ("/my-data", "/acting"):
        text = (await ward.get(page)).text
        assert "您的监护人" in text and GUARDIAN in text and "有权组织出具的监护证明" in text, page
    assert [hat.name for hat in (await world.actor(GUARDIAN)).represented] == [ADULT]
    await colleague.get("/desk/guardians")
    assert (await colleague.post(f"{place[0]}/end", reason="never")).status_code == 422
    await colleague.post(f"{place[0]}/end", reason="capacity")
    assert (await world.actor(GUARDIAN)).represented == ()
    assert "您的监护人" not in (await ward.get("/my-data")).text


async def browser(site: Site, world: World, name: str) -> Browser:
    """A browser in which ``name`` is signed in."""
    made = Browser(site)
    async with world.database.connection() as connection:
        made.client.cookies.set("tongban_session", await open_session(connection, world.accounts[name], "browser"))
    await made.get("/account")
    return made


async def test_what_does_not_fit_is_refused_at_its_field_and_leaves_nothing(world: World) -> None:
    before = await world.one("SELECT count(*) FROM appointed_guardians")
    mine, young = world.people[CLERK].id_number, invented_resident_id("330103", dt.date(2012, 2, 2), 903)
    wrong: list[tuple[dict[str, object], type[TongbanError], str | None]] = [
        ({"seen": False}, CardNotSeen, "seen"),
        ({"document": " "}, WardUnfit, "document"),
        ({"ward_number": "330103201603040000"}, CodeError, "ward_number"),
        ({"guardian_name": "林小"}, NameDiffers, "guardian_name"),
        ({"guardian_name": "小明", "guardian_number": young}, WardUnfit, "guardian_number"),
        ({"ward_name": GUARDIAN, "ward_number": world.people[GUARDIAN].id_number}, WardUnfit, "guardian_number"),
        ({"last_day": dt.date(2020, 1, 1)}, WardUnfit, "last_day"),
        ({"last_day": dt.date(2060, 1, 1)}, WardUnfit, "last_day"),
        ({"guardian_name": CLERK, "guardian_number": mine}, Concerned, None),
    ]
    for changes, refusal, field in wrong:
        with pytest.raises(refusal) as refused:
            await propose(world, **changes)
        assert refused.value.field == field, changes
    for name in (FANG, WEI, JING, ELSEWHERE):
        with pytest.raises(NotAllowed):
            await propose(world, name)
    assert await world.one("SELECT count(*) FROM appointed_guardians") == before


async def test_it_ends_by_itself_and_what_nobody_confirms_lapses(world: World) -> None:
    made = await propose(world, last_day=dt.date(2036, 1, 1))
    late = await propose(world, ward_name="小麦", ward_number=invented_resident_id("330103", BIRTH, 904))
    await confirm(world, COLLEAGUE, made)
    (hat,) = (await world.actor(GUARDIAN)).represented
    assert hat.until == ends_at(BIRTH), "a child's ends when it is of age"
    await world.go_to(dt.date(2026, 12, 24))
    with pytest.raises(GuardianUnknown):
        await confirm(world, COLLEAGUE, late)
    await world.go_to(ends_at(BIRTH).date(), hour=0)
    assert (await world.actor(GUARDIAN)).represented == ()
    with pytest.raises(GuardianUnknown):
        await end(world, CLERK, made)
    async with world.database.connection() as connection:
        await load_queries("tongban.parties.log_in").tidy(connection)
    kept = await world.rows("SELECT id, confirmed_at FROM appointed_guardians")
    assert made in [row.id for row in kept] and all(row.confirmed_at for row in kept), "what lapsed is forgotten"
