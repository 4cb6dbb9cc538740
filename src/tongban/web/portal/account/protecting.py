"""What opens the account is changed: password, telephone number, codes, passkeys.

Everything but the password asks to confirm first (``ConfirmFirst`` leads there and back).
"""

import base64
import binascii
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromQuery

from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.actions import Signed
from tongban.parties.errors import TooManyAttempts, WrongCredentials
from tongban.parties.log_in import changing, passkeys, second
from tongban.parties.log_in.codes import last_text
from tongban.parties.log_in.errors import CodeWrong, NoTelephone, PasskeyUnfit, PasswordUnfit
from tongban.parties.log_in.owners import mobile_of, read_owner
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import local_path, signed_in
from tongban.web.site import WebRequest, party_of, site_of


async def _confirmed(request: WebRequest, connection: Connection) -> Signed:
    """Who is signed in and has just confirmed it. Raises ``NotSignedIn``, ``ConfirmFirst``."""
    signed = await signed_in(request)
    await changing.require_confirmed(connection, kernel_of(request).vault, signed.actor)
    return signed


def _form(request: WebRequest, template: str, error: TongbanError | None = None, **context: Any) -> Response[str]:
    return page(
        request, template, status=error.status if error else 200,
        fault=fault_of(request, error) if error else None, **context,
    )  # fmt: skip


@get("/account/password")
async def password_form(request: WebRequest) -> Response[str]:
    """The form for a new password."""
    signed = await signed_in(request)
    return _form(request, "account/password.html", login=signed.actor.login)


@post("/account/password", status_code=200)
async def change_password(request: WebRequest) -> Response[Any]:
    """Set it; every other session ends."""
    signed = await signed_in(request)
    typed, kernel = await texts(request), kernel_of(request)
    old, new = typed.get("old", "")[:500], typed.get("password", "")[:500]
    try:
        if typed.get("again", "") != new:
            raise PasswordUnfit("again", reason="两次填写的密码不一样。", reason_en="The two passwords differ.")
        async with kernel.database.connection() as connection:
            await changing.change_password(connection, kernel.vault, signed.actor, old, new)
    except (PasswordUnfit, WrongCredentials, TooManyAttempts) as error:
        return _form(request, "account/password.html", error, login=signed.actor.login)
    return goto("/account?done=password")


@get("/account/mobile")
async def mobile_form(request: WebRequest) -> Response[str]:
    """The form for another telephone number."""
    async with kernel_of(request).database.connection() as connection:
        await _confirmed(request, connection)
    return _form(request, "account/mobile.html", mobile="", sent=False, text=None)


@post("/account/mobile", status_code=200)
async def change_mobile(request: WebRequest) -> Response[Any]:
    """Send a code to the new number (``go`` send), then make it the account's."""
    typed, kernel = await texts(request), kernel_of(request)
    mobile, sent, shown = typed.get("mobile", "")[:20], bool(typed.get("sent")), None
    error: TongbanError | None = None
    async with kernel.database.connection() as connection:
        signed = await _confirmed(request, connection)
        try:
            if typed.get("go") != "send":
                code = typed.get("code", "")[:40]
                await changing.change_mobile(connection, kernel.vault, signed.actor, mobile, code)
                return goto("/account?done=mobile")
            await changing.send_to_new_number(connection, kernel.vault, signed.actor, mobile)
            sent = True
        except (CodeError, CodeWrong, TooManyAttempts) as found:
            error = found if isinstance(found, CodeWrong) else type(found)("mobile", **found.data)
        if sent and site_of(request).settings.demonstration:
            shown = await last_text(connection, kernel.vault, signed.actor.account)
    return _form(request, "account/mobile.html", error, mobile=mobile, sent=sent, text=shown)


@get("/account/second")
async def second_form(request: WebRequest) -> Response[str]:
    """What is asked after the password, and what could be."""
    kernel = kernel_of(request)
    async with kernel.database.connection() as connection:
        signed = await _confirmed(request, connection)
        row = await read_owner(connection, signed.actor.account)
        return _form(request, "account/second.html", row=row, mobile=mobile_of(row, kernel.vault) is not None)


@post("/account/second", status_code=200)
async def change_second(request: WebRequest) -> Response[Any]:
    """Choose ``second``: totp leads on to the app's QR code, code and none take effect at once; codes: new ones."""
    kernel, typed = kernel_of(request), await texts(request)
    async with kernel.database.connection() as connection:
        signed = await _confirmed(request, connection)
        account = signed.actor.account
        wanted = typed.get("second")
        if wanted == "totp":
            return goto("/account/totp")
        row = await read_owner(connection, account)
        if wanted == "code":
            if mobile_of(row, kernel.vault) is None:
                return _form(request, "account/second.html", NoTelephone(), row=row, mobile=False)
            return _codes_page(request, await second.ask_codes(connection, account))
        if wanted == "codes" and row.second != "none":
            return _codes_page(request, await second.renew_recovery_codes(connection, account))
        if wanted == "none":
            await second.ask_nothing(connection, account)
        return goto("/account?done=second")


def _codes_page(request: WebRequest, codes: list[str]) -> Response[str]:
    """The recovery codes: shown this once."""
    return page(request, "account/recovery_codes.html", codes=codes)


@get("/account/totp")
async def totp_form(request: WebRequest) -> Response[Any]:
    """The secret for the app, as a QR code and as text; it counts once a code of it was given."""
    async with kernel_of(request).database.connection() as connection:
        signed = await _confirmed(request, connection)
        return await _totp_page(request, connection, signed, None)


async def _totp_page(
    request: WebRequest, connection: Connection, signed: Signed, error: TongbanError | None
) -> Response[Any]:
    vault, actor, issuer = kernel_of(request).vault, signed.actor, site_of(request).settings.node_name
    row = await read_owner(connection, actor.account)
    if row.second == "totp":
        return goto("/account/second")
    begun = await second.begun_totp(connection, vault, actor.account, actor.login, issuer)
    if begun is None:
        begun = await second.begin_totp(connection, vault, actor.account, actor.login, issuer)
    return _form(request, "account/totp.html", error, begun=begun)


@post("/account/totp", status_code=200)
async def confirm_totp(request: WebRequest) -> Response[Any]:
    """Switch it on by a first code; shows the recovery codes once."""
    kernel, typed = kernel_of(request), await texts(request)
    async with kernel.database.connection() as connection:
        signed = await _confirmed(request, connection)
        try:
            code = typed.get("code", "")[:40]
            codes = await second.confirm_totp(connection, kernel.vault, signed.actor.account, code)
        except CodeWrong as error:
            return await _totp_page(request, connection, signed, error)
    return _codes_page(request, codes)


@get("/account/passkeys")
async def passkey_form(request: WebRequest, next: FromQuery[str] = "") -> Response[str]:
    """One's passkeys, and the button that makes one."""
    async with kernel_of(request).database.connection() as connection:
        signed = await _confirmed(request, connection)
        return await _passkey_page(request, connection, signed, next)


async def _passkey_page(
    request: WebRequest, connection: Connection, signed: Signed, target: str, error: TongbanError | None = None
) -> Response[str]:
    party = party_of(request)
    elsewhere = party.origin if str(request.base_url).rstrip("/") != party.origin else None
    keys = await passkeys.passkeys_of(connection, signed.actor)
    return _form(request, "account/passkeys.html", error, keys=keys, target=target, elsewhere=elsewhere)


@post("/account/passkeys/options", status_code=200)
async def passkey_options(request: WebRequest) -> Response[bytes]:
    """What the browser needs to make a passkey."""
    async with kernel_of(request).database.connection() as connection:
        signed = await _confirmed(request, connection)
        options = await passkeys.registration_options(connection, signed.actor, party_of(request))
    return Response(options, media_type="application/json", headers={"cache-control": "no-store"})


@post("/account/passkeys", status_code=200)
async def add_passkey(request: WebRequest) -> Response[Any]:
    """Keep the passkey that was made."""
    typed = await texts(request)
    async with kernel_of(request).database.connection() as connection:
        signed = await _confirmed(request, connection)
        credential, name = typed.get("credential", "").encode(), typed.get("name", "")
        try:
            await passkeys.register(connection, signed.actor, party_of(request), credential, name)
        except PasskeyUnfit as error:
            return await _passkey_page(request, connection, signed, typed.get("next", ""), error)
    return goto(_onward(typed.get("next", "")))


def _onward(target: str) -> str:
    wanted = local_path(target, "")
    return f"/account/step-up?next={quote(wanted, safe='')}" if wanted else "/account?done=passkey"


@post("/account/passkeys/remove")
async def remove_passkey(request: WebRequest) -> Response[Any]:
    """Take a passkey away (``key``: its id in base64url)."""
    typed = await texts(request)
    try:
        key = base64.urlsafe_b64decode(typed.get("key", ""))
    except (binascii.Error, ValueError):
        key = b""
    async with kernel_of(request).database.connection() as connection:
        signed = await _confirmed(request, connection)
        await passkeys.remove(connection, signed.actor, key)
    return goto("/account?done=removed")


ROUTES = (
    password_form, change_password, mobile_form, change_mobile, second_form, change_second, totp_form, confirm_totp,
    passkey_form, passkey_options, add_passkey, remove_passkey,
)  # fmt: skip
