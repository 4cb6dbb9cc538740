"""What was decided on a signed promise comes back to its department: by when to verify it, and the act that ends it."""

import datetime as dt
from uuid import UUID

import pytest
from tests.api_client import Program
from tests.cases.oversight.test_pages import Browser, browser
from tests.world import CHILD, FANG, FORM, JING, LEAD, REGION, WEI, World

from tongban.cases.actions import pledges
from tongban.cases.views.verifications import verifications
from tongban.parties.errors import NotAllowed

__all__ = ["browser"]
REGISTER = "household_registration"
HEAD = "方远"
DUE = dt.date(2026, 12, 21)


async def relied_on(world: World, name: str = FANG, **form: str) -> UUID:
    """A case that 李伟 decided on a promise, to be verified by 21 December."""
    draft = await world.ready(name, **{**FORM, "settle_with": "other_parent", **form})
    actor, now = await world.actor(name), await world.now()
    await pledges.sign_commitment(world.kernel, actor, now, REGION, draft.id, "settle_together")
    case = (await world.submit(draft, name)).id
    await world.decide(LEAD, case, "intake", "accept")
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.decide(WEI, case, REGISTER, "approve")
    return case


async def test_it_is_listed_for_its_department_and_ends_with_the_act(world: World, browser: Browser) -> None:
    case = await relied_on(world)
    inbox = (await browser.get(WEI, "/desk")).text
    assert "1 项承诺待核查" in inbox and "/desk/verifications" in inbox
    page = (await browser.get(WEI, "/desk/verifications")).text
    act = f"/desk/tasks/{REGION}/{case}/{REGISTER}/acts/verify_commitment/{REGISTER}"
    assert FANG in page and "剩 20 个工作日" in page and act in page and "break_commitment" not in page
    assert (await browser.send(WEI, act, act, reasons="已向另一方核实")).status_code == 303
    assert "没有待核查的承诺" in (await browser.get(WEI, "/desk/verifications")).text
    assert "待核查" not in (await browser.get(WEI, "/desk")).text
    assert "其他待核查的承诺" in (await browser.get(WEI, f"{act}/done")).text


async def test_the_head_sees_all_of_the_department_and_may_find_it_false(world: World, browser: Browser) -> None:
    case = await relied_on(world)
    page = (await browser.get(HEAD, "/desk/verifications", "en")).text
    assert f"/desk/tasks/{REGION}/{case}/{REGISTER}/acts/break_commitment/{REGISTER}" in page
    assert "Commitments to verify" in page and "承诺核查" not in page


async def test_a_late_one_is_red_and_comes_first(world: World, browser: Browser) -> None:
    await relied_on(world)
    await world.go_to(DUE + dt.timedelta(days=1))
    assert "其中 1 项已超期" in (await browser.get(WEI, "/desk")).text
    page = (await browser.get(WEI, "/desk/verifications")).text
    assert "已超期 1 个工作日" in page and "light-red" in page


async def test_no_other_department_sees_it(world: World, browser: Browser) -> None:
    await relied_on(world)
    for name in (LEAD, JING):
        page = (await browser.get(name, "/desk/verifications")).text
        assert "没有待核查的承诺" in page and FANG not in page and CHILD not in page
    with pytest.raises(NotAllowed):
        await verifications(world.kernel, await world.actor(FANG), REGION, DUE)
    assert (await browser.get(FANG, "/desk/verifications")).status_code == 403


async def test_an_unfit_place_is_refused(browser: Browser) -> None:
    assert (await browser.get(WEI, "/desk/verifications?after=2026-12-21~x~y")).status_code == 400


async def test_programs_page_through_all_of_them(api: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongban.cases.views.verifications.PAGE", 1)
    cases = {str(await relied_on(api.world)) for _ in range(2)}
    path = f"/desk/{REGION}/verifications"
    first = await api.did(WEI, "GET", path)
    assert (first["open"], first["late"], len(first["verifications"])) == (2, 0, 1)
    second = await api.did(WEI, "GET", path, params={"cursor": first["next"]})
    assert second["next"] is None
    assert {one["case_id"] for page in (first, second) for one in page["verifications"]} == cases
    assert {one["verify_by"] for one in second["verifications"]} == {DUE.isoformat()}
    await api.refused(WEI, "GET", path, 400, params={"cursor": "eHg"})
    await api.refused(FANG, "GET", path, 403)
