"""One log-in, several hats: chosen in the header, said by every page, and never mixed up between two tabs."""

import re

import httpx

from .browser import Browser, SignIn
from .test_account import confirmed

SHOP, BISTRO, STUDIO = "杭州春和餐饮有限公司（演示）", "杭州云起小馆餐饮店（演示）", "杭州拾光文创有限公司（演示）"


def hats(browser: Browser) -> dict[str, str]:
    """The hats that the header offers: name → value."""
    found = re.findall(r'name="hat" value="([0-9a-f-]{36})"[^>]*>.*?<bdi[^>]*>([^<]+)<', browser.page.text)
    return {name: value for value, name in found}


async def another_tab(browser: Browser, hat: str) -> httpx.Response:
    """Put on a hat while the page that is open stays as it is."""
    open_page = browser.page
    await browser.get("/")
    answer = await browser.post("/acting/hat", hat=hat)
    browser.page = open_page
    return answer


async def test_the_first_page_is_that_of_whom_one_acts_for(sign_in: SignIn) -> None:
    head = await sign_in("qiancheng")
    await head.get("/")
    assert set(hats(head)) == {BISTRO, STUDIO} and "正在替" not in head.page.text
    await head.post("/acting/hat", hat=hats(head)[BISTRO], next="/")
    text = head.page.text
    assert f"正在替{BISTRO}办事" in text and "企业的事，一次办好" in text and "/guides/birth" not in text
    assert "/guides/restaurant" in text and re.search(r'href="/enterprise/[0-9a-f-]{36}/people"', text)
    await head.post("/acting/hat", hat="", next="/")
    assert "正在替" not in head.page.text and "/guides/birth" in head.page.text


async def test_a_form_of_one_hat_sent_under_another_is_refused_and_nothing_is_lost(sign_in: SignIn) -> None:
    head = await sign_in("qiancheng")
    await head.get("/")
    bistro, studio = hats(head)[BISTRO], hats(head)[STUDIO]
    await head.post("/acting/hat", hat=bistro, next="/")
    await head.get(f"/enterprise/{bistro}/people")
    await another_tab(head, studio)
    await head.post(f"/enterprise/{bistro}/people", name="冯雪", id_number="330103199502087647", last_day="2026-12-31")
    assert head.page.status_code == 409 and BISTRO in head.page.text and STUDIO in head.page.text
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', head.page.text))
    assert (kept["name"], kept["last_day"], kept["_hat_meant"]) == ("冯雪", "2026-12-31", bistro)
    assert "冯雪" not in (await head.client.get(f"/enterprise/{bistro}/people")).text
    await head.post(f"/enterprise/{bistro}/people")
    assert head.page.status_code == 200 and "冯雪" in head.page.text and "等待对方同意" in head.page.text


async def test_nobody_puts_on_a_hat_that_is_not_theirs_and_a_lost_one_falls_off(sign_in: SignIn) -> None:
    head, stranger = await sign_in("qiancheng"), await sign_in("zhouwenbo")
    await head.get("/")
    bistro = hats(head)[BISTRO]
    await stranger.get("/")
    await stranger.post("/acting/hat", hat=bistro)
    assert stranger.page.status_code == 403
    stranger.client.cookies.set("tongban_hat", bistro)
    assert BISTRO not in (await stranger.get("/matters")).text
    await head.post("/acting/hat", hat=bistro)
    await head.post("/sign-out")
    assert "tongban_hat" not in head.client.cookies


async def test_lists_show_whom_one_acts_for_and_an_enterprises_people_are_appointed_on_a_page(sign_in: SignIn) -> None:
    head, staff = await sign_in("qiancheng"), await sign_in("fengxue")
    await head.get("/")
    bistro = hats(head)[BISTRO]
    place = f"/enterprise/{bistro}/people"
    assert (await staff.get(place)).status_code == 403
    await head.get(place)
    refused = await head.post(place, name="冯", id_number="1", scope="some", services="restaurant", last_day="x")
    assert refused.status_code == 422 and 'value="冯"' in refused.text
    await head.post(place, name="冯雪", known_by="mobile", mobile="19900003005", scope="some", services="restaurant")
    assert "用手机号邀请" in head.page.text
    await staff.get("/acting")
    (offer,) = set(re.findall(r'action="/acting/([0-9a-f-]{36})/answer"', staff.page.text))
    await staff.post(f"/acting/{offer}/answer", accept="yes")
    assert "已同意" in staff.page.text and set(hats(staff)) == {BISTRO}
    await staff.get("/apply/restaurant")
    await staff.post("/apply/restaurant", enterprise=bistro)
    assert f"以{BISTRO}的名义办理" in staff.page.text
    await staff.get("/")
    await staff.post("/acting/hat", hat=bistro)
    assert f"以{BISTRO}的名义" in (await staff.get("/matters")).text
    await head.get(place)
    await head.post(f"/acting/{offer}/end", next=place)
    assert head.page.url.path == place and "已结束" in head.page.text
    assert BISTRO not in (await staff.get("/matters")).text


async def test_a_person_lets_another_act_who_applies_in_her_name(sign_in: SignIn) -> None:
    fang, agent = await sign_in("wangfang"), await sign_in("fengxue")
    await confirmed(fang, "/acting/agents/new")
    refused = await fang.post("/acting/agents/new", name="冯雪", id_number="330103199502087647", last_day="2026-12-01")
    assert refused.status_code == 422 and "请至少选择一个事项" in refused.text and 'value="冯雪"' in refused.text
    wish = {"name": "冯雪", "id_number": "330103199502087647", "last_day": "2026-12-01", "services": "birth"}
    await fang.post("/acting/agents/new", **wish)
    assert fang.page.url.path == "/acting" and "等待对方同意" in fang.page.text
    await agent.get("/acting")
    (offer,) = set(re.findall(r'action="/acting/([0-9a-f-]{36})/answer"', agent.page.text))
    await agent.post(f"/acting/{offer}/answer", accept="yes")
    await agent.get("/")
    await agent.post("/acting/hat", hat=hats(agent)["王芳"])
    assert "正在替王芳办事" in agent.page.text and "/guides/move-in" not in agent.page.text
    await agent.get("/apply/birth")
    assert re.search(r'name="principal" value="[0-9a-f-]{36}" checked', agent.page.text)
    await agent.post("/apply/birth", principal=agent.client.cookies["tongban_hat"])
    assert "替王芳办理" in agent.page.text and agent.page.url.path.endswith("/notice")
    draft = agent.page.url.path
    assert (await fang.get(draft)).status_code == 200
    await fang.get("/acting")
    await fang.post(f"/acting/{offer}/end")
    assert (await agent.get(draft)).status_code == 404 and "正在替" not in (await agent.get("/matters")).text
