"""Calendars for programs of administrators: propose a file, see what waits, approve what another proposed."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from tongban.basics.calendar_file import MOST_BYTES
from tongban.calendars import actions
from tongban.calendars.models import Proposal, Published
from tongban.web.api.once import once
from tongban.web.api.parameters import WITHOUT_NUL, Key
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class ProposalList(Struct):
    """The newest proposals, those that wait first."""

    items: list[Proposal]


class CalendarText(Struct, forbid_unknown_fields=True):
    """A calendar file as it stands: YAML or JSON."""

    content: Annotated[str, Meta(max_length=MOST_BYTES, pattern=WITHOUT_NUL)]


class CalendarReasons(Struct, forbid_unknown_fields=True):
    """Why a proposal is declined."""

    reasons: Annotated[str, Meta(max_length=500, pattern=WITHOUT_NUL)]


@get("/calendars", responses=answers(401, 403), tags=["calendars"], **SIGNED_IN)
async def list_calendars(request: WebRequest) -> ProposalList:
    """What was proposed and published for one's regions; for administrators."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        return ProposalList(await actions.listed(connection, signed.actor))


@get("/calendars/{proposal:uuid}", responses=answers(401, 403, 404), tags=["calendars"], **SIGNED_IN)
async def read_calendar(request: WebRequest, proposal: FromPath[UUID]) -> Proposal:
    """One proposal with its file and what is unusual about it."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        return await actions.read(connection, signed.actor, proposal)


@post("/calendars", responses=answers(401, 403, 409, 422), tags=["calendars"], **SIGNED_IN)
async def propose_calendar(request: WebRequest, data: JSONBody[CalendarText], key: Key) -> Response[Proposal]:
    """Propose a file; every fault of it is told with its day and the repair."""

    async def act() -> Proposal:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            return await actions.propose(connection, signed.actor, data.content, signed.now)

    return await once(request, key, act)


@post(
    "/calendars/{proposal:uuid}/approval", responses=answers(401, 403, 404, 409, 422), tags=["calendars"], **SIGNED_IN
)
async def approve_calendar(request: WebRequest, proposal: FromPath[UUID], key: Key) -> Response[Published]:
    """Publish what another administrator proposed. Due dates that rested on it are worked out anew afterwards."""

    async def act() -> Published:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            return await actions.approve(connection, signed.actor, proposal, signed.now)

    return await once(request, key, act)


@post("/calendars/{proposal:uuid}/refusal", responses=answers(401, 403, 404, 409, 422), tags=["calendars"], **SIGNED_IN)
async def decline_calendar(
    request: WebRequest, proposal: FromPath[UUID], data: JSONBody[CalendarReasons], key: Key
) -> Response[Proposal]:
    """Decline a proposal, or withdraw one's own."""

    async def act() -> Proposal:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            await actions.decline(connection, signed.actor, proposal, data.reasons, signed.now)
            return await actions.read(connection, signed.actor, proposal)

    return await once(request, key, act)


ROUTES = [list_calendars, read_calendar, propose_calendar, approve_calendar, decline_calendar]
