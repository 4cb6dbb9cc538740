"""Sign in by the upper level's identity. Offered on the sign-in page only where the deployment describes one.

What is remembered on the way lies sealed in a cookie, so that an answer counts only in the browser that asked.
"""

import base64
import binascii
import time
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException

from tongban.basics.database import platform_now
from tongban.basics.errors import TongbanError
from tongban.basics.vault import Vault
from tongban.parties.actions import open_session
from tongban.parties.applications.upper import Came, Journey, UpperIdentity, account_for, link
from tongban.parties.models import Factor
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of
from tongban.web.signed_in import local_path, session_cookie, signed_in, source_of
from tongban.web.site import Site, WebRequest, site_of

PATH = "/sign-in/upper"
SECONDS = 600
_JOURNEY, _CAME = "tongban_upper", "tongban_upper_came"
T = TypeVar("T")
FACTORS: tuple[Factor, ...] = ("upper",)
"""What such a session was opened by. It never counts as strong here: no passkey or certificate was shown to us."""


class Waiting(msgspec.Struct, frozen=True):
    """Who came from the upper level and has not said yet which account is theirs."""

    came: Came
    next: str
    at: int


def upper_of(request: WebRequest) -> UpperIdentity:
    """The upper level's identity; nothing is here where there is none."""
    upper = site_of(request).upper
    if upper is None:
        raise NotFoundException
    return upper


@get(PATH)
async def begin(request: WebRequest) -> Response[Any]:
    """Send the person to the upper level."""
    location, journey = await upper_of(request).begin(local_path(request.query_params.get("next")))
    answer = goto(location)
    answer.set_cookie(_cookie(site_of(request), _JOURNEY, msgspec.json.encode(journey)))
    return answer


@get(PATH + "/return")
async def come_back(request: WebRequest) -> Response[Any]:
    """Open a session for whoever came back, or ask which account is theirs."""
    upper, kernel = upper_of(request), kernel_of(request)
    journey = _opened(request, _JOURNEY, Journey)
    if journey is None or time.time() - journey.at > SECONDS:
        return _told(request, None)
    try:
        came = await upper.finish(journey, {str(k): str(v) for k, v in request.query_params.items()})
    except TongbanError as error:
        return _told(request, error)
    async with kernel.database.connection() as connection:
        now = await platform_now(connection)
        account = await account_for(connection, kernel.vault, came, now)
        if account is not None:
            agent, source = request.headers.get("user-agent", ""), source_of(request)
            secret = await open_session(connection, account, "browser", agent, factors=FACTORS, source=source)
    if account is None:
        waiting = Waiting(msgspec.structs.replace(came, id_number=None), journey.next, int(time.time()))
        answer: Response[Any] = goto(f"/sign-in?next={quote(PATH + '/link', safe='')}")
        answer.set_cookie(_cookie(site_of(request), _CAME, msgspec.json.encode(waiting)))
    else:
        answer = goto(journey.next)
        answer.set_cookie(session_cookie(site_of(request), secret))
    answer.set_cookie(_ended(site_of(request), _JOURNEY))
    return answer


@get(PATH + "/link")
async def ask_link(request: WebRequest) -> Response[Any]:
    """Ask whoever is signed in here whether the upper level's identity is theirs."""
    await signed_in(request)
    waiting = _opened(request, _CAME, Waiting)
    if waiting is None or time.time() - waiting.at > SECONDS:
        return _told(request, None)
    return page(request, "identity/link.html", came=waiting.came, label=upper_of(request).label)


@post(PATH + "/link", status_code=200)
async def make_link(request: WebRequest) -> Response[Any]:
    """Link it: from now on the upper level's identity opens this account."""
    known, kernel = await signed_in(request), kernel_of(request)
    waiting = _opened(request, _CAME, Waiting)
    if waiting is None or time.time() - waiting.at > SECONDS:
        return _told(request, None)
    async with kernel.database.connection() as connection:
        await link(connection, kernel.vault, waiting.came, known.actor.account, "confirmed", known.now)
    answer = goto(waiting.next)
    answer.set_cookie(_ended(site_of(request), _CAME))
    return answer


def _told(request: WebRequest, error: TongbanError | None) -> Response[Any]:
    said = fault_of(request, error)["message"] if error else None
    return page(request, "identity/upper_refused.html", status=error.status if error else 400, said=said)


def _cookie(site: Site, name: str, content: bytes) -> Cookie:
    sealed = site.kernel.vault.seal(content, _context(name))
    return Cookie(
        key=name,
        value=base64.urlsafe_b64encode(sealed).decode(),
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=site.settings.secure,
        max_age=SECONDS,
    )


def _ended(site: Site, name: str) -> Cookie:
    return Cookie(key=name, value="", path=PATH, httponly=True, samesite="lax", secure=site.settings.secure, max_age=0)


def _context(name: str) -> bytes:
    return f"cookie {name}".encode()


def _opened(request: WebRequest, name: str, kind: type[T]) -> T | None:
    vault: Vault = kernel_of(request).vault
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(name, ""))
        return msgspec.json.decode(vault.open(sealed, _context(name)), type=kind)
    except (TongbanError, msgspec.DecodeError, binascii.Error, ValueError):
        return None


ROUTES = (begin, come_back, ask_link, make_link)
