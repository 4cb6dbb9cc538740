"""Documents of a draft, or of a case that waits for its applicant: found ones shown, the others photographed."""

from typing import Any, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from tongban.basics.errors import TongbanError
from tongban.basics.upload_errors import UploadEmpty
from tongban.cases.actions import drafts, files
from tongban.cases.errors import DraftSubmitted
from tongban.cases.kernel import Kernel
from tongban.cases.look_up_plans import LookUpPlan, plans_of
from tongban.cases.readiness import MaterialStatus
from tongban.parties.actions import Signed
from tongban.services.definitions import Material
from tongban.web.pages import page
from tongban.web.portal.parts import department_name, fault_of, goto, kernel_of
from tongban.web.portal.steps import own
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

MOST_BODY = 60_000_000
"""Bytes: several photos may be chosen at once. Each single file has its own, smaller limit."""


class MaterialView(Struct, frozen=True):
    """One material as the page shows it. ``consent``: a look-up that was not agreed to would make it needless.

    ``other``: whether another person, whose data it is, agreed; "awaited" whatever else is the case.
    """

    status: MaterialStatus
    provider: str | None
    consent: LookUpPlan | None
    error: str | None = None
    other: Literal["given", "awaited"] | None = None

    @property
    def material(self) -> Material:
        """The material itself."""
        return self.status.material


@get("/materials")
async def show(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[str]:
    """What was found, and what is to be uploaded."""
    return await draft_page(request, region, draft_id)


async def draft_page(
    request: WebRequest, region: str, draft_id: UUID, fault: dict[str, Any] | None = None, status: int = 200
) -> Response[str]:
    """The page of materials of a draft; ``fault`` is told at its material."""
    _, filling = await own(request, region, draft_id)
    views = [
        _view(kernel_of(request), filling.version, region, one, filling.draft.consents, fault)
        for one in filling.readiness.materials
        if one.state != "not_needed"
    ]
    return page(
        request, "portal/materials.html", status=status, filling=filling, draft=filling.draft, views=views,
        fault=fault, steps=filling.steps(),
        missing=[view for view in views if view.status.state == "missing"],
    )  # fmt: skip


def _view(
    kernel: Kernel, version: Any, region: str, one: MaterialStatus, consents: tuple[str, ...], fault: Any
) -> MaterialView:
    plans = [plan for plan in plans_of(kernel, version, region, one.material) if plan.legal == "consent"]
    open_ = plans[0] if plans and one.material.id not in consents and one.state != "found" else None
    other: Literal["given", "awaited"] | None = None
    if one.material.consent_of:
        open_, other = None, "given" if one.material.id in consents else "awaited"
    provider = department_name(kernel, region, one.evidence.provider) if one.evidence else None
    wrong = fault["message"] if fault and fault["field"] == f"file-{one.material.id}" else None
    return MaterialView(one, provider, open_, wrong, other)


@post("/consented", status_code=200)
async def look_up(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[Any]:
    """Save the form as it is, so that what became possible is looked up."""
    signed, filling = await own(request, region, draft_id)
    await drafts.save_form(kernel_of(request), signed.actor, signed.now, region, draft_id, filling.draft.revision, {})
    return goto(f"/drafts/{region}/{draft_id}/materials")


@post("/files/{material:str}", request_max_body_size=MOST_BODY, status_code=200)
async def upload(
    request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID], material: FromPath[str]
) -> Response[Any]:
    """Take one or several files for ``material``; a refused one is told at its material, the others stay."""
    signed = await signed_in(request)
    try:
        await keep_files(request, signed, region, draft_id, material)
    except DraftSubmitted:
        raise
    except TongbanError as error:
        if error.status == 404:
            raise
        return await draft_page(request, region, draft_id, fault_of(request, error, f"file-{material}"), error.status)
    return goto(f"/drafts/{region}/{draft_id}/materials#material-{material}")


async def keep_files(request: WebRequest, signed: Signed, region: str, case_id: UUID, material: str) -> None:
    """Check and keep every file of the request, one after another. Raises what ``files.upload`` raises."""
    form = await request.form()
    sent = [one for one in form.getall("file", []) if isinstance(one, UploadFile) and one.filename]
    if not sent:
        raise UploadEmpty(name="")
    for one in sent:
        content = await one.read()
        await files.upload(
            kernel_of(request), signed.actor, signed.now, region, case_id, material,
            one.filename, one.content_type or "", content,
        )  # fmt: skip


@post("/files/{file_id:uuid}/remove")
async def remove(
    request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[Any]:
    """Take one file off again."""
    signed = await signed_in(request)
    await drafts.read_draft(kernel_of(request), signed.actor, region, draft_id)
    await files.remove(kernel_of(request), signed.actor, signed.now, region, draft_id, file_id)
    return goto(f"/drafts/{region}/{draft_id}/materials")


@get("/files/{file_id:uuid}")
async def content(
    request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[bytes]:
    """A file as it is kept. Only pictures and PDFs are ever kept, so it may be shown in the browser."""
    return await file_answer(request, region, draft_id, file_id)


async def file_answer(request: WebRequest, region: str, case_id: UUID, file_id: UUID) -> Response[bytes]:
    """The content of one file, for whoever may read it. Raises ``CaseNotFound``."""
    signed = await signed_in(request)
    kept = await files.read_file(kernel_of(request), signed.actor, region, case_id, file_id)
    if not kept.media_type.startswith(("image/", "application/pdf")):
        raise NotFoundException
    return Response(kept.content, media_type=kept.media_type, headers={"content-disposition": "inline"})
