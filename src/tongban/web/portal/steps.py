"""The steps of a form: saved as one goes, resumed on any device, changed fields of other devices never lost."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from tongban.cases.actions import drafts
from tongban.cases.errors import NoticeNotRead, StalePage
from tongban.cases.models import Draft
from tongban.parties.actions import Signed
from tongban.parties.errors import NotSignedIn
from tongban.services.definitions import Step
from tongban.web.pages import page
from tongban.web.portal.filling import Filling, fill, values_of
from tongban.web.portal.kept import keep
from tongban.web.portal.parts import goto, kernel_of, revision_of, texts, words_of
from tongban.web.portal.sessions import form_page
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest


def filled(request: WebRequest, signed: Signed, draft: Draft) -> Filling:
    """What follows from ``draft``. Raises ``NoticeNotRead``."""
    if draft.noticed_at is None:
        raise NoticeNotRead()
    kernel = kernel_of(request)
    return fill(kernel, draft, drafts.applicant_for(kernel, signed.actor, draft), signed.now)


async def own(request: WebRequest, region: str, draft_id: UUID) -> tuple[Signed, Filling]:
    """One's own open draft. Raises ``NotSignedIn``, ``CaseNotFound``, ``DraftSubmitted``, ``NoticeNotRead``."""
    signed = await signed_in(request)
    draft = await drafts.read_draft(kernel_of(request), signed.actor, region, draft_id)
    return signed, filled(request, signed, draft)


def _step(filling: Filling, step_id: str) -> Step:
    step = next((s for s in filling.version.form.steps if s.id == step_id), None)
    if step is None:
        raise NotFoundException
    return step


def address(draft: Draft, place: str) -> str:
    """The address of a page of ``draft``."""
    return f"/drafts/{draft.region}/{draft.id}/{place}"


@get("/")
async def resume(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[Any]:
    """Go on where something is still to be filled in; to the review when nothing is."""
    _, filling = await own(request, region, draft_id)
    words = words_of(request)
    unfinished = next((step for step in filling.steps() if filling.faults(step, words)), None)
    return goto(address(filling.draft, f"steps/{unfinished.id}" if unfinished else "review"))


@get("/steps/{step_id:str}")
async def show(
    request: WebRequest,
    region: FromPath[str],
    draft_id: FromPath[UUID],
    step_id: FromPath[str],
    restored: FromQuery[bool] = False,
) -> Response[Any]:
    """One step with everything saved and filled in so far."""
    _, filling = await own(request, region, draft_id)
    return _page(request, filling, _step(filling, step_id), restored=restored)


def _page(
    request: WebRequest,
    filling: Filling,
    step: Step,
    *,
    status: int = 200,
    faults: list[dict[str, Any]] | None = None,
    typed: Mapping[str, str] | None = None,
    appeared: bool = False,
    restored: bool = False,
) -> Response[str]:
    words, shown = words_of(request), filling.steps()
    return page(
        request,
        "portal/step.html",
        status=status,
        filling=filling,
        draft=filling.draft,
        state=filling.state(step),
        step=step,
        steps=shown,
        at=shown.index(step) if step in shown else 0,
        views=filling.views(step, words, faults=faults or (), typed=typed),
        faults=faults or [],
        warnings=filling.warnings(words),
        conflict=typed is not None,
        appeared=appeared,
        restored=restored,
    )


@post("/steps/{step_id:str}", status_code=200)
async def save(
    request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID], step_id: FromPath[str]
) -> Response[Any]:
    """Save the step and go on (``go``: next, back or later). Faults keep one on the step; all is saved anyway."""
    typed = await texts(request)
    try:
        signed, before = await own(request, region, draft_id)
    except NotSignedIn:
        return _signed_out(request, typed)
    step = _step(before, step_id)
    draft, conflict = await _save(request, signed, before, step, typed)
    filling = filled(request, signed, draft)
    if conflict:
        return _page(request, filling, step, status=409, typed=typed)
    return _onward(request, filling, step, typed)


def _signed_out(request: WebRequest, typed: Mapping[str, str]) -> Response[str]:
    here = request.url.path
    return form_page(request, here, status=401, sealed=keep(kernel_of(request).vault, here, typed))


async def _save(
    request: WebRequest, signed: Signed, before: Filling, step: Step, typed: Mapping[str, str]
) -> tuple[Draft, bool]:
    """The draft as saved, and whether another device had changed this very step differently.

    ``state`` in the form tells what the step held when the page was made: changes of other steps, and what
    the page itself saved a moment before, are no conflict.
    """
    kernel, draft = kernel_of(request), before.draft
    values = values_of(before.version, step, typed)
    for _ in range(2):
        current = draft.revision == revision_of(typed) or typed.get("state") == before.state(step, draft)
        if not current:
            return draft, any(draft.form.get(name) != value for name, value in values.items())
        try:
            saved = await drafts.save_form(
                kernel, signed.actor, signed.now, draft.region, draft.id, draft.revision, values
            )
            return saved, False
        except StalePage:
            draft = await drafts.read_draft(kernel, signed.actor, draft.region, draft.id)
    return draft, True


def _onward(request: WebRequest, filling: Filling, step: Step, typed: Mapping[str, str]) -> Response[Any]:
    if typed.get("go") == "later":
        return goto("/matters?saved=1")
    if typed.get("go") == "back":
        return goto(_back(filling, step))
    faults = filling.faults(step, words_of(request))
    known = set(typed.get("asked", "").split())
    new = {field.id for field in filling.asked(step)} - known
    if faults and all(fault["field"] in new for fault in faults):
        # Only fields that this very answer brought up are empty: they are asked, not complained about.
        return _page(request, filling, step, appeared=True)
    if faults:
        return _page(request, filling, step, status=422, faults=faults)
    return goto(_next(filling, step))


def _next(filling: Filling, step: Step) -> str:
    order = filling.version.form.steps
    later = [one for one in filling.steps() if order.index(one) > order.index(step)]
    return address(filling.draft, f"steps/{later[0].id}" if later else "materials")


def _back(filling: Filling, step: Step) -> str:
    order = filling.version.form.steps
    earlier = [one for one in filling.steps() if order.index(one) < order.index(step)]
    return address(filling.draft, f"steps/{earlier[-1].id}" if earlier else "notice")


@post("/steps/{step_id:str}/save", status_code=200)
async def autosave(
    request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID], step_id: FromPath[str]
) -> Response[Any]:
    """Save while one types; answers with the fields as they are asked now and the revision in a header.

    409 when another device was quicker, 401 after the session ended: the page then says so and loses nothing.
    """
    typed = await texts(request)
    try:
        signed, before = await own(request, region, draft_id)
    except NotSignedIn:
        return Response("", status_code=401)
    step = _step(before, step_id)
    draft, conflict = await _save(request, signed, before, step, typed)
    if conflict:
        return Response("", status_code=409)
    filling = filled(request, signed, draft)
    words = words_of(request)
    answer = page(
        request, "portal/fields.html", views=filling.views(step, words), warnings=filling.warnings(words), draft=draft
    )
    answer.headers.update({"x-revision": str(draft.revision), "x-state": filling.state(step)})
    return answer
