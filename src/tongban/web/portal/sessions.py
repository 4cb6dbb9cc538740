"""Sign in and out. Says the same for a wrong password and an unknown account, and throttles both."""

from typing import Any

from litestar import Response, get, post

from tongban.parties.actions import sign_in, sign_out, who_is
from tongban.parties.errors import TooManyAttempts, WrongCredentials
from tongban.web.pages import page
from tongban.web.portal import kept
from tongban.web.portal.filling import restore
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import ended_cookie, local_path, perhaps_signed_in, secret_of, session_cookie
from tongban.web.site import WebRequest, site_of

TEMPLATE = "portal/sign_in.html"


@get("/sign-in")
async def form(request: WebRequest, next: str = "/", again: bool = False) -> Response[Any]:
    """The form; who is signed in goes straight on, unless they are to prove ``again`` who they are."""
    target = local_path(next)
    if not again and await perhaps_signed_in(request) is not None:
        return goto(target)
    return form_page(request, target)


def form_page(
    request: WebRequest,
    target: str,
    *,
    status: int = 200,
    login: str = "",
    sealed: str = "",
    fault: dict[str, Any] | None = None,
) -> Response[str]:
    """The sign-in form that leads on to ``target``; ``sealed`` is a form to be saved afterwards (``kept``)."""
    return page(
        request, TEMPLATE, status=status, target=target, login=login, kept=sealed, fault=fault,
        ended=bool(sealed), accounts=site_of(request).settings.accounts,
    )  # fmt: skip


@post("/sign-in")
async def enter(request: WebRequest) -> Response[Any]:
    """Open a session and go on to where one was going. A wrong attempt is told on the same form."""
    typed = await texts(request)
    target, login = local_path(typed.get("next")), typed.get("login", "").strip()[:200]
    site, kernel = site_of(request), kernel_of(request)
    try:
        async with kernel.database.connection() as connection:
            secret = await sign_in(
                connection,
                login=login,
                password=typed.get("password", "")[:500],
                source=request.client.host if request.client else "",
                kind="browser",
                agent=request.headers.get("user-agent", ""),
            )
            signed = await who_is(connection, secret, "browser")
    except (WrongCredentials, TooManyAttempts) as error:
        return form_page(
            request, target, status=error.status, login=login, sealed=typed.get("kept", ""),
            fault=fault_of(request, error, "password"),
        )  # fmt: skip
    waiting = kept.opened(kernel.vault, typed.get("kept", ""))
    if waiting is not None:
        target = await restore(kernel, signed, waiting.page, waiting.fields)
    response = goto(target)
    response.set_cookie(session_cookie(site, secret))
    return response


@post("/sign-out")
async def leave(request: WebRequest) -> Response[Any]:
    """End the session here and on the server."""
    carried = secret_of(request)
    if carried is not None:
        async with kernel_of(request).database.connection() as connection:
            await sign_out(connection, carried[0])
    response = goto("/")
    response.set_cookie(ended_cookie(site_of(request)))
    return response
