"""王芳 asks on the page, the data bureau answers on the desk, and she opens her copy; all of it behind the wall."""

import datetime as dt
import io
import re
from collections.abc import AsyncIterator

import msgspec
import openpyxl
import pytest
from tests.conftest import Template
from tests.world import FANG, JING, REGION, World

from tongban.cases.actions.applicant import withdraw
from tongban.cases.rights.asking import ask
from tongban.cases.rights.copying import make_copy, read_copy
from tongban.cases.rights.errors import NoCopy
from tongban.cases.rights.models import Asked
from tongban.cli.seeding import PASSWORD
from tongban.parties.errors import MayNotActForPerson
from tongban.parties.guarding.appointed import Proposal, confirm, end, propose
from tongban.parties.models import Representation, Subject
from tongban.web.site import Site, WebSettings

from .browser import BASE, AnyAsset, Browser

HERE = "/my-data/rights"


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    async with template.opened(walled=True) as found:
        yield found


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    return Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())


async def guarded(world: World) -> None:
    """A court appointed 张强 as 王芳's guardian: one clerk enters it, another confirms."""
    hall, now = Subject(REGION, department="hall"), await world.now()
    ward, guardian = world.people[FANG].id_number, world.people["张强"].id_number
    said = Proposal(FANG, ward, "张强", guardian, "court-order", "（2026）演示民特 1 号", dt.date(2027, 11, 1), True)
    async with world.database.connection() as connection:
        made = await propose(connection, world.kernel.vault, await world.actor("何平"), hall, said, now)
        await confirm(connection, await world.actor("蒋琳"), made, now)


async def test_a_copy_is_asked_answered_on_the_desk_and_opened_by_her_alone(world: World, site: Site) -> None:
    await world.submitted()
    await guarded(world)
    fang, li = await Browser(site).sign_in("wangfang"), await Browser(site).sign_in("sunli")
    page = (await fang.get(HERE)).text
    assert "平台持有的您的数据" in page and "数据有错的，在查询记录下面反映" in page
    refused = await fang.post(HERE, text="看看有什么")
    assert refused.status_code == 422 and "看看有什么" in refused.text and "没有提交成功" in refused.text
    page = (await fang.post(HERE, kind="copy", region=REGION, text="看看有什么")).text
    assert "等待答复" in page and "最迟" in page and "杭州市下城区" in page
    ticket = await world.one("SELECT ticket FROM rights_requests")
    desk = f"/desk/tickets/{REGION}/{ticket}"
    assert (await li.get("/desk/tickets")).text.count("本人要一份自己数据的副本") == 1
    shown = (await li.get(desk)).text
    assert FANG in shown and "看看有什么" in shown and "申请人看得到理由" in shown
    assert (await (await Browser(site).sign_in("chenjing")).get(desk)).status_code == 404
    await li.get(desk)
    answer = await li.post(f"{desk}/answer", kind="corrected", text="已经核对，是本人申请")
    assert "答复：同意" in answer.text, answer.text[:3000]
    async with world.database.transaction() as connection:
        await make_copy(connection, world.kernel, REGION, ticket)
    assert "打开副本" in (await fang.get(HERE)).text
    copy = f"{HERE}/{REGION}/{ticket}/copy"
    page = (await fang.get(copy)).text
    assert world.people[FANG].id_number in page and "涉及他人，不提供" in page
    made = (await fang.get(f"{copy}.json")).json()
    assert made["account"]["name"] == FANG and len(made["cases"]) == 1
    (acting,) = made["acting"]
    assert (acting["for_me"], acting["capacity"], acting["enterprise"]) == (True, "guardian", None)
    assert "替我办事的人 · 监护人 · 2027年11月2日" in page and "张强" not in page
    assert (await li.get(copy)).status_code == (await li.get(f"{copy}.xlsx")).status_code == 404
    book = openpyxl.load_workbook(io.BytesIO((await fang.get(f"{copy}.xlsx")).content))
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {FANG, made["cases"][0]["number"], "监护人"} <= cells and not {JING, "孙丽"} & cells
    for browser in (fang, li):
        await browser.client.aclose()


async def test_whoever_answered_a_request_does_not_confirm_it_and_a_colleague_does(world: World, site: Site) -> None:
    ticket = await world.one("SELECT ticket FROM rights_requests WHERE kind = 'copy'")
    desk = f"/desk/tickets/{REGION}/{ticket}"
    li, gang = await Browser(site).sign_in("sunli"), await Browser(site).sign_in("zhaogang")
    page = (await li.get(desk)).text
    assert "须由另一位同事核实" in page and "核实通过，关闭" not in page and "退回整改" in page
    for verdict in ("close", "excuse"):
        refused = await li.post(f"{desk}/verdict", kind=verdict, text="本人核实无误")
        assert refused.status_code == 403 and "须由本部门另一位同事核实" in refused.text
    assert await world.one("SELECT state FROM tickets WHERE id = %(t)s", t=ticket) == "answered"
    page = (await gang.get(desk)).text
    assert "核实通过，关闭" in page and "须由另一位同事核实" not in page
    assert "工单已关闭" in (await gang.post(f"{desk}/verdict", kind="close")).text
    for browser in (li, gang):
        await browser.client.aclose()


async def test_deletion_is_weighed_on_the_desk_and_restriction_is_lifted_on_the_page(world: World, site: Site) -> None:
    await world.ready()
    fang, li = await Browser(site).sign_in("wangfang"), await Browser(site).sign_in("sunli")
    await fang.get(HERE)
    await fang.post(HERE, kind="deletion", region=REGION)
    ticket = await world.one("SELECT ticket FROM rights_requests WHERE kind = 'deletion'")
    desk = f"/desk/tickets/{REGION}/{ticket}"
    shown = (await li.get(desk)).text
    assert "现在同意，会这样办理" in shown and "可以销毁" in shown and "办结以前不能删除" in shown
    await li.post(f"{desk}/answer", kind="corrected", text="可以删除的已经删除")
    page = (await fang.get(HERE)).text
    assert "已经销毁" in page and "保存 10 年" in page and "人民法院" in page
    page = (await fang.post(HERE, kind="restriction", region=REGION)).text
    assert "起限制使用" in page
    again = await fang.post(HERE, kind="restriction", region=REGION)
    assert again.status_code == 409 and "已经限制使用" in again.text
    notice = f"/drafts/{REGION}/{(await world.opened()).id}/notice"
    page = (await fang.get(notice)).text
    assert "凭同意的查询已经停用" in page and "到时请上传材料" in page and page.count(f'href="{HERE}"') == 1
    await fang.get(HERE)
    assert "起限制使用" not in (await fang.post(f"{HERE}/lift")).text
    page = (await fang.get(notice)).text
    assert "要您同意才查" in page and "凭同意的查询已经停用" not in page
    for browser in (fang, li):
        await browser.client.aclose()


async def test_a_guardian_asks_for_the_ward_alone_and_an_agent_is_refused(world: World, site: Site) -> None:
    own = await world.one("SELECT ticket FROM rights_requests WHERE kind = 'copy'")
    fang, li, zhang = [await Browser(site).sign_in(login) for login in ("wangfang", "sunli", "zhangqiang")]
    assert "您作为监护人" not in (await zhang.get(HERE)).text
    await zhang.post("/acting/hat", hat=str(world.accounts[FANG]))
    page = (await zhang.get(HERE)).text
    assert f"您作为监护人，为{FANG}提出" in page and "只有本人和监护人能打开" in page and "起限制使用" not in page
    page = (await zhang.post(HERE, kind="copy", region=REGION, text="替她看看")).text
    assert f"监护人为{FANG}提出" in page and "等待答复" in page
    ticket = await world.one("SELECT ticket FROM rights_requests WHERE asked_by IS NOT NULL")
    desk = f"/desk/tickets/{REGION}/{ticket}"
    shown = (await li.get(desk)).text
    assert "由监护人提出" in shown and "张强" in shown and FANG in shown
    await li.post(f"{desk}/answer", kind="corrected", text="监护关系已经核对")
    async with world.database.transaction() as connection:
        await make_copy(connection, world.kernel, REGION, ticket)
    made = (await zhang.get(f"{HERE}/{REGION}/{ticket}/copy.json")).json()
    assert made["account"]["name"] == FANG and made["account"]["id_number"] == world.people[FANG].id_number
    assert world.people["张强"].id_number not in zhang.page.text
    assert [one["capacity"] for one in made["acting"] if one["for_me"]] == ["guardian"]
    assert "由您的监护人提出" in (await fang.get(HERE)).text
    assert (await fang.get(f"{HERE}/{REGION}/{ticket}/copy")).status_code == 200
    assert (await zhang.get(f"{HERE}/{REGION}/{own}/copy")).status_code == 404, "what she asked alone stays hers"
    await zhang.get(HERE)
    page = (await zhang.post(HERE, kind="restriction", region=REGION)).text
    assert "起限制使用" in page and "起限制使用" in (await fang.get(HERE)).text
    await zhang.get(HERE)
    assert "起限制使用" not in (await zhang.post(f"{HERE}/lift")).text
    jing, ward = await world.actor(JING), await world.actor(FANG)
    agent = Representation(ward.account, FANG, ward.id_key, "agent", services=("birth",))
    for somebody in (jing, msgspec.structs.replace(jing, represented=(agent,))):
        with pytest.raises(MayNotActForPerson):
            await ask(world.kernel, somebody, Asked("deletion", REGION, ward=ward.account))
        with pytest.raises(NoCopy):
            await read_copy(world.kernel, somebody, REGION, ticket)
    for browser in (fang, li, zhang):
        await browser.client.aclose()


async def test_an_account_is_closed_on_its_page_once_what_goes_and_stays_was_shown(world: World, site: Site) -> None:
    fang = await Browser(site).sign_in("wangfang")
    await fang.get("/account")
    assert 'href="/account/close"' in fang.page.text
    await fang.get("/account/close")
    assert fang.page.url.path == "/account/confirm"
    await fang.post("/account/confirm", go="send")
    code = re.search(r"验证码 (\d{6})", fang.page.text)
    assert code is not None
    page = (await fang.post("/account/confirm", password=PASSWORD, code=code[1])).text
    assert "现在还不能注销" in page and "还没有办结，请等办结或者先撤回" in page and 'name="sure"' not in page
    refused = await fang.post("/account/close", sure="yes")
    assert refused.status_code == 409 and "现在还不能注销" in refused.text
    for one in await world.rows("SELECT id FROM cases WHERE account = %(a)s", a=world.accounts[FANG]):
        await withdraw(world.kernel, await world.actor(FANG), REGION, one.id, "不办了")
    async with world.database.connection() as connection:
        made = await world.one("SELECT id FROM appointed_guardians")
        await end(connection, await world.actor("蒋琳"), made, "mistaken", await world.now())
    page = (await fang.get("/account/close")).text
    assert "马上销毁的" in page and "保存 10 年" in page and "由颁发机关注销或者吊销以前一直有效" in page
    unsure = await fang.post("/account/close")
    assert unsure.status_code == 422 and 'id="sure-error"' in unsure.text
    assert "账号已经注销" in (await fang.post("/account/close", sure="yes")).text
    assert (await fang.get("/account")).url.path == "/sign-in"
    said = []
    for login in ("wangfang", "nobody.ever"):
        await fang.get("/sign-in")
        answer = await fang.post("/sign-in", login=login, password=PASSWORD)
        said.append((answer.status_code, fang.page.text.count("账号或密码不对，请检查后再试。")))
    assert said[0] == said[1] and said[0][0] == 401 and said[0][1] > 0
    await fang.client.aclose()
