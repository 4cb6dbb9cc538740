"""Every refusal and every try that looks like an attack leaves a trace: noted with the answer, written a moment later.

Called by ``problems.answer`` for each error, by the front door for each answer, and by the application's start and
shutdown. What is kept holds ids only: of the address its pattern, never what somebody typed into it; of a visitor
nothing.
"""

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psycopg
import structlog
from litestar.types import HTTPScope

from tongban.basics.errors import TongbanError
from tongban.parties.access import trail
from tongban.parties.access.denials import EVERYWHERE, VISITOR, Reason, told
from tongban.parties.actions import Signed
from tongban.parties.errors import NotSignedIn
from tongban.parties.models import Subject
from tongban.web.errors import BodyTooLarge, FormExpired, InputUnfit, MethodUnfit, RequestUnfit
from tongban.web.signed_in import SESSION_COOKIE, known_in
from tongban.web.site import Site, WebRequest, site_of

SECONDS = 2.0
"""How long a refusal waits before it is written; a process that dies within loses it."""
_NOTED = "tongban_denied"
_UNFIT = (BodyTooLarge, InputUnfit, MethodUnfit, RequestUnfit)
_BY_STATUS: Mapping[int, Reason] = {
    401: "signed-out",
    403: "relation",
    404: "unseen",
    405: "unfit",
    413: "unfit",
    410: "code",
    429: "throttled",
}
_PROGRAMS = "/scim/"
"""Where only programs ask, so that what does not fit is no slip of somebody who fills in a form."""
_log = structlog.get_logger("tongban.web")


def note(request: WebRequest, raised: Exception, error: TongbanError) -> None:
    """Keep that ``request`` was refused, if ``error`` is a refusal and no mistake of somebody who fills in a form."""
    scope: Any = request.scope
    if isinstance(raised, psycopg.errors.InsufficientPrivilege):
        _keep(site_of(request), scope, "wall", None)
        return
    if isinstance(error, NotSignedIn) and not _carried(scope):
        scope["state"][_NOTED] = True  # whoever has no session yet is sent to sign in; that is no refusal
        return
    reason: Reason | None = "form-token" if isinstance(error, FormExpired) else None
    reason = reason or ("unfit" if isinstance(error, _UNFIT) else _BY_STATUS.get(error.status))
    if reason is not None:
        _keep(site_of(request), scope, reason, told(trail.refused()) if error.status in (403, 404) else None)


def watch(site: Site, scope: HTTPScope, status: int, *, hostile: bool) -> None:
    """Keep what an answer with ``status`` says was refused without an error, and that the request looked hostile."""
    state: dict[str, Any] = scope.setdefault("state", {})
    asked = told(trail.refused()) if status >= 400 else None
    reason = asked[1] if asked is not None and asked[1] in ("upload", "code") else _BY_STATUS.get(status)
    if reason is None and 400 <= status < 500 and scope["path"].startswith(_PROGRAMS):
        reason = "unfit"
    if reason is not None and not state.get(_NOTED):
        _keep(site, scope, reason, asked if reason in ("relation", "unseen", "upload") else None)
    if hostile:
        _keep(site, scope, "hostile", None)


def unread(site: Site) -> None:
    """Keep that the server refused what was no request: nothing of it was read, and nobody knows whose it was."""
    site.denials.note(EVERYWHERE, VISITOR, "HTTP", "unfit", "", None)


def _keep(site: Site, scope: HTTPScope, reason: Reason, asked: tuple[str, Reason, Subject] | None) -> None:
    scope.setdefault("state", {})[_NOTED] = True
    signed = known_in(scope)
    action, why, subject = asked or (_route(scope), reason, Subject(""))
    region = _region(site, scope, subject, signed)
    account, at = (signed.actor.account, signed.now) if signed else (VISITOR, None)
    site.denials.note(region, account, action, why, _subject(scope, subject), at)


def _carried(scope: HTTPScope) -> bool:
    """Whether something was shown that could have opened a session."""
    cookie = SESSION_COOKIE.encode() + b"="
    return any(name == b"authorization" or (name == b"cookie" and cookie in value) for name, value in scope["headers"])


def _route(scope: HTTPScope) -> str:
    handler: Any = scope.get("route_handler")
    paths = sorted(getattr(handler, "paths", ()) or ())
    method = scope["method"] if scope["method"] in ("GET", "POST", "PUT", "PATCH", "DELETE") else "?"
    return f"{method} {paths[0] if paths else '?'}"


def _region(site: Site, scope: HTTPScope, subject: Subject, signed: Signed | None) -> str:
    served = site.kernel.directory.regions
    params: Mapping[str, Any] = scope.get("path_params") or {}
    own = (*signed.actor.regions, *sorted(served)) if signed else ()
    wanted = (subject.region, str(params.get("region", "")), *own)
    return next((region for region in wanted if region in served), EVERYWHERE)


def _subject(scope: HTTPScope, subject: Subject) -> str:
    params: Mapping[str, Any] = scope.get("path_params") or {}
    ids = [str(value) for value in params.values() if isinstance(value, uuid.UUID)]
    return "/".join(ids) or subject.department or ""


async def write(site: Site) -> None:
    """Write what waits; what the store does not take now waits on."""
    if not site.denials:
        return
    try:
        async with site.kernel.database.connection() as connection:
            await site.denials.write(connection)
    except (TongbanError, psycopg.Error) as fault:
        _log.warning("denials.waiting", reason=type(fault).__name__)


async def keep_writing(site: Site) -> None:
    """Write refusals every ``SECONDS`` until cancelled, and once more then."""
    try:
        while True:
            await asyncio.sleep(SECONDS)
            await write(site)
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(write(site), SECONDS)
