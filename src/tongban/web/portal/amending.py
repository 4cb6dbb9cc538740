"""Change a case that is not accepted yet: edit it, supply what was asked for, hand it in again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.errors import TongbanError
from tongban.cases.actions import applicant, files
from tongban.cases.errors import FormIncomplete, MaterialsMissing, NotEligible, StalePage, WrongState
from tongban.cases.models import Applicant, Draft
from tongban.cases.readiness import MaterialStatus
from tongban.cases.views.reading import read_case
from tongban.parties.models import Principal
from tongban.web.pages import page
from tongban.web.portal.filling import Filling, fill, listed, values_of
from tongban.web.portal.materials import MOST_BODY, file_answer, keep_files
from tongban.web.portal.matters import read
from tongban.web.portal.parts import fault_of, goto, kernel_of, revision_of, texts, words_of
from tongban.web.portal.progress import Progress
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest


async def filling_of(
    request: WebRequest, region: str, case_id: UUID, typed: Mapping[str, str], action: str = "case.edit"
) -> tuple[Filling, int]:
    """The case as if it were a draft, with ``typed`` on top, and its revision. Raises ``CaseNotFound``."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    async with kernel.database.connection() as connection:
        read = await read_case(connection, kernel, signed.actor, region, case_id, action)
    form = {**read.dossier.form, **values_of(read.version, None, typed)}
    case = read.case
    draft = Draft(
        region=region, id=case_id, account=case.account, pack=case.pack, version=case.version, journey=case.journey,
        revision=case.revision, form=form, opened_at=case.submitted_at, updated_at=case.submitted_at,
        noticed_at=case.submitted_at, evidence=read.evidence, files=read.files,
        principal=Principal(case.account, case.applicant_name, case.person_key, b""),
    )  # fmt: skip
    holder: Applicant = read.dossier.applicant
    return fill(kernel, draft, holder, signed.now), case.revision


@get("/edit")
async def edit(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[Any]:
    """The form of the case, all steps on one page, with its materials."""
    return await _page(request, region, case_id)


async def _page(
    request: WebRequest,
    region: str,
    case_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    error: TongbanError | None = None,
    fault: dict[str, Any] | None = None,
    status: int = 200,
    more: bool = False,
) -> Response[Any]:
    case, progress = await read(request, region, case_id)
    if not case.editable:
        return goto(f"/matters/{region}/{case_id}")
    filling, revision = await filling_of(request, region, case_id, typed or {})
    words = words_of(request)
    faults = faults_of(request, error) if error else []
    return page(
        request,
        "portal/edit.html",
        status=status,
        case=case,
        progress=progress,
        revision=revision,
        sections=[(step, filling.views(step, words, faults=faults)) for step in filling.steps()],
        asked=" ".join(field.id for step in filling.steps() for field in filling.asked(step)),
        faults=faults,
        fault=fault,
        warnings=filling.warnings(words),
        appeared=more,
        uploads_of=uploads_in(filling, progress),
        wanted={material.id for material in progress.asked} if case.case.state == "supplementing" else set(),
    )


def uploads_in(filling: Filling, progress: Progress) -> list[MaterialStatus]:
    """Materials that the applicant may bring: those not found, those brought already, those asked for."""
    asked = {material.id for material in progress.asked}
    return [
        one
        for one in filling.readiness.materials
        if one.uploadable and one.state != "not_needed" and (one.state != "found" or one.material.id in asked)
    ]


def faults_of(request: WebRequest, error: TongbanError) -> list[dict[str, Any]]:
    """What is wrong, as lines that lead to their fields."""
    lines = listed(getattr(error, "faults", []), words_of(request))
    return lines or [fault_of(request, error)]


def appeared(filling: Filling, typed: Mapping[str, str]) -> bool:
    """Whether what was typed brought up fields that must be filled in and were not on the page."""
    known = set(typed.get("asked", "").split())
    new = {field.id for step in filling.steps() for field in filling.asked(step)} - known
    return any(fault["field"] in new for fault in filling.readiness.form_faults)


@post("/edit", status_code=200)
async def save(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[Any]:
    """Put the changed case before the lead department (again). Faults come back on the same page."""
    signed = await signed_in(request)
    kernel, typed = kernel_of(request), await texts(request)
    filling, _ = await filling_of(request, region, case_id, typed)
    if appeared(filling, typed):
        return await _page(request, region, case_id, typed=typed, more=True)
    changes = values_of(filling.version, None, typed)
    try:
        await applicant.change(kernel, signed.actor, region, case_id, revision_of(typed), changes)
    except (FormIncomplete, NotEligible, MaterialsMissing, StalePage, WrongState) as error:
        return await _page(request, region, case_id, typed=typed, error=error, status=error.status)
    return goto(f"/matters/{region}/{case_id}?done=sent")


@post("/files/{material:str}", request_max_body_size=MOST_BODY, status_code=200)
async def upload(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], material: FromPath[str]
) -> Response[Any]:
    """Take files for a case that waits for its applicant; refused ones are told at their material."""
    signed = await signed_in(request)
    try:
        await keep_files(request, signed, region, case_id, material)
    except TongbanError as error:
        if error.status == 404:
            raise
        fault = fault_of(request, error, f"file-{material}")
        return await _page(request, region, case_id, fault=fault, status=error.status)
    return goto(f"/matters/{region}/{case_id}/edit#material-{material}")


@post("/files/{file_id:uuid}/remove")
async def remove(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[Any]:
    """Take one file off again."""
    signed = await signed_in(request)
    await files.remove(kernel_of(request), signed.actor, signed.now, region, case_id, file_id)
    return goto(f"/matters/{region}/{case_id}/edit")


@get("/files/{file_id:uuid}")
async def content(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[bytes]:
    """A file of the case as it is kept."""
    return await file_answer(request, region, case_id, file_id)
