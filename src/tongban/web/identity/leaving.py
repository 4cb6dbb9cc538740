"""Sign out here because an application asks for it (OpenID Connect RP-Initiated Logout 1.0).

Who the application shows to be signed in, by an id token of ours, is signed out at once; everybody else is asked
first. The way back leads only to an address that was registered.
"""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.parties.actions import Signed, sign_out
from tongban.parties.applications import issuing
from tongban.parties.applications.ending import end_with_session
from tongban.parties.applications.hints import Hint, read_hint
from tongban.parties.applications.models import Application
from tongban.parties.applications.reading import find
from tongban.parties.applications.rules import subject_of
from tongban.web.identity.exchanging import FROM_ELSEWHERE, asked_of, onward, provider_of
from tongban.web.pages import page
from tongban.web.portal.parts import goto, kernel_of, texts
from tongban.web.signed_in import ended_cookie, perhaps_signed_in, secret_of
from tongban.web.site import WebRequest, site_of

PATH = "/identity/sign-out"


class _Wish(Struct, frozen=True):
    """Which application asks, whom it shows to be signed in, and where the person is to go afterwards."""

    application: Application | None
    hint: Hint | None
    location: str | None


@post(PATH, status_code=303, opt=FROM_ELSEWHERE)
async def leave_by_form(request: WebRequest) -> Response[Any]:
    """The same wish sent as a form, as the protocol allows: it goes on by its address, where cookies come along."""
    asked = await asked_of(request)
    return goto(f"{PATH}?{urlencode([*asked.query, *asked.form])}")


@get(PATH)
async def leave(request: WebRequest) -> Response[Any]:
    """Sign out, or ask whether to."""
    provider_of(request)
    values, known = (await asked_of(request)).values, await perhaps_signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        wish = await _wish(connection, request, values)
        if known is None:
            return _gone(request, wish.location if wish.hint else None)
        if wish.application and wish.hint and _shows(request, wish.application, wish.hint, known):
            await _sign_out(connection, request, known)
            return _gone(request, wish.location)
    asking = wish.application.stated if wish.application else None
    return page(request, "identity/leave.html", application=asking, query=urlencode(_kept(values)))


def _kept(values: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in values.items() if k in ("client_id", "post_logout_redirect_uri", "state")}


@post("/identity/signed-out", status_code=200)
async def leave_confirmed(request: WebRequest) -> Response[Any]:
    """Sign out: the person said so."""
    provider_of(request)
    values, known = dict((await asked_of(request)).query), await perhaps_signed_in(request)
    if (await texts(request)).get("answer") != "leave":
        return page(request, "identity/stayed.html")
    async with kernel_of(request).database.connection() as connection:
        wish = await _wish(connection, request, values)
        if known is not None:
            await _sign_out(connection, request, known)
    return _gone(request, wish.location)


async def _wish(connection: Connection, request: WebRequest, values: dict[str, str]) -> _Wish:
    provider, wanted = provider_of(request), values.get("post_logout_redirect_uri")
    text, client_id = values.get("id_token_hint"), values.get("client_id")
    hint = read_hint(provider.issuer, provider.keys, text) if text else None
    application = await find(connection, client_id or (hint.client_id if hint else ""))
    if (text and hint is None) or (hint and application and hint.client_id != str(application.id)):
        await issuing.note_refusal(connection, application.id if application else None, "hint_unfit")
        return _Wish(application, None, None)
    if not wanted or application is None or application.closed_at is not None:
        return _Wish(application, hint, None)
    if wanted not in application.stated.after_sign_out:
        await issuing.note_refusal(connection, application.id, "sign_out_address_unknown")
        return _Wish(application, hint, None)
    state = values.get("state")
    joined = f"{wanted}{'&' if '?' in wanted else '?'}{urlencode({'state': state})}" if state else wanted
    return _Wish(application, hint, joined)


def _shows(request: WebRequest, application: Application, hint: Hint, known: Signed) -> bool:
    return hint.subject == subject_of(kernel_of(request).vault, application, known.actor.person)


async def _sign_out(connection: Connection, request: WebRequest, known: Signed) -> None:
    carried, session = secret_of(request), known.actor.session
    if carried is not None and session is not None:
        async with connection.transaction():
            await end_with_session(connection, kernel_of(request).vault, session, known.now)
            await sign_out(connection, carried[0])


def _gone(request: WebRequest, location: str | None) -> Response[Any]:
    answer = onward(request, location) if location else page(request, "identity/left.html")
    answer.set_cookie(ended_cookie(site_of(request)))
    return answer


ROUTES = (leave, leave_by_form, leave_confirmed)
