"""The page on which somebody agrees that an application signs them in, and what leads to and from it.

The demand travels in the address and is checked anew at every step: nothing of it is stored before somebody agrees.
"""

import time
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from litestar import Response, get, post

from tongban.basics.database import Connection
from tongban.parties.applications import consents
from tongban.parties.applications.asked import Answered, Asked
from tongban.parties.applications.claims import claims_of
from tongban.parties.applications.models import SignedInAs
from tongban.parties.applications.provider import IdentityProvider, Looked, signed_in_as
from tongban.parties.applications.rules import ACR
from tongban.parties.applications.scopes import ENTERPRISE, OFFLINE, OPENID
from tongban.parties.enterprises import mandate_of
from tongban.parties.models import Actor
from tongban.web.identity.exchanging import FROM_ELSEWHERE, NO_STORE, asked_of, onward, provider_of
from tongban.web.identity.words import scope_words
from tongban.web.pages import page
from tongban.web.portal.account.confirming import STEP_UP
from tongban.web.portal.parts import department_name, goto, kernel_of, texts, uuid_of, words_of
from tongban.web.signed_in import SIGN_IN, perhaps_signed_in, signed_in
from tongban.web.site import WebRequest

PATH = "/identity/authorize"
AFTER = "tongban_after"
"""Our own parameter: whoever comes back from signing in again must have done so at or after this second."""
STEPPED = "tongban_stepped"
"""Our own parameter: the person was asked for a passkey, and comes back with or without having shown one."""


@get(PATH)
async def ask(request: WebRequest) -> Response[Any]:
    """Sign somebody in for an application: at once where that was agreed, else after asking."""
    provider, asked = provider_of(request), await asked_of(request)
    known = await perhaps_signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        actor, signed = (known.actor, signed_in_as(known.actor)) if known else (None, None)
        looked = await provider.look(connection, asked, signed)
        if looked.refused or looked.application is None:
            return refused(request, looked.refused)
        if actor is None or signed is None or _again(asked, looked, signed):
            return await _to_sign_in(request, connection, provider, asked, looked)
        if _surer(asked, looked, actor):
            return goto(f"{STEP_UP}?next={_here(asked, STEPPED, '1')}")
        covered, hat = await consents.covers(connection, actor, looked.application, set(looked.scopes))
        if covered and looked.prompt not in ("consent", "select_account"):
            return _left(request, await provider.agree(connection, asked, signed, hat))
        if looked.silent:
            return _left(request, await provider.decline(connection, asked, "consent_required"))
        return await _page(request, connection, looked, actor)


def _again(asked: Asked, looked: Looked, signed: SignedInAs) -> bool:
    """Whether the person has to prove again who they are before going on."""
    after = asked.values.get(AFTER, "")
    if after.isdecimal() and signed.at.timestamp() >= int(after) - 1:
        return False
    too_old = looked.oldest is not None and time.time() - signed.at.timestamp() > looked.oldest
    return looked.prompt == "login" or too_old


def _surer(asked: Asked, looked: Looked, actor: Actor) -> bool:
    """Whether the application wishes a surer sign-in and the person was not yet asked for a passkey.

    A wish and no demand (OpenID Connect Core 3.1.2.1): whoever has none goes on, and ``acr`` says how sure it is.
    """
    wished = asked.values.get("acr_values", "").split()[:1] == [f"{ACR}strong"]
    return wished and not looked.silent and not asked.values.get(STEPPED) and not actor.assured("strong")


def _here(asked: Asked, name: str, value: str) -> str:
    """The address of the demand with one of our own parameters, as ``next`` of another page."""
    pairs = [(k, v) for k, v in asked.query if k != name] + [(name, value)]
    return quote(f"{PATH}?{urlencode(pairs)}", safe="")


async def _to_sign_in(
    request: WebRequest, connection: Connection, provider: IdentityProvider, asked: Asked, looked: Looked
) -> Response[Any]:
    if looked.silent:
        return _left(request, await provider.decline(connection, asked, "login_required"))
    back = _here(asked, AFTER, str(int(time.time())))
    return goto(f"{SIGN_IN}?next={back}" + ("&again=1" if looked.prompt == "login" or looked.oldest else ""))


def _left(request: WebRequest, answered: Answered) -> Response[Any]:
    return onward(request, answered.location) if answered.location else refused(request, answered)


def refused(request: WebRequest, answered: Answered | None) -> Response[Any]:
    """Back to the application with the reason, or, where it can not be trusted to have asked, a page that says so."""
    if answered is not None and answered.location:
        return onward(request, answered.location)
    status = answered.status if answered and 400 <= answered.status < 500 else 400
    body = answered.body if answered else {}
    reason = dict(body).get("error_description") or dict(body).get("error") if isinstance(body, (dict, list)) else ""
    return page(request, "identity/refused.html", status=status, reason=reason or "")


async def _page(
    request: WebRequest,
    connection: Connection,
    looked: Looked,
    actor: Actor,
    fault: str = "",
) -> Response[Any]:
    application, kernel = looked.application, kernel_of(request)
    assert application is not None
    scopes, hats = looked.scopes, list(actor.mandates) if ENTERPRISE in looked.scopes else []
    told = await claims_of(connection, kernel.vault, kernel.directory, application, actor, scopes, None)
    answer = page(
        request,
        "identity/consent.html",
        status=422 if fault else 200,
        application=application.stated,
        department=department_name(kernel, application.region, application.stated.department),
        host=_host(request),
        wanted=[
            (name, scope_words(name, words_of(request)), _value(name, told))
            for name in scopes
            if name not in (OPENID, OFFLINE)
        ],
        stays=OFFLINE in scopes,
        hats=hats,
        asks_hat=ENTERPRISE in scopes,
        fault=fault,
        query=request.url.query,
        account=actor.account,
    )
    answer.headers.update(NO_STORE)
    return answer


def _value(scope: str, told: Any) -> str:
    """What the application will read, as the person knows it."""
    if scope == "posts":
        return "、".join(post["department_name"] for post in told.get("posts", []))
    names = {"profile": "name", "phone": "phone_number", "phone.full": "phone_number"}
    return str(told.get(names.get(scope, ""), "")) if scope in names else ""


def _host(request: WebRequest) -> str:
    parts = urlsplit(request.query_params.get("redirect_uri", ""))
    return parts.netloc or parts.scheme


@post(PATH, status_code=303, opt=FROM_ELSEWHERE)
async def ask_by_form(request: WebRequest) -> Response[Any]:
    """The same demand sent as a form, as the protocol allows: it goes on by its address, where cookies come along."""
    asked = await asked_of(request)
    return goto(f"{PATH}?{urlencode([*asked.query, *asked.form])}")


@post("/identity/consent", status_code=200)
async def decide(request: WebRequest) -> Response[Any]:
    """Agree or not. Everything that was asked is checked again; whoever is somebody else by now is asked anew."""
    provider, known, typed = provider_of(request), await signed_in(request), await texts(request)
    asked = Asked("GET", PATH, {}, (await asked_of(request)).query)
    actor = known.actor
    if uuid_of(typed.get("account")) != actor.account:
        return goto(f"{PATH}?{request.url.query}")
    async with kernel_of(request).database.connection() as connection:
        signed = signed_in_as(actor)
        looked = await provider.look(connection, asked, signed)
        if looked.refused or looked.application is None:
            return refused(request, looked.refused)
        if typed.get("answer") != "agree":
            return _left(request, await provider.decline(connection, asked, "access_denied"))
        hat = typed.get("hat", "")
        if ENTERPRISE in looked.scopes and actor.mandates and not hat:
            return await _page(request, connection, looked, actor, fault="hat")
        enterprise = mandate_of(actor, uuid).enterprise if (uuid := uuid_of(hat)) else None
        async with connection.transaction():
            await consents.give(connection, actor, looked.application, set(looked.scopes), enterprise, known.now)
            answered = await provider.agree(connection, asked, signed, enterprise)
        return _left(request, answered)


ROUTES = (ask, ask_by_form, decide)
