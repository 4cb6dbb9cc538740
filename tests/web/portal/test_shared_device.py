"""A telephone that others use too: a short session, and nothing that stays."""

import datetime as dt

from tests.world import World

from tongban.cli.seeding import PASSWORD
from tongban.web.site import Site, WebSettings

from .browser import BASE, AnyAsset, Browser


async def test_on_a_shared_device_the_session_is_short_and_nothing_is_kept(world: World) -> None:
    site = Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())
    phone, own = Browser(site), await Browser(site).sign_in("wangfang")
    await phone.get("/sign-in")
    answer = await phone.post(
        "/sign-in", follow=False, login="wangfang", password=PASSWORD, next="/licences", shared="1"
    )
    set_ = [value for name, value in answer.headers.multi_items() if name == "set-cookie"]
    (session,) = [one for one in set_ if one.startswith("tongban_session=")]
    assert "Max-Age" not in session and not any(one.startswith("tongban_device=") for one in set_)
    query = "SELECT idle, expires_at - created_at FROM sessions WHERE kind = 'browser' ORDER BY created_at"
    usual, short = await world.rows(query)
    assert (short[0], short[1] <= dt.timedelta(hours=1)) == (dt.timedelta(minutes=10), True)
    assert usual[0] > short[0]
    assert "data-offline-keep" not in (await phone.get("/licences")).text
    assert (await phone.get("/offline/mine")).status_code == 403
    assert (await own.get("/offline/mine")).status_code == 200
    await phone.post("/sign-out")
    assert (await phone.get("/matters")).url.path == "/sign-in"
    for browser in (phone, own):
        await browser.client.aclose()
