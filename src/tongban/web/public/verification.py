"""Verify a licence: by the code on it, or by the signed PDF itself. Shows the minimum and nothing more."""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.licences.actions import verify, verify_document
from tongban.licences.presenting.rules import is_presentation_code
from tongban.web.allowing import allowed
from tongban.web.errors import PageMissing, RequestUnfit
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.site import WebRequest, site_of

MOST_BYTES = 11_000_000
TEMPLATE = "public/verify.html"


@get("/verify", sync_to_thread=False)
def form(request: WebRequest, code: FromQuery[str] = "") -> Response[str] | Redirect:
    """The form; with ``?code=`` it leads to the licence's own address, or to what its holder shows now."""
    typed = code.strip().replace("/", "")
    if typed:
        return Redirect(f"/{'presented' if is_presentation_code(typed) else 'verify'}/{quote(typed)}", status_code=303)
    return page(request, TEMPLATE, code="", licence=None, signed=None, refused=None)


@get("/verify/{code:str}", guards=[allowed("verify", everybody=True)])
async def by_code(request: WebRequest, code: FromPath[str]) -> Response[str]:
    """What anybody with the code may know. A mistyped or unknown code is told on the same page."""
    site = site_of(request)
    try:
        async with site.kernel.database.connection() as connection:
            found = await verify(connection, site.kernel.vault, code)
    except TongbanError as error:
        return _refused(request, error, code)
    return page(request, TEMPLATE, code=code, licence=found, signed=None, refused=None)


@post("/verify", request_max_body_size=MOST_BYTES, status_code=200, guards=[allowed("verify-document", everybody=True)])
async def by_document(
    request: WebRequest, data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
) -> Response[str]:
    """Whether an uploaded PDF is genuine, unchanged and the one on record. Raises ``RequestUnfit``, ``PageMissing``."""
    site, file = site_of(request), data.get("document")
    if site.signature_check is None:
        raise PageMissing()
    if not isinstance(file, UploadFile):
        raise RequestUnfit("document")
    pdf = await file.read()
    try:
        report = await site.signature_check(pdf)
        async with site.kernel.database.connection() as connection:
            found = await verify_document(connection, site.kernel.vault, pdf, report)
    except TongbanError as error:
        return _refused(request, error, "")
    return page(request, TEMPLATE, code="", licence=found.licence, signed=found, refused=None)


def _refused(request: WebRequest, error: TongbanError, code: str) -> Response[str]:
    if error.status >= 500:
        raise error
    said = sentence(error, site_of(request).words(request_language(request)))
    return page(request, TEMPLATE, status=error.status, code=code, licence=None, signed=None, refused=said)
