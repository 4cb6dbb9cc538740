"""The police suspend 王芳's identity card and lift it again: seen by whoever verifies, told to her, on the list."""

import re

from tongban.basics.outbox import Message
from tongban.jobs.licences import table
from tongban.web.site import Site

from .browser import REGION, Browser

BASIS = "居民身份证法 第十一条"


async def _card(browser: Browser) -> tuple[str, str]:
    """Address and verification code of her identity card."""
    page = await browser.get("/licences")
    found = re.search(r'href="(/licences/\d{6}/[0-9a-f-]{36})">居民身份证', page.text)
    assert found is not None
    code = re.search(r"/verify/([0-9A-Z-]{27})", (await browser.get(found[1])).text)
    assert code is not None
    return found[1], code[1]


async def _told(site: Site, kind: str, licence: str) -> None:
    """What the jobs process does with the message of a change."""
    kernel = site.kernel

    async def kernel_now(_: object) -> object:
        return kernel

    async with kernel.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT region, id, topic, payload FROM outbox WHERE topic = %s AND payload ->> 'id' = %s", [kind, licence]
        )
        row = await cursor.fetchone()
        assert row is not None
        now = await (await connection.execute("SELECT platform_now()")).fetchone()
        assert now is not None
        message = Message(row[0], row[1], row[2], row[3], 0, now[0])
        await table(kernel_now)[kind](connection, message)  # type: ignore[arg-type]


async def test_a_card_is_suspended_at_once_and_resumed_by_two(fang: Browser, site: Site) -> None:
    card, code = await _card(fang)
    here = card.replace("/licences/", "/desk/licences/")
    wei = await Browser(site).sign_in("liwei")
    page = await wei.get(f"/desk/licences?typed={code}")
    assert page.url.path == here and "王芳" in page.text
    empty = await wei.post(f"{here}/changes", kind="suspend", reasons="", basis=BASIS)
    assert empty.status_code == 422 and "请写明理由" in empty.text and BASIS in empty.text
    page = await wei.post(f"{here}/changes", kind="suspend", reasons="本人报失", basis=BASIS)
    assert page.status_code == 200 and "已生效" in page.text
    visitor = Browser(site)
    assert "暂停使用" in (await visitor.get(f"/verify/{code}")).text
    await _told(site, "licence.suspended", card[-36:])
    told = (await fang.get("/messages")).text
    assert "证照被暂停使用" in told and "本人报失" in told
    assert (await visitor.get(f"/licence-list/{REGION}")).text.startswith("tongban-licence-list/1\n")
    page = await wei.post(f"{here}/changes", kind="resume", reasons="已找到", basis=BASIS)
    assert "由您提出" in page.text and "/changes/" not in page.text
    head = await Browser(site).sign_in("fangyuan")
    page = await head.get(here)
    action = re.search(r'action="([^"]+/changes/[0-9a-f-]{36})"', page.text)
    assert action is not None
    page = await head.post(action[1], go="confirm")
    assert "已生效" in page.text and "有效" in (await visitor.get(f"/verify/{code}")).text


async def test_a_department_that_did_not_issue_it_finds_nothing(fang: Browser, site: Site) -> None:
    card, code = await _card(fang)
    min_ = await Browser(site).sign_in("zhoumin")
    assert (await min_.get(f"/desk/licences?typed={code}")).status_code == 404
    assert (await min_.get(card.replace("/licences/", "/desk/licences/"))).status_code == 404
