"""On her telephone 徐静 takes a consent back while her case is under way, and goes on by sending the document."""

from tests.browser.acts import fill_claim, fill_for_twins, number, open_task
from tests.browser.visitor import DESKTOP, Visitors

from tongban.cli.kernel_stage import photo

BILL = "生育医疗费用票据"


async def test_a_person_takes_a_consent_back_mid_case_and_goes_on_by_upload(visitors: Visitors) -> None:
    jing = await visitors()
    await jing.sign_in("xujing")
    await jing.open("/apply/birth")
    await jing.press("开始办理")
    await jing.page.check("input[name=consents]")
    await jing.press("知道了，开始填写")
    await fill_for_twins(jing)
    await fill_claim(jing)
    await jing.go("去核对")
    await jing.press("提交申请")
    case = await number(jing)

    await jing.open("/my-data/consents")
    await jing.follow(jing.page.get_by_role("link", name="查看或者撤回").first)
    assert "撤回以后会怎样" in await jing.text() and BILL in await jing.text()
    await jing.press("撤回同意")
    assert "不再凭这项同意查询" in await jing.text()
    files = [{"name": "票据.jpg", "mimeType": "image/jpeg", "buffer": photo()}]
    await jing.page.set_input_files("#file-medical_bill", files)  # type: ignore[arg-type]
    await jing.press("上传")
    assert "票据.jpg" in await jing.text()

    lead = await visitors(DESKTOP)
    await lead.sign_in("zhoumin", "/sign-in?next=/desk")
    await open_task(lead, case, "受理审查")
    await lead.page.get_by_text("看全部").first.click()
    assert "申请人撤回查询同意，改由本人上传" in await lead.text()
