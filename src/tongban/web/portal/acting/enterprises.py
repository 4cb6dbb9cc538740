"""My enterprises: those one may act for, and the form by which a legal representative claims another."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery

from tongban.basics.codes.errors import CodeError
from tongban.basics.errors import TongbanError
from tongban.parties.errors import TooManyAttempts
from tongban.parties.representing.actions import claim
from tongban.parties.representing.errors import MarketRegisterSilent, NotRepresentative
from tongban.resources.verifying import enterprise_register
from tongban.web.pages import page
from tongban.web.portal.acting.overview import DONE, PATH
from tongban.web.portal.acting.parts import CAPACITIES
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

MINE = f"{PATH}/enterprises"


@get(MINE)
async def mine(request: WebRequest, done: FromQuery[str] = "") -> Response[str]:
    """The page. Raises ``NotSignedIn``."""
    return await _page(request, {}, None, DONE.get(done))


async def _page(
    request: WebRequest, typed: dict[str, str], error: TongbanError | None, done: str | None = None
) -> Response[str]:
    actor = (await signed_in(request)).actor
    faults = [fault_of(request, error, error.field or "uscc")] if error else []
    return page(
        request, "portal/acting/enterprises.html", status=error.status if error else 200, typed=typed, faults=faults,
        mandates=actor.mandates, capacities=CAPACITIES, done=done,
    )  # fmt: skip


@post(MINE, status_code=200)
async def prove(request: WebRequest) -> Response[Any]:
    """Ask the register; what is refused is told beside the form. Raises ``AssuranceTooLow``."""
    signed, kernel, typed = await signed_in(request), kernel_of(request), await texts(request)
    register, code = enterprise_register(kernel.registers()), typed.get("uscc", "").replace("\x00", "")[:40]
    try:
        await claim(kernel.database, kernel.vault, register, signed.actor, code, signed.now)
    except (CodeError, NotRepresentative, MarketRegisterSilent, TooManyAttempts) as error:
        return await _page(request, typed, error)
    return goto(f"{MINE}?done=enterprise")


ROUTES = (mine, prove)
