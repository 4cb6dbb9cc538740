"""Promises signed with an application: a commitment instead of proof, and materials that follow after acceptance.

Each is read in full before it is signed, and can be taken back until the application is sent.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.errors import TongbanError
from tongban.cases.actions import pledges
from tongban.cases.actions.drafts import read_draft, version_of
from tongban.cases.paths import tolerance_text
from tongban.web.pages import page
from tongban.web.portal.parts import choices, fault_of, goto, kernel_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest


@get("/promises")
async def show(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[str]:
    """What may be promised in one's own draft, in full, and what has been."""
    return await _page(request, region, draft_id)


async def _page(
    request: WebRequest, region: str, draft_id: UUID, fault: dict[str, Any] | None = None, status: int = 200
) -> Response[str]:
    signed, kernel = await signed_in(request), kernel_of(request)
    draft = await read_draft(kernel, signed.actor, region, draft_id)
    offer = await pledges.offered(kernel, signed.actor, signed.now, region, draft_id)
    version = version_of(kernel, draft)
    promised = tolerance_text(version, draft.tolerated) if draft.tolerated else None
    return page(
        request, "portal/promises.html", status=status, draft=draft, offer=offer, version=version, fault=fault,
        promised=promised, tolerance=version.journey.tolerance,
    )  # fmt: skip


@post("/promises/commitments/{commitment:str}", status_code=200)
async def commit(
    request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID], commitment: FromPath[str]
) -> Response[Any]:
    """Sign a commitment as it was shown."""
    signed, kernel = await signed_in(request), kernel_of(request)
    try:
        await pledges.sign_commitment(kernel, signed.actor, signed.now, region, draft_id, commitment)
    except TongbanError as error:
        return await _refused(request, region, draft_id, error)
    return goto(f"/drafts/{region}/{draft_id}/promises")


@post("/promises/tolerance", status_code=200)
async def tolerate(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[Any]:
    """Sign that the ticked materials will follow; ticking none takes the promise back."""
    signed, kernel = await signed_in(request), kernel_of(request)
    ticked = await choices(request, "materials")
    try:
        if ticked:
            await pledges.sign_tolerance(kernel, signed.actor, signed.now, region, draft_id, ticked)
        else:
            await pledges.take_back(kernel, signed.actor, signed.now, region, draft_id, "tolerance", pledges.TOLERANCE)
    except TongbanError as error:
        return await _refused(request, region, draft_id, error)
    return goto(f"/drafts/{region}/{draft_id}/promises")


@post("/promises/commitments/{commitment:str}/remove")
async def take_back(
    request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID], commitment: FromPath[str]
) -> Response[Any]:
    """Take a commitment back before the application is sent."""
    signed, kernel = await signed_in(request), kernel_of(request)
    await pledges.take_back(kernel, signed.actor, signed.now, region, draft_id, "commitment", commitment)
    return goto(f"/drafts/{region}/{draft_id}/promises")


async def _refused(request: WebRequest, region: str, draft_id: UUID, error: TongbanError) -> Response[str]:
    if error.status == 404 or error.status >= 500:
        raise error
    return await _page(request, region, draft_id, fault_of(request, error), error.status)
