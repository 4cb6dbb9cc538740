"""Being asked for one's own consent to a look-up for somebody else's application: read what for, give it or refuse.

Part of "my data"; the list stands above what one agreed to. Law followed: Personal Information Protection Law
个人信息保护法 articles 14 to 17, 23 and 29.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.cases.consent_of_others import answering
from tongban.cases.consent_of_others.answering import Asked
from tongban.cases.consent_of_others.errors import RequestOver
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts, words_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

HERE = "/my-data/consent-requests"


def _page(request: WebRequest, asked: Asked, fault: dict[str, Any] | None = None, status: int = 200) -> Response[str]:
    return page(
        request, "portal/consent_request.html", status=status, asked=asked, fault=fault,
        here=f"{HERE}/{asked.region}/{asked.id}",
        given=f"/my-data/consents/{asked.region}/{asked.case_id}/{asked.material.id}",
    )  # fmt: skip


@get(HERE + "/{region:str}/{asking:uuid}")
async def show(request: WebRequest, region: FromPath[str], asking: FromPath[UUID]) -> Response[str]:
    """One request: who asks, what would be looked up by whom, why, until when. Raises ``RequestNotFound``."""
    signed = await signed_in(request)
    return _page(request, await answering.request(kernel_of(request), signed.actor, region, asking))


@post(HERE + "/{region:str}/{asking:uuid}", status_code=200)
async def reply(request: WebRequest, region: FromPath[str], asking: FromPath[UUID]) -> Response[Any]:
    """Give or refuse (``answer``); without a choice nothing happens. Raises ``RequestNotFound``."""
    signed, kernel = await signed_in(request), kernel_of(request)
    said = (await texts(request)).get("answer")
    if said not in ("given", "refused"):
        return goto(f"{HERE}/{region}/{asking}")
    try:
        await answering.answer(
            kernel, signed.actor, region, asking, "given" if said == "given" else "refused",
            words_of(request).language,
        )  # fmt: skip
    except RequestOver as over:
        asked = await answering.request(kernel, signed.actor, region, asking)
        return _page(request, asked, fault_of(request, over), over.status)
    return goto(f"{HERE}/{region}/{asking}")


ROUTES = (show, reply)
