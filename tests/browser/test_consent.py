"""On her telephone 王芳 takes a consent back while her case is under way, and goes on by sending the document."""

from tests.browser.acts import NUMBER, STEPS, fill_steps, open_task
from tests.browser.visitor import DESKTOP, Visitor, Visitors

from tongban.cli.kernel_stage import photo

BILL = "生育医疗费用票据"
CLAIM = {
    "参保、报销与领取": {
        "claims_reimbursement": True, "bank_name": "演示银行", "bank_account": "6222020200112233445",
    },
}  # fmt: skip


async def send_photo(visitor: Visitor, name: str) -> None:
    """Choose a photo for the bill and send it."""
    files = [{"name": name, "mimeType": "image/jpeg", "buffer": photo()}]
    await visitor.page.set_input_files("#file-medical_bill", files)  # type: ignore[arg-type]
    if await visitor.button("上传").count():
        await visitor.press("上传")
    await visitor.page.get_by_text(name).first.wait_for()


async def test_a_person_takes_a_consent_back_mid_case_and_goes_on_by_upload(visitors: Visitors) -> None:
    fang = await visitors()
    await fang.sign_in("wangfang")
    await fang.open("/apply/birth")
    await fang.press("开始办理")
    await fang.page.check("input[name=consents]")
    await fang.press("知道了，开始填写")
    await fill_steps(fang, STEPS, CLAIM)
    await send_photo(fang, "旧票据.jpg")
    await fang.go("去核对")
    await fang.press("提交申请")
    found = NUMBER.search(await fang.text())
    assert found is not None

    await fang.open("/my-data/consents")
    await fang.follow(fang.page.get_by_role("link", name="查看或者撤回").first)
    assert "撤回以后会怎样" in await fang.text() and BILL in await fang.text()
    await fang.press("撤回同意")
    assert "不再凭这项同意查询" in await fang.text()
    await send_photo(fang, "新票据.jpg")

    lead = await visitors(DESKTOP)
    await lead.sign_in("zhoumin", "/sign-in?next=/desk")
    await open_task(lead, found[0], "受理审查")
    await lead.page.get_by_text("看全部").first.click()
    assert "申请人撤回查询同意，改由本人上传" in await lead.text()
