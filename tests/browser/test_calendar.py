"""A year is put into force at a screen by two people, without a script too; papers open from their case."""

import asyncio
from pathlib import Path

from tests.browser.acts import apply, decide
from tests.browser.visitor import DESKTOP, Visitor, Visitors

EXAMPLE = (Path(__file__).parents[2] / "docs/examples/calendar-2027-invented.yaml").read_text("utf-8")
FAULTY = EXAMPLE.replace("  - {name: 春节, from: 2027-02-05, to: 2027-02-13}\n", "")
TAKEN_UP_SECONDS = 30


async def test_one_proposes_on_a_phone_without_script_and_another_publishes(visitors: Visitors) -> None:
    hao = await visitors(java_script_enabled=False)
    await hao.sign_in("wuhao", "/sign-in?next=/desk/calendars")
    hao.refused = {422, 403}
    await hao.page.fill("#content", FAULTY)
    await hao.press("检查并提出")
    assert "2027-02-06（星期六）是春节的法定假日" in await hao.text() and "补上" in await hao.text()
    assert "元旦" in await hao.page.input_value("#content")
    await hao.page.fill("#content", EXAMPLE)
    await hao.press("检查并提出")
    assert "等待另一位管理员批准" in await hao.text() and await hao.button("批准并公布").count() == 0
    ning = await visitors(DESKTOP)
    await ning.sign_in("qianning", f"/sign-in?next={hao.path}")
    assert "春节" in await ning.text() and "调休上班" in await ning.text()
    ning.refused = {422}
    await ning.press("不予批准")
    assert "至少 5 个字" in await ning.text()
    await ning.press("批准并公布")
    assert "已公布" in await ning.text()
    await taken_up(ning)


async def taken_up(visitor: Visitor) -> None:
    """The running process counts by it without a restart."""
    for _ in range(TAKEN_UP_SECONDS):
        await visitor.open("/desk/calendars")
        if "尚未公布" not in await visitor.text():
            return
        await asyncio.sleep(1)
    raise AssertionError("the web process still assumes the year")


async def test_who_administers_nothing_is_turned_away(visitors: Visitors) -> None:
    wei = await visitors(DESKTOP)
    wei.refused = {403}
    await wei.sign_in("liwei", "/sign-in?next=/desk/calendars")
    assert "没有" in await wei.text()


async def test_the_paper_of_acceptance_opens_from_the_case_for_both_sides(visitors: Visitors) -> None:
    fang = await visitors()
    await fang.sign_in("wangfang")
    case = await apply(fang)
    lead = await visitors(DESKTOP)
    await lead.sign_in("zhoumin", "/sign-in?next=/desk")
    await decide(lead, case, "受理审查", "accept")
    await fang.go("看办理进度")
    for _ in range(TAKEN_UP_SECONDS):
        if await fang.link("受理通知书").count():
            break
        await asyncio.sleep(1)
        await fang.open(fang.path)
    async with fang.page.expect_download() as waiting:
        await fang.link("受理通知书").click()
    download = await waiting.value
    assert download.suggested_filename.startswith("受理通知书") and case in download.suggested_filename
    content = await asyncio.to_thread(Path(await download.path()).read_bytes)
    assert content.startswith(b"%PDF")
