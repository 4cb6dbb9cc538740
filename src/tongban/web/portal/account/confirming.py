"""Prove again to be the owner, before what protects the account is changed; then back to where one was."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.errors import TooManyAttempts, WrongCredentials
from tongban.parties.log_in import passkeys
from tongban.parties.log_in.changing import asked_beside, confirm, send_confirmation
from tongban.parties.log_in.codes import last_text
from tongban.parties.log_in.errors import CodeWrong, NoTelephone, PasskeyUnfit
from tongban.parties.log_in.owners import read_owner
from tongban.parties.log_in.sessions import proved_again
from tongban.parties.models import Actor, Factor
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import is_shared, local_path, secret_of, session_cookie, signed_in
from tongban.web.site import WebRequest, party_of, site_of

CONFIRM, STEP_UP = "/account/confirm", "/account/step-up"


@get(CONFIRM)
async def form(request: WebRequest, next: FromQuery[str] = "/account") -> Response[str]:
    """The password again, and a code where one can be had; or a passkey instead of both."""
    signed = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        return await _page(request, connection, signed.actor, local_path(next, "/account"))


async def _page(
    request: WebRequest,
    connection: Connection,
    actor: Actor,
    target: str,
    error: TongbanError | None = None,
    sent: bool = False,
) -> Response[str]:
    vault = kernel_of(request).vault
    asked = asked_beside(await read_owner(connection, actor.account), vault)
    shown = None
    if sent and site_of(request).settings.demonstration:
        shown = await last_text(connection, vault, actor.account)
    return page(
        request, "account/confirm.html", status=error.status if error else 200, target=target, asked=asked, sent=sent,
        fault=fault_of(request, error) if error else None, text=shown,
        keys=await passkeys.passkeys_of(connection, actor),
    )  # fmt: skip


@post(CONFIRM, status_code=200)
async def check(request: WebRequest) -> Response[Any]:
    """Check what was given (``go`` send: send a code first). The session gets another secret."""
    signed = await signed_in(request)
    kernel, typed = kernel_of(request), await texts(request)
    target = local_path(typed.get("next"), "/account")
    sent = bool(typed.get("sent"))
    async with kernel.database.connection() as connection:
        try:
            if typed.get("go") == "send":
                sent = True
                await send_confirmation(connection, kernel.vault, signed.actor)
                return await _page(request, connection, signed.actor, target, sent=True)
            password, code = typed.get("password", "")[:500], typed.get("code", "")[:40]
            factors = await confirm(connection, kernel.vault, signed.actor, password, code)
        except (WrongCredentials, CodeWrong, NoTelephone, TooManyAttempts) as error:
            return await _page(request, connection, signed.actor, target, error, sent)
        return await renewed(request, connection, factors, target)


async def renewed(request: WebRequest, connection: Connection, factors: list[Factor], target: str) -> Response[Any]:
    """The session was proved by ``factors``: it goes on under another secret, at ``target``."""
    carried = secret_of(request)
    fresh = await proved_again(connection, carried[0] if carried else "", factors)
    response = goto(target)
    response.set_cookie(session_cookie(site_of(request), fresh, is_shared(request)))
    return response


@get(STEP_UP)
async def step_up(request: WebRequest, next: FromQuery[str] = "/account") -> Response[str]:
    """What a service asks that wants to be surer: a passkey now, or first one to be made."""
    signed = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        return await _step_up_page(request, connection, signed.actor, local_path(next, "/account"))


async def _step_up_page(
    request: WebRequest, connection: Connection, actor: Actor, target: str, error: TongbanError | None = None
) -> Response[str]:
    return page(
        request, "account/step_up.html", status=error.status if error else 200, target=target, actor=actor,
        keys=await passkeys.passkeys_of(connection, actor), fault=fault_of(request, error) if error else None,
    )  # fmt: skip


@post("/account/step-up/options", status_code=200)
async def options(request: WebRequest) -> Response[bytes]:
    """What the browser needs to ask for one's own passkey again."""
    signed = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        made = await passkeys.sign_in_options(connection, party_of(request), signed.actor.session)
    return Response(made, media_type="application/json", headers={"cache-control": "no-store"})


@post(STEP_UP, status_code=200)
async def stepped_up(request: WebRequest) -> Response[Any]:
    """The passkey was shown: the session counts as strong for an hour, and one goes on where one was."""
    signed = await signed_in(request)
    typed, target = await texts(request), "/account"
    target = local_path(typed.get("next"), target)
    async with kernel_of(request).database.connection() as connection:
        try:
            credential = typed.get("credential", "").encode()
            account = await passkeys.use(connection, party_of(request), credential, signed.actor.session)
            if account != signed.actor.account:
                raise PasskeyUnfit()
        except PasskeyUnfit as error:
            return await _step_up_page(request, connection, signed.actor, target, error)
        return await renewed(request, connection, ["passkey"], target)


ROUTES = (form, check, step_up, options, stepped_up)
