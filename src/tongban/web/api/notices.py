"""The papers of a case for programs: what was given in writing, and each paper as its signed PDF."""

from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from tongban.cases.errors import CaseNotFound
from tongban.cases.views.notices import NoticeLine, listed, read
from tongban.parties.models import Actor
from tongban.web.api.parameters import Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class NoticeList(Struct):
    """The papers of one case, oldest first."""

    items: list[NoticeLine]


@get("/cases/{region:str}/{case:uuid}/notices", responses=answers(401, 404), tags=["cases"], **SIGNED_IN)
async def list_notices(request: WebRequest, region: Region, case: FromPath[UUID]) -> NoticeList:
    """What was given in writing, for the applicant and the departments that take part."""
    signed = await signed_in(request)
    return NoticeList(await listed(site_of(request).kernel, signed.actor, region, case))


@get(
    "/cases/{region:str}/{case:uuid}/notices/{notice:uuid}",
    responses=answers(401, 404, 409),
    tags=["cases"],
    **SIGNED_IN,
)
async def read_notice(
    request: WebRequest, region: Region, case: FromPath[UUID], notice: FromPath[UUID]
) -> Response[bytes]:
    """One paper as a signed PDF; 409 for the seconds in which it is being made."""
    signed = await signed_in(request)
    return await pdf_answer(request, signed.actor, region, case, notice)


async def pdf_answer(request: WebRequest, actor: Actor, region: str, case: UUID, notice: UUID) -> Response[bytes]:
    """A paper as a file. Raises ``CaseNotFound``, ``NoticeNotMade``."""
    kernel = site_of(request).kernel
    if region not in kernel.directory.regions:
        raise CaseNotFound()
    found = await read(kernel, actor, region, case, notice)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "cache-control": "private, no-store",
    }
    return Response(found.pdf, media_type="application/pdf", headers=headers)


ROUTES = [list_notices, read_notice]
