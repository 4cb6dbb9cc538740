"""Officials hear of requests for data that wait for them, and of grants that end soon, each once."""

import datetime as dt

from tests.cases.oversight.test_pages import Browser, browser
from tests.web.desk.test_sharing import sent
from tests.world import JING, LEAD, REGION, WEI, World

from tongban.basics.outbox import drain
from tongban.cases.sharing.answering import Answers, answer
from tongban.cases.sharing.models import LineAnswer
from tongban.cases.sharing.reading import request_page
from tongban.jobs import timers
from tongban.jobs.sharing import tell_ending
from tongban.messages.actions import mine

__all__ = ["browser"]


async def told(world: World, name: str) -> list[str]:
    async with world.database.connection() as connection:
        return [one.kind for one in reversed(await mine(connection, world.accounts[name]))]


async def test_both_sides_hear_in_turn_and_nobody_elsewhere(world: World, browser: Browser) -> None:
    _, request = await sent(browser)
    seen = await request_page(world.kernel, await world.actor(LEAD), REGION, request)
    said = Answers(seen.answer.revision, {seen.lines[0].line.id: LineAnswer("grant")})
    await answer(world.kernel, await world.actor(LEAD), REGION, request, said)
    async with world.database.connection() as connection:
        while await drain(connection, timers.HANDLERS):
            pass
    assert await told(world, LEAD) == ["sharing.requested"] and await told(world, WEI) == ["sharing.answered"]
    shown = (await browser.get(LEAD, "/messages")).text
    assert f"/desk/requests/{REGION}/{request}" in shown and "请在期限内答复" in shown
    await world.go_to((await world.now()).date() + dt.timedelta(days=61), 12)
    assert await tell_ending(world.kernel) == 1 and await tell_ending(world.kernel) == 0
    for name in (LEAD, WEI):
        assert (await told(world, name))[-1] == "grant.expiring"
    assert "数据授权快到期了" in (await browser.get(WEI, "/messages")).text
    assert await told(world, JING) == []
