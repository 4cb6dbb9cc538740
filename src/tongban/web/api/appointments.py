"""Who acts for whom: the people of an enterprise, one's agents, what waits for one's answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.parties.appointing import actions, reading
from tongban.parties.appointing.models import Appointment, Wish
from tongban.web.api.once import once
from tongban.web.api.parameters import Key
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class Answered(Struct, forbid_unknown_fields=True):
    """What the person asked says."""

    accept: bool


class Appointed(Struct):
    """The appointment that was made; it takes effect when the person accepts."""

    id: UUID


class Appointments(Struct):
    """Appointments: ``offered`` to oneself and open, ``given`` by oneself to agents."""

    offered: Sequence[Appointment]
    given: Sequence[Appointment]


@get("/enterprises/{enterprise:uuid}/people", responses=answers(401, 403), tags=["acting"], **SIGNED_IN)
async def people(request: WebRequest, enterprise: FromPath[UUID]) -> reading.People:
    """Who acts for an enterprise: for its legal representative and its administrators."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        return await reading.people_of(connection, signed.actor, enterprise)


@post("/enterprises/{enterprise:uuid}/people", responses=answers(401, 403, 409, 422, 429), tags=["acting"], **SIGNED_IN)
async def appoint(
    request: WebRequest, enterprise: FromPath[UUID], data: JSONBody[Wish], key: Key
) -> Response[Appointed]:
    """Ask somebody to act for an enterprise, as administrator or handler."""
    return await _offer(request, enterprise, data, key, "enterprise")


@get("/appointments", responses=answers(401), tags=["acting"], **SIGNED_IN)
async def mine(request: WebRequest) -> Appointments:
    """What waits for one's answer, and whom one lets act for oneself."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        offered = await reading.offered_to(connection, kernel.vault, signed.actor)
        return Appointments(offered, await reading.agents_of(connection, signed.actor))


@post("/appointments", responses=answers(401, 403, 409, 422, 429), tags=["acting"], **SIGNED_IN)
async def let_act(request: WebRequest, data: JSONBody[Wish], key: Key) -> Response[Appointed]:
    """Ask somebody to act for oneself, as agent; the token must have been opened by two factors just now."""
    return await _offer(request, None, data, key, "person")


async def _offer(
    request: WebRequest, enterprise: UUID | None, wish: Wish, key: str, audience: str
) -> Response[Appointed]:
    async def act() -> Appointed:
        signed, kernel = await signed_in(request), site_of(request).kernel
        active = kernel.catalogue.active
        known = [name for name, version in active.items() if version.journey.audience == audience]
        async with kernel.database.connection() as connection:
            made = await actions.offer(connection, kernel.vault, signed.actor, enterprise, wish, known, signed.now)
        return Appointed(made)

    return await once(request, key, act)


@put(
    "/appointments/{appointment:uuid}/answer", responses=answers(401, 403, 404), status_code=204, tags=["acting"],
    **SIGNED_IN,
)  # fmt: skip
async def answer(request: WebRequest, appointment: FromPath[UUID], data: JSONBody[Answered]) -> Response[None]:
    """Accept or decline what was offered to oneself."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        await actions.answer(connection, kernel.vault, signed.actor, appointment, data.accept, signed.now)
    return Response(None, status_code=204)


@delete(
    "/appointments/{appointment:uuid}", responses=answers(401, 403, 404), status_code=204, tags=["acting"], **SIGNED_IN
)
async def end(request: WebRequest, appointment: FromPath[UUID]) -> Response[None]:
    """End an appointment, or take an offer back: at once. By who may appoint such a one, or by who was appointed."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        await actions.end(connection, signed.actor, appointment, signed.now)
    return Response(None, status_code=204)


ROUTES: list[Any] = [people, appoint, mine, let_act, answer, end]
