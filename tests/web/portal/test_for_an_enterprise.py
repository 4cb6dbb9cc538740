"""Choosing in whose name one applies, in a browser without scripts."""

import re

from .browser import Browser, SignIn

SHOP, BISTRO, STUDIO = "杭州春和餐饮有限公司（演示）", "杭州云起小馆餐饮店（演示）", "杭州拾光文创有限公司（演示）"
APPLY = "/apply/restaurant"


def offered(browser: Browser) -> dict[str, str]:
    """The enterprises that the open page offers: name → id."""
    found = re.findall(
        r'name="enterprise" value="([0-9a-f-]{36})"[^>]*>\s*<span>(?:<[^>]+>)?([^<]+)<', browser.page.text
    )
    return {name: value for value, name in found}


async def test_who_acts_for_one_enterprise_finds_it_chosen(sign_in: SignIn) -> None:
    handler = await sign_in("wusimin")
    await handler.get(APPLY)
    assert list(offered(handler)) == [SHOP] and "您是经办人" in handler.page.text
    assert re.search(r'name="enterprise" value="[^"]+" checked', handler.page.text)
    await handler.post(APPLY, enterprise=offered(handler)[SHOP])
    assert handler.page.url.path.endswith("/notice") and f"以{SHOP}的名义办理" in handler.page.text
    # The legal representative finds the same draft, and only that: it is begun already.
    head = await sign_in("zhouwenbo")
    await head.get(APPLY)
    assert SHOP in head.page.text and offered(head) == {} and "继续填写" in head.page.text


async def test_who_acts_for_two_must_choose_and_is_told_so(sign_in: SignIn) -> None:
    head = await sign_in("qiancheng")
    await head.get(APPLY)
    assert set(offered(head)) == {BISTRO, STUDIO} and "checked" not in head.page.text.split("enterprise-field")[1][:900]
    await head.post(APPLY)
    assert head.page.status_code == 422 and "请先选择您代表的企业" in head.page.text
    await head.post(APPLY, enterprise=offered(head)[BISTRO])
    assert f"以{BISTRO}的名义办理" in head.page.text
    await head.get(APPLY)
    assert set(offered(head)) == {STUDIO} and "为另一家企业办理" in head.page.text
    await head.get("/matters")
    assert f"以{BISTRO}的名义" in head.page.text


async def test_who_acts_for_none_is_told_who_may_and_can_not_begin(sign_in: SignIn) -> None:
    head = await sign_in("qiancheng")
    await head.get(APPLY)
    others = offered(head)[BISTRO]
    citizen = await sign_in("fengxue")
    await citizen.get(APPLY)
    assert "您现在没有可以代表的企业" in citizen.page.text and "开始办理" not in citizen.page.text
    await citizen.post(APPLY, enterprise=others)
    assert citizen.page.status_code == 403
    await citizen.get("/matters")
    assert "还没有办过事" in citizen.page.text


async def test_a_person_s_matter_asks_for_no_enterprise(sign_in: SignIn) -> None:
    head = await sign_in("zhouwenbo")
    await head.get("/apply/birth")
    assert offered(head) == {} and "以哪家企业的名义办理" not in head.page.text
