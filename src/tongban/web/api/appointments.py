"""Who acts for whom: the people of an enterprise, one's agents, what waits for one's answer."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.parties.appointing import actions, reading
from tongban.parties.appointing.models import Appointment, Wish
from tongban.parties.guarding.actions import WAYS, prove_child
from tongban.parties.representing.actions import Represented, claim
from tongban.resources.verifying import enterprise_register, verifiers_of
from tongban.web.api.once import once, once_prepared
from tongban.web.api.parameters import Key, Line
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


class Child(Struct, forbid_unknown_fields=True):
    """The child's name and identity number, as the register has them."""

    name: Line
    id_number: Line


class Claim(Struct, forbid_unknown_fields=True):
    """The enterprise's unified social credit code (统一社会信用代码)."""

    uscc: Line


class Proved(Struct):
    """Under which account the child's matters stand: ``principal`` for drafts, ``hat`` for lists."""

    owner: UUID


class HatLine(Struct):
    """Somebody for whom one may act now. ``owner``: its id, for ``hat``; ``services``: journeys, null for all."""

    owner: UUID
    kind: Literal["enterprise", "person"]
    name: str
    capacity: str
    until: dt.datetime | None
    services: tuple[str, ...] | None


@get("/hats", responses=answers(401), tags=["acting"], **SIGNED_IN)
async def hats(request: WebRequest) -> list[HatLine]:
    """For whom one may act now: enterprises, children, whoever let one act. Lists take ``owner`` as ``hat``."""
    signed = await signed_in(request)
    return [HatLine(h.owner, h.kind, h.name, h.capacity, h.until, h.services) for h in signed.actor.hats]


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
async def answer(request: WebRequest, appointment: FromPath[UUID], data: JSONBody[Answered]) -> None:
    """Accept or decline what was offered to oneself."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        await actions.answer(connection, kernel.vault, signed.actor, appointment, data.accept, signed.now)


@delete(
    "/appointments/{appointment:uuid}", responses=answers(401, 403, 404), status_code=204, tags=["acting"], **SIGNED_IN
)
async def end(request: WebRequest, appointment: FromPath[UUID]) -> None:
    """End an appointment, or take an offer back: at once. By who may appoint such a one, or by who was appointed."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        await actions.end(connection, signed.actor, appointment, signed.now)


@post("/enterprises", responses=answers(401, 403, 409, 422, 429, 503), tags=["acting"], **SIGNED_IN)
async def claim_enterprise(request: WebRequest, data: JSONBody[Claim], key: Key) -> Response[Represented]:
    """Prove to be an enterprise's legal representative: the register is asked, and the hat exists at once.

    Whoever the register named before represents it no longer.
    """
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def prove() -> Represented:
        register = enterprise_register(kernel.registers())
        return await claim(kernel.database, kernel.vault, register, signed.actor, data.uscc, signed.now)

    async def tell(made: Represented) -> Represented:
        return made

    return await once_prepared(request, key, prove, tell)


@post("/children", responses=answers(401, 403, 409, 422, 429, 503), tags=["acting"], **SIGNED_IN)
async def prove_parent(request: WebRequest, data: JSONBody[Child], key: Key) -> Response[Proved]:
    """Prove to be a child's parent, to act for the child until it is of age: the register is asked."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def prove() -> UUID:
        register = verifiers_of(kernel.registers(), WAYS)
        return await prove_child(
            kernel.database, kernel.vault, register, signed.actor, data.name, data.id_number, signed.now
        )

    async def tell(child: UUID) -> Proved:
        return Proved(child)

    return await once_prepared(request, key, prove, tell)


ROUTES: list[Any] = [claim_enterprise, prove_parent, hats, people, appoint, mine, let_act, answer, end]
