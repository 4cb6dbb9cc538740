"""A district's first Monday in a browser: from an empty machine to the first case that is done, with nothing invented
by the program: administrators, staff, a citizen who registers, a clerk who sees the card, handlers who decide.
"""

import datetime as dt
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser
from tests.browser.acts import open_task
from tests.browser.devices import turned_photo
from tests.browser.visitor import DESKTOP, PHONE, Judge, Visitor, Visitors
from tests.cli.conftest import Node
from tests.cli.test_init import REGION, Rows, fill_in, free_port, lay_out

from tongban.basics.codes.invented import invented_resident_id

PASSWORD = "早起的鸟儿-有虫吃-2026"
MOBILE = "19900007001"
FANG = invented_resident_id(REGION, dt.date(1992, 3, 8), 70)
ROWS: Rows = {
    "机构": [
        {"机构编号": "data", "名称": "拱墅区数据局", "类型": "部门", "承担职责": "data", "统一社会信用代码": 1},
        {"机构编号": "police", "名称": "公安拱墅分局", "类型": "部门", "承担职责": "police", "统一社会信用代码": 2},
        {"机构编号": "housing", "名称": "拱墅区住建局", "类型": "部门", "承担职责": "housing", "统一社会信用代码": 3},
    ],
    "岗位": [
        {"岗位编号": "admin", "所属机构编号": "data", "岗位名称": "平台管理员", "角色": "管理员"},
        {"岗位编号": "window", "所属机构编号": "police", "岗位名称": "窗口人员", "角色": "窗口"},
        {"岗位编号": "officer", "所属机构编号": "police", "岗位名称": "民警", "角色": "经办"},
        {"岗位编号": "filing", "所属机构编号": "housing", "岗位名称": "备案经办", "角色": "经办"},
    ],
    "人员": [
        {"登录名": login, "姓名": name, "岗位编号": post, "身份证号": number}
        for number, (login, name, post) in enumerate(
            [("wuhao", "吴昊", "admin"), ("qianning", "钱宁", "admin"), ("tangli", "唐莉", "window"),
             ("liwei", "李伟", "officer"), ("hanlu", "韩露", "filing")], 1
        )
    ],
}  # fmt: skip


class Telephones(BaseHTTPRequestHandler):
    """The operator of text messages: what it was handed for each number."""

    texts: dict[str, list[str]] = {}  # noqa: RUF012

    def do_POST(self) -> None:
        """Take one message."""
        sent = msgspec.json.decode(self.rfile.read(int(self.headers["content-length"])))
        self.texts.setdefault(sent["to"], []).append(sent["text"])
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def district(able: None, tmp_path: Path) -> Iterator[Node]:
    """A production node that was installed from answers and a workbook, and serves."""
    texts = HTTPServer(("127.0.0.1", 0), Telephones)
    Thread(target=texts.serve_forever, daemon=True).start()
    node, desk = Node(tmp_path / "home"), tmp_path / "desk"
    address = {"public_url": f"http://127.0.0.1:{node.port}", "log_origin": "log.example.test/2026", "port": node.port}
    answers = lay_out(desk, free_port(), node=address, packs=["move-in"], mail=None)
    fill_in(desk / "organisation.xlsx", ROWS)
    installed = node.call("init", "--answers", str(answers))
    assert installed.returncode == 0, installed.stdout + installed.stderr
    try:
        node.start("serve", TONGBAN_TEXT_GATEWAY=f"http://127.0.0.1:{texts.server_port}", TONGBAN_WORKERS="1")
        node.wait_ready()
        yield node
    finally:
        node.end()
        texts.shutdown()


@pytest_asyncio.fixture(loop_scope="session")
async def people(district: Node, chromium: Browser, judge: Judge) -> AsyncIterator[Visitors]:
    """Whoever comes to that district's pages."""
    async with AsyncExitStack() as stack:
        yield Visitors(chromium, f"http://127.0.0.1:{district.port}", judge, stack)


async def take_up(visitor: Visitor, link: str) -> None:
    """Open a one-time link and set a password."""
    await visitor.open("/invitation/" + link.rpartition("/invitation/")[2].split()[0])
    await visitor.fill(password=PASSWORD, again=PASSWORD)
    await visitor.follow(visitor.page.locator("main form button[type=submit]").first)


async def invite(administrator: Visitor, name: str) -> str:
    """The one-time link for somebody of the directory."""
    await administrator.open(f"/desk/directory?q={name}")
    await administrator.go(name)
    await administrator.press("生成首次登录链接")
    found = re.search(r"http://\S+/invitation/\S+", await administrator.text())
    assert found is not None, await administrator.text()
    return found[0]


async def register(fang: Visitor) -> None:
    """By one's own word, with the code that the telephone got."""
    await fang.open("/register")
    await fang.fill(name="王芳", id_number=FANG, mobile=MOBILE, login="wangfang", password=PASSWORD, again=PASSWORD)
    await fang.press("下一步：手机验证")
    for _ in range(100):
        if MOBILE in Telephones.texts:
            break
        await fang.page.wait_for_timeout(200)
    code = re.search(r"\d{6}", Telephones.texts[MOBILE][-1])
    assert code is not None
    await fang.fill(code=code[0])
    await fang.press("完成注册")


async def apply(fang: Visitor) -> str:
    """What 王芳 fills in; returns the case's number."""
    await fang.open("/apply/move-in")
    await fang.press("开始办理")
    await fang.press("知道了，开始填写")
    moved = dt.date.today() - dt.timedelta(days=3)
    await fang.fill(mobile=MOBILE, address="湖墅街道 8 号 2 幢 301 室", moved_on=f"{moved:%Y-%m-%d}", lease_months="12")
    await fang.fill(lives_there=True)
    await fang.press("下一步")
    async with fang.page.expect_navigation():
        await fang.page.locator("input[type=file]").first.set_input_files(turned_photo())
    await fang.look()
    await fang.go("去核对")
    await fang.press("提交申请")
    found = re.search(r"330105-\d{6}-[0-9A-Z]{7}-[0-9A-Z]", await fang.text())
    assert found is not None, await fang.text()
    return found[0]


async def decide(handler: Visitor, case: str, task: str, kind: str) -> None:
    """Decide a task of the case."""
    await open_task(handler, case, task)
    await handler.page.locator(f'input[name=kind][value="{kind}"]').check()
    await handler.press("提交意见")
    assert "已办理" in await handler.text()


@pytest.mark.long
async def test_from_an_empty_machine_to_the_first_case_that_is_done(
    people: Visitors, district: Node, tmp_path: Path
) -> None:
    hao, *others = [await people(DESKTOP) for _ in range(4)]
    await take_up(hao, (tmp_path / "desk" / "links" / "wuhao.txt").read_text("utf-8"))
    await hao.open("/desk/checklist")
    assert "项已就绪" in await hao.text()
    for visitor, name in zip(others, ("唐莉", "李伟", "韩露"), strict=True):
        await take_up(visitor, await invite(hao, name))
        assert visitor.path == "/desk/welcome"
    clerk, officer, filing = others

    fang = await people(PHONE)
    await register(fang)
    assert fang.path == "/account/identity" and "窗口" in await fang.text(), await fang.text()
    await clerk.open("/desk/identity")
    await clerk.fill(login="wangfang", name="王芳", id_number=FANG)
    await clerk.page.check("#seen")
    await clerk.press("完成实名认证")
    assert "完成实名认证" in await clerk.text()

    case = await apply(fang)
    await decide(filing, case, "受理审查", "accept")
    await decide(filing, case, "租赁备案", "approve")
    await decide(officer, case, "居住登记", "approve")
    await fang.open("/matters")
    await fang.follow(fang.page.locator("main a", has_text="租房入住").first)
    assert "已办结" in await fang.text()
