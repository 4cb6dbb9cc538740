"""Close one's own account: first what goes, what stays and what must be settled before; once confirmed, at once."""

from typing import Any

from litestar import Response, get, post

from tongban.basics.errors import TongbanError
from tongban.cases.closing.actions import close, weigh
from tongban.cases.closing.errors import ClosingHeld
from tongban.parties.log_in.changing import require_confirmed
from tongban.web.desk.errors import ChoiceNeeded
from tongban.web.desk.oversight_words import WHAT
from tongban.web.hats import hat_cookie
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import ended_cookie, signed_in
from tongban.web.site import WebRequest, site_of

HERE, DONE = "/account/close", "/account/closed"


@get(HERE)
async def form(request: WebRequest) -> Response[str]:
    """The page. Raises ``NotSignedIn``, ``ConfirmFirst``."""
    return await _shown(request)


async def _shown(request: WebRequest, error: TongbanError | None = None) -> Response[str]:
    signed, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        await require_confirmed(connection, kernel.vault, signed.actor)
    return page(
        request, "account/close.html", status=error.status if error else 200, what=WHAT, login=signed.actor.login,
        closing=await weigh(kernel, signed.actor, signed.now),
        fault=fault_of(request, error) if error else None,
    )  # fmt: skip


@post(HERE, status_code=200)
async def closed(request: WebRequest) -> Response[Any]:
    """Close it where it was ticked that it is meant. Raises ``NotSignedIn``, ``ConfirmFirst``."""
    signed, site = await signed_in(request), site_of(request)
    try:
        if (await texts(request)).get("sure") != "yes":
            raise ChoiceNeeded(field="sure")
        await close(kernel_of(request), signed.actor)
    except (ChoiceNeeded, ClosingHeld) as error:
        return await _shown(request, error)
    response = goto(DONE)
    response.set_cookie(ended_cookie(site))
    response.set_cookie(hat_cookie(site, ""))
    if site.settings.secure:
        response.headers["clear-site-data"] = '"storage"'
    return response


@get(DONE)
async def gone(request: WebRequest) -> Response[str]:
    """What holds from now on, for whoever has just closed their account: the page knows nobody."""
    return page(request, "account/closed.html")


ROUTES = (form, closed, gone)
