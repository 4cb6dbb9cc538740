"""Urging on the desk: what is overdue, a case by its clock, a demand and its answer."""

import datetime as dt
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.cases.errors import CaseNotFound
from tongban.cases.oversight.clocks import clock_page, overdue_now
from tongban.cases.oversight.urging import Demand, answer_urging, urge
from tongban.parties.models import Subject
from tongban.parties.rules import may
from tongban.web.desk.errors import DayNeeded
from tongban.web.desk.listing import identifier, task_path
from tongban.web.desk.places import places_of
from tongban.web.desk.tickets import region_asked
from tongban.web.desk.words import STATES
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

LONGEST = 1000


@get("/desk/overdue")
async def overdue(request: WebRequest) -> Response[str]:
    """What is overdue now, for those who may urge. Raises ``NotAllowed``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region = region_asked(request, signed)
    department = identifier(request.query_params.get("department"))
    lines = await overdue_now(kernel, signed.actor, region, department)
    found = kernel.directory.department(region, department) if department else None
    return page(
        request,
        "desk/overdue.html",
        places=places_of(signed.actor, region, "/desk/overdue"),
        region=region,
        department=found,
        lines=lines,
    )


class Typed(Struct, frozen=True):
    """What was typed: into the form that urges, or (``urging``) into that of an answer."""

    text: str = ""
    due_on: str = ""
    task: str = ""
    urging: str = ""


EMPTY = Typed()


@get("/desk/clock/{region:str}/{case_id:uuid}")
async def show(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[str]:
    """A case by its clock, with what was demanded and answered. Raises ``CaseNotFound``."""
    return await _shown(request, region, case_id)


async def _shown(
    request: WebRequest, region: str, case_id: UUID, typed: Typed = EMPTY, refused: TongbanError | None = None
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    if region not in site.kernel.directory.regions:
        raise CaseNotFound()
    seen = await clock_page(site.kernel, signed.actor, region, case_id)
    answering = {
        one.id
        for one in seen.urgings
        if one.answer is None and may(signed.actor, "urging.answer", Subject(region=region, department=one.department))
    }
    return page(
        request,
        "desk/clock.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, ""),
        region=region,
        seen=seen,
        typed=typed,
        refused=refused,
        said=sentence(refused, site.words(request_language(request))) if refused else None,
        done=request.query_params.get("done"),
        answering=answering,
        today=local_day(signed.now),
        states=STATES,
        case_href=task_path(region, case_id, seen.case_task) if seen.case_task else None,
    )


@post("/desk/clock/{region:str}/{case_id:uuid}/urgings", status_code=200)
async def demand(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Urge; what is refused comes back with everything that was typed."""
    signed, typed = await signed_in(request), await _typed(request)
    try:
        made = Demand(typed.text, _day(typed.due_on), identifier(typed.task))
        await urge(site_of(request).kernel, signed.actor, region, case_id, made)
    except TongbanError as error:
        return await _back(request, region, case_id, typed, error)
    return Redirect(f"/desk/clock/{region}/{case_id}?done=urged#urgings", status_code=303)


@post("/desk/clock/{region:str}/{case_id:uuid}/urgings/{urging:uuid}/answer", status_code=200)
async def answer(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], urging: FromPath[UUID]
) -> Response[str] | Redirect:
    """Answer a demand; what is refused comes back with what was typed."""
    signed, typed = await signed_in(request), await _typed(request, urging)
    try:
        await answer_urging(site_of(request).kernel, signed.actor, region, case_id, urging, typed.text)
    except TongbanError as error:
        return await _back(request, region, case_id, typed, error)
    return Redirect(f"/desk/clock/{region}/{case_id}?done=answered#urgings", status_code=303)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise DayNeeded(field="due_on") from error


async def _back(request: WebRequest, region: str, case_id: UUID, typed: Typed, error: TongbanError) -> Response[str]:
    if error.status >= 500 or error.status == 404:
        raise error
    return await _shown(request, region, case_id, typed, error)


async def _typed(request: WebRequest, urging: UUID | None = None) -> Typed:
    form = await request.form()
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return Typed(
        text=texts.get("text", "").replace("\r\n", "\n").replace("\x00", "")[:LONGEST],
        due_on=texts.get("due_on", ""),
        task=texts.get("task", ""),
        urging=str(urging) if urging else "",
    )


ROUTES = (overdue, show, demand, answer)
