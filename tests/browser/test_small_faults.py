"""What goes wrong on an ordinary day: sessions end, pages get stale, people press twice, texts look like code."""

import asyncio

from playwright.async_api import Route
from tests.browser.acts import STEPS, begin, fill_steps, open_task
from tests.browser.served import Served
from tests.browser.visitor import Visitors

FATHER = {
    "您和家庭": {"applicant_role": "father", "mobile": "19900002002"},
    "参保、报销与领取": {"wants_guidance": False},
}
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


async def test_a_session_that_ends_in_the_middle_of_a_form_costs_nothing(visitors: Visitors, served: Served) -> None:
    jie = await visitors()
    await jie.sign_in("hejie")
    await begin(jie)
    await jie.fill(applicant_role="mother", marital_status="married")
    await jie.page.locator("[data-save-state]", has_text="已自动保存").wait_for()
    jie.refused = {401}
    await jie.page.fill("#mobile", "19900002009")
    served.end_sessions("何洁")
    await jie.press("下一步")
    assert "您填写的内容没有丢" in await jie.text()
    await jie.sign_in("hejie")
    assert "已接着保存您刚才填写的内容" in await jie.text()
    assert await jie.page.input_value("#mobile") == "19900002009"
    assert await jie.page.is_checked("input[name=marital_status][value=married]")


async def test_who_goes_on_while_the_page_saves_is_not_blamed_for_questions_never_shown(visitors: Visitors) -> None:
    xiang = await visitors()
    await xiang.sign_in("gaoxiang")
    await begin(xiang)
    await xiang.fill(applicant_role="father", mobile="19900002010")
    await xiang.page.locator("[data-save-state]", has_text="已自动保存").wait_for()
    saving = asyncio.Event()

    async def slowly(route: Route) -> None:
        saving.set()
        await asyncio.sleep(1)
        await route.continue_()

    await xiang.page.route("**/save", slowly)
    await xiang.fill(marital_status="unmarried")
    await saving.wait()
    await xiang.press("下一步")
    assert "根据您的选择，还有几项要填" in await xiang.text()
    assert await xiang.page.input_value("#mobile") == "19900002010"


async def test_two_tabs_do_not_overwrite_each_other(visitors: Visitors) -> None:
    yu = await visitors()
    await yu.sign_in("chenyu")
    await begin(yu)
    other = await yu.another_tab()
    await other.open(yu.path)
    await yu.fill(**STEPS["您和家庭"])
    await yu.press("下一步")
    other.refused = {409}
    await other.fill(applicant_role="mother", mobile="19900009999", marital_status="married")
    await other.press("下一步")
    assert "这一页在别处改过" in await other.text()
    assert "19900002001" in await other.page.locator(".elsewhere").inner_text()
    assert await other.page.input_value("#mobile") == "19900009999"
    await other.press("下一步")
    await yu.open(yu.path.replace("other_parent", "family"))
    assert await yu.page.input_value("#mobile") == "19900009999"


async def test_pressing_submit_twice_makes_one_case(visitors: Visitors, served: Served) -> None:
    qiang = await visitors()
    await qiang.sign_in("zhangqiang")
    await begin(qiang)
    await fill_steps(qiang, STEPS, FATHER)
    await qiang.go("去核对")
    async with qiang.page.expect_navigation(url="**/receipt"):
        await qiang.button("提交申请").dblclick()
    await qiang.look()
    assert served.cases_of("张强") == 1
    await qiang.page.go_back()
    await qiang.page.reload()
    await qiang.look()
    assert served.cases_of("张强") == 1 and "/matters/" in qiang.path


async def test_a_text_that_looks_like_code_is_a_text(visitors: Visitors) -> None:
    wei = await visitors()
    await wei.sign_in("sunwei")
    await begin(wei)
    family = {**STEPS["您和家庭"], "applicant_role": "father", "mobile": "19900002008"}
    await fill_steps(wei, {"您和家庭": family, "另一方父母": STEPS["另一方父母"]})
    wei.refused = {422}
    await wei.fill(child_name=HOSTILE, second_child_name="孙小二", child_ethnicity="汉族", birth_hospital=HOSTILE)
    await wei.press("下一步")
    if wei.path.endswith("/child"):
        assert await wei.page.input_value("#child_name") == HOSTILE
        await wei.fill(child_name="孙小一")
        await wei.press("下一步")
    wei.refused = set()
    await fill_steps(wei, {title: STEPS[title] for title in ("落户", "参保、报销与领取")})
    await wei.go("去核对")
    assert HOSTILE in await wei.text()
    await wei.press("提交申请")
    case = (await wei.page.locator(".receipt-number").inner_text()).strip()
    await wei.go("看办理进度")
    await wei.page.fill("#text", HOSTILE)
    await wei.press("提问")
    assert HOSTILE in await wei.text()
    handler = await visitors()
    await handler.sign_in("zhoumin", "/sign-in?next=/desk")
    await open_task(handler, case, "受理")
    assert (await handler.text()).count(HOSTILE) == 2


async def test_what_is_not_there_is_said_on_a_page_that_leads_on(visitors: Visitors) -> None:
    nobody = await visitors()
    nobody.refused = {404}
    assert await nobody.open("/nothing/here") == 404
    await nobody.open("/nothing")
    await nobody.go("回到首页")
    assert nobody.path == "/"
