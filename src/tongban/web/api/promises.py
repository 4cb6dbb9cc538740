"""What an applicant may promise in a draft instead of proving it now: commitments, and materials that follow."""

from uuid import UUID

from litestar import delete, get, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.cases.actions import drafts, pledges
from tongban.cases.models import Draft
from tongban.web.api.parameters import Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class OfferedCommitment(Struct, frozen=True):
    """A commitment that may be signed now; ``text`` is what would be signed, word for word."""

    id: str
    name: str
    text: str
    materials: list[str]
    tasks: list[str]
    basis: str


class Promises(Struct, frozen=True):
    """What may be promised now, and what was signed. ``tolerable``: materials that may follow; ``barred``: the reason
    of unrepaired bad credit, with which nothing is offered."""

    commitments: list[OfferedCommitment]
    tolerable: list[str]
    barred: str | None
    signed_commitments: list[str]
    tolerated: list[str]


class ToFollow(Struct, forbid_unknown_fields=True):
    """The materials that will follow, by id; none takes the promise back."""

    materials: list[str]


async def _promises(request: WebRequest, region: str, draft: Draft) -> Promises:
    signed = await signed_in(request)
    offer = await pledges.offered(site_of(request).kernel, signed.actor, signed.now, region, draft.id)
    return Promises(
        commitments=[
            OfferedCommitment(c.id, c.name, offer.texts[c.id], list(c.materials), list(c.tasks), c.basis)
            for c in offer.commitments
        ],
        tolerable=[material.id for material in offer.tolerable],
        barred=offer.barred,
        signed_commitments=list(draft.commitments),
        tolerated=list(draft.tolerated),
    )


@get("/drafts/{region:str}/{draft:uuid}/promises", responses=answers(401, 404, 409), tags=["drafts"], **SIGNED_IN)
async def read_promises(request: WebRequest, region: Region, draft: FromPath[UUID]) -> Promises:
    """What one may promise in this application, with the texts that would be signed."""
    signed = await signed_in(request)
    found = await drafts.read_draft(site_of(request).kernel, signed.actor, region, draft)
    return await _promises(request, region, found)


@put(
    "/drafts/{region:str}/{draft:uuid}/commitments/{commitment:str}",
    responses=answers(401, 403, 404, 409, 422),
    tags=["drafts"],
    **SIGNED_IN,
)
async def sign_commitment(
    request: WebRequest, region: Region, draft: FromPath[UUID], commitment: FromPath[str]
) -> Promises:
    """Sign a commitment in one's own draft; its text is kept sealed, its digest is recorded when one applies."""
    signed = await signed_in(request)
    kernel = site_of(request).kernel
    found = await pledges.sign_commitment(kernel, signed.actor, signed.now, region, draft, commitment)
    return await _promises(request, region, found)


@delete(
    "/drafts/{region:str}/{draft:uuid}/commitments/{commitment:str}",
    responses=answers(401, 404, 409),
    status_code=200,
    tags=["drafts"],
    **SIGNED_IN,
)
async def take_back(request: WebRequest, region: Region, draft: FromPath[UUID], commitment: FromPath[str]) -> Promises:
    """Take a commitment back before applying; nothing happens for one that was not signed."""
    signed = await signed_in(request)
    kernel = site_of(request).kernel
    found = await pledges.take_back(kernel, signed.actor, signed.now, region, draft, "commitment", commitment)
    return await _promises(request, region, found)


@put(
    "/drafts/{region:str}/{draft:uuid}/tolerance",
    responses=answers(401, 403, 404, 409, 422),
    tags=["drafts"],
    **SIGNED_IN,
)
async def sign_tolerance(
    request: WebRequest, region: Region, draft: FromPath[UUID], data: JSONBody[ToFollow]
) -> Promises:
    """Sign that materials will follow after acceptance; an empty list takes the promise back."""
    signed = await signed_in(request)
    kernel = site_of(request).kernel
    if data.materials:
        found = await pledges.sign_tolerance(kernel, signed.actor, signed.now, region, draft, data.materials)
    else:
        name = pledges.TOLERANCE
        found = await pledges.take_back(kernel, signed.actor, signed.now, region, draft, "tolerance", name)
    return await _promises(request, region, found)


ROUTES = [read_promises, sign_commitment, take_back, sign_tolerance]
