"""What an applicant may do on a case besides asking: request a hearing, supply what was tolerated, withdraw.

Whatever the table of acts gives to the applicant and the case allows now; the verb asks everything again.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.errors import TongbanError
from tongban.cases.actions.procedures.performing import perform
from tongban.cases.errors import CaseNotFound
from tongban.cases.views.acts import Offer, Offers, offers
from tongban.parties.errors import NotAllowed
from tongban.services.definitions import Material
from tongban.web.acting import act_of, form_of, typed_of
from tongban.web.pages import page
from tongban.web.portal.materials import MOST_BODY, keep_files
from tongban.web.portal.parts import fault_of, goto, kernel_of, revision_of, words_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

SUPPLY = "supply"


async def _seen(request: WebRequest, region: str, case_id: UUID, kind: str) -> tuple[Offers, Offer]:
    signed = await signed_in(request)
    seen = await offers(kernel_of(request), signed.actor, region, case_id, own=True)
    return seen, seen.find(kind, None)


@get("/acts/{kind:str}")
async def form(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], kind: FromPath[str]
) -> Response[str]:
    """The form of one act. Raises ``CaseNotFound`` for what is not offered."""
    return _page(request, *await _seen(request, region, case_id, kind))


@post("/acts/{kind:str}", status_code=200)
async def make(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], kind: FromPath[str]
) -> Response[Any]:
    """Do the act; what is refused comes back with everything that was typed. Raises ``CaseNotFound``."""
    typed, ticked = await typed_of(request)
    signed = await signed_in(request)
    seen, offer = await _seen(request, region, case_id, kind)
    try:
        act = act_of(offer, typed, ticked, revision_of(typed))
        await perform(kernel_of(request), signed.actor, region, case_id, act)
    except (CaseNotFound, NotAllowed):
        raise
    except TongbanError as error:
        if error.status >= 500:
            raise
        return _page(request, seen, offer, typed=typed, fault=_fault(request, error), status=error.status)
    return goto(f"/matters/{region}/{case_id}?done={'withdrawn' if kind == 'withdraw' else 'acted'}")


@post("/acts/supply/files/{material:str}", request_max_body_size=MOST_BODY, status_code=200)
async def upload(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], material: FromPath[str]
) -> Response[Any]:
    """Take files for a material that shall still follow; refused ones are told at their material."""
    signed = await signed_in(request)
    try:
        await keep_files(request, signed, region, case_id, material)
    except TongbanError as error:
        if error.status in (404, 409):
            raise
        seen, offer = await _seen(request, region, case_id, SUPPLY)
        fault = fault_of(request, error, f"file-{material}")
        return _page(request, seen, offer, fault=fault, status=error.status)
    return goto(f"/matters/{region}/{case_id}/acts/{SUPPLY}")


def _fault(request: WebRequest, error: TongbanError) -> dict[str, Any]:
    """The error as one line; where it names several materials, the first one's."""
    lines = getattr(error, "faults", None)
    if not lines:
        return fault_of(request, error)
    language = words_of(request).language
    return {"field": f"file-{lines[0]['field']}", "message": lines[0]["en" if language == "en" else "zh"]}


def _page(
    request: WebRequest,
    seen: Offers,
    offer: Offer,
    *,
    typed: dict[str, str] | None = None,
    fault: dict[str, Any] | None = None,
    status: int = 200,
) -> Response[str]:
    return page(
        request, "portal/act.html", status=status, case=seen.page, offer=offer, typed=typed or {}, fault=fault,
        fields=[] if offer.kind == SUPPLY else form_of(offer, words_of(request)), follow=_to_follow(seen),
        due_on=seen.tolerance.due_on,
    )  # fmt: skip


def _to_follow(seen: Offers) -> list[tuple[Material, list[Any]]]:
    """The materials without which the case was accepted, each with the files that came."""
    files = {line.id: list(line.files) for line in seen.page.materials}
    return [(material, files.get(material.id, [])) for material in seen.to_follow]
