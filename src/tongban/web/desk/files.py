"""Uploaded documents and receipts of decisions, for the departments that take part.

A file is shown as what it was checked to be and nothing else: never as a page, never with a script.
"""

from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from tongban.cases.actions.files import read_file
from tongban.cases.errors import CaseNotFound
from tongban.cases.views.reading import case_page
from tongban.ledger.models import Receipt
from tongban.ledger.receipts import make_receipt
from tongban.web.allowing import allowed
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PICTURES = ("image/jpeg", "image/png", "image/webp")
PDF = "application/pdf"
_ALONE = "default-src 'none'; sandbox"
# A browser's own PDF viewer does not start in a sandbox; it runs no script of this site all the same.
_POLICIES = {PDF: "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"}


@get("/desk/files/{region:str}/{case_id:uuid}/{file_id:uuid}", guards=[allowed("copy")])
async def show(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[bytes]:
    """One uploaded file. Raises ``CaseNotFound`` for whoever may not see it."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    if region not in kernel.directory.regions:
        raise CaseNotFound()
    found = await read_file(kernel, signed.actor, region, case_id, file_id)
    shown = found.media_type in (*PICTURES, PDF)
    headers = {
        "content-disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(found.name, safe='')}",
        "content-security-policy": _POLICIES.get(found.media_type, _ALONE),
        "cache-control": "private, no-store",
    }
    return Response(
        found.content, media_type=found.media_type if shown else "application/octet-stream", headers=headers
    )


@get("/desk/receipts/{region:str}/{case_id:uuid}/{entry:uuid}")
async def receipt(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[bytes]:
    """The receipt of one event as a file: the proof, or (202) until when it will be sealed. Raises ``CaseNotFound``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    if region not in kernel.directory.regions:
        raise CaseNotFound()
    case = await case_page(kernel, signed.actor, region, case_id)
    if not any(event.id == entry for event in case.events):
        raise CaseNotFound()
    async with kernel.database.connection() as connection:
        found = await make_receipt(connection, region, entry)
    return Response(
        msgspec.json.format(msgspec.json.encode(found), indent=1),
        status_code=200 if isinstance(found, Receipt) else 202,
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="receipt-{case.case.number}-{entry.hex[-6:]}.json"'},
    )
