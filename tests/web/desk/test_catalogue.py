"""The catalogue as its users meet it: a handler enters, an administrator publishes, another department finds."""

import httpx
from tests.cases.oversight.test_pages import TOKEN, Browser, browser
from tests.world import FANG, JING, REGION, WEI, World

__all__ = ["browser"]
ADMINISTRATOR = "吴浩"
TYPED = {
    "content_kind": "resource",
    "department": "police",
    "name": "电动自行车登记信息",
    "summary": "上牌的电动自行车号牌与登记日期",
    "library": "department",
    "category": "319103",
    "sharing": "conditional",
    "condition": "仅供交通和城管执法核对",
    "open": "closed",
    "cycle": "每日",
    "field_0_id": "plate",
    "field_0_label": "号牌号码",
    "field_0_grade": "L2",
}
NEW = f"/desk/catalogue/new?region={REGION}&kind=resource"


async def send(browser: Browser, who: str, page: str, path: str, **fields: str) -> httpx.Response:
    """The form on ``page`` sent to ``path``; its own fields may be called anything."""
    token = TOKEN.search((await browser.get(who, page)).text)
    assert token is not None
    return await (await browser.of(who)).post(path, data={"_csrf_token": token[1], **fields})


async def entry(world: World) -> str:
    return f"/desk/catalogue/entries/{REGION}/" + str(
        await world.one("SELECT id FROM catalogue_entries WHERE name = %(n)s", n=TYPED["name"])
    )


async def test_from_the_empty_form_to_what_others_find(world: World, browser: Browser) -> None:
    assert (await send(browser, WEI, NEW, NEW, **TYPED)).status_code == 303
    path = await entry(world)
    assert (await browser.get(JING, path)).status_code == 404
    assert (await send(browser, WEI, path, f"{path}/submission")).status_code == 303
    assert TYPED["name"] in (await browser.get(ADMINISTRATOR, "/desk/catalogue?tab=waiting")).text
    assert (await send(browser, ADMINISTRATOR, path, f"{path}/publication")).status_code == 303
    found = (await browser.get(JING, "/desk/catalogue?q=电动自行车")).text
    assert TYPED["name"] in found and "319103/000001" in found
    page = (await browser.get(JING, path)).text
    assert TYPED["condition"] in page and "号牌号码" in page and f"{path}/edit" not in page


async def test_what_lacks_something_is_told_whole_and_nothing_is_lost(world: World, browser: Browser) -> None:
    poor = {**TYPED, "summary": "", "condition": "", "category": ""}
    await send(browser, WEI, NEW, NEW, **poor)
    path = await entry(world)
    refused = await send(browser, WEI, path, f"{path}/submission")
    assert refused.status_code == 422
    assert all(words in refused.text for words in ("请填写摘要", "请填写分类码", "请写明条件"))
    wrong = await send(browser, WEI, f"{path}/edit", f"{path}/edit", **{**TYPED, "revision": "1", "category": "9"})
    assert wrong.status_code == 422
    assert 'value="9"' in wrong.text and TYPED["summary"] in wrong.text and 'value="plate"' in wrong.text


async def test_another_department_and_a_citizen_are_refused(world: World, browser: Browser) -> None:
    await send(browser, WEI, NEW, NEW, **TYPED)
    path = await entry(world)
    assert (await browser.get(FANG, "/desk/catalogue")).status_code == 403
    sent = await send(browser, JING, "/desk/catalogue/import", f"{path}/edit", **{**TYPED, "revision": "1"})
    assert sent.status_code == 404
    assert (await send(browser, JING, NEW, NEW, **TYPED)).status_code == 403
    assert await world.one("SELECT count(*) FROM catalogue_versions WHERE content ->> 'name' = %(n)s",
                           n=TYPED["name"]) == 1  # fmt: skip


async def test_a_page_in_english_says_so(browser: Browser) -> None:
    page = (await browser.get(WEI, "/desk/catalogue", "en")).text
    assert "Catalogue of data and systems" in page and "Put" not in page.split("</h1>")[0]
