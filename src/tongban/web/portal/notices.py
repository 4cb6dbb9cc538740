"""The papers of a case: each opens as its signed PDF, for the applicant and for the departments that take part."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from tongban.web.api.notices import pdf_answer
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest


@get("/notices/{notice:uuid}")
async def download(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], notice: FromPath[UUID]
) -> Response[bytes]:
    """One paper. Raises ``CaseNotFound``, and ``NoticeNotMade`` for the seconds in which it is being made."""
    signed = await signed_in(request)
    return await pdf_answer(request, signed.actor, region, case_id, notice)
