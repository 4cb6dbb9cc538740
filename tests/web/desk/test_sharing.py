"""Data is asked for, answered and taken back on pages that work without scripts.

李伟 of the police asks for health records; 周敏 answers; 陈静 supervises the region and decides nothing of it.
"""

import io
import re
from uuid import UUID

from openpyxl import load_workbook
from tests.cases.oversight.test_pages import Browser, browser
from tests.world import LEAD, REGION, WEI, World

from tongban.resources.catalogue.actions import Doer, locked, propose, put_published
from tongban.resources.catalogue.definitions import ResourceContent
from tongban.resources.definitions import ResourceField
from tongban.resources.granting.compiled import scope_of
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.models import grant_of
from tongban.web.desk.sharing_words import MASKS, example

__all__ = ["browser"]
HERE = f"region={REGION}&department=police"
BIRTHS = "health.birth-record"
ASKED = {"resource": BIRTHS, "purpose": "核对走失儿童的出生信息", "basis": "人民警察法 第六条", "days": "90"}
ELSEWHERE = "许燕"  # of the tax office
ADMINISTRATOR = "吴浩"


async def put(browser: Browser, **fields: object) -> str:
    page = f"/desk/basket?{HERE}&resource={BIRTHS}"
    sent = await browser.send(WEI, page, f"/desk/basket/lines?{HERE}", **{**ASKED, **fields})  # type: ignore[arg-type]
    return sent.text if sent.status_code != 303 else "put"


async def sent(browser: Browser) -> tuple[str, UUID]:
    """A request to the health department: the basket's address and the request's id."""
    assert await put(browser, fields=["birth_date", "hospital", "weight"], **{"mask:weight": "keep"}) == "put"
    done = await browser.send(WEI, f"/desk/basket?{HERE}", f"/desk/basket/send?{HERE}", title="走失儿童核对")
    address = done.headers["location"]
    request = re.search(rf"/desk/requests/{REGION}/([0-9a-f-]{{36}})", (await browser.get(WEI, address)).text)
    assert request is not None
    return address, UUID(request[1])


async def test_what_was_typed_comes_back_with_everything_that_is_wrong(browser: Browser) -> None:
    page = await put(browser, fields=["weight"], basis="法", rows="shoe = 1")
    assert "没有写明法律依据" in page and "行条件读不懂" in page and 'value="核对走失儿童的出生信息"' in page
    assert "请填写正整数" in await put(browser, fields=["weight"], days="0")
    empty = await browser.send(WEI, f"/desk/basket?{HERE}", f"/desk/basket/send?{HERE}", title="")
    assert empty.status_code == 422 and "篮子是空的" in empty.text


async def test_a_request_is_found_answered_and_used_on_pages(world: World, browser: Browser) -> None:
    found = (await browser.get(WEI, f"/desk/basket?{HERE}&q=出生 体重")).text
    assert f"resource={BIRTHS}" in found
    address, request = await sent(browser)
    page = f"/desk/requests/{REGION}/{request}"
    inbox = (await browser.get(LEAD, "/desk")).text
    assert page in inbox and "走失儿童核对" in inbox
    shown = (await browser.get(LEAD, page)).text
    line = re.search(r'name="([0-9a-f-]{36}):verdict"', shown)
    assert line is not None
    none = await browser.send(LEAD, page, f"{page}/answer")
    assert none.status_code == 422 and "请先选择一种办理意见" in none.text
    said = {f"{line[1]}:verdict": "narrow", f"{line[1]}:reasons": "核对身份不需要体重", f"{line[1]}:days": "30"}
    kept = {f"{line[1]}:fields": ["birth_date", "hospital"], f"{line[1]}:mask:birth_date": "month"}
    assert (await browser.send(LEAD, page, f"{page}/answer", **said, **kept)).status_code == 303  # type: ignore[arg-type]
    seen = (await browser.get(WEI, address)).text
    assert "收窄后授权" in seen and "核对身份不需要体重" in seen and "日期只留年月" not in seen
    grant = re.search(rf"/desk/grants/{REGION}/[0-9a-f-]{{36}}", seen)
    assert grant is not None
    assert "日期只留年月" in (await browser.get(LEAD, grant[0])).text
    assert "退回授权" in (await browser.get(WEI, grant[0])).text
    assert (await browser.get(ELSEWHERE, grant[0])).status_code == 404
    short = await browser.send(LEAD, grant[0], f"{grant[0]}/revoke", reasons="无")
    assert short.status_code == 422 and "没有提交成功" in short.text
    assert (await browser.send(LEAD, grant[0], f"{grant[0]}/revoke", reasons="用途已经结束")).status_code == 303
    assert "已撤销" in (await browser.get(WEI, f"/desk/grants?region={REGION}&side=held")).text


async def test_nobody_elsewhere_sees_the_basket_the_request_or_the_form_to_answer(browser: Browser) -> None:
    address, request = await sent(browser)
    page = f"/desk/requests/{REGION}/{request}"
    assert (await browser.get(ELSEWHERE, address)).status_code == 404
    assert (await browser.get(ELSEWHERE, page)).status_code == 404
    assert (await browser.get("王芳", "/desk/basket")).status_code == 403
    own = (await browser.get(WEI, page)).text
    assert f"{page}/answer" not in own
    other = await browser.send(ELSEWHERE, "/desk/basket", f"/desk/basket/lines?{HERE}", **ASKED)
    assert other.status_code == 403


async def test_the_list_of_grants_leaves_as_a_file(browser: Browser) -> None:
    got = await browser.get(LEAD, f"/desk/grants/export.xlsx?region={REGION}")
    sheet = load_workbook(io.BytesIO(got.content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:3] == ["状态", "数据资源", "提供部门"] and len(rows) > 1
    assert all(row[2] == "下城区卫生健康局" for row in rows[1:])
    english = (await browser.get(LEAD, "/desk/grants", "en")).text
    assert "Who uses ours" in english and "谁在用我们的" not in english


async def test_the_head_opens_a_token_on_the_grant_s_page_and_nobody_else_finds_the_form(
    world: World, browser: Browser
) -> None:
    await put(browser, fields=["birth_date", "hospital"], **{"mask:hospital": "token"})
    await browser.send(WEI, f"/desk/basket?{HERE}", f"/desk/basket/send?{HERE}", title="代号")
    request = await world.one("SELECT id FROM sharing_requests")
    page = f"/desk/requests/{REGION}/{request}"
    line = re.search(r'name="([0-9a-f-]{36}):verdict"', (await browser.get(LEAD, page)).text)
    assert line is not None
    await browser.send(LEAD, page, f"{page}/answer", **{f"{line[1]}:verdict": "grant"})
    grant = grant_of((await world.rows("SELECT * FROM grants WHERE basket IS NOT NULL"))[0])
    token = MaskKeys(world.kernel.vault).seal("下城区东新医院", scope_of(grant))
    here = f"/desk/grants/{REGION}/{grant.id}"
    assert f"{here}/tokens" not in (await browser.get(WEI, here)).text
    why = {"token-reasons": "医院名称要写进通报"}
    refused = await browser.send(WEI, here, f"{here}/tokens", token=token, **why)
    assert refused.status_code == 403 and "下城区东新医院" not in refused.text
    short = await browser.send(LEAD, here, f"{here}/tokens", token=token, **{"token-reasons": "看"})
    assert short.status_code == 422 and token in short.text
    opened = await browser.send(LEAD, here, f"{here}/tokens", token=token, **why)
    assert opened.status_code == 200 and "下城区东新医院" in opened.text
    assert "no-store" in opened.headers["cache-control"]
    assert "下城区东新医院" not in (await browser.get(LEAD, here)).text
    assert await world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'token.opened'") == 1


async def test_a_choice_of_masks_shows_what_each_makes_of_an_invented_value(browser: Browser) -> None:
    shown = (await browser.get(WEI, f"/desk/basket?{HERE}&resource={BIRTHS}")).text
    assert "日期只留年份 · 1990-05-17 → 1990" in shown and "王芳 → （空）" in shown
    for key, (mask, _) in MASKS.items():
        before, after = example(key)
        assert (after == before) == (mask.kind == "keep"), key
        assert mask.kind not in ("hash", "token") or after.endswith("…")


async def test_an_administrator_of_data_sees_every_grant_and_decides_none(browser: Browser) -> None:
    listed = (await browser.get(ADMINISTRATOR, "/desk/grants")).text
    assert "数据来自下城区卫生健康局" in listed and "谁在用我们的" not in listed
    one = re.search(rf"/desk/grants/{REGION}/[0-9a-f-]{{36}}", listed)
    assert one is not None
    page = (await browser.get(ADMINISTRATOR, one[0])).text
    assert f"{one[0]}/narrow" not in page and f"{one[0]}/revoke" not in page
    assert "/desk/grants" in (await browser.get(ADMINISTRATOR, "/desk")).text
    assert (await browser.get("王芳", "/desk/grants")).status_code == 403


async def test_a_request_is_found_by_its_number_by_both_sides_alone(world: World, browser: Browser) -> None:
    _, request = await sent(browser)
    number = await world.one("SELECT number FROM cases WHERE id = %(id)s", id=request)
    for name in (WEI, LEAD):
        found = await browser.get(name, f"/desk/search?number={number}")
        assert found.headers["location"] == f"/desk/requests/{REGION}/{request}"
    assert (await browser.get(ELSEWHERE, f"/desk/search?number={number}")).status_code == 404


async def test_what_only_the_catalogue_has_is_shown_with_what_to_do(world: World, browser: Browser) -> None:
    content = ResourceContent(
        name="流动摊贩备案信息",
        summary="街道备案的摊贩",
        category="307101",
        condition="仅供日常巡查",
        fields=[ResourceField("stall", "摊位号", key=True)],
    )
    async with world.database.connection() as connection:
        now = await world.now()
        entry = await propose(connection, REGION, "market", content, Doer(pack="test"), "proposed", now)
        held = await locked(connection, REGION, entry)
        await put_published(connection, held, Doer(pack="test"), now)
    found = (await browser.get(WEI, f"/desk/basket?{HERE}&q=流动摊贩")).text
    assert "还没有接入平台" in found and f"/desk/catalogue/entries/{REGION}/{entry}" in found
    assert str(entry) not in (await browser.get(WEI, f"/desk/basket?{HERE}&q=出生")).text
