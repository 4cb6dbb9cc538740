"""Register by one's own word, and prove who one is: through registers on the telephone, or in person at a window."""

import base64
import binascii
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery
from msgspec import Struct

from tongban.basics.codes import mobile as mobiles
from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.ids import new_secret
from tongban.parties.actions import digest_of, open_session
from tongban.parties.errors import TooManyAttempts
from tongban.parties.log_in import codes
from tongban.parties.log_in.errors import (
    CodeWrong,
    HasAccount,
    LoginTaken,
    LoginUnfit,
    NameMissing,
    NotDeclared,
    PasswordUnfit,
    ProofsDiffer,
    ProofsMissing,
    RegisterSilent,
    SignInStale,
)
from tongban.parties.log_in.passwords import Owner, check_new
from tongban.parties.log_in.proving import LOGIN, prove, register_declared
from tongban.parties.log_in.throttling import Limit, attempt, subject
from tongban.parties.log_in.verifiers import WAYS, Verifiers, offered
from tongban.resources.verifying import verifiers_of
from tongban.web.pages import page
from tongban.web.portal.account.confirming import renewed
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import device_cookie, local_path, session_cookie, signed_in, source_of
from tongban.web.site import WebRequest, site_of

FORM, CODE, PROOFS = "account/register.html", "account/register_code.html", "account/identity.html"
SECONDS, FROM_ONE_SOURCE = 900, 30
_CONTEXT = b"account.registering"


class Registering(Struct, frozen=True):
    """What was typed and checked, carried sealed from the form to the code that confirms the telephone."""

    login: str
    name: str
    id_number: str
    mobile: str
    password: str
    nonce: str
    at: int


def verifiers_here(request: WebRequest) -> Verifiers:
    """The registers that can be asked here and now."""
    return verifiers_of(kernel_of(request).registers())


@get("/register", sync_to_thread=False)
def form(request: WebRequest, next: FromQuery[str] = "/") -> Response[str]:
    """The form for an account."""
    return _form(request, {"next": local_path(next)}, [])


def _form(
    request: WebRequest, typed: Mapping[str, str], faults: list[dict[str, Any]], status: int = 200
) -> Response[str]:
    return page(request, FORM, status=status, typed=typed, faults=faults)


@post("/register", status_code=200)
async def check(request: WebRequest) -> Response[Any]:
    """Check everything at once, then send a code to the telephone; nothing is kept before it came back."""
    typed, kernel = await texts(request), kernel_of(request)
    typed = {name: text.strip()[:200] if name != "password" else text[:500] for name, text in typed.items()}
    errors = await _faults(typed)
    if errors:
        return _form(request, typed, [fault_of(request, one) for one in errors], 422)
    waiting = Registering(
        typed["login"].lower(), typed["name"], resident_id.parse(typed["id_number"]).code,
        mobiles.parse(typed["mobile"]).code, typed["password"], new_secret(), int(time.time()),
    )  # fmt: skip
    try:
        async with kernel.database.connection() as connection:
            await attempt(connection, [Limit(subject("register from", source_of(request)), FROM_ONE_SOURCE)])
            return await _send(request, connection, waiting, local_path(typed.get("next")))
    except TooManyAttempts as error:
        return _form(request, typed, [fault_of(request, error)], error.status)


async def _faults(typed: Mapping[str, str]) -> list[TongbanError]:
    """Everything that keeps the form from being taken, each at its field."""
    found: list[TongbanError] = []
    if not 2 <= len(typed.get("name", "")) <= 50:
        found.append(NameMissing("name"))
    for field, parse in (("id_number", resident_id.parse), ("mobile", mobiles.parse)):
        try:
            parse(typed.get(field, ""))
        except CodeError as error:
            found.append(type(error)(field, **error.data))
    if not LOGIN.fullmatch(typed.get("login", "").lower()):
        found.append(LoginUnfit("login"))
    try:
        await check_new(typed.get("password", ""), Owner(typed.get("name", ""), typed.get("login", ""), ""))
    except PasswordUnfit as error:
        found.append(error)
    if not found and typed.get("again", "")[:500] != typed.get("password", ""):
        found.append(PasswordUnfit("again", reason="两次填写的密码不一样。", reason_en="The two passwords differ."))
    return found


async def _send(request: WebRequest, connection: Connection, waiting: Registering, target: str) -> Response[str]:
    vault, bound = kernel_of(request).vault, digest_of(waiting.nonce)
    await codes.send_code(connection, vault, mobile=waiting.mobile, bound_to=bound, use="register", account=None)
    return await _code_page(request, connection, waiting, target, None)


async def _code_page(
    request: WebRequest, connection: Connection, waiting: Registering, target: str, error: TongbanError | None
) -> Response[str]:
    vault, shown = kernel_of(request).vault, None
    if site_of(request).settings.demonstration:
        shown = await codes.last_text_to(connection, vault, waiting.mobile)
    sealed = base64.urlsafe_b64encode(vault.seal(msgspec.json.encode(waiting), _CONTEXT)).decode()
    return page(
        request, CODE, status=error.status if error else 200, waiting=sealed, mobile=waiting.mobile, target=target,
        text=shown, fault=fault_of(request, error) if error else None,
    )  # fmt: skip


def _opened(request: WebRequest, text: str) -> Registering:
    """What ``_code_page`` sealed. Raises ``SignInStale``."""
    try:
        content = kernel_of(request).vault.open(base64.urlsafe_b64decode(text), _CONTEXT)
        waiting = msgspec.json.decode(content, type=Registering)
    except (TongbanError, msgspec.DecodeError, binascii.Error, ValueError):
        raise SignInStale("login") from None
    if time.time() - waiting.at > SECONDS:
        raise SignInStale("login")
    return waiting


@post("/register/code", status_code=200)
async def finish(request: WebRequest) -> Response[Any]:
    """The code came back (``go`` again: send another): the account is opened, and its owner signed in."""
    typed, kernel, site = await texts(request), kernel_of(request), site_of(request)
    target = local_path(typed.get("next"))
    async with kernel.database.connection() as connection:
        try:
            waiting = _opened(request, typed.get("waiting", ""))
            if typed.get("go") == "again":
                return await _send(request, connection, waiting, target)
            bound, code = digest_of(waiting.nonce), typed.get("code", "")[:40]
            await codes.check_code(connection, kernel.vault, bound_to=bound, use="register", code=code)
            account = await register_declared(
                connection, kernel.vault, login=waiting.login, name=waiting.name, id_number=waiting.id_number,
                mobile=waiting.mobile, password=waiting.password,
            )  # fmt: skip
        except (CodeWrong, TooManyAttempts) as error:
            return await _code_page(request, connection, waiting, target, error)
        except (SignInStale, LoginTaken, PasswordUnfit) as error:
            return _form(request, {"next": target}, [fault_of(request, error)], error.status)
        agent = request.headers.get("user-agent", "")
        secret = await open_session(
            connection, account, "browser", agent, factors=("password", "code"), source=source_of(request)
        )
    response = goto(f"/account/identity?next={target}")
    response.set_cookie(session_cookie(site, secret))
    response.set_cookie(device_cookie(site, ""))
    return response


@get("/account/identity")
async def identity_form(request: WebRequest, next: FromQuery[str] = "/account?done=proved") -> Response[Any]:
    """What proves who one is; who is proved goes straight on."""
    signed = await signed_in(request)
    target = local_path(next)
    if signed.actor.assurance != "declared":
        return goto(target)
    return _proofs(request, target, {}, None)


def _proofs(request: WebRequest, target: str, typed: Mapping[str, str], error: TongbanError | None) -> Response[str]:
    return page(
        request, PROOFS, status=error.status if error else 200, target=target, typed=typed,
        ways=offered(verifiers_here(request)), fault=fault_of(request, error) if error else None,
    )  # fmt: skip


@post("/account/identity", status_code=200)
async def identity(request: WebRequest) -> Response[Any]:
    """Hold what was given against the registers; the session's secret changes with what it may do."""
    signed, typed, kernel = await signed_in(request), await texts(request), kernel_of(request)
    target = local_path(typed.get("next"), "/account?done=proved")
    given = {kind: typed.get(kind, "")[:60] for kind in WAYS if kind in typed}
    try:
        await prove(kernel.database, kernel.vault, verifiers_here(request), signed.actor, given)
    except NotDeclared:
        return goto(target)
    except (ProofsMissing, ProofsDiffer, RegisterSilent, HasAccount, TooManyAttempts) as error:
        return _proofs(request, target, given, error)
    async with kernel.database.connection() as connection:
        return await renewed(request, connection, [], target)


ROUTES = (form, check, finish, identity_form, identity)
