"""Let somebody act for oneself, in named services until a day: only after confirming with a factor of one's own."""

from typing import Any

from litestar import Response, get, post

from tongban.basics.errors import TongbanError
from tongban.parties.appointing import actions
from tongban.parties.log_in.changing import require_confirmed
from tongban.web.pages import page
from tongban.web.portal.acting.overview import PATH
from tongban.web.portal.acting.parts import passes, refusal, services_for, wish_of
from tongban.web.portal.parts import choices, goto, kernel_of, texts
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

NEW = f"{PATH}/agents/new"


@get(NEW)
async def new(request: WebRequest) -> Response[str]:
    """The form. Raises ``NotSignedIn``, ``ConfirmFirst``."""
    signed, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        await require_confirmed(connection, kernel.vault, signed.actor)
    return await _page(request, None)


async def _page(request: WebRequest, error: TongbanError | None) -> Response[str]:
    typed, ticked = (await texts(request), await choices(request, "services")) if error else ({}, [])
    return page(
        request, "portal/acting/agent_new.html", status=error.status if error else 200, typed=typed, ticked=ticked,
        faults=refusal(request, error), services=services_for(kernel_of(request), "person"),
    )  # fmt: skip


@post(NEW, status_code=200)
async def ask(request: WebRequest) -> Response[Any]:
    """Ask somebody; what is refused is told where it was typed. Raises ``ConfirmFirst``, ``AssuranceTooLow``."""
    signed, kernel = await signed_in(request), kernel_of(request)
    known = [version.journey.id for version in services_for(kernel, "person")]
    try:
        wish = await wish_of(request, "agent")
        async with kernel.database.connection() as connection:
            await actions.offer(connection, kernel.vault, signed.actor, None, wish, known, signed.now)
    except TongbanError as error:
        if not passes(error):
            raise
        return await _page(request, error)
    return goto(f"{PATH}?done=offered")


ROUTES = (new, ask)
