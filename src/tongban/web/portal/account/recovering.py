"""Back into an account that was lost: asked with proofs, finished after three days with a code, stopped by its owner.

The address of a recovery holds its secret, as that of an invitation does.
"""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.actions import open_session
from tongban.parties.errors import TooManyAttempts
from tongban.parties.log_in import recovering
from tongban.parties.log_in.codes import last_text
from tongban.parties.log_in.errors import (
    CodeWrong,
    NoTelephone,
    PasswordUnfit,
    ProofsMissing,
    RecoveryRefused,
    RecoveryUnfit,
    RecoveryWaits,
    RegisterSilent,
)
from tongban.parties.log_in.verifiers import WAYS, offered
from tongban.web.pages import page
from tongban.web.portal.account.registering import verifiers_here
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import session_cookie, signed_in, source_of
from tongban.web.site import WebRequest, site_of

ASK, GO_ON = "account/recover.html", "account/recover_on.html"


@get("/recover", sync_to_thread=False)
def form(request: WebRequest) -> Response[str]:
    """What leads back into an account, and which way is whose."""
    return _ask(request, {}, None)


def _ask(request: WebRequest, typed: dict[str, str], error: TongbanError | None) -> Response[str]:
    return page(
        request, ASK, status=error.status if error else 200, typed=typed, ways=offered(verifiers_here(request)),
        fault=fault_of(request, error) if error else None, days=recovering.WAITS.days,
    )  # fmt: skip


@post("/recover", status_code=200)
async def ask(request: WebRequest) -> Response[Any]:
    """Hold the proofs against the registers; then the waiting begins, and the owner is told by every channel."""
    typed, kernel = await texts(request), kernel_of(request)
    typed = {name: text.strip()[:100] for name, text in typed.items()}
    given = {kind: typed[kind] for kind in WAYS if typed.get(kind)}
    try:
        secret = await recovering.ask(
            kernel.database, kernel.vault, verifiers_here(request), login=typed.get("login", ""),
            name=typed.get("name", ""), id_number=typed.get("id_number", ""), given=given, source=source_of(request),
        )  # fmt: skip
    except CodeError as error:
        return _ask(request, typed, type(error)("id_number", **error.data))
    except (RecoveryRefused, ProofsMissing, RegisterSilent, TooManyAttempts) as error:
        return _ask(request, typed, error)
    return goto(f"/recover/{secret}")


@get("/recover/{secret:str}")
async def go_on(request: WebRequest, secret: FromPath[str]) -> Response[str]:
    """How long it still takes; afterwards the form for a new password."""
    async with kernel_of(request).database.connection() as connection:
        return await _page(request, connection, secret, None)


async def _page(
    request: WebRequest, connection: Connection, secret: str, error: TongbanError | None, sent: bool = False
) -> Response[str]:
    found, shown = None, None
    try:
        found = await recovering.read(connection, secret)
    except RecoveryUnfit as unfit:
        error = unfit
    if found and sent and site_of(request).settings.demonstration:
        shown = await last_text(connection, kernel_of(request).vault, found.account)
    return page(
        request, GO_ON, status=error.status if error else 200, recovery=found, sent=sent, text=shown,
        fault=fault_of(request, error) if error else None,
    )  # fmt: skip


@post("/recover/{secret:str}", status_code=200)
async def finish(request: WebRequest, secret: FromPath[str]) -> Response[Any]:
    """Send the code (``go`` send), then set the password and sign in."""
    typed, kernel = await texts(request), kernel_of(request)
    password, sent = typed.get("password", "")[:500], bool(typed.get("sent"))
    async with kernel.database.connection() as connection:
        try:
            if typed.get("go") == "send":
                await recovering.send(connection, kernel.vault, secret)
                return await _page(request, connection, secret, None, sent=True)
            if typed.get("again", "") != password:
                raise PasswordUnfit("again", reason="两次填写的密码不一样。", reason_en="The two passwords differ.")
            code = typed.get("code", "")[:40]
            account = await recovering.finish(connection, kernel.vault, secret, code, password)
        except (RecoveryUnfit, RecoveryWaits, PasswordUnfit, CodeWrong, NoTelephone, TooManyAttempts) as error:
            return await _page(request, connection, secret, error, sent)
        agent = request.headers.get("user-agent", "")
        opened = await open_session(
            connection, account, "browser", agent, factors=("password", "code"), source=source_of(request)
        )
    response = goto("/account?done=password")
    response.set_cookie(session_cookie(site_of(request), opened))
    return response


@post("/account/recovery/stop")
async def stop(request: WebRequest) -> Response[Any]:
    """The owner stops whatever waits."""
    signed = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        await recovering.stop(connection, signed.actor)
    return goto("/account?done=stopped")


ROUTES = (form, ask, go_on, finish, stop)
