"""Officials: look at one, take one on, give and end posts, hand over, let leave, and the link that opens an account."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.cases.views.open_work import open_tasks
from tongban.parties.actions import Signed
from tongban.parties.log_in.invitations import invite
from tongban.parties.models import Subject
from tongban.parties.organisation import posts, reading, staff
from tongban.parties.organisation.errors import OfficialUnknown, unfit
from tongban.parties.organisation.models import REACHED, Contact
from tongban.parties.rules import require
from tongban.web.desk.organisation.parts import (
    PATH,
    Frame,
    do,
    frame_of,
    identifier,
    official_of,
    passes,
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

PERSON = PATH + "/people/{account:uuid}"
INVITED = dt.timedelta(days=7)
"""How long a link for a first sign-in is good."""
DONE = {
    "contact": mark("联系方式已保存。"),
    "post": mark("任职已保存。"),
    "ended": mark("任职已结束，权限即时停止。"),
    "left": mark("已办理离岗：任职、代办、登录和令牌都已停止。"),
    "confirmed": mark("已确认接收。"),
}
ACTS = ("contact", "post", "end", "leaving", "receipt")


@get(PERSON)
async def read(request: WebRequest, account: FromPath[UUID]) -> Response[str]:
    """One official. Raises ``NotAllowed``, ``OfficialUnknown``."""
    return await _one(request, account)


async def _one(
    request: WebRequest,
    account: UUID,
    *,
    typed: dict[str, str] | None = None,
    refused: TongbanError | None = None,
    link: str | None = None,
) -> Response[str]:
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame, actor = frame_of(request, signed), signed.actor
    async with kernel.database.connection() as connection:
        found = await reading.person_page(connection, kernel.vault, actor, frame.region, account, signed.now)
        branches = await reading.units_now(connection, actor, frame.region, signed.now)
        positions = await reading.positions_now(connection, actor, frame.region, signed.now)
    departments = {one.department for one in found.now}
    heads = {p.department for p in actor.posts if p.region == frame.region and p.role == "head"}
    own = account == actor.account
    return page(
        request,
        "desk/organisation/person.html",
        status=refused.status if refused else 200,
        one=found,
        own=own,
        units={branch.unit.id: branch.unit for branch in reading.branches_of(branches)},
        positions=positions,
        governs=not own and found.official.left_at is None and bool(frame.administers or departments & heads),
        changes=own or frame.administers,
        typed=typed or {},
        link=link,
        today=local_day(signed.now),
        done=DONE.get(request.query_params.get("done", "")),
        **told(request, refused),
        **shared(signed, frame),
    )


@post(PERSON, status_code=200)
async def change(request: WebRequest, account: FromPath[UUID]) -> Response[str] | Redirect:
    """What the page's forms ask, each with its own ``act``. What is refused comes back with what was typed."""
    typed = await typed_of(request)
    act = _ACTS.get(typed.get("act", ""))
    if act is None:
        raise OfficialUnknown()
    wanted = act

    async def acting(connection: Connection, signed: Signed, frame: Frame) -> str:
        done = await wanted(connection, request, signed, frame.region, account, typed)
        return frame.address(f"/people/{account}", done=done)

    return await do(request, acting, lambda error: _one(request, account, typed=typed, refused=error))


_Act = Callable[[Connection, WebRequest, Signed, str, UUID, dict[str, str]], Awaitable[str]]


async def _contact(
    connection: Connection, request: WebRequest, signed: Signed, region: str, account: UUID, typed: dict[str, str]
) -> str:
    contact = contact_typed(typed)
    vault = site_of(request).kernel.vault
    await staff.change(connection, vault, signed.actor, region, account, signed.now, contact=contact)
    return "contact"


def contact_typed(typed: dict[str, str]) -> Contact:
    """How somebody is reached, as a form says."""
    said: dict[str, Any] = {name: typed.get(name, "") for name in REACHED}
    return Contact(**said)


def _post_wish(typed: dict[str, str], now: dt.datetime) -> posts.PostWish:
    place = typed.get("place", "")
    unit, _, role = place.partition(":")
    return posts.PostWish(
        position=None if role else place or None,
        unit=unit if role else None,
        role=role or None,  # type: ignore[arg-type]  # refused by the seat when it is none
        acting=typed.get("acting") == "yes",
        since=since_of(typed, now),
        until=until_of(typed),
    )


async def _post(
    connection: Connection, request: WebRequest, signed: Signed, region: str, account: UUID, typed: dict[str, str]
) -> str:
    if typed.get("place", "").partition(":")[2] not in ("", "handler", "head", "clerk", "administrator", "supervisor"):
        raise unfit("place", "请从列表中选择岗位", "Choose from the list")
    wish, before = _post_wish(typed, signed.now), identifier(typed.get("instead_of", ""))
    if before is None:
        await posts.give_post(connection, signed.actor, region, account, wish, signed.now)
    else:
        giving = await _giving(connection, request, region, typed)
        await posts.move(connection, signed.actor, region, before, wish, signed.now, giving, open_tasks)
    return "post"


async def _giving(
    connection: Connection, request: WebRequest, region: str, typed: dict[str, str]
) -> posts.Giving | None:
    if not typed.get("receiver"):
        return None
    receiver = await official_of(connection, request, region, typed["receiver"], "receiver")
    return posts.Giving(receiver.account, typed.get("note", ""))


async def _end(
    connection: Connection, request: WebRequest, signed: Signed, region: str, account: UUID, typed: dict[str, str]
) -> str:
    post_id = identifier(typed.get("post", ""))
    if post_id is None:
        raise unfit("post", "请选择要结束的任职", "Choose the post that ends")
    giving = await _giving(connection, request, region, typed)
    await posts.end_post(connection, signed.actor, region, post_id, signed.now, giving, open_tasks)
    return "ended"


async def _leaving(
    connection: Connection, request: WebRequest, signed: Signed, region: str, account: UUID, typed: dict[str, str]
) -> str:
    if typed.get("sure") != "yes":
        raise unfit("sure", "请勾选确认：离岗后立即不能再办理任何事项", "Tick that everything ends at once")
    giving = await _giving(connection, request, region, typed)
    await staff.leave_office(connection, signed.actor, region, account, signed.now, giving, open_tasks)
    return "left"


async def _receipt(
    connection: Connection, request: WebRequest, signed: Signed, region: str, account: UUID, typed: dict[str, str]
) -> str:
    given = identifier(typed.get("handover", ""))
    if given is None:
        raise OfficialUnknown()
    await posts.confirm(connection, signed.actor, region, given, signed.now)
    return "confirmed"


_ACTS: dict[str, _Act] = dict(zip(ACTS, (_contact, _post, _end, _leaving, _receipt), strict=True))


@post(PERSON + "/invitation", status_code=200)
async def invitation(request: WebRequest, account: FromPath[UUID]) -> Response[str]:
    """A new link for somebody's first sign-in, shown this once; earlier ones end. Raises ``NotAllowed``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame = frame_of(request, signed)
    require(signed.actor, "staff.register", Subject(region=frame.region))
    async with kernel.database.transaction() as connection:
        await reading.person_page(connection, kernel.vault, signed.actor, frame.region, account, signed.now)
        link = await link_for(connection, request, signed, frame.region, account)
    return await _one(request, account, link=link)


async def link_for(connection: Connection, request: WebRequest, signed: Signed, region: str, account: UUID) -> str:
    """The address by which somebody opens their account for the first time."""
    secret = await invite(connection, account, "first-sign-in", signed.actor.account, INVITED)
    await staff.note_invited(connection, region, account, signed.now)
    return f"{site_of(request).settings.base_url}/invitation/{secret}"


@get(PATH + "/people/new")
async def new(request: WebRequest) -> Response[str]:
    """The form by which somebody is taken on. Raises ``NotAllowed``."""
    return await _new(request, {})


async def _new(request: WebRequest, typed: dict[str, str], refused: TongbanError | None = None) -> Response[str]:
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame = frame_of(request, signed)
    require(signed.actor, "staff.register", Subject(region=frame.region))
    async with kernel.database.connection() as connection:
        branches = await reading.units_now(connection, signed.actor, frame.region, signed.now)
        positions = await reading.positions_now(connection, signed.actor, frame.region, signed.now)
    return page(
        request,
        "desk/organisation/person_new.html",
        status=refused.status if refused else 200,
        units={branch.unit.id: branch.unit for branch in reading.branches_of(branches)},
        positions=positions,
        typed=typed,
        **told(request, refused),
        **shared(signed, frame),
    )


@post(PATH + "/people/new", status_code=200)
async def take_on(request: WebRequest) -> Response[str]:
    """Take somebody on with a first post; the page that follows shows the link for their first sign-in, once."""
    typed, signed, kernel = await typed_of(request), await signed_in(request), site_of(request).kernel
    frame = frame_of(request, signed)
    try:
        async with kernel.database.transaction() as connection:
            contact = contact_typed(typed)
            names = {"login": typed.get("login", "").lower(), "name": typed.get("name", "")}
            wish = staff.wish_of({**names, "id_number": typed.get("id_number") or None}, contact)
            taken = await staff.take_on(connection, kernel.vault, signed.actor, frame.region, wish, signed.now)
            post_wish = _post_wish(typed, signed.now)
            if post_wish.position or post_wish.unit:
                await posts.give_post(connection, signed.actor, frame.region, taken.account, post_wish, signed.now)
            link = await link_for(connection, request, signed, frame.region, taken.account) if taken.new else None
    except TongbanError as error:
        if not passes(error):
            raise
        return await _new(request, typed, error)
    return await _one(request, taken.account, link=link)


ROUTES = (new, take_on, read, change, invitation)
