"""Sign in and out. Says the same for a wrong password and an unknown account, and throttles both.

After the password a code where the account asks for one; or a passkey instead of both. Whatever way one came in, the
session's secret and the form of that page are new, and a form that was lost to an ended session is saved (``kept``).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromQuery

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.access.wall import stand_for
from tongban.parties.actions import open_session, sign_out, who_is
from tongban.parties.errors import TooManyAttempts, WrongCredentials
from tongban.parties.log_in import passkeys
from tongban.parties.log_in.codes import last_text
from tongban.parties.log_in.errors import CodeWrong, NoTelephone, PasskeyUnfit, SignInStale
from tongban.parties.log_in.signing_in import (
    From,
    Proved,
    carried,
    know_device,
    prove_password,
    prove_second,
    proved_by,
    send_second,
)
from tongban.parties.models import Factor
from tongban.web.hats import hat_cookie
from tongban.web.pages import page
from tongban.web.portal import kept
from tongban.web.portal.filling import restore
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import (
    device_cookie,
    device_of,
    ended_cookie,
    local_path,
    perhaps_signed_in,
    secret_of,
    session_cookie,
    shared_cookie,
    source_of,
)
from tongban.web.site import WebRequest, party_of, site_of

TEMPLATE, SECOND = "portal/sign_in.html", "account/sign_in_second.html"


@get("/sign-in")
async def form(request: WebRequest, next: FromQuery[str] = "/", again: FromQuery[bool] = False) -> Response[Any]:
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
        ended=bool(sealed), accounts=site_of(request).settings.accounts, upper=site_of(request).upper,
    )  # fmt: skip


def comes_from(request: WebRequest) -> From:
    """Where a sign-in comes from."""
    return From(source_of(request), request.headers.get("user-agent", ""), device_of(request))


@post("/sign-in")
async def enter(request: WebRequest) -> Response[Any]:
    """Open a session and go on to where one was going. A wrong attempt is told on the same form."""
    typed = await texts(request)
    target, login = local_path(typed.get("next")), typed.get("login", "").strip()[:200]
    password = typed.get("password", "")[:500]
    try:
        async with kernel_of(request).database.connection() as connection:
            proved = await prove_password(connection, login=login, password=password, come=comes_from(request))
            if proved.second != "none":
                return await _ask_second(request, connection, proved, target, typed)
            return await _opened(request, connection, proved.account, ("password",), typed)
    except (WrongCredentials, TooManyAttempts) as error:
        return form_page(
            request, target, status=error.status, login=login, sealed=typed.get("kept", ""),
            fault=fault_of(request, error, "password"),
        )  # fmt: skip


async def _ask_second(
    request: WebRequest, connection: Connection, proved: Proved, target: str, typed: dict[str, str], again: bool = False
) -> Response[str]:
    """The form for the code; one by text is sent with it."""
    error: TongbanError | None = None
    if proved.second == "code" or again:
        try:
            await send_second(connection, kernel_of(request).vault, proved)
        except (NoTelephone, TooManyAttempts) as found:
            error = found
    return await _second_page(request, connection, proved, target, typed, error)


async def _second_page(
    request: WebRequest,
    connection: Connection,
    proved: Proved,
    target: str,
    typed: dict[str, str],
    error: TongbanError | None,
) -> Response[str]:
    vault, shown = kernel_of(request).vault, None
    if site_of(request).settings.demonstration and proved.second == "code":
        shown = await last_text(connection, vault, proved.account)
    return page(
        request, SECOND, status=error.status if error else 200, target=target, kept=typed.get("kept", ""),
        second=proved.second, shared=typed.get("shared") == "1",
        proved=carried(vault, proved), fault=fault_of(request, error, "code") if error else None, text=shown,
    )  # fmt: skip


@post("/sign-in/second")
async def enter_second(request: WebRequest) -> Response[Any]:
    """What is asked after the password; ``go`` again sends another code."""
    typed = await texts(request)
    target, sealed = local_path(typed.get("next")), typed.get("kept", "")
    vault = kernel_of(request).vault
    async with kernel_of(request).database.connection() as connection:
        try:
            proved = proved_by(vault, typed.get("proved", ""))
            if typed.get("go") == "again":
                return await _ask_second(request, connection, proved, target, typed, again=True)
            code = typed.get("code", "")[:40]
            factor = await prove_second(connection, vault, proved, code, comes_from(request))
        except SignInStale as error:
            fault = fault_of(request, error, "login")
            return form_page(request, target, status=error.status, sealed=sealed, fault=fault)
        except (CodeWrong, TooManyAttempts) as error:
            return await _second_page(request, connection, proved, target, typed, error)
        return await _opened(request, connection, proved.account, ("password", factor), typed)


@post("/sign-in/passkey/options", status_code=200)
async def passkey_options(request: WebRequest) -> Response[bytes]:
    """What the browser needs to ask for a passkey of this site."""
    async with kernel_of(request).database.connection() as connection:
        options = await passkeys.sign_in_options(connection, party_of(request))
    return Response(options, media_type="application/json", headers={"cache-control": "no-store"})


@post("/sign-in/passkey")
async def enter_by_passkey(request: WebRequest) -> Response[Any]:
    """Sign in by what an authenticator signed, without a name."""
    typed = await texts(request)
    async with kernel_of(request).database.connection() as connection:
        try:
            account = await passkeys.use(connection, party_of(request), typed.get("credential", "").encode())
        except PasskeyUnfit as error:
            return form_page(
                request, local_path(typed.get("next")), status=error.status, sealed=typed.get("kept", ""),
                fault=fault_of(request, error, "passkey"),
            )  # fmt: skip
        return await _opened(request, connection, account, ("passkey",), typed)


async def _opened(
    request: WebRequest, connection: Connection, account: UUID, factors: Sequence[Factor], typed: dict[str, str]
) -> Response[Any]:
    """A session of ``account`` is open; what was typed before it ended is saved, and one goes on."""
    site, come = site_of(request), comes_from(request)
    shared = typed.get("shared") == "1"
    secret = await open_session(
        connection, account, "browser", come.agent, factors=factors, source=come.source, shared=shared
    )
    target, waiting = local_path(typed.get("next")), kept.opened(site.kernel.vault, typed.get("kept", ""))
    if waiting is not None:
        signed = await who_is(connection, secret, "browser")
        stand_for(signed.actor)
        target = await restore(site.kernel, signed, waiting.page, waiting.fields)
    response = goto(target)
    response.set_cookie(session_cookie(site, secret, shared))
    response.set_cookie(shared_cookie(site, shared))
    if not shared:
        device = device_cookie(site, come.device)
        await know_device(connection, account, device.value or "")
        response.set_cookie(device)
    response.set_cookie(hat_cookie(site, ""))
    return response


@post("/sign-out")
async def leave(request: WebRequest) -> Response[Any]:
    """End the session here and on the server; what the browser kept of it for offline goes too."""
    carried_secret = secret_of(request)
    if carried_secret is not None:
        async with kernel_of(request).database.connection() as connection:
            await sign_out(connection, carried_secret[0])
    response = goto("/")
    response.set_cookie(ended_cookie(site_of(request)))
    response.set_cookie(hat_cookie(site_of(request), ""))
    if site_of(request).settings.secure:
        response.headers["clear-site-data"] = '"storage"'
    return response


ROUTES = (form, enter, enter_second, passkey_options, enter_by_passkey, leave)
