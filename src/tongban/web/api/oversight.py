"""Oversight for programs: tickets with their acts, clocks, urging, the league table."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from tongban.cases.oversight import clocks, tickets, urging, views
from tongban.cases.oversight.league import League, league
from tongban.cases.oversight.shapes import ClockPage, OverdueLine, TicketLine, TicketPage
from tongban.cases.oversight.tickets import TicketAnswer, TicketMoved, Verdict
from tongban.cases.oversight.urging import Demand
from tongban.ledger.models import Promise
from tongban.web.api.once import once
from tongban.web.api.paging import read_moment, write_cursor
from tongban.web.api.parameters import REGION, Cursor, Key, Region, Text
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

AskedRegion = Annotated[str, QueryParameter(name="region", pattern=REGION, description="Six-digit county code.")]
Weeks = Annotated[int, QueryParameter(name="weeks", ge=2, le=52, description="How many weeks, this one included.")]


class TicketList(Struct, frozen=True):
    """A page of tickets, newest first; ``next`` continues it."""

    tickets: list[TicketLine]
    next: str | None = None


class Urged(Struct, frozen=True):
    """The demand that stands."""

    urging: UUID


class UrgingAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the department says to a demand."""

    text: Text


class UrgingAnswered(Struct, frozen=True):
    """The answer stands; one promise an event."""

    promises: list[Promise]


@get("/league", responses=answers(401, 403, 404), tags=["oversight"], **SIGNED_IN)
async def read_league(request: WebRequest, region: AskedRegion, weeks: Weeks = 12) -> League:
    """Departments of a region, and regions of the node, by how they keep their time. Heads and supervisors only.

    Counts of one to four that are not the reader's duty are `few`, counts that would tell them `hidden`.
    """
    signed = await signed_in(request)
    return await league(site_of(request).kernel, signed.actor, region, weeks)


@get("/tickets/{region:str}", responses=answers(401, 403), tags=["oversight"], **SIGNED_IN)
async def list_tickets(
    request: WebRequest,
    region: Region,
    show: FromQuery[Literal["open", "closed", "all"]] = "all",
    cursor: Cursor = None,
) -> TicketList:
    """Tickets of one's departments, or of the region one watches over; newest first."""
    signed = await signed_in(request)
    wanted = {"open": True, "closed": False, "all": None}[show]
    before = read_moment(cursor) if cursor else None
    lines, more = await views.tickets_of(site_of(request).kernel, signed.actor, region, wanted, before)
    return TicketList(lines, write_cursor(more[0].isoformat(), more[1]) if more else None)


@get("/tickets/{region:str}/{ticket:uuid}", responses=answers(401, 404), tags=["oversight"], **SIGNED_IN)
async def read_ticket(request: WebRequest, region: Region, ticket: FromPath[UUID]) -> TicketPage:
    """One ticket: what was found, whether it is still so, its steps and events."""
    signed = await signed_in(request)
    return await views.ticket_page(site_of(request).kernel, signed.actor, region, ticket)


@post(
    "/tickets/{region:str}/{ticket:uuid}/answer",
    responses=answers(401, 403, 404, 409, 422),
    tags=["oversight"],
    **SIGNED_IN,
)
async def answer_ticket(
    request: WebRequest, region: Region, ticket: FromPath[UUID], data: JSONBody[TicketAnswer], key: Key
) -> Response[TicketMoved]:
    """Answer for the department concerned. What is called corrected is checked on the real case at once."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await once(request, key, lambda: tickets.answer_ticket(kernel, signed.actor, region, ticket, data))


@post(
    "/tickets/{region:str}/{ticket:uuid}/verdict",
    responses=answers(401, 403, 404, 409, 422),
    tags=["oversight"],
    **SIGNED_IN,
)
async def verify_ticket(
    request: WebRequest, region: Region, ticket: FromPath[UUID], data: JSONBody[Verdict], key: Key
) -> Response[TicketMoved]:
    """Close, excuse or reopen for the verifying department. Closing checks the real case once more."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await once(request, key, lambda: tickets.verify_ticket(kernel, signed.actor, region, ticket, data))


@get("/overdue/{region:str}", responses=answers(401, 403), tags=["oversight"], **SIGNED_IN)
async def list_overdue(request: WebRequest, region: Region) -> list[OverdueLine]:
    """What is overdue now, by its clock alone, for those who may urge; at most 200, the oldest first."""
    signed = await signed_in(request)
    return await clocks.overdue_now(site_of(request).kernel, signed.actor, region)


@get("/clocks/{region:str}/{case:uuid}", responses=answers(401, 404), tags=["oversight"], **SIGNED_IN)
async def read_clock(request: WebRequest, region: Region, case: FromPath[UUID]) -> ClockPage:
    """A case by its clock alone, with what was demanded and answered."""
    signed = await signed_in(request)
    return await clocks.clock_page(site_of(request).kernel, signed.actor, region, case)


@post(
    "/clocks/{region:str}/{case:uuid}/urgings",
    responses=answers(401, 403, 404, 409, 422),
    tags=["oversight"],
    **SIGNED_IN,
)
async def urge(
    request: WebRequest, region: Region, case: FromPath[UUID], data: JSONBody[Demand], key: Key
) -> Response[Urged]:
    """Urge a case or one of its tasks, with an answer due by a working day."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def act() -> Urged:
        return Urged(await urging.urge(kernel, signed.actor, region, case, data))

    return await once(request, key, act)


@post(
    "/clocks/{region:str}/{case:uuid}/urgings/{demand:uuid}/answer",
    responses=answers(401, 403, 404, 409, 422),
    tags=["oversight"],
    **SIGNED_IN,
)
async def answer_urging(
    request: WebRequest,
    region: Region,
    case: FromPath[UUID],
    demand: FromPath[UUID],
    data: JSONBody[UrgingAnswer],
    key: Key,
) -> Response[UrgingAnswered]:
    """Answer a demand in the department's name, once."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def act() -> UrgingAnswered:
        return UrgingAnswered(await urging.answer_urging(kernel, signed.actor, region, case, demand, data.text))

    return await once(request, key, act)


ROUTES = [
    read_league,
    list_tickets,
    read_ticket,
    answer_ticket,
    verify_ticket,
    list_overdue,
    read_clock,
    urge,
    answer_urging,
]
