"""Tickets, urging and the league table as pages: read by whom they concern, worked without scripts, exported."""

import datetime as dt
import io
import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import openpyxl
import pytest
from tests.api_client import Program
from tests.cases.oversight.test_watching import found, later, post, ticket
from tests.conftest import BASE
from tests.world import FANG, JING, LEAD, REGION, WEI, World

from tongban.cases.models import INTAKE
from tongban.parties.actions import open_session
from tongban.web.cached import FrontDoor
from tongban.web.site import Site

TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
VERIFIER = "孙丽"


class Browser:
    """People at browsers without scripts."""

    def __init__(self, world: World, door: FrontDoor) -> None:
        self.world, self._door = world, door
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def of(self, name: str) -> httpx.AsyncClient:
        """The browser of ``name``, signed in."""
        if name not in self._clients:
            async with self.world.database.connection() as connection:
                secret = await open_session(connection, self.world.accounts[name], "browser")
            transport = httpx.ASGITransport(app=self._door, raise_app_exceptions=False)  # type: ignore[arg-type]
            self._clients[name] = httpx.AsyncClient(
                transport=transport, base_url=BASE, cookies={"tongban_session": secret}
            )
        return self._clients[name]

    async def get(self, name: str, path: str, language: str = "zh-CN") -> httpx.Response:
        """A page."""
        return await (await self.of(name)).get(path, headers={"accept-language": language})

    async def send(self, name: str, page: str, path: str, **fields: str) -> httpx.Response:
        """The form on ``page`` sent to ``path`` with its hidden fields."""
        shown = (await self.get(name, page)).text
        hidden = dict(re.findall(r'<input type="hidden" name="(revision)" value="([^"]*)"', shown))
        token = TOKEN.search(shown)
        assert token is not None
        form = {"_csrf_token": token[1], **hidden, **fields}
        return await (await self.of(name)).post(path, data=form)


@pytest.fixture
async def browser(world: World, node_site: Site, door: FrontDoor) -> AsyncIterator[Browser]:
    """Browsers on the test's own platform, with a head, a supervisor and somebody who verifies."""
    node_site.kernel = world.kernel
    await post(world, LEAD, "health", "head")
    await post(world, JING, "government-office", "supervisor")
    world.secrets.clear()
    made = Browser(world, door)
    yield made
    for client in made._clients.values():
        await client.aclose()


@pytest.fixture
async def overdue(browser: Browser) -> tuple[UUID, UUID]:
    """A case whose acceptance is overdue, and its ticket."""
    case = await browser.world.submitted()
    await later(browser.world, 6)
    await found(browser.world)
    return case, await ticket(browser.world, "overdue_step", INTAKE)


async def test_pages_without_anything_say_what_to_do(browser: Browser) -> None:
    for path, said in (
        ("/desk/tickets", "没有监督工单"),
        ("/desk/tickets?show=closed", "还没有已关闭的工单"),
        ("/desk/overdue", "没有超期的环节"),
        ("/desk/league", "近十二周还没有办结的环节"),
    ):
        answer = await browser.get(LEAD, path)
        assert answer.status_code == 200 and said in answer.text


async def test_who_only_watches_over_others_is_led_to_the_tickets(browser: Browser) -> None:
    await browser.world.rows(
        "DELETE FROM posts WHERE account = %(a)s AND role = 'handler'", a=browser.world.accounts[JING]
    )
    answer = await browser.get(JING, "/desk")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/tickets")
    assert "去看待办" not in (await browser.get(JING, "/desk/tickets")).text, "no way that leads back here"
    assert "去看待办" in (await browser.get(LEAD, "/desk/tickets")).text


async def test_a_ticket_is_worked_off_from_page_to_page(browser: Browser, overdue: tuple[UUID, UUID]) -> None:
    case, number = overdue
    path = f"/desk/tickets/{REGION}/{number}"
    listed = (await browser.get(LEAD, "/desk")).text
    assert f"{path}?" in listed and "环节超期" in listed
    still = await browser.send(LEAD, path, f"{path}/answer", kind="corrected", text="已经催办，请稍后再看")
    assert still.headers["location"].endswith("moved=reopened")
    assert "还没有整改到位" in (await browser.get(LEAD, still.headers["location"])).text
    await browser.world.decide(LEAD, case, INTAKE, "accept")
    await browser.send(LEAD, path, f"{path}/answer", kind="corrected", text="今天上午已经受理")
    verify = await browser.get(VERIFIER, path)
    assert "核实意见" in verify.text and "今天上午已经受理" in verify.text and "打开办件" not in verify.text
    closed = await browser.send(VERIFIER, path, f"{path}/verdict", kind="close", text="")
    assert closed.headers["location"].endswith("moved=closed")
    assert "环节超期" in (await browser.get(LEAD, "/desk/tickets?show=closed")).text


async def test_what_is_refused_comes_back_with_what_was_typed(browser: Browser, overdue: tuple[UUID, UUID]) -> None:
    path = f"/desk/tickets/{REGION}/{overdue[1]}"
    nothing = await browser.send(LEAD, path, f"{path}/answer", text="写了一半的说明")
    assert nothing.status_code == 422 and "写了一半的说明" in nothing.text and "请先选择" in nothing.text
    short = await browser.send(LEAD, path, f"{path}/answer", kind="explained", text="忙")
    assert short.status_code == 422 and 'aria-invalid="true"' in short.text
    stale = await browser.send(LEAD, path, f"{path}/answer", kind="explained", text="经办人外出没有办理", revision="99")
    assert stale.status_code == 409 and "经办人外出没有办理" in stale.text


async def test_others_find_no_ticket(browser: Browser, overdue: tuple[UUID, UUID]) -> None:
    path = f"/desk/tickets/{REGION}/{overdue[1]}"
    assert (await browser.get(WEI, path)).status_code == 404
    assert (await browser.get(FANG, path)).status_code == 404
    assert (await browser.get(FANG, "/desk/tickets")).status_code == 403
    assert (await browser.get(VERIFIER, path)).status_code == 404
    assert (await browser.get(JING, path)).status_code == 200


async def test_a_ticket_and_a_clock_are_found_by_number(browser: Browser, overdue: tuple[UUID, UUID]) -> None:
    case, number = overdue
    of_ticket = await browser.world.one("SELECT number FROM cases WHERE id = %(i)s", i=number)
    of_case = await browser.world.one("SELECT number FROM cases WHERE id = %(i)s", i=case)
    answer = await browser.get(LEAD, f"/desk/search?number={of_ticket}")
    assert answer.headers["location"] == f"/desk/tickets/{REGION}/{number}"
    answer = await browser.get(JING, f"/desk/search?number={of_case}")
    assert answer.headers["location"] == f"/desk/clock/{REGION}/{case}"
    assert (await browser.get(WEI, f"/desk/search?number={of_ticket}")).status_code == 404


async def test_a_demand_is_made_and_answered_on_pages(browser: Browser, overdue: tuple[UUID, UUID]) -> None:
    case, _ = overdue
    path = f"/desk/clock/{REGION}/{case}"
    assert FANG not in (await browser.get(JING, path)).text
    bad = await browser.send(JING, path, f"{path}/urgings", task=INTAKE, text="请立即受理并答复", due_on="")
    assert bad.status_code == 422 and "请立即受理并答复" in bad.text
    due = browser.world.kernel.calendar.add_workdays((await browser.world.now()).date(), 2).day
    made = await browser.send(JING, path, f"{path}/urgings", task=INTAKE, text="请立即受理并答复", due_on=str(due))
    assert made.status_code == 303
    task = (await browser.get(LEAD, f"/desk/tasks/{REGION}/{case}/{INTAKE}")).text
    assert "请立即受理并答复" in task and "等待答复" in task
    urging = await browser.world.one("SELECT id FROM case_urgings")
    answered = await browser.send(LEAD, path, f"{path}/urgings/{urging}/answer", text="今天下午受理")
    assert answered.status_code == 303
    assert "按时答复" in (await browser.get(JING, path)).text


async def test_the_applicant_sees_that_it_was_urged_and_not_what_was_written(
    browser: Browser, overdue: tuple[UUID, UUID]
) -> None:
    case, _ = overdue
    path = f"/desk/clock/{REGION}/{case}"
    due = browser.world.kernel.calendar.add_workdays((await browser.world.now()).date(), 2).day
    await browser.send(JING, path, f"{path}/urgings", task=INTAKE, text="内部要求不外传的话", due_on=str(due))
    page = await browser.get(FANG, f"/matters/{REGION}/{case}")
    assert page.status_code == 200 and "内部要求不外传的话" not in page.text
    assert "督办" in page.text


async def test_the_league_table_is_exported_as_it_is_shown(browser: Browser, overdue: tuple[UUID, UUID]) -> None:
    shown = (await browser.get(JING, "/desk/league", "en")).text
    assert "On time" in shown and "Overdue now" in shown
    answer = await browser.get(JING, "/desk/league.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["部门", "区划", "每周"]
    rows = list(book["部门"].iter_rows(values_only=True))
    assert rows[0][1] == "名称" and any("卫生健康局" in str(row[1]) for row in rows[1:])
    weeks = list(book["每周"].iter_rows(values_only=True))
    assert len(weeks) == 1 + 12 * (len(rows) - 1) and isinstance(weeks[1][1], dt.datetime)
    assert (await browser.get(WEI, "/desk/league")).status_code == 403


async def test_programs_do_all_of_it_too(browser: Browser, api: Program, overdue: tuple[UUID, UUID]) -> None:
    case, number = overdue
    listed = await api.ask(LEAD, "GET", f"/tickets/{REGION}?show=open")
    assert str(number) in {one["id"] for one in listed.json()["tickets"]}
    page = (await api.ask(LEAD, "GET", f"/tickets/{REGION}/{number}")).json()
    assert page["still_true"] and page["may_answer"]
    body = {"kind": "corrected", "revision": page["steps"][0]["revision"], "text": "已经催办，请稍后再看"}
    moved = (await api.ask(LEAD, "POST", f"/tickets/{REGION}/{number}/answer", json=body)).json()
    assert (moved["state"], moved["still_true"], moved["reopened"]) == ("open", True, 1)
    assert (await api.ask(WEI, "GET", f"/tickets/{REGION}/{number}")).status_code == 404
    due = browser.world.kernel.calendar.add_workdays((await browser.world.now()).date(), 2).day
    demand = {"text": "请立即受理并答复", "due_on": str(due), "task": INTAKE}
    urged = await api.ask(JING, "POST", f"/clocks/{REGION}/{case}/urgings", json=demand)
    assert urged.status_code == 201
    answered = await api.ask(
        LEAD, "POST", f"/clocks/{REGION}/{case}/urgings/{urged.json()['urging']}/answer", json={"text": "今天下午受理"}
    )
    assert answered.status_code == 201 and len(answered.json()["promises"]) == 1
    clock = (await api.ask(JING, "GET", f"/clocks/{REGION}/{case}")).json()
    assert clock["urgings"][0]["answer"] == "今天下午受理"
    table = await api.ask(JING, "GET", f"/league?region={REGION}&weeks=4")
    assert table.status_code == 200 and len(table.json()["departments"][0]["standing"]["weeks"]) == 4
    assert (await api.ask(WEI, "GET", f"/league?region={REGION}")).status_code == 403
    assert (await api.ask(JING, "GET", f"/overdue/{REGION}")).json()[0]["number"]


async def test_an_objection_is_made_on_the_page_answered_on_the_desk_and_read_again(browser: Browser) -> None:
    await browser.world.ready()
    use = re.search(r'id="use-([0-9a-f-]{36})"', (await browser.get(FANG, "/my-data")).text)
    assert use is not None
    path = f"/my-data/{REGION}/{use[1]}/objection"
    short = await browser.send(FANG, "/my-data", path, kind="object", text="不")
    assert short.status_code == 422 and 'aria-invalid="true"' in short.text
    unchosen = await browser.send(FANG, "/my-data", path, text="没有选是哪一种")
    assert unchosen.status_code == 422 and "没有选是哪一种" in unchosen.text
    made = await browser.send(FANG, "/my-data", path, kind="object", text="我没有同意查这一项")
    assert made.status_code == 303
    seen = (await browser.get(FANG, made.headers["location"])).text
    assert "已经收到" in seen and "您认为不该查" in seen and "等待答复" in seen
    again = await browser.send(FANG, "/my-data", path, kind="object", text="我没有同意查这一项")
    assert again.status_code == 409 and "我没有同意查这一项" in again.text
    assert (await browser.send(JING, "/my-data", path, kind="object", text="别人的也想说")).status_code in (403, 404)
    rows = await browser.world.rows("SELECT id, department FROM tickets")
    await post(browser.world, WEI, rows[0].department, "handler")
    ticket = f"/desk/tickets/{REGION}/{rows[0].id}"
    assert "我没有同意查这一项" in (await browser.get(WEI, ticket)).text
    assert (await browser.get(WEI, "/desk/tickets")).text.count(ticket) > 0
    await browser.send(WEI, ticket, f"{ticket}/answer", kind="explained", text="法定职责，依据户口登记条例")
    assert "法定职责，依据户口登记条例" in (await browser.get(FANG, "/my-data")).text
