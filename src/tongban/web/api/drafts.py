"""Applications before they are made: open, notice, form, files, what is missing, submit."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, JSONBody
from msgspec import Struct

from tongban.cases.actions import drafts, files
from tongban.cases.actions.submission import Submitted, submit
from tongban.cases.models import Draft, File
from tongban.cases.readiness import MaterialState
from tongban.parties.errors import AssuranceTooLow, NotSignedIn
from tongban.web.api.once import once
from tongban.web.api.parameters import Hat, Identifier, Key, Region, RegionCode, worn
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.errors import PersonNeeded
from tongban.web.reading import request_language
from tongban.web.signed_in import secret_of, signed_in
from tongban.web.site import WebRequest, site_of

MOST_UPLOAD = 25_000_000


class OpenDraft(Struct, forbid_unknown_fields=True):
    """Which journey, in which region (six digits). ``enterprise`` or ``principal`` (a person's account): for whom, if
    not for oneself."""

    region: RegionCode
    journey: str
    enterprise: UUID | None = None
    principal: UUID | None = None


class Notice(Struct, forbid_unknown_fields=True):
    """The notice was read. ``consents``: materials whose look-up rests on consent and may be made."""

    consents: list[str] = []


class FormChange(Struct, forbid_unknown_fields=True):
    """Values to save, by field id; null empties a field. ``revision`` as last read."""

    revision: int
    values: dict[str, str | int | float | bool | None]


class Upload(Struct):
    """One file, as the part ``file`` of a form."""

    file: UploadFile


class Submission(Struct, forbid_unknown_fields=True):
    """What is submitted: the draft exactly as reviewed."""

    revision: int


class MaterialPage(Struct):
    """One material: where it comes from, or that it is missing."""

    id: str
    name: str
    state: MaterialState
    uploadable: bool
    provider: str | None = None
    looked_up_at: dt.datetime | None = None
    outcome: str | None = None
    files: tuple[File, ...] = ()


class DraftPage(Struct):
    """A draft with everything a form needs. ``prefilled``: field → the name it was filled in from.

    ``enterprise``: for which one, with its name, if not for oneself.
    """

    region: str
    id: UUID
    journey: str
    version: str
    revision: int
    made: bool
    notice_read: bool
    values: dict[str, Any]
    prefilled: dict[str, str]
    materials: list[MaterialPage]
    form_faults: list[dict[str, Any]]
    eligibility_faults: list[dict[str, Any]]
    material_faults: list[dict[str, Any]]
    ready: bool
    enterprise: UUID | None = None
    enterprise_name: str | None = None


async def _page(request: WebRequest, draft: Draft, made: bool = False) -> DraftPage:
    signed, kernel = await signed_in(request), site_of(request).kernel
    ready = drafts.readiness_of(kernel, signed.actor, draft, signed.now)
    materials = [
        MaterialPage(
            id=s.material.id,
            name=s.material.name,
            state=s.state,
            uploadable=s.uploadable,
            provider=s.evidence.provider if s.evidence else None,
            looked_up_at=s.evidence.at if s.evidence else None,
            outcome=s.evidence.outcome if s.evidence else None,
            files=s.files,
        )
        for s in ready.materials
    ]
    return DraftPage(
        region=draft.region,
        id=draft.id,
        journey=draft.journey,
        version=f"{draft.pack}@{draft.version}",
        revision=draft.revision,
        made=made,
        notice_read=draft.noticed_at is not None,
        values=draft.form,
        prefilled=ready.prefilled,
        materials=materials,
        form_faults=ready.form_faults,
        eligibility_faults=ready.eligibility_faults,
        material_faults=ready.material_faults,
        ready=ready.ready,
        enterprise=draft.enterprise.id if draft.enterprise else None,
        enterprise_name=draft.enterprise.name if draft.enterprise else None,
    )


@post("/drafts", responses=answers(401, 403, 404, 409, 422), tags=["drafts"], **SIGNED_IN)
async def open_draft(request: WebRequest, data: JSONBody[OpenDraft], key: Key) -> Response[DraftPage]:
    """Open a draft; the one that is open already is returned (``made`` false)."""

    async def act() -> DraftPage:
        signed, kernel = await signed_in(request), site_of(request).kernel
        opened = await drafts.open_draft(
            kernel, signed.actor, signed.now, data.region, data.journey, data.enterprise, data.principal
        )
        return await _page(request, opened.draft, opened.made)

    return await once(request, key, act)


@get("/drafts", responses=answers(401, 403), tags=["drafts"], **SIGNED_IN)
async def list_drafts(request: WebRequest, hat: Hat = None) -> list[drafts.DraftLine]:
    """One's open drafts and those of everybody one may act for, newest first (at most 50)."""
    signed = await signed_in(request)
    return await drafts.my_drafts(site_of(request).kernel, signed.actor, worn(signed.actor, hat))


@get("/drafts/{region:str}/{draft:uuid}", responses=answers(401, 404, 409), tags=["drafts"], **SIGNED_IN)
async def read_draft(request: WebRequest, region: Region, draft: FromPath[UUID]) -> DraftPage:
    """One's own draft and what is still missing."""
    signed = await signed_in(request)
    return await _page(request, await drafts.read_draft(site_of(request).kernel, signed.actor, region, draft))


@put(
    "/drafts/{region:str}/{draft:uuid}/notice", responses=answers(401, 403, 404, 409, 422), tags=["drafts"], **SIGNED_IN
)
async def read_notice(request: WebRequest, region: Region, draft: FromPath[UUID], data: JSONBody[Notice]) -> DraftPage:
    """Say that the notice was read; the first look-ups are made now and their findings filled in."""
    signed = await signed_in(request)
    read = await drafts.read_notice(
        site_of(request).kernel, signed.actor, signed.now, region, draft, data.consents, request_language(request)
    )
    return await _page(request, read)


@put("/drafts/{region:str}/{draft:uuid}/form", responses=answers(401, 404, 409), tags=["drafts"], **SIGNED_IN)
async def save_form(
    request: WebRequest, region: Region, draft: FromPath[UUID], data: JSONBody[FormChange]
) -> DraftPage:
    """Save values as one goes, faulty ones included; the answer names the faults."""
    signed = await signed_in(request)
    saved = await drafts.save_form(
        site_of(request).kernel, signed.actor, signed.now, region, draft, data.revision, data.values
    )
    return await _page(request, saved)


@post(
    "/drafts/{region:str}/{draft:uuid}/materials/{material:str}/files",
    responses=answers(401, 404, 409, 415, 422),
    tags=["drafts"],
    request_max_body_size=MOST_UPLOAD,
    **SIGNED_IN,
)
async def upload(
    request: WebRequest,
    region: Region,
    draft: FromPath[UUID],
    material: Identifier,
    key: Key,
    data: Annotated[Upload, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[File]:
    """Upload one file (photo or PDF) for a material of a draft, or of a case that waits for its applicant."""

    file, content = data.file, await data.file.read()

    async def act() -> File:
        signed, kernel = await signed_in(request), site_of(request).kernel
        return await files.upload(
            kernel, signed.actor, signed.now, region, draft, material, file.filename, file.content_type, content
        )

    # A client that sends the same file again chooses another boundary: the wish is the file, not the body.
    return await once(request, key, act, wish=f"{file.filename}\n{file.content_type}\n".encode() + content)


@delete(
    "/drafts/{region:str}/{draft:uuid}/files/{file:uuid}",
    responses=answers(401, 404, 409),
    tags=["drafts"],
    status_code=204,
    **SIGNED_IN,
)
async def remove_file(request: WebRequest, region: Region, draft: FromPath[UUID], file: FromPath[UUID]) -> None:
    """Take a file off."""
    signed = await signed_in(request)
    await files.remove(site_of(request).kernel, signed.actor, signed.now, region, draft, file)


@delete(
    "/drafts/{region:str}/{draft:uuid}",
    responses=answers(401, 404, 409),
    tags=["drafts"],
    status_code=204,
    **SIGNED_IN,
)
async def abandon(request: WebRequest, region: Region, draft: FromPath[UUID]) -> None:
    """Give a draft up: what was fetched for it is purged, its uses stay visible."""
    signed = await signed_in(request)
    await drafts.abandon(site_of(request).kernel, signed.actor, signed.now, region, draft)


@post(
    "/drafts/{region:str}/{draft:uuid}/submission",
    responses=answers(401, 403, 404, 409, 422),
    tags=["drafts"],
    **SIGNED_IN,
)
async def make_case(
    request: WebRequest, region: Region, draft: FromPath[UUID], data: JSONBody[Submission], key: Key
) -> Submitted:
    """Submit. The draft itself makes the call happen once: repeating it, with any key, returns the same case.

    Where an item asks for a passkey (`assurance: strong`) a token is answered 403 with `needed` and `at`: the page on
    which the person confirms and submits.
    """
    carried = secret_of(request)
    if carried is None:
        raise NotSignedIn()
    site = site_of(request)
    try:
        return await submit(site.kernel, *carried, region, draft, data.revision)
    except AssuranceTooLow as error:
        if error.data["needed"] != "strong":
            raise
        raise PersonNeeded(**error.data, at=f"{site.settings.base_url}/drafts/{region}/{draft}/review") from None


ROUTES = [
    open_draft,
    list_drafts,
    read_draft,
    read_notice,
    save_form,
    upload,
    remove_file,
    abandon,
    make_case,
]
