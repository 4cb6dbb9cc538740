"""Receipts: at once the signed promise, soon after the proof that anybody can check offline."""

import base64
import binascii
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.params import FromPath

from tongban.cases.actions.submission import Submitted
from tongban.cases.errors import CaseNotFound
from tongban.cases.views.shapes import CasePage
from tongban.ledger.models import Pending, Receipt
from tongban.ledger.receipts import make_receipt
from tongban.web.pages import page
from tongban.web.portal.parts import kernel_of
from tongban.web.portal.progress import Progress, read_matter
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

_COOKIE = "tongban_promise"
PRINT = "receipt.print"
_DAY = 24 * 3600


def remember_promise(request: WebRequest, answer: Response[Any], made: Submitted) -> Response[Any]:
    """Let the browser keep the signed promise until the proof exists; it holds nothing personal."""
    if made.promise is not None:
        value = base64.urlsafe_b64encode(msgspec.json.encode(made.promise)).decode()
        answer.set_cookie(
            Cookie(
                key=_COOKIE, value=value, path=f"/matters/{made.region}/{made.id}", max_age=_DAY, httponly=True,
                samesite="lax", secure=site_of(request).settings.secure,
            )
        )  # fmt: skip
    return answer


def _promise(request: WebRequest, entry: UUID) -> dict[str, Any] | None:
    try:
        held = msgspec.json.decode(base64.urlsafe_b64decode(request.cookies.get(_COOKIE, "")))
    except (msgspec.DecodeError, binascii.Error, ValueError):
        return None
    return held if isinstance(held, dict) and held.get("id") == str(entry) else None


@get("/receipt")
async def show(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[str]:
    """The receipt of the submission: number, code, what was promised, what happens next."""
    case, progress, receipt = await _submission(request, region, case_id)
    helps = (await signed_in(request)).actor.assists(region, case_id) is not None
    address = f"{site_of(request).settings.base_url}/matters/{region}/{case_id}/receipt"
    return page(
        request, "portal/receipt.html", case=case, progress=progress, receipt=receipt, address=address,
        sealed=isinstance(receipt, Receipt), helps=helps,
    )  # fmt: skip


@get("/receipt/state")
async def state(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[str]:
    """The part of the receipt that changes once the proof exists."""
    case, _, receipt = await _submission(request, region, case_id)
    return page(request, "portal/receipt_state.html", case=case, sealed=isinstance(receipt, Receipt))


async def _submission(request: WebRequest, region: str, case_id: UUID) -> tuple[CasePage, Progress, Receipt | Pending]:
    signed = await signed_in(request)
    kernel = kernel_of(request)
    case, progress = await read_matter(kernel, signed.actor, region, case_id, PRINT)
    entry = next(event.id for event in case.events if event.kind == "case.submitted")
    async with kernel.database.connection() as connection:
        receipt = await make_receipt(connection, region, entry)
    return case, progress, receipt


@get("/receipts/{entry:uuid}")
async def download(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[bytes]:
    """The receipt of one event as JSON; while it waits to be sealed the promise, or what is known of it."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    case, _ = await read_matter(kernel, signed.actor, region, case_id, PRINT)
    if all(event.id != entry for event in case.events):
        raise CaseNotFound()
    async with kernel.database.connection() as connection:
        receipt = await make_receipt(connection, region, entry)
    body = receipt if isinstance(receipt, Receipt) else _promise(request, entry) or receipt
    kind = "receipt" if isinstance(receipt, Receipt) else "promise"
    return Response(
        msgspec.json.format(msgspec.json.encode(body), indent=2),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{kind}-{case.case.number}.json"'},
    )
