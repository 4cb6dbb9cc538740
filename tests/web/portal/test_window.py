"""The window applies for somebody who is present: in their name, this matter, this day; later it is all theirs."""

import datetime as dt
import re
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from tests.conftest import Template
from tests.world import FANG, JING, MONDAY, REGION, WEI, World

from tongban.basics.codes.invented import invented_resident_id
from tongban.cases.actions import assisted, drafts
from tongban.cases.errors import CaseNotFound
from tongban.cases.rights.gathering import gather
from tongban.parties.actions import person_key
from tongban.parties.errors import NotAllowed
from tongban.parties.log_in import proving
from tongban.parties.log_in.errors import HasAccount
from tongban.parties.models import Subject
from tongban.web.site import Site, WebSettings

from .browser import BASE, AnyAsset, Browser, browser_of

CLERK, HALL = "何平", Subject(REGION, department="hall")
OLD = "宋雨"
NUMBER = "330103199809120640"
JOURNEY = "household-proof"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(template: Template) -> AsyncIterator[World]:
    """One node behind both walls for all of these."""
    async with template.opened(walled=True) as found:
        yield found


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    return Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())


async def take_in(clerk: Browser, name: str = OLD, number: str = NUMBER, seen: str = "1") -> None:
    await clerk.get("/desk/window")
    await clerk.post("/desk/window", journey=JOURNEY, name=name, id_number=number, seen=seen)


async def filled(clerk: Browser) -> str:
    """What was taken in is filled in; returns the address of its sheet."""
    found = re.search(r"/drafts/(\d{6}/[0-9a-f-]{36})/notice", str(clerk.page.url))
    assert found is not None, clerk.page.text
    await clerk.post(f"/drafts/{found[1]}/notice")
    await clerk.post(str(clerk.page.url.path), **{**clerk.filled(), "used_for": "孩子入学", "go": "next"})
    await clerk.get(f"/drafts/{found[1]}/review")
    assert "请本人核对" in clerk.page.text and "提交申请</button>" not in clerk.page.text
    return f"/desk/window/{found[1]}"


async def test_a_clerk_applies_for_who_is_present_and_the_person_finds_it_once_they_prove_who_they_are(
    world: World, site: Site
) -> None:
    clerk = await browser_of(site, world, CLERK)
    await take_in(clerk)
    sheet = await filled(clerk)
    await clerk.get(sheet)
    assert OLD in clerk.page.text and "孩子入学" in clerk.page.text
    unsigned = await clerk.post(sheet, go="by-signature")
    assert unsigned.status_code == 409 and "签字" in unsigned.text
    await clerk.post(sheet.replace("/desk/window", "/drafts") + "/submit")
    assert clerk.page.status_code == 409, "the plain way is closed until the person confirmed"
    await clerk.get(sheet)
    await clerk.post(sheet, go="by-signature", signed="1")
    assert str(clerk.page.url).endswith("/receipt") and f"由{CLERK}协助办理" in clerk.page.text
    case = sheet.rsplit("/", 1)[1]
    entries = [
        text for (text,) in await world.rows(
            "SELECT data::text FROM ledger_entries WHERE subject = %(c)s ORDER BY id", c=case
        )
    ]  # fmt: skip
    assert any('"card": "seen"' in text and str(world.accounts[CLERK]) in text for text in entries)
    assert any('"channel": "window"' in text and '"signature"' in text for text in entries)
    assert all(NUMBER not in text for text in entries)
    for name in (FANG, WEI, JING):
        other = await browser_of(site, world, name)
        assert (await other.get(f"/matters/{REGION}/{case}")).status_code == 404
    assert OLD in (await clerk.get("/desk/window")).text
    owner = await claim(world, OLD, NUMBER)
    assert [str(one) for (one,) in await world.rows("SELECT id FROM cases WHERE account = %(a)s", a=owner)] == [case]
    assert (await clerk.get(f"/matters/{REGION}/{case}")).status_code == 404, "it is the person's own now"


async def claim(world: World, name: str, number: str) -> object:
    """Somebody registers by the own word, and a clerk who sees person and card proves it."""
    login = f"x{number[-8:].lower()}"
    async with world.database.connection() as connection:
        account = await proving.register_declared(
            connection, world.kernel.vault, login=login, name=name, id_number=number, mobile="19900002031",
            password="purple lantern on the river",
        )  # fmt: skip
        clerk = await world.actor(CLERK)
        given = {"login": login, "name": name, "id_number": number}
        assert await proving.prove_in_person(connection, world.kernel.vault, clerk, **given) == account
    return account


async def test_the_code_on_the_persons_own_telephone_confirms_as_well(world: World, site: Site) -> None:
    clerk, number = await browser_of(site, world, CLERK), invented_resident_id("330103", dt.date(1950, 4, 4), 811)
    await take_in(clerk, "老周", number)
    sheet = await filled(clerk)
    await clerk.get(sheet)
    await clerk.post(sheet, go="code", mobile="1990000")
    assert clerk.page.status_code == 422 and "mobile-error" in clerk.page.text
    await clerk.post(sheet, go="code", mobile="19900002077")
    code = re.search(r"验证码 (\d{6})", clerk.page.text)
    assert code is not None, clerk.page.text
    await clerk.post(sheet, go="by-code", code="000000" if code[1] != "000000" else "111111")
    assert clerk.page.status_code != 200 and "code-error" in clerk.page.text
    await clerk.post(sheet, go="by-code", code=code[1])
    assert str(clerk.page.url).endswith("/receipt")


async def test_who_receives_nobody_takes_nothing_in_and_a_colleague_sees_nothing(world: World, site: Site) -> None:
    for name in (JING, WEI, FANG):
        assert (await (await browser_of(site, world, name)).get("/desk/window")).status_code == 403
    clerk = await browser_of(site, world, CLERK)
    for name, number, seen, field in (
        (OLD, invented_resident_id("330103", dt.date(1960, 6, 6), 801), "", "seen"),
        ("小明", invented_resident_id("330103", dt.date(2019, 5, 5), 801), "1", "id_number"),
        ("某人", "330103199001010001", "1", "id_number"),
        ("别人", world.people[FANG].id_number, "1", "name"),
        (CLERK, world.people[CLERK].id_number, "1", "id_number"),
    ):
        await take_in(clerk, name, number, seen)
        assert clerk.page.status_code == 422 and f'id="{field}-error"' in clerk.page.text, field
        assert name in clerk.page.text, "nothing that was typed is lost"


async def test_what_was_taken_in_is_the_clerks_until_midnight_and_what_lies_at_home_stays_there(
    world: World, site: Site
) -> None:
    clerk, number = await browser_of(site, world, CLERK), invented_resident_id("330103", dt.date(1948, 3, 3), 812)
    await take_in(clerk, "老李", f" {number[:6]} {number[6:14]} {number[14:]} ")
    await filled(clerk)
    actor = await world.actor(CLERK)
    held = next(one for one in actor.assisting if one.name == "老李")
    begun = "SELECT person_key FROM ledger_entries WHERE kind = 'assistance.begun' AND subject = %(matter)s"
    assert await world.one(begun, matter=held.matter) == person_key(world.kernel.vault, number), (
        "blanks change nothing: erasure finds the entry"
    )
    copied = msgspec.json.encode(await gather(world.kernel, actor, await world.now())).decode()
    assert CLERK in copied and "老李" not in copied and str(held.matter) not in copied, "a clerk's copy is of the clerk"
    assert (await drafts.read_draft(world.kernel, actor, REGION, held.matter)).account == held.account
    await world.go_to(MONDAY + dt.timedelta(days=1), hour=0)
    with pytest.raises(CaseNotFound):
        await drafts.read_draft(world.kernel, await world.actor(CLERK), REGION, held.matter)
    await world.go_to(MONDAY + dt.timedelta(days=1))
    await take_in(clerk, "老李", number)
    assert str(held.matter) in str(clerk.page.url), "they come again, and it goes on where it was left"
    fang, now = await world.actor(FANG), await world.now()
    await drafts.open_draft(world.kernel, fang, now, REGION, JOURNEY)
    await take_in(clerk, FANG, world.people[FANG].id_number)
    assert clerk.page.status_code == 409 and "草稿" in clerk.page.text


async def test_an_account_that_somebody_signs_in_to_is_taken_over_by_nobody(world: World) -> None:
    with pytest.raises(HasAccount):
        await claim(world, FANG, world.people[FANG].id_number)
    with pytest.raises(NotAllowed):
        await assisted.take_in(
            world.kernel, await world.actor(JING), HALL, JOURNEY, OLD, NUMBER, True, await world.now()
        )
