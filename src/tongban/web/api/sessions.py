"""Tokens for programs: sign in, see who one is, sign out."""

import datetime as dt
from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.parties.actions import sign_out
from tongban.parties.log_in import sessions
from tongban.parties.log_in.errors import SessionUnknown
from tongban.parties.log_in.signing_in import sign_in
from tongban.parties.models import Assurance, Capacity, Factor, Post
from tongban.web.api.parameters import Line
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import secret_of, signed_in, source_of
from tongban.web.site import WebRequest, site_of


class Credentials(Struct, forbid_unknown_fields=True):
    """Log-in name and password, with the code where the account asks for one."""

    login: Line
    password: Line
    code: Line = ""


class Token(Struct):
    """A bearer token, valid for a day."""

    token: str


class Me(Struct):
    """Who is signed in, how sure that is, with the posts held, and the platform's time."""

    login: str
    name: str
    posts: tuple[Post, ...]
    now: str
    assurance: Assurance
    factors: tuple[Factor, ...]


async def _token(connection: Connection, request: WebRequest, data: Credentials) -> str:
    return await sign_in(
        connection,
        login=data.login,
        password=data.password,
        source=source_of(request),
        kind="token",
        agent=request.headers.get("user-agent", ""),
        code=data.code,
        vault=site_of(request).kernel.vault,
    )


@post("/sessions", responses=answers(401, 422, 429), tags=["sessions"])
async def open_token(request: WebRequest, data: JSONBody[Credentials]) -> Token:
    """Sign in with log-in name and password; with ``code`` where the account asks for one (401 says so)."""
    async with site_of(request).kernel.database.connection() as connection:
        return Token(await _token(connection, request, data))


@get("/sessions/current", responses=answers(401), tags=["sessions"], **SIGNED_IN)
async def me(request: WebRequest) -> Me:
    """Who the token belongs to."""
    signed = await signed_in(request)
    actor = signed.actor
    return Me(actor.login, actor.name, actor.posts, signed.now.isoformat(), actor.assurance, actor.factors)


class EnterpriseLine(Struct):
    """An enterprise that one may act for, in which capacity, and until when if that was said."""

    id: UUID
    name: str
    capacity: Capacity
    until: dt.datetime | None


@get("/enterprises", responses=answers(401), tags=["sessions"], **SIGNED_IN)
async def enterprises(request: WebRequest) -> list[EnterpriseLine]:
    """The enterprises in whose name one may apply now, as their legal representative or appointed handler."""
    signed = await signed_in(request)
    return [EnterpriseLine(m.enterprise, m.name, m.capacity, m.until) for m in signed.actor.mandates]


@delete("/sessions/current", responses=answers(401), tags=["sessions"], status_code=204, **SIGNED_IN)
async def close_token(request: WebRequest) -> None:
    """Sign out: the token ends at once."""
    await signed_in(request)
    carried = secret_of(request)
    async with site_of(request).kernel.database.connection() as connection:
        await sign_out(connection, carried[0] if carried else "")


@get("/sessions", responses=answers(401), tags=["sessions"], **SIGNED_IN)
async def list_sessions(request: WebRequest) -> list[sessions.Session]:
    """Where one's own account is open now, the one used last first, at most 100."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        return await sessions.sessions_of(connection, signed.actor.account)


@delete("/sessions/others", responses=answers(401), tags=["sessions"], status_code=204, **SIGNED_IN)
async def end_others(request: WebRequest) -> None:
    """End all of one's own sessions but this one."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        await sessions.end_others(connection, signed.actor)


@delete("/sessions/{session:uuid}", responses=answers(401, 404), tags=["sessions"], status_code=204, **SIGNED_IN)
async def end_session(request: WebRequest, session: FromPath[UUID]) -> None:
    """End one of one's own sessions; any other is not found."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        if not await sessions.end_session(connection, signed.actor, session):
            raise SessionUnknown()


ROUTES = [open_token, me, enterprises, close_token, list_sessions, end_others, end_session]
