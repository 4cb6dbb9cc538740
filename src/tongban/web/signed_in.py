"""Who is behind a request: the browser's session cookie, or a program's bearer token.

Called by every page and API call that is not for everybody. The store is asked once a request, and only when
somebody wants to know. ``next`` addresses are local paths, so that signing in leads nowhere else.
"""

from typing import Any
from urllib.parse import quote, urlsplit

from litestar.datastructures import Cookie

from tongban.basics.ids import new_secret
from tongban.parties.access.wall import stand_for
from tongban.parties.actions import LASTS, SessionKind, Signed, who_is
from tongban.parties.errors import NotSignedIn
from tongban.web.site import Site, WebRequest, site_of

SESSION_COOKIE = "tongban_session"
DEVICE_COOKIE = "tongban_device"
SHARED_COOKIE = "tongban_shared"
SIGN_IN = "/sign-in"
_YEAR = 365 * 24 * 3600
API = "/api/"
_KEY = "tongban_signed"


def is_api(request: WebRequest) -> bool:
    """Whether a program asks."""
    return request.scope["path"].startswith(API)


def source_of(request: WebRequest) -> str:
    """The address that a request comes from, for throttling and for the list of sessions."""
    return request.client.host if request.client else "unknown"


def has_session(request: WebRequest) -> bool:
    """Whether a session cookie was sent; it may be expired."""
    return SESSION_COOKIE in request.cookies


def secret_of(request: WebRequest) -> tuple[str, SessionKind] | None:
    """The secret that the request carries: a token on API paths only, a cookie on all others only."""
    if is_api(request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return (token.strip(), "token") if scheme.lower() == "bearer" and token.strip() else None
    secret = request.cookies.get(SESSION_COOKIE)
    return (secret, "browser") if secret else None


async def signed_in(request: WebRequest) -> Signed:
    """The actor behind ``request`` with the platform's time; asked of the store once. Raises ``NotSignedIn``.

    Uncaught, the error leads a page to the sign-in form and a program to a 401 problem.
    """
    known: Signed | None = request.scope["state"].get(_KEY)
    if known is None:
        carried = secret_of(request)
        if carried is None:
            raise NotSignedIn()
        async with site_of(request).kernel.database.connection() as connection:
            known = await who_is(connection, *carried)
        stand_for(known.actor)
        request.scope["state"][_KEY] = known
    return known


async def perhaps_signed_in(request: WebRequest) -> Signed | None:
    """The actor behind ``request``, or None for a visitor."""
    try:
        return await signed_in(request)
    except NotSignedIn:
        return None


def already_known(request: WebRequest) -> Signed | None:
    """The actor, if this request has asked the store; asks nothing."""
    return known_in(request.scope)


def known_in(scope: Any) -> Signed | None:
    """The actor of the request in ``scope``, if it has asked the store."""
    known: Signed | None = scope.get("state", {}).get(_KEY)
    return known


def is_shared(request: WebRequest) -> bool:
    """Whether whoever signed in here said that others use this device too."""
    return request.cookies.get(SHARED_COOKIE) == "1"


def shared_cookie(site: Site, shared: bool) -> Cookie:
    """The cookie that remembers it until the browser is closed or somebody else signs in."""
    return Cookie(
        key=SHARED_COOKIE, value="1" if shared else "", path="/", httponly=True, samesite="lax",
        secure=site.settings.secure, max_age=None if shared else 0,
    )  # fmt: skip


def session_cookie(site: Site, secret: str, shared: bool = False) -> Cookie:
    """The cookie that opens a session, on a ``shared`` device until the browser is closed.

    ``secret`` is always a new one, so nobody can fix it beforehand.
    """
    return Cookie(
        key=SESSION_COOKIE,
        value=secret,
        path="/",
        httponly=True,
        samesite="lax",
        secure=site.settings.secure,
        max_age=None if shared else int(LASTS["browser"].total_seconds()),
    )


def device_of(request: WebRequest) -> str:
    """The secret by which this browser is known to accounts that it opened before; empty for a new one."""
    return request.cookies.get(DEVICE_COOKIE, "")[:100]


def device_cookie(site: Site, known: str) -> Cookie:
    """The cookie by which a browser is known again: it opens nothing, it only keeps strangers' failures apart."""
    return Cookie(
        key=DEVICE_COOKIE,
        value=known or new_secret(),
        path="/",
        httponly=True,
        samesite="lax",
        secure=site.settings.secure,
        max_age=_YEAR,
    )


def ended_cookie(site: Site) -> Cookie:
    """The cookie that makes a browser forget its session."""
    return Cookie(
        key=SESSION_COOKIE, value="", path="/", httponly=True, samesite="lax", secure=site.settings.secure, max_age=0
    )


def local_path(wanted: str | None, otherwise: str = "/") -> str:
    """``wanted`` if it is a path on this site, else ``otherwise``. Refuses hosts, schemes and control signs."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return otherwise
    if any(sign < " " or sign in "\\\x7f" for sign in wanted):
        return otherwise
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else otherwise


def sign_in_address(request: WebRequest) -> str:
    """Where a visitor signs in, and comes back to what was open: the page, or the form that was sent."""
    return f"{SIGN_IN}?next={quote(came_from(request), safe='')}"


def came_from(request: WebRequest) -> str:
    """The page that was open: the one asked for, or that of the form that was sent."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in ("GET", "HEAD"):
        referer = urlsplit(request.headers.get("referer", ""))
        here = local_path(referer.path + (f"?{referer.query}" if referer.query else ""))
    return here
