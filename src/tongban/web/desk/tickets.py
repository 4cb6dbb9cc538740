"""Tickets on the desk: the list, one ticket with what was found, its answer and its verification."""

import datetime as dt
from typing import Literal, cast
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.cases.oversight.errors import TicketNotFound
from tongban.cases.oversight.shapes import TicketPage
from tongban.cases.oversight.tickets import TicketAnswer, Verdict, answer_ticket, verify_ticket
from tongban.cases.oversight.views import Left, ticket_page, tickets_of
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.web.desk.errors import ChoiceNeeded, PlaceUnfit
from tongban.web.desk.oversight_words import SEVERITIES, STATES, VERDICTS, WHAT, event_sentence
from tongban.web.desk.places import places_of, regions_of
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

LONGEST = 2000
SHOWS = {"open": True, "closed": False}


def region_asked(request: WebRequest, signed: Signed) -> str:
    """The region that the address names if it is one's own, else the first of one's own. Raises ``NotAllowed``."""
    own = regions_of(site_of(request).kernel, signed.actor)
    if not own:
        raise NotAllowed()
    asked = request.query_params.get("region")
    return asked if asked in own else own[0]


@get("/desk/tickets")
async def listed(request: WebRequest) -> Response[str]:
    """Tickets of one's departments, or of the region one watches over. Raises ``NotAllowed``, ``PlaceUnfit``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region = region_asked(request, signed)
    show = "closed" if request.query_params.get("show") == "closed" else "open"
    lines, more = await tickets_of(kernel, signed.actor, region, SHOWS[show], before_of(request))
    after = f"{more[0].astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}~{more[1]}" if more else None
    return page(
        request,
        "desk/tickets.html",
        places=places_of(signed.actor, region, "/desk/tickets"),
        region=region,
        show=show,
        lines=lines,
        severities=SEVERITIES,
        states=STATES,
        verdicts=VERDICTS,
        next_href=after and f"/desk/tickets?{urlencode({'region': region, 'show': show, 'after': after})}",
        first_href=f"/desk/tickets?{urlencode({'region': region, 'show': show})}"
        if "after" in request.query_params
        else None,
    )


def before_of(request: WebRequest) -> Left | None:
    """The row after which a list goes on that is kept by moment and id. Raises ``PlaceUnfit``."""
    asked = request.query_params.get("after")
    if not asked:
        return None
    try:
        at, ticket = asked.split("~")
        place = dt.datetime.fromisoformat(at), UUID(ticket)
    except ValueError as error:
        raise PlaceUnfit() from error
    if place[0].tzinfo is None:
        raise PlaceUnfit()
    return place


class Typed(Struct, frozen=True):
    """What was typed into one of the two forms of a ticket."""

    kind: str = ""
    text: str = ""
    revision: int = -1


EMPTY = Typed()


@get("/desk/tickets/{region:str}/{ticket:uuid}")
async def show(request: WebRequest, region: FromPath[str], ticket: FromPath[UUID]) -> Response[str]:
    """One ticket. Raises ``TicketNotFound``."""
    return await _shown(request, region, ticket)


async def _shown(
    request: WebRequest, region: str, ticket: UUID, typed: Typed = EMPTY, refused: TongbanError | None = None
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    seen = await _read(request, signed, region, ticket)
    words = site.words(request_language(request))
    return page(
        request,
        "desk/ticket.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, ""),
        region=region,
        seen=seen,
        typed=typed,
        refused=refused,
        said=sentence(refused, words) if refused else None,
        moved=request.query_params.get("moved"),
        today=local_day(signed.now),
        severities=SEVERITIES,
        states=STATES,
        verdicts=VERDICTS,
        history=[(event, *event_sentence(event, seen.about)) for event in reversed(seen.events)],
        what=WHAT,
    )


async def _read(request: WebRequest, signed: Signed, region: str, ticket: UUID) -> TicketPage:
    kernel = site_of(request).kernel
    if region not in kernel.directory.regions:
        raise TicketNotFound()
    return await ticket_page(kernel, signed.actor, region, ticket)


@post("/desk/tickets/{region:str}/{ticket:uuid}/answer", status_code=200)
async def answer(request: WebRequest, region: FromPath[str], ticket: FromPath[UUID]) -> Response[str] | Redirect:
    """Answer for the department concerned; what is refused comes back with everything that was typed."""
    signed, typed = await signed_in(request), await _typed(request)
    try:
        if typed.kind not in ("corrected", "explained"):
            raise ChoiceNeeded(field="kind")
        made = TicketAnswer(cast(Literal["corrected", "explained"], typed.kind), typed.revision, typed.text)
        moved = await answer_ticket(site_of(request).kernel, signed.actor, region, ticket, made)
    except TongbanError as error:
        return await _back(request, region, ticket, typed, error)
    return Redirect(_address(region, ticket, "reopened" if moved.still_true else "answered"), status_code=303)


@post("/desk/tickets/{region:str}/{ticket:uuid}/verdict", status_code=200)
async def verdict(request: WebRequest, region: FromPath[str], ticket: FromPath[UUID]) -> Response[str] | Redirect:
    """Verify for the department that verifies; what is refused comes back with everything that was typed."""
    signed, typed = await signed_in(request), await _typed(request)
    try:
        if typed.kind not in ("close", "excuse", "reopen"):
            raise ChoiceNeeded(field="kind")
        made = Verdict(cast(Literal["close", "excuse", "reopen"], typed.kind), typed.revision, typed.text)
        moved = await verify_ticket(site_of(request).kernel, signed.actor, region, ticket, made)
    except TongbanError as error:
        return await _back(request, region, ticket, typed, error)
    if moved.state == "open":
        return Redirect(f"/desk/tickets?region={region}&moved=reopened", status_code=303)
    return Redirect(_address(region, ticket, "closed"), status_code=303)


def _address(region: str, ticket: UUID, moved: str) -> str:
    return f"/desk/tickets/{region}/{ticket}?moved={moved}"


async def _back(request: WebRequest, region: str, ticket: UUID, typed: Typed, error: TongbanError) -> Response[str]:
    if error.status >= 500 or error.status == 404:
        raise error
    return await _shown(request, region, ticket, typed, error)


async def _typed(request: WebRequest) -> Typed:
    form = await request.form()
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    revision = texts.get("revision", "")
    return Typed(
        kind=texts.get("kind", ""),
        text=texts.get("text", "").replace("\r\n", "\n").replace("\x00", "")[:LONGEST],
        revision=int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else -1,
    )


ROUTES = (listed, show, answer, verdict)
