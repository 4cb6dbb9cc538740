"""Everything on one page before it is sent: what was filled in, what was not asked, what is missing."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from tongban.basics.errors import TongbanError
from tongban.cases.actions.submission import submit
from tongban.cases.errors import FormIncomplete, MaterialsMissing, NotEligible, StalePage
from tongban.parties.assisting.errors import ConfirmationMissing
from tongban.parties.errors import NotSignedIn
from tongban.services.definitions import Step
from tongban.web.language import Words
from tongban.web.pages import page
from tongban.web.portal.filling import Filling, listed, shown
from tongban.web.portal.parts import department_name, fault_of, goto, kernel_of, revision_of, texts, words_of
from tongban.web.portal.receipts import remember_promise
from tongban.web.portal.steps import own
from tongban.web.signed_in import already_known, secret_of
from tongban.web.site import WebRequest


class Answered(Struct, frozen=True):
    """One answered field: label, value as read, and where it was filled in from."""

    label: str
    value: str
    sensitive: bool
    source: str | None


class Section(Struct, frozen=True):
    """One step of the form with its answers."""

    step: Step
    answers: list[Answered]


@get("/review")
async def show(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[str]:
    """The whole application on one page."""
    _, filling = await own(request, region, draft_id)
    return _page(request, filling)


def _page(
    request: WebRequest, filling: Filling, fault: dict[str, Any] | None = None, status: int = 200
) -> Response[str]:
    words = words_of(request)
    return page(
        request,
        "portal/review.html",
        status=status,
        filling=filling,
        draft=filling.draft,
        steps=filling.steps(),
        sections=[section_of(filling, step, words) for step in filling.steps()],
        missing=missing_in(filling, words),
        fault=fault,
        assisted=_assisted(request, filling),
        found=[
            (one, department_name(filling.kernel, filling.draft.region, one.evidence.provider))
            for one in filling.readiness.materials
            if one.state == "found" and one.evidence
        ],
        uploaded=[one for one in filling.readiness.materials if one.state == "uploaded"],
    )


def _assisted(request: WebRequest, filling: Filling) -> bool:
    """Whether a clerk filled it in, so that the person confirms it before it is sent."""
    signed, draft = already_known(request), filling.draft
    return signed is not None and signed.actor.assists(draft.region, draft.id) is not None


def section_of(filling: Filling, step: Step, words: Words) -> Section:
    """``step`` with its answers."""
    form = filling.readiness.form
    answers = [
        Answered(field.label, shown(field, form[field.id], words), field.sensitive, filling.source(field.id, words)[0])
        for field in filling.asked(step)
        if form.get(field.id) not in (None, "")
    ]
    return Section(step, answers)


def missing_in(filling: Filling, words: Words) -> list[dict[str, Any]]:
    """What still keeps the application from being sent, each with the page where it is mended."""
    ready = filling.readiness
    form = [{**line, "href": _field_address(filling, line["field"])} for line in listed(ready.form_faults, words)]
    conditions = [{**line, "href": None} for line in listed(ready.eligibility_faults, words)] if not form else []
    materials = [
        {**line, "href": f"materials#material-{line['field']}"} for line in listed(ready.material_faults, words)
    ]
    return form + conditions + materials


def _field_address(filling: Filling, field: str) -> str | None:
    step = filling.step_of(field)
    return f"steps/{step.id}#{field}" if step else None


@post("/submit", status_code=200)
async def send(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[Any]:
    """Make the application. Sent twice it is one case; what is missing is told on the same page."""
    typed = await texts(request)
    carried = secret_of(request)
    if carried is None:
        raise NotSignedIn()
    try:
        made = await submit(kernel_of(request), *carried, region, draft_id, revision_of(typed))
    except (FormIncomplete, NotEligible, MaterialsMissing, StalePage, ConfirmationMissing) as error:
        return await _refused(request, region, draft_id, error)
    answer = goto(f"/matters/{region}/{made.id}/receipt")
    return remember_promise(request, answer, made)


async def _refused(request: WebRequest, region: str, draft_id: UUID, error: TongbanError) -> Response[str]:
    _, filling = await own(request, region, draft_id)
    return _page(request, filling, fault_of(request, error), error.status)
