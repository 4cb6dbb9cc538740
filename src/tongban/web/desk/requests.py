"""Requests for one's department's data on the desk: the list, one request with its lines, the answer, the consent."""

import datetime as dt
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.cases.sharing.answering import answer as answer_request
from tongban.cases.sharing.answering import approve as approve_request
from tongban.cases.sharing.errors import RequestNotFound
from tongban.cases.sharing.reading import RequestPage, request_page, requests_of
from tongban.parties.actions import Signed
from tongban.web.desk import sharing_words as words
from tongban.web.desk.places import places_of
from tongban.web.desk.sharing_forms import EMPTY, Typed, answers_typed, consent_typed, typed_of
from tongban.web.desk.tickets import before_of, region_asked
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

HERE = "/desk/requests"
SHOWS = {"open": True, "closed": False}


@get(HERE)
async def listed(request: WebRequest) -> Response[str]:
    """Requests to one's departments. Raises ``NotAllowed``, ``PlaceUnfit``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region = region_asked(request, signed)
    show = "closed" if request.query_params.get("show") == "closed" else "open"
    lines, more = await requests_of(kernel, signed.actor, region, SHOWS[show], before_of(request))
    after = f"{more[0].astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}~{more[1]}" if more else None
    return page(
        request,
        "desk/sharing/requests.html",
        places=places_of(signed.actor, region, HERE),
        region=region,
        show=show,
        lines=lines,
        words=words,
        next_href=after and f"{HERE}?{urlencode({'region': region, 'show': show, 'after': after})}",
        first_href=f"{HERE}?{urlencode({'region': region, 'show': show})}" if "after" in request.query_params else None,
    )


@get(HERE + "/{region:str}/{asked:uuid}")
async def show(request: WebRequest, region: FromPath[str], asked: FromPath[UUID]) -> Response[str]:
    """One request. Raises ``RequestNotFound``."""
    return await _shown(request, region, asked)


async def _shown(
    request: WebRequest, region: str, asked: UUID, typed: Typed = EMPTY, refused: TongbanError | None = None
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    seen = await _read(request, signed, region, asked)
    return page(
        request,
        "desk/sharing/request.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, ""),
        region=region,
        seen=seen,
        typed=typed,
        refused=refused,
        said=sentence(refused, site.words(request_language(request))) if refused else None,
        moved=request.query_params.get("moved"),
        words=words,
        history=[(event, *words.event_words(event)) for event in reversed(seen.events)],
    )


async def _read(request: WebRequest, signed: Signed, region: str, asked: UUID) -> RequestPage:
    kernel = site_of(request).kernel
    if region not in kernel.directory.regions:
        raise RequestNotFound()
    return await request_page(kernel, signed.actor, region, asked)


@post(HERE + "/{region:str}/{asked:uuid}/answer", status_code=200)
async def answer(request: WebRequest, region: FromPath[str], asked: FromPath[UUID]) -> Response[str] | Redirect:
    """Answer every line; what is refused comes back with everything that was typed."""
    signed, typed = await signed_in(request), await typed_of(request)
    seen = await _read(request, signed, region, asked)
    waiting = {one.line.id: one.line.asked.fields for one in seen.lines if one.line.state == "asked"}
    try:
        made = answers_typed(typed, waiting)
        moved = await answer_request(site_of(request).kernel, signed.actor, region, asked, made)
    except TongbanError as error:
        return await _back(request, region, asked, typed, error)
    return Redirect(f"{HERE}/{region}/{asked}?moved={moved.state}", status_code=303)


@post(HERE + "/{region:str}/{asked:uuid}/approval", status_code=200)
async def approval(request: WebRequest, region: FromPath[str], asked: FromPath[UUID]) -> Response[str] | Redirect:
    """The head consents, or gives the answer back."""
    signed, typed = await signed_in(request), await typed_of(request)
    try:
        moved = await approve_request(site_of(request).kernel, signed.actor, region, asked, consent_typed(typed))
    except TongbanError as error:
        return await _back(request, region, asked, typed, error)
    return Redirect(f"{HERE}/{region}/{asked}?moved={moved.state}", status_code=303)


async def _back(request: WebRequest, region: str, asked: UUID, typed: Typed, error: TongbanError) -> Response[str]:
    if error.status >= 500 or error.status == 404:
        raise error
    return await _shown(request, region, asked, typed, error)


ROUTES = (listed, show, answer, approval)
