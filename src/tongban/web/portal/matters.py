"""My matters: what runs, where it stands, and everything one may do about it."""

import hashlib
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from tongban.cases.actions import applicant
from tongban.cases.actions.drafts import my_drafts
from tongban.cases.errors import CaseNotFound, TextNeeded
from tongban.cases.views import notices
from tongban.cases.views.acts import applicant_acts
from tongban.cases.views.reading import my_cases
from tongban.cases.views.shapes import CasePage
from tongban.web.hats import hat_of
from tongban.web.pages import page
from tongban.web.portal.parts import (
    cursor_of,
    cursor_text,
    fault_of,
    goto,
    kernel_of,
    texts,
)
from tongban.web.portal.progress import Progress, light_of, read_matter, said
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest


@get("/matters")
async def mine(
    request: WebRequest,
    before: FromQuery[str | None] = None,
    saved: FromQuery[bool] = False,
    abandoned: FromQuery[bool] = False,
) -> Response[str]:
    """One's drafts and cases, newest first."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    cursor = cursor_of(before)
    hat = hat_of(request, signed.actor)
    only = hat.owner if hat else None
    cases, more = await my_cases(kernel, signed.actor, cursor, only)
    drafts = [] if cursor else await my_drafts(kernel, signed.actor, only)
    return page(
        request,
        "portal/matters.html",
        cases=cases,
        more=cursor_text(more),
        first=cursor is None,
        drafts=[(draft, kernel.catalogue.pinned(draft.pack, draft.version, draft.journey)) for draft in drafts],
        saved=saved,
        abandoned=abandoned,
    )


async def read(request: WebRequest, region: str, case_id: UUID) -> tuple[CasePage, Progress]:
    signed = await signed_in(request)
    return await read_matter(kernel_of(request), signed.actor, region, case_id)


def acts_of(case: CasePage) -> list[str]:
    """The special acts that the page offers."""
    return applicant_acts(case.events, case.case.state)


def mark_of(case: CasePage) -> str:
    """A short digest of everything on the page that may change, so that an unchanged page is not sent again."""
    parts: list[object] = [case.revision, case.case.state, case.now.date(), *(e.id for e in case.events)]
    parts += [(q.id, q.answered_at) for q in case.questions]
    parts += [(one.id, one.state, one.document) for one in case.licences]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@get("/")
async def show(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """One case with its live journey line."""
    return await case_answer(request, region, case_id, done=done)


async def case_answer(
    request: WebRequest,
    region: str,
    case_id: UUID,
    *,
    done: str = "",
    fault: dict[str, Any] | None = None,
    status: int = 200,
    question: str = "",
) -> Response[str]:
    """The page of a case; ``fault`` is told on top, ``question`` stands in its field as it was typed."""
    case, progress = await read(request, region, case_id)
    return page(
        request, "portal/matter.html", status=status, case=case, progress=progress, mark=mark_of(case), done=done,
        fault=fault, question=question, said=said, light_of=light_of, acts=acts_of(case),
        notices=await notices.beside(kernel_of(request), case),
    )  # fmt: skip


@get("/live")
async def live(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], seen: FromQuery[str] = ""
) -> Response[str]:
    """The part of a case that changes by itself; nothing (204) while it is as ``seen``."""
    case, progress = await read(request, region, case_id)
    mark = mark_of(case)
    if mark == seen:
        return Response("", status_code=204)
    return page(
        request,
        "portal/matter_live.html",
        case=case,
        progress=progress,
        mark=mark,
        said=said,
        light_of=light_of,
        acts=acts_of(case),
    )


@post("/ask", status_code=200)
async def ask(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[Any]:
    """Ask the department that has the case now."""
    signed = await signed_in(request)
    typed = await texts(request)
    text = typed.get("text", "").replace("\r\n", "\n")
    try:
        await applicant.ask(kernel_of(request), signed.actor, region, case_id, text)
    except TextNeeded as error:
        return await case_answer(
            request, region, case_id, fault=fault_of(request, error, "text"), status=error.status, question=text
        )
    return goto(f"/matters/{region}/{case_id}?done=asked#questions")


@get("/withdraw")
async def confirm(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[str]:
    """What withdrawing means, before it is done."""
    case, progress = await read(request, region, case_id)
    return page(request, "portal/withdraw.html", case=case, progress=progress)


@post("/withdraw")
async def withdraw(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[Any]:
    """Withdraw a case that is not accepted yet."""
    signed = await signed_in(request)
    typed = await texts(request)
    await applicant.withdraw(kernel_of(request), signed.actor, region, case_id, typed.get("reasons", ""))
    return goto(f"/matters/{region}/{case_id}?done=withdrawn")


@get("/uses/{look_up:uuid}")
async def use(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], look_up: FromPath[UUID]
) -> Response[str]:
    """The record of one look-up that replaced a document. Raises ``CaseNotFound``."""
    case, progress = await read(request, region, case_id)
    material = next((m for m in case.materials if m.look_up == look_up), None)
    if material is None:
        raise CaseNotFound()
    fields = [line.name for line in case.not_asked if line.kind == "field" and line.look_up == look_up]
    return page(request, "portal/use.html", case=case, progress=progress, material=material, fields=fields)
