"""Requests as the protocol reads them, and its answers as HTTP. Called by every handler of ``/identity``."""

import json
from typing import Any

from litestar import Response
from litestar.exceptions import NotFoundException

from tongban.parties.applications.asked import Answered, Asked
from tongban.parties.applications.provider import IdentityProvider
from tongban.web.pages import page
from tongban.web.portal.parts import goto
from tongban.web.site import WebRequest, site_of

FROM_ELSEWHERE: dict[str, Any] = {"exclude_from_csrf": True}
"""For handlers that programs and other sites send forms to: none of them changes anything for a cookie alone."""
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


def provider_of(request: WebRequest) -> IdentityProvider:
    """What signs people in for others; nothing is here where that is not offered."""
    provider = site_of(request).provider
    if provider is None:
        raise NotFoundException
    return provider


async def asked_of(request: WebRequest) -> Asked:
    """The request with its parameters; of headers only the one that proves who asks."""
    form: list[tuple[str, str]] = []
    if request.method == "POST":
        form = [(k, v) for k, v in (await request.form()).multi_items() if isinstance(v, str)]
    proof = request.headers.get("authorization")
    headers = {"Authorization": proof} if proof else {}
    query = [(str(k), str(v)) for k, v in request.query_params.multi_items()]
    return Asked(request.method, request.url.path, headers, query, form)


def document(answered: Answered, **headers: str) -> Response[Any]:
    """An answer for a program: JSON, never kept (RFC 6749 section 5.1)."""
    given = {name.lower(): value for name, value in answered.headers} | NO_STORE | headers
    given.pop("content-type", None)
    content = answered.body if isinstance(answered.body, str) else json.dumps(answered.body, ensure_ascii=False)
    return Response(content, status_code=answered.status, media_type="application/json", headers=given)


def onward(request: WebRequest, location: str) -> Response[Any]:
    """Send the person's browser on to an application.

    A form of ours may lead nowhere but here (``form-action``), and browsers hold redirects to that as well; so
    whoever comes from such a form gets a page that goes on by itself, with a link, and everybody else a redirect.
    """
    if request.headers.get("sec-fetch-site") == "same-origin":
        answer: Response[Any] = page(request, "identity/onward.html", location=location)
    else:
        answer = goto(location)
    answer.headers.update(NO_STORE)
    return answer
