"""Every refusal leaves a trace: noted while the answer is made, written a moment later.

Called by ``problems.answer`` for each error, and by the application's start and shutdown. What is kept holds ids only:
of the address its pattern, never what somebody typed into it.
"""

import asyncio
import uuid
from contextlib import suppress

import psycopg
import structlog

from tongban.basics.errors import TongbanError
from tongban.parties.access import trail
from tongban.parties.access.denials import Reason, told
from tongban.parties.models import Subject
from tongban.web.signed_in import already_known
from tongban.web.site import Site, WebRequest, site_of

SECONDS = 2.0
"""How long a refusal waits before it is written; a process that dies within loses it."""
_log = structlog.get_logger("tongban.web")


def note(request: WebRequest, raised: Exception, error: TongbanError) -> None:
    """Keep that ``request`` was refused, if ``error`` is a refusal of somebody signed in."""
    signed = already_known(request)
    walled = isinstance(raised, psycopg.errors.InsufficientPrivilege)
    if signed is None or not (walled or error.status in (403, 404)):
        return
    asked = None if walled else told(trail.refused())
    otherwise: Reason = "wall" if walled else "relation" if error.status == 403 else "unseen"
    action, reason, subject = asked or (_route(request), otherwise, Subject(""))
    site = site_of(request)
    region = _region(site, request, subject, signed.actor.regions)
    site.denials.note(region, signed.actor.account, action, reason, _subject(request, subject), signed.now)


def _route(request: WebRequest) -> str:
    handler = request.scope.get("route_handler")
    paths = sorted(getattr(handler, "paths", ()) or ())
    return f"{request.method} {paths[0] if paths else '?'}"


def _region(site: Site, request: WebRequest, subject: Subject, own: list[str]) -> str:
    served = site.kernel.directory.regions
    wanted = (subject.region, str(request.path_params.get("region", "")), *own, *sorted(served))
    return next((region for region in wanted if region in served), "000000")


def _subject(request: WebRequest, subject: Subject) -> str:
    ids = [str(value) for value in request.path_params.values() if isinstance(value, uuid.UUID)]
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
