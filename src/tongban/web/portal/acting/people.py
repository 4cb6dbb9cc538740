"""The people of an enterprise: who may act for it, appointed and ended by who governs it."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from tongban.basics.errors import TongbanError
from tongban.parties.appointing import actions, reading
from tongban.web.pages import page
from tongban.web.portal.acting.overview import DONE
from tongban.web.portal.acting.parts import (
    CAPACITIES,
    STATES,
    last_day,
    passes,
    refusal,
    said,
    services_for,
    wish_of,
)
from tongban.web.portal.parts import choices, goto, kernel_of, texts
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

PATH = "/enterprise/{enterprise:uuid}/people"


@get(PATH)
async def people(request: WebRequest, enterprise: FromPath[UUID], done: FromQuery[str] = "") -> Response[str]:
    """Who acts for the enterprise, and the form by which one more is asked. Raises ``NotAllowed``."""
    return await _page(request, enterprise, done=DONE.get(done))


async def _page(
    request: WebRequest, enterprise: UUID, *, done: str | None = None, error: TongbanError | None = None
) -> Response[str]:
    signed = await signed_in(request)
    kernel = kernel_of(request)
    async with kernel.database.connection() as connection:
        found = await reading.people_of(connection, signed.actor, enterprise)
    typed, ticked = (await texts(request), await choices(request, "services")) if error else ({}, [])
    return page(
        request, "portal/acting/people.html", status=error.status if error else 200, people=found, done=done,
        typed=typed, ticked=ticked, faults=refusal(request, error), services=services_for(kernel, "enterprise"),
        capacities=CAPACITIES, states=STATES, last_day=last_day, said=lambda one: said(kernel, one),
    )  # fmt: skip


@post(PATH, status_code=200)
async def appoint(request: WebRequest, enterprise: FromPath[UUID]) -> Response[Any]:
    """Ask somebody; what is refused is told where it was typed. Raises ``NotAllowed``, ``AssuranceTooLow``."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    known = [version.journey.id for version in services_for(kernel, "enterprise")]
    try:
        wish = await wish_of(request)
        async with kernel.database.connection() as connection:
            await actions.offer(connection, kernel.vault, signed.actor, enterprise, wish, known, signed.now)
    except TongbanError as error:
        if not passes(error):
            raise
        return await _page(request, enterprise, error=error)
    return goto(f"/enterprise/{enterprise}/people?done=offered")


ROUTES = (people, appoint)
