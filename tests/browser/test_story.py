"""The story of a birth as its people live it, on telephones: applying once, nine departments, licences, proof."""

from urllib.parse import urlsplit

from tests.browser.acts import STEPS, decide, fill_steps, number, open_task
from tests.browser.devices import is_upright, scan, turned_photo
from tests.browser.served import Served
from tests.browser.visitor import Visitor, Visitors

REIMBURSED = {
    "参保、报销与领取": {"claims_reimbursement": True, "bank_name": "演示银行", "bank_account": "622000000000000001"}
}


async def test_a_birth_is_done_once_from_the_search_to_the_verified_licence(visitors: Visitors, served: Served) -> None:
    fang = await visitors()
    await find_the_guide(fang)
    await read_the_notice(fang)
    await fill_half(fang)
    tablet = await resume_on_another_device(visitors)
    await add_the_bill(tablet)
    case, matter = await submit(tablet, served)
    await fang.open(matter)
    assert "已提交，等待受理" in await fang.text()
    await nobody_else_gets_in(visitors, matter, case)
    await departments_decide(visitors, fang, case)
    await licences_are_there(visitors, fang, matter)
    await my_data_tells_who_looked(fang)


async def find_the_guide(fang: Visitor) -> None:
    """王芳 types what she wants; answers come while she types. The guide tells before it asks who she is."""
    await fang.open("/")
    await fang.page.locator("#q").type("孩子上户口")
    await fang.page.locator(".result", has_text="新生儿出生一件事").wait_for()
    await fang.look()
    await fang.follow(fang.page.locator(".result").first)
    guide = await fang.text()
    for told in ("5 个工作日", "不用您交", "行政复议", "不收费", "办理路线"):
        assert told in guide
    await fang.go("开始办理")
    assert fang.path == "/sign-in"
    await fang.sign_in("wangfang")
    assert fang.path == "/apply/birth"


async def read_the_notice(fang: Visitor) -> None:
    """Nothing was looked up before she was told what will be; the one look-up that needs her consent she refuses."""
    await fang.press("开始办理")
    assert "还没有查过您的任何数据" in await fang.text()
    assert not await fang.page.locator("input[name=consents]").first.is_checked()
    await fang.press("知道了，开始填写")


async def fill_half(fang: Visitor) -> None:
    """What departments know stands there with its source; a weight that the hospital mistyped is put right."""
    assert await fang.page.input_value("#applicant_name") == "王芳"
    assert "来自" in await fang.page.locator("#applicant_name-source").inner_text()
    titles = list(STEPS)
    await fill_steps(fang, {title: STEPS[title] for title in titles[:2]})
    assert await fang.page.input_value("#birth_weight") == "3250"
    assert "卫生健康局" in await fang.page.locator("#birth_weight-source").inner_text()
    await fang.fill(child_name="张小宝", birth_weight="3350")
    await fang.page.locator("[data-save-state]", has_text="已自动保存").wait_for()
    assert await fang.page.locator("#birth_weight-source").count() == 0


async def resume_on_another_device(visitors: Visitors) -> Visitor:
    """She puts the telephone away in the middle of a step and goes on at a tablet."""
    tablet = await visitors()
    await tablet.sign_in("wangfang", "/sign-in?next=/apply/birth")
    assert "没填完的草稿" in await tablet.text()
    await tablet.go("继续填写")
    assert await tablet.page.input_value("#birth_weight") == "3350"
    assert await tablet.page.input_value("#child_name") == "张小宝"
    await fill_steps(tablet, {title: STEPS[title] for title in list(STEPS)[2:]}, REIMBURSED)
    return tablet


async def add_the_bill(tablet: Visitor) -> None:
    """The only paper that nobody could provide, because she did not consent: a photo, lying on its side."""
    assert "不用您交" in await tablet.text()
    async with tablet.page.expect_navigation():
        await tablet.page.locator("input[type=file]").first.set_input_files(turned_photo())
    await tablet.look()
    kept = await tablet.context.request.get(str(await tablet.page.locator(".file-thumb").first.evaluate("a => a.href")))
    assert is_upright(await kept.body())


async def submit(tablet: Visitor, served: Served) -> tuple[str, str]:
    """Review, submit; the receipt's code leads back to it. Returns the case's number and address."""
    await tablet.go("去核对")
    review = await tablet.text()
    assert "3350" in review and "没有让您交的" in review and "还差" not in review
    await tablet.press("提交申请")
    assert tablet.path.endswith("/receipt")
    scanned = await scan(tablet.page.locator(".receipt-code"))
    assert scanned == served.url + tablet.path
    await tablet.page.locator("#receipt-state", has_text="已封存").wait_for()
    await tablet.look()
    async with tablet.page.expect_download() as downloading:
        await tablet.link("下载回执").click()
    receipt = await (await downloading.value).path()
    case, matter = await number(tablet), tablet.path.removesuffix("/receipt")
    await tablet.open("/receipt-check")
    await tablet.page.set_input_files("#receipt", {
        "name": "receipt.json", "mimeType": "application/json", "buffer": receipt.read_bytes(),
    })  # fmt: skip
    await tablet.press("验证")
    assert "回执有效" in await tablet.text()
    return case, matter


async def nobody_else_gets_in(visitors: Visitors, matter: str, case: str) -> None:
    """陈静 belongs to another department: she sees nothing, and what she types into the address bar is refused."""
    jing = await visitors()
    await jing.sign_in("chenjing", "/sign-in?next=/desk")
    assert case not in await jing.text()
    region, identity = matter.removeprefix("/matters/").split("/")
    jing.refused = {403, 404}
    task = f"/desk/tasks/{region}/{identity}/intake"
    for path in (matter, f"{matter}/receipt", f"{matter}/edit", f"{matter}/live", task, f"/desk/search?number={case}"):
        status = await jing.open(path)
        assert status in (403, 404), f"{path}: {status}"
        assert "王芳" not in await jing.text()


async def departments_decide(visitors: Visitors, fang: Visitor, case: str) -> None:
    """周敏 accepts, 李伟 and the others decide, one after another as the line goes; a question is answered between."""
    min_ = await official(visitors, "zhoumin")
    await decide(min_, case, "受理", "accept")
    await fang.page.locator("#live", has_text="办理中").wait_for()
    await fang.look()
    await ask_and_answer(fang, min_, case)
    for task in ("出生医学证明", "生育登记凭证", "育儿指导"):
        await decide(min_, case, task, "approve")
    for account, tasks in {
        "liwei": ["出生登记"], "songyan": ["预防接种电子档案"], "guolei": ["居民医保参保", "生育费用报销"],
        "tangli": ["社保卡"], "xuyan": ["医保缴费"],
    }.items():  # fmt: skip
        handler = await official(visitors, account)
        for task in tasks:
            await decide(handler, case, task, "approve")
    await fang.page.locator("#live", has_text="已办结").wait_for()
    await fang.look()


async def official(visitors: Visitors, account: str) -> Visitor:
    """A civil servant at the desk."""
    handler = await visitors()
    await handler.sign_in(account, "/sign-in?next=/desk")
    return handler


async def ask_and_answer(fang: Visitor, handler: Visitor, case: str) -> None:
    """She asks what is not clear; who works on it answers in the department's name."""
    await fang.page.fill("#text", "实体社保卡可以以后再领吗？")
    await fang.press("提问")
    await open_task(handler, case, "出生医学证明")
    assert "实体社保卡可以以后再领吗？" in await handler.text()
    await handler.page.locator("textarea[name=text]").fill("可以，电子卡当天就能用。")
    await handler.press("发送答复")
    await fang.page.reload()
    await fang.look()
    assert "可以，电子卡当天就能用。" in await fang.text()


async def licences_are_there(visitors: Visitors, fang: Visitor, matter: str) -> None:
    """Six licences came out; anybody can check one by its code or its file, and a changed file is refused."""
    await fang.open(matter)
    assert await fang.page.locator(".licence-mini").count() == 6
    await fang.follow(fang.page.locator(".licence-mini", has_text="出生医学证明"))
    await fang.page.get_by_role("link", name="下载签章文件").wait_for(timeout=60_000)
    await fang.look()
    code = await scan(fang.page.locator(".licence-code svg"))
    async with fang.page.expect_download() as downloading:
        await fang.link("下载签章文件").click()
    pdf = (await (await downloading.value).path()).read_bytes()
    stranger = await visitors()
    await stranger.open(urlsplit(code).path)
    seen = await stranger.text()
    assert "有效" in seen and "张小宝" not in seen and "330103199405160523" not in seen
    await verify_file(stranger, pdf)
    assert "文件完整，签名可信" in await stranger.text()
    stranger.refused = {409, 422}
    await verify_file(stranger, pdf.replace(b"/Type", b"/Typo", 1))
    assert "没有通过核验" in await stranger.text()


async def verify_file(stranger: Visitor, pdf: bytes) -> None:
    """Upload a licence's file where everybody may."""
    await stranger.open("/verify")
    document = {"name": "证照.pdf", "mimeType": "application/pdf", "buffer": pdf}
    await stranger.page.set_input_files("#document", document)  # type: ignore[arg-type]
    await stranger.press("上传核验")


async def my_data_tells_who_looked(fang: Visitor) -> None:
    """Every look-up of this case stands there: who, what, why, by which law; the bill was never looked up."""
    await fang.open("/my-data")
    told = await fang.text()
    for part in ("民政局", "卫生健康局", "户口登记条例 第七条", "配偶", "法定职责"):
        assert part in told, part
    assert "分娩医疗费用票据" not in told
    await fang.open("/messages")
    assert "办结" in await fang.text()
