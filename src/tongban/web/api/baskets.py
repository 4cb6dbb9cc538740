"""Asking for data, for programs: baskets, requests and their answers, grants narrowed and taken back, themes ended."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from tongban.cases.sharing import answering, asking, held, reading, standing, tokens
from tongban.cases.sharing.answering import Answers, Consent, RequestMoved
from tongban.cases.sharing.asking import Sent
from tongban.cases.sharing.held import GrantLine
from tongban.cases.sharing.reading import BasketLineCount, BasketPage, RequestLine, RequestPage
from tongban.resources.granting.definitions import Line, Theme
from tongban.resources.granting.giving import Narrowing
from tongban.resources.models import Grant
from tongban.web.api.once import once
from tongban.web.api.paging import read_moment, write_cursor
from tongban.web.api.parameters import Cursor, Key, Region, Text
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

Department = Annotated[str, Meta(min_length=1, max_length=63)]
SideAsked = Annotated[
    Literal["given", "held"], QueryParameter(name="side", description="Given by one's departments, or held by them.")
]


class NewBasket(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole basket, sent at once for `department`. With `theme` and no lines: exactly what the theme needs."""

    department: Department
    title: Annotated[str, Meta(max_length=60)] = ""
    lines: Annotated[list[Line], Meta(max_length=50)] = []
    theme: str | None = None


class BasketList(Struct, frozen=True):
    """A page of baskets, newest first; `next` continues it."""

    baskets: list[BasketLineCount]
    next: str | None = None


class RequestList(Struct, frozen=True):
    """A page of requests, newest first; `next` continues it."""

    requests: list[RequestLine]
    next: str | None = None


class Reasons(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something ends, in at least five characters."""

    reasons: Text


class TokenAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A token, and why it must be opened."""

    token: Annotated[str, Meta(max_length=10_000)]
    reasons: Text


class Opened(Struct, frozen=True):
    """What the token stands for."""

    value: str


class Ended(Struct, frozen=True):
    """How many grants ended."""

    grants: int


@get("/baskets/{region:str}", responses=answers(401, 403), tags=["sharing"], **SIGNED_IN)
async def list_baskets(request: WebRequest, region: Region, cursor: Cursor = None) -> BasketList:
    """Baskets that one's departments sent; for a supervisor all of the region."""
    signed = await signed_in(request)
    before = read_moment(cursor) if cursor else None
    found, more = await reading.baskets_of(site_of(request).kernel, signed.actor, region, before)
    return BasketList(found, write_cursor(more[0].isoformat(), more[1]) if more else None)


@get("/baskets/{region:str}/{basket:uuid}", responses=answers(401, 404), tags=["sharing"], **SIGNED_IN)
async def read_basket(request: WebRequest, region: Region, basket: FromPath[UUID]) -> BasketPage:
    """One basket with all answers, for the department that sent it."""
    signed = await signed_in(request)
    return await reading.basket_page(site_of(request).kernel, signed.actor, region, basket)


@post("/baskets/{region:str}", responses=answers(401, 403, 404, 409, 422), tags=["sharing"], **SIGNED_IN)
async def send_basket(request: WebRequest, region: Region, data: JSONBody[NewBasket], key: Key) -> Response[Sent]:
    """Send a whole basket: everything in it is checked, one request goes to each provider, or nothing happens.

    What lies in one's open basket on the desk goes along.
    """
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def act() -> Sent:
        async with kernel.database.one_transaction():
            if data.theme is not None:
                await asking.take_theme(kernel, signed.actor, region, data.department, data.theme)
            for line in data.lines:
                await asking.put_line(kernel, signed.actor, region, data.department, line)
            return await asking.send(kernel, signed.actor, region, data.department, data.title)

    return await once(request, key, act)


@get("/sharing-requests/{region:str}", responses=answers(401, 403), tags=["sharing"], **SIGNED_IN)
async def list_requests(
    request: WebRequest,
    region: Region,
    show: FromQuery[Literal["open", "closed", "all"]] = "all",
    cursor: Cursor = None,
) -> RequestList:
    """Requests for data of one's departments."""
    signed = await signed_in(request)
    wanted = {"open": True, "closed": False, "all": None}[show]
    before = read_moment(cursor) if cursor else None
    found, more = await reading.requests_of(site_of(request).kernel, signed.actor, region, wanted, before)
    return RequestList(found, write_cursor(more[0].isoformat(), more[1]) if more else None)


@get("/sharing-requests/{region:str}/{asked:uuid}", responses=answers(401, 404), tags=["sharing"], **SIGNED_IN)
async def read_request(request: WebRequest, region: Region, asked: FromPath[UUID]) -> RequestPage:
    """One request: its lines, steps and events."""
    signed = await signed_in(request)
    return await reading.request_page(site_of(request).kernel, signed.actor, region, asked)


@post(
    "/sharing-requests/{region:str}/{asked:uuid}/answer",
    responses=answers(401, 403, 404, 409, 422),
    tags=["sharing"],
    **SIGNED_IN,
)
async def answer_request(
    request: WebRequest, region: Region, asked: FromPath[UUID], data: JSONBody[Answers], key: Key
) -> Response[RequestMoved]:
    """Answer every line that waits. An answer gives what was asked, or less of it."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await once(request, key, lambda: answering.answer(kernel, signed.actor, region, asked, data))


@post(
    "/sharing-requests/{region:str}/{asked:uuid}/approval",
    responses=answers(401, 403, 404, 409, 422),
    tags=["sharing"],
    **SIGNED_IN,
)
async def approve_request(
    request: WebRequest, region: Region, asked: FromPath[UUID], data: JSONBody[Consent], key: Key
) -> Response[RequestMoved]:
    """Consent as the provider's head, or give the answer back; never to one's own answer."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await once(request, key, lambda: answering.approve(kernel, signed.actor, region, asked, data))


@get("/grants/{region:str}", responses=answers(401, 403), tags=["sharing"], **SIGNED_IN)
async def list_grants(
    request: WebRequest, region: Region, side: SideAsked = "given", theme: FromQuery[str | None] = None
) -> list[GrantLine]:
    """Grants that one's departments gave, or hold; perhaps of one theme only."""
    signed = await signed_in(request)
    return await held.grants_of(site_of(request).kernel, signed.actor, region, side, theme)


@get("/grants/{region:str}/{grant:uuid}", responses=answers(401, 404), tags=["sharing"], **SIGNED_IN)
async def read_grant(request: WebRequest, region: Region, grant: FromPath[UUID]) -> GrantLine:
    """One grant, for either side."""
    signed = await signed_in(request)
    return await held.grant_line(site_of(request).kernel, signed.actor, region, grant)


@post(
    "/grants/{region:str}/{grant:uuid}/narrow",
    responses=answers(401, 403, 404, 409, 422),
    tags=["sharing"],
    **SIGNED_IN,
)
async def narrow_grant(
    request: WebRequest, region: Region, grant: FromPath[UUID], data: JSONBody[Narrowing], key: Key
) -> Response[Grant]:
    """Give less from the next question on."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await once(request, key, lambda: standing.narrow_grant(kernel, signed.actor, region, grant, data))


@post(
    "/grants/{region:str}/{grant:uuid}/revoke",
    responses=answers(401, 403, 404, 409, 422),
    tags=["sharing"],
    **SIGNED_IN,
)
async def revoke_grant(
    request: WebRequest, region: Region, grant: FromPath[UUID], data: JSONBody[Reasons], key: Key
) -> Response[Ended]:
    """Take a grant back, or give it back, at once."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def act() -> Ended:
        await standing.revoke_grant(kernel, signed.actor, region, grant, data.reasons)
        return Ended(1)

    return await once(request, key, act)


@post(
    "/grants/{region:str}/{grant:uuid}/tokens",
    responses=answers(401, 403, 404, 422),
    tags=["sharing"],
    **SIGNED_IN,
)
async def open_token(
    request: WebRequest, region: FromPath[Region], grant: FromPath[UUID], data: JSONBody[TokenAsked], key: Key
) -> Response[Opened]:
    """What a token stands for, for the head of the department that gave it; that it was opened is recorded."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def act() -> Opened:
        return Opened(await tokens.open_token(kernel, signed.actor, region, grant, data.token, data.reasons))

    return await once(request, key, act)


@get("/themes", responses=answers(401), tags=["sharing"], **SIGNED_IN)
async def list_themes(request: WebRequest) -> list[Theme]:
    """The themes that packs declare: scenes with the least data that they need."""
    await signed_in(request)
    return [one.theme for one in site_of(request).kernel.sharing.themes.values()]


@post("/themes/{region:str}/{theme:str}/end", responses=answers(401, 403, 404, 409, 422), tags=["sharing"], **SIGNED_IN)
async def end_theme(
    request: WebRequest, region: FromPath[Region], theme: FromPath[str], data: JSONBody[Reasons], key: Key
) -> Response[Ended]:
    """End a theme: every grant given for it ends."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def act() -> Ended:
        return Ended(await standing.end_theme(kernel, signed.actor, region, theme, data.reasons))

    return await once(request, key, act)


ROUTES = [
    list_baskets,
    read_basket,
    send_basket,
    list_requests,
    read_request,
    answer_request,
    approve_request,
    list_grants,
    read_grant,
    narrow_grant,
    revoke_grant,
    open_token,
    list_themes,
    end_theme,
]
