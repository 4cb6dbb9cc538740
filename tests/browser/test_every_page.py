"""Whoever follows every link, at a desk and on a phone, finds no page that is broken, too wide or closed to them."""

import re
from collections import deque
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.async_api import Error
from tests.browser.acts import apply, decide
from tests.browser.visitor import DESKTOP, PHONE, Visitor, Visitors

MOST = 90
"""Pages a reader looks at; those alike but for their numbers are one."""
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{2,}|(?<=/)[a-z]+[.-][a-z.-]+(?=/|$)")
READERS = {
    "wangfang": "/", "zhoumin": "/desk", "shenjie": "/desk", "wuhao": "/desk", "xuning": "/desk", None: "/",
}  # fmt: skip


def alike(address: str) -> str:
    """What pages that differ in their numbers alone have in common."""
    parts = urlsplit(address)
    return f"{IDS.sub('*', parts.path)}?{'&'.join(sorted({name for name, _ in parse_qsl(parts.query)}))}"


async def addresses(visitor: Visitor) -> list[str]:
    """Where the links of the open page lead on this site, downloads left out."""
    found: list[str] = await visitor.page.eval_on_selector_all("a[href]:not([download])", "all => all.map(a => a.href)")
    return [one[len(visitor.base) :].partition("#")[0] or "/" for one in found if one.startswith(visitor.base + "/")]


async def opens_as_page(visitor: Visitor, address: str) -> bool:
    """Open ``address`` and judge it, unless it is a file."""
    try:
        answer = await visitor.page.goto(visitor.base + address)
    except Error as error:
        assert "Download is starting" in str(error) or "ERR_ABORTED" in str(error), f"{address}: {error}"
        return False
    assert answer is not None
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return False
    await visitor.look()
    return True


async def walk(visitor: Visitor, start: str, phone: Visitor) -> tuple[int, list[str]]:
    """Follow every link from ``start``; ``phone`` is the same person's. Returns how many pages there were and what is
    wrong with them.
    """
    faults: list[str] = []
    waiting, known, seen = deque([start]), {alike(start), alike("/desk")}, 0  # citizens are told it is not theirs
    while waiting and seen < MOST:
        address = waiting.popleft()
        try:
            if not await opens_as_page(visitor, address):
                continue
            await phone.open(address)
        except AssertionError as fault:
            faults.append(str(fault))
            visitor.forget()
            phone.forget()
        seen += 1
        for other in await addresses(visitor):
            if alike(other) not in known:
                known.add(alike(other))
                waiting.append(other)
    return seen, faults


@pytest.mark.long
async def test_every_page_that_a_link_leads_to_is_sound_at_a_desk_and_on_a_phone(visitors: Visitors) -> None:
    fang, lead = await visitors(), await visitors(DESKTOP)
    await fang.sign_in("wangfang")
    case = await apply(fang)
    await lead.sign_in("zhoumin")
    await decide(lead, case, "受理审查", "accept")
    for login, start in READERS.items():
        desk, phone = await visitors(DESKTOP), await visitors(PHONE)
        for one in (desk, phone) if login else ():
            await one.sign_in(login)
        seen, faults = await walk(desk, start, phone)
        assert seen > 8 and not faults, f"{login}, {seen} pages: {faults}"
