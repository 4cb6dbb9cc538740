"""What a case waits for is handed in at the window by who is present: just what they confirmed, and it says by whom."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from tests.conftest import Template
from tests.world import FANG, INTAKE, JING, LEAD, MONDAY, REGION, WEI, World

from tongban.basics.codes.invented import invented_resident_id
from tongban.basics.outbox import drain
from tongban.cases.actions import applicant, files
from tongban.cases.errors import CaseNotFound
from tongban.cli.kernel_stage import photo
from tongban.jobs.events import AT_WINDOW, tell_of_window
from tongban.parties.actions import appoint
from tongban.parties.models import Post
from tongban.web.site import Site, WebSettings

from .browser import BASE, AnyAsset, Browser, browser_of

CLERK, COLLEAGUE = "何平", "蒋琳"
MISSING = "household_book"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(template: Template) -> AsyncIterator[World]:
    """One node behind both walls for all of these."""
    async with template.opened(walled=True) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def waiting(world: World) -> UUID:
    """王芳's case: she was told once that what she uploaded can not be read."""
    case = await world.submitted()
    fang, now = await world.actor(FANG), await world.now()
    await files.upload(world.kernel, fang, now, REGION, case, MISSING, "旧照片.jpg", "image/jpeg", photo())
    await world.decide(LEAD, case, INTAKE, "supplement", materials=(MISSING,))
    return case


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    return Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())


async def take_up(world: World, clerk: Browser, case: UUID, name: str = FANG, **changes: str) -> int:
    """The clerk types number, name and card number; what is answered."""
    number = await world.one("SELECT number FROM cases WHERE id = %(c)s", c=case)
    card = {"number": number, "name": name, "seen": "1", **changes}
    card.setdefault("id_number", world.people[name].id_number if name in world.people else "")
    await clerk.get("/desk/window")
    return (await clerk.post("/desk/window/cases", **card)).status_code


def bring() -> dict[str, tuple[str, bytes, str]]:
    return {"file": ("户口簿.jpg", photo(), "image/jpeg")}


async def sheet(clerk: Browser, here: str) -> str:
    """The page is sent to be checked; returns the digest that the sheet carries."""
    await clerk.get(here)
    await clerk.post(here, **{**clerk.filled(), "go": "check"})
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', clerk.page.text)
    assert found is not None, clerk.page.text
    return found[1]


async def test_only_who_is_present_and_whose_case_waits_is_found(world: World, site: Site, waiting: UUID) -> None:
    clerk = await browser_of(site, world, CLERK)
    for name in (WEI, JING, FANG):
        assert await take_up(world, await browser_of(site, world, name), waiting) == 403
    assert await take_up(world, clerk, waiting, "林晓") == 404, "another's card opens nothing"
    assert "number-error" in clerk.page.text and "林晓" in clerk.page.text, "nothing that was typed is lost"
    assert await take_up(world, clerk, waiting, seen="") == 422
    assert await take_up(world, clerk, waiting, number="330103-1") == 422
    kept = "SELECT count(*) FROM accounts WHERE kept"
    before = await world.one(kept)
    stranger = invented_resident_id("330103", dt.date(1960, 6, 6), 815)
    assert await take_up(world, clerk, waiting, "过路人", id_number=stranger) == 404
    assert await world.one(kept) == before, "nobody is put on record by being looked for"
    address = f"/desk/window/cases/{REGION}/{waiting}"
    assert (await clerk.get(address)).status_code == 404
    assert (await clerk.post(address, go="by-signature", signed="1")).status_code == 404


async def test_what_was_asked_for_is_handed_in_as_the_person_signed_it(world: World, site: Site, waiting: UUID) -> None:
    clerk, here = await browser_of(site, world, CLERK), f"/desk/window/cases/{REGION}/{waiting}"
    assert await take_up(world, clerk, waiting) == 200 and str(clerk.page.url).endswith(here)
    assert "需要补正" in clerk.page.text and FANG in clerk.page.text
    await clerk.post(here, **{**clerk.filled(), "go": "check"})
    assert clerk.page.status_code == 422 and "请补交" in clerk.page.text
    await clerk.post(f"{here}/files/{MISSING}", files=bring())
    assert "已上传" in clerk.page.text or "户口簿" in clerk.page.text
    assert clerk.page.text.count("/remove") == 1 < clerk.page.text.count("file-thumb"), "hers has no button"
    first = await sheet(clerk, here)
    assert " ".join((first[:4], first[4:8], first[8:12])).upper() in clerk.page.text and "户口簿" in clerk.page.text
    old = await world.one("SELECT id FROM case_files WHERE case_id = %(c)s AND name = '旧照片.jpg'", c=waiting)
    assert (await clerk.post(f"{here}/files/{old}/remove")).status_code == 404, "what she gave herself stays"
    await sheet(clerk, here)
    unsigned = await clerk.post(here, go="by-signature")
    assert unsigned.status_code == 409 and "签字" in unsigned.text
    await clerk.get(here)
    await clerk.post(f"{here}/files/{MISSING}", files=bring())
    second = await sheet(clerk, here)
    assert second != first
    stale = await clerk.post(here, go="by-signature", signed="1", digest=first)
    assert stale.status_code == 409, "what was added after the signature was not signed"
    revision = (await world.page(waiting)).revision
    with pytest.raises(CaseNotFound):
        await applicant.change(world.kernel, await world.actor(CLERK), REGION, waiting, revision, {})
    assert (await clerk.get(f"/matters/{REGION}/{waiting}")).status_code == 404, "the page of the case stays hers"
    await sheet(clerk, here)
    await clerk.post(here, go="by-signature", signed="1")
    assert str(clerk.page.url).endswith("done=handed-in"), clerk.page.text
    assert (await world.page(waiting)).case.state == "submitted"
    assert str((await clerk.get(here)).url).endswith("done=moved-on"), "what was handed in is done"
    assert await take_up(world, clerk, waiting) == 404
    late = await clerk.post(f"{here}/files/{MISSING}", files=bring())
    held = await world.one("SELECT count(*) FROM case_files WHERE case_id = %(c)s AND removed_at IS NULL", c=waiting)
    assert (late.status_code, held) == (404, 3), "nothing comes before the department after the signature"
    fang = await browser_of(site, world, FANG)
    assert "窗口代交：何平（本人签字）" in (await fang.get(f"/matters/{REGION}/{waiting}")).text
    async with world.database.connection() as connection:
        await drain(connection, dict.fromkeys(AT_WINDOW, tell_of_window))
    assert "您没有到场的，请马上联系窗口" in (await fang.get("/messages")).text, "nothing is done in her name unseen"
    told = "SELECT data::text FROM ledger_entries WHERE kind = 'case.supplemented' AND subject = %(c)s"
    entry = await world.one(told, c=waiting)
    assert second in entry and str(world.accounts[CLERK]) in entry and world.people[FANG].id_number not in entry


async def test_a_code_from_the_persons_telephone_is_good_for_what_they_read_alone(world: World, site: Site) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "return")
    clerk, here = await browser_of(site, world, CLERK), f"/desk/window/cases/{REGION}/{case}"
    assert await take_up(world, clerk, case) == 200 and "退回的原因" in clerk.page.text
    await sheet(clerk, here)
    await clerk.post(here, go="code", mobile="19900002078")
    code = re.search(r"验证码 (\d{6})", clerk.page.text)
    assert code is not None, clerk.page.text
    await clerk.get(here)
    await clerk.post(here, **{**clerk.filled(), "child_name": "林小满", "go": "check"})
    refused = await clerk.post(here, go="by-code", code=code[1])
    assert refused.status_code in (409, 422) and "林小满" in refused.text, "another form asks for a code of its own"
    await clerk.post(here, go="code", mobile="19900002078")
    code = re.search(r"验证码 (\d{6})", clerk.page.text)
    assert code is not None
    await clerk.post(here, go="by-code", code=code[1])
    assert str(clerk.page.url).endswith("done=handed-in"), clerk.page.text
    assert (await world.page(case)).case.state == "submitted"


async def test_a_colleague_who_decides_and_tomorrow_find_nothing(world: World, site: Site) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "return")
    clerk, here = await browser_of(site, world, CLERK), f"/desk/window/cases/{REGION}/{case}"
    assert await take_up(world, clerk, case) == 200
    assert (await (await browser_of(site, world, COLLEAGUE)).get(here)).status_code == 404
    department = await world.one("SELECT department FROM tasks WHERE case_id = %(c)s AND kind = 'intake'", c=case)
    async with world.database.connection() as connection:
        await appoint(connection, world.accounts[COLLEAGUE], Post(REGION, department, "handler"))
    judge = await browser_of(site, world, COLLEAGUE)
    assert await take_up(world, judge, case) == 403 and "另一位窗口同事" in judge.page.text
    await world.go_to(MONDAY + dt.timedelta(days=1), hour=0)
    assert (await clerk.get(here)).status_code == 404, "what was taken up is the clerk's until midnight"
    await world.go_to(MONDAY)
