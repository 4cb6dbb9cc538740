"""Tokens for programs: given for codes, renewed, given back, asked about. No cookie counts here."""

from typing import Any

from litestar import Response, post

from tongban.parties.applications.asked import Answered
from tongban.web.identity.exchanging import FROM_ELSEWHERE, asked_of, document, provider_of
from tongban.web.portal.parts import kernel_of
from tongban.web.site import WebRequest


@post("/identity/token", status_code=200, opt=FROM_ELSEWHERE)
async def give(request: WebRequest) -> Response[Any]:
    """Tokens for a code, a refresh token, or an institution (RFC 6749 section 3.2)."""
    provider, asked = provider_of(request), await asked_of(request)
    async with kernel_of(request).database.connection() as connection:
        return _told(await provider.token(connection, asked))


@post("/identity/revoke", status_code=200, opt=FROM_ELSEWHERE)
async def take_back(request: WebRequest) -> Response[Any]:
    """An application gives a token back: a refresh token ends its whole sign-in (RFC 7009)."""
    provider, asked = provider_of(request), await asked_of(request)
    async with kernel_of(request).database.connection() as connection:
        return _told(await provider.endpoint(connection, asked, "revocation"))


@post("/identity/introspect", status_code=200, opt=FROM_ELSEWHERE)
async def tell(request: WebRequest) -> Response[Any]:
    """An application asks about a token of its own (RFC 7662)."""
    provider, asked = provider_of(request), await asked_of(request)
    async with kernel_of(request).database.connection() as connection:
        return _told(await provider.endpoint(connection, asked, "introspection"))


def _told(answered: Answered) -> Response[Any]:
    return document(answered, **({"www-authenticate": "Basic"} if answered.status == 401 else {}))


ROUTES = (give, take_back, tell)
