"""The same way for who has no mouse, and for who has no script."""

from playwright.async_api import Locator
from tests.browser.acts import begin, decide, fill_claim, fill_for_twins, number
from tests.browser.devices import heic_photo
from tests.browser.keyboard import Keyboard
from tests.browser.visitor import DESKTOP, Visitor, Visitors
from tests.heic import UPRIGHT

from tongban.cli.seeding import PASSWORD

XIAO = {
    "您和家庭": {
        "applicant_role": "mother", "mobile": "19900002003", "marital_status": "unmarried", "has_other_parent": False,
    },
    "孩子": {"child_name": "林小满", "child_ethnicity": "汉族"},
    "落户": {"settle_with": "applicant", "relation_to_head": "子女"},
    "参保、报销与领取": {
        "pays_insurance": False, "claims_reimbursement": False, "wants_guidance": False, "card_delivery": "electronic",
    },
}  # fmt: skip


async def sign_in(keyboard: Keyboard, account: str, path: str) -> None:
    """Sign in by keyboard; the account's field has the focus when the page opens."""
    await keyboard.visitor.open(f"/sign-in?next={path}")
    await keyboard.write(keyboard.visitor.page.locator("#login"), account)
    await keyboard.write(keyboard.visitor.page.locator("#password"), PASSWORD)
    await keyboard.press(keyboard.visitor.button("登录"))


async def press(keyboard: Keyboard, place: Locator) -> None:
    """On a page that has just opened, reach a button or link and press it."""
    await keyboard.skip_to_main()
    await keyboard.press(place)


async def test_one_applies_and_decides_by_keyboard_alone(visitors: Visitors) -> None:
    xiao = await visitors(DESKTOP)
    hands = Keyboard(xiao)
    await sign_in(hands, "linxiao", "/guides/birth")
    await press(hands, xiao.link("开始办理"))
    await press(hands, xiao.button("开始办理"))
    await press(hands, xiao.button("知道了，开始填写"))
    for title, fields in XIAO.items():
        assert title in await xiao.page.locator("h1").inner_text()
        await hands.skip_to_main()
        await hands.fill(fields)
        await hands.press(xiao.button("下一步"))
    await press(hands, xiao.link("去核对"))
    await press(hands, xiao.button("提交申请"))
    case = await number(xiao)
    await accept_by_keyboard(await visitors(DESKTOP), case)
    await press(hands, xiao.link("看办理进度"))
    assert "办理中" in await xiao.text()


async def accept_by_keyboard(handler: Visitor, case: str) -> None:
    """J goes down the inbox, Enter opens; the decision is a few stops away."""
    hands = Keyboard(handler)
    await sign_in(hands, "zhoumin", "/desk")
    row = handler.page.locator("tr", has_text=case).locator("a[data-row]")
    for _ in range(await handler.page.locator("a[data-row]").count()):
        await handler.page.keyboard.press("j")
        if await row.evaluate("one => one === document.activeElement"):
            break
    await hands.press(row)
    await hands.skip_to_main()
    await hands.choose("kind", "accept")
    await hands.press(handler.button("提交意见"))
    assert "已办理" in await handler.text()


async def test_one_applies_without_any_script(visitors: Visitors) -> None:
    """徐静 has twins, claims her costs and sends the bill's photo as her telephone made it."""
    jing = await visitors(java_script_enabled=False)
    await jing.sign_in("xujing", "/sign-in?next=/apply/birth")
    await jing.press("开始办理")
    await jing.press("知道了，开始填写")
    await fill_for_twins(jing)
    await jing.press("下一步")
    assert "还有几项要填" in await jing.text()
    await fill_claim(jing)
    await jing.page.locator("input[type=file]").first.set_input_files(heic_photo())
    await jing.press("上传")
    assert await jing.page.locator(".file-thumb img").evaluate("image => image.naturalWidth") == UPRIGHT[0]
    await jing.go("去核对")
    await jing.press("提交申请")
    case = await number(jing)
    handler = await visitors(java_script_enabled=False)
    await handler.sign_in("zhoumin", "/sign-in?next=/desk")
    await decide(handler, case, "受理", "accept")
    await jing.go("看办理进度")
    assert "出生登记（第二个孩子）" in await jing.text()


async def test_a_form_tells_all_its_faults_and_leads_to_each(visitors: Visitors) -> None:
    yang = await visitors()
    await yang.sign_in("liuyang")
    await begin(yang)
    yang.refused = {422}
    await yang.fill(applicant_id_number="330103199112110582", mobile="12345")
    await yang.press("下一步")
    summary = yang.page.locator(".error-summary")
    assert await summary.evaluate("one => one === document.activeElement")
    assert await summary.locator("li").count() >= 3
    await summary.get_by_role("link").nth(1).click()
    assert await yang.page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
