"""王芳 shows her identity card: what she ticks is seen once, and she reads who looked."""

import re

from tongban.parties.access.denials import Denial, newest
from tongban.web.denied import write
from tongban.web.site import Site

from .browser import Browser


async def _card(browser: Browser) -> str:
    """The address of her identity card."""
    page = await browser.get("/licences")
    found = re.search(r'href="(/licences/\d{6}/[0-9a-f-]{36})">居民身份证', page.text)
    assert found is not None, page.text
    return found[1]


async def _code(browser: Browser, card: str, *fields: str) -> str:
    await browser.get(f"{card}/present")
    page = await browser.post(f"{card}/present", fields=list(fields))
    found = re.search(r'present-text" translate="no">([0-9A-Z-]+)<', page.text)
    assert found is not None, page.text
    return found[1]


async def _noted(site: Site) -> list[Denial]:
    """What is on record by now of refused codes; other tests share the node."""
    await write(site)
    async with site.kernel.database.connection() as connection:
        return [one for one in await newest(connection, []) if one.reason == "code"]


async def test_what_is_ticked_is_seen_once_by_the_public(fang: Browser, site: Site) -> None:
    card = await _card(fang)
    code = await _code(fang, card)
    stranger = Browser(site)
    page = await stranger.get(f"/verify?code={code.lower()}")
    assert page.url.path.startswith("/presented/") and "现在查看" in page.text and "王" not in page.text
    before = await _noted(site)
    page = await stranger.post(f"/presented/{code}")
    assert page.status_code == 200 and "王*" in page.text and "王芳" not in page.text and "居民身份证" in page.text
    again = await stranger.post(f"/presented/{code}")
    assert again.status_code == 410 and "已经查看过一次" in again.text
    assert [(one.action, one.reason) for one in await _noted(site) if one not in before] == [
        ("POST /presented/{code:str}", "code")
    ]
    assert "持码的公众" in (await fang.get(card)).text


async def test_an_official_looks_for_an_office_and_the_holder_reads_which(fang: Browser, site: Site) -> None:
    card = await _card(fang)
    code = await _code(fang, card, "@holder")
    official = await Browser(site).sign_in("liwei")
    page = await official.get(f"/presented/{code}")
    office = re.search(r'name="office" value="(\d{6}/police)"', page.text)
    assert office is not None
    page = await official.post(f"/presented/{code}", office=office[1])
    assert "王芳" in page.text
    mine = (await fang.get(card)).text
    assert "公安" in mine.partition('id="looked"')[2] and "李伟" not in mine


async def test_an_office_that_is_not_ones_own_counts_as_the_public(fang: Browser, xiao: Browser) -> None:
    card = await _card(fang)
    code = await _code(fang, card)
    await xiao.get(f"/presented/{code}")
    page = await xiao.post(f"/presented/{code}", office="330103/police")
    assert "持证人会看到：有人看过" in page.text


async def test_nobody_shows_what_somebody_else_holds(fang: Browser, xiao: Browser) -> None:
    card = await _card(fang)
    assert (await xiao.get(f"{card}/present")).status_code == 404
    assert (await xiao.post(f"{card}/present", fields="@holder")).status_code == 404


async def test_a_field_that_is_not_there_is_told_at_its_place(fang: Browser) -> None:
    card = await _card(fang)
    await fang.get(f"{card}/present")
    page = await fang.post(f"{card}/present", fields="salary")
    assert page.status_code == 422 and "没有“salary”这一项" in page.text
