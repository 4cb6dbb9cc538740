"""One's own leave and substitute, and those of one's department: put down, look, end."""

import datetime as dt
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.actions import Signed
from tongban.parties.organisation import leaves, reading
from tongban.parties.organisation.errors import unfit
from tongban.web.desk.organisation.parts import (
    Frame,
    do,
    frame_of,
    official_of,
    shared,
    since_of,
    told,
    typed_of,
    until_of,
)
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/desk/leave"
DONE = {"set": mark("已安排休假代办。"), "ended": mark("休假已结束，代办人的权限即时停止。")}


@get(PATH)
async def show(request: WebRequest) -> Response[str]:
    """What runs and is to come, and the form. Raises ``NotAllowed``."""
    return await _page(request, {})


async def _page(request: WebRequest, typed: dict[str, str], refused: TongbanError | None = None) -> Response[str]:
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame, actor = frame_of(request, signed), signed.actor
    own = {p.department for p in actor.posts if p.region == frame.region and p.substitute_for is None}
    heads = {p.department for p in actor.posts if p.region == frame.region and p.role == "head"}
    async with kernel.database.connection() as connection:
        mine = await leaves.leaves(connection, frame.region, actor.account, past=True)
        every = await leaves.leaves(connection, frame.region)
        found = [
            await reading.search(connection, kernel.vault, actor, frame.region, department=department)
            for department in sorted(own)
        ]
    colleagues = {one.account: one for several in found for one in several.officials}
    governed = colleagues if heads else {}
    others = [one for one in every if one.account != actor.account and (frame.administers or one.account in governed)]
    return page(
        request,
        "desk/organisation/leave.html",
        status=refused.status if refused else 200,
        mine=[one for one in mine if one.account == actor.account],
        standing_in=[one for one in mine if one.substitute == actor.account and one.runs_at(signed.now)],
        others=others,
        for_others=frame.administers or bool(heads),
        colleagues=sorted((one for one in colleagues.values() if one.account != actor.account), key=lambda o: o.name),
        serves=bool(own),
        now=signed.now,
        today=local_day(signed.now),
        last=dt.timedelta(seconds=1),
        typed=typed,
        done=DONE.get(request.query_params.get("done", "")),
        **told(request, refused),
        **shared(signed, frame, PATH),
    )


@post(PATH, status_code=200)
async def put(request: WebRequest) -> Response[str] | Redirect:
    """Put down a leave; what is refused comes back with everything that was typed."""
    typed = await typed_of(request)

    async def act(connection: Connection, signed: Signed, frame: Frame) -> str:
        wish = await _wish(connection, request, signed, frame.region, typed)
        await leaves.set_leave(connection, signed.actor, frame.region, wish, signed.now)
        return f"{PATH}?region={frame.region}&done=set"

    return await do(request, act, lambda error: _page(request, typed, error))


async def _wish(
    connection: Connection, request: WebRequest, signed: Signed, region: str, typed: dict[str, str]
) -> leaves.LeaveWish:
    who = typed.get("who")
    account = (await official_of(connection, request, region, who, "who")).account if who else None
    if not typed.get("substitute"):
        raise unfit("substitute", "请选择代办人", "Name who stands in")
    substitute = await official_of(connection, request, region, typed["substitute"], "substitute")
    until = until_of(typed)
    if until is None:
        raise unfit("until", "请填写休假到哪一天", "Say until which day")
    return leaves.LeaveWish(substitute.account, since_of(typed, signed.now), until, account)


@post(PATH + "/{leave:uuid}/end", status_code=200)
async def end(request: WebRequest, leave: FromPath[UUID]) -> Response[str] | Redirect:
    """Back at the desk: the leave ends now. Raises ``LeaveUnknown``, ``NotAllowed``."""

    async def act(connection: Connection, signed: Signed, frame: Frame) -> str:
        await leaves.end_leave(connection, signed.actor, frame.region, leave, signed.now)
        return f"{PATH}?region={frame.region}&done=ended"

    return await do(request, act, lambda error: _page(request, {}, error))


ROUTES = (show, put, end)
