"""Data is asked for, answered and taken back on pages that work without scripts.

李伟 of the police asks for health records; 周敏 answers; 陈静 supervises the region and decides nothing of it.
"""

import io
import re
from uuid import UUID

from openpyxl import load_workbook
from tests.cases.oversight.test_pages import Browser, browser
from tests.world import LEAD, REGION, WEI, World

__all__ = ["browser"]
HERE = f"region={REGION}&department=police"
BIRTHS = "health.birth-record"
ASKED = {"resource": BIRTHS, "purpose": "核对走失儿童的出生信息", "basis": "人民警察法 第六条", "days": "90"}
ELSEWHERE = "许燕"  # of the tax office


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
