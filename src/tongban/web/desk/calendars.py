"""Calendars on the desk: administrators propose a year's file, and approve what another of them proposed."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.calendar import local_day
from tongban.basics.calendar_errors import CalendarRefused
from tongban.basics.calendar_file import MOST_BYTES
from tongban.basics.errors import TongbanError
from tongban.calendars import actions
from tongban.calendars.errors import ReasonsMissing
from tongban.calendars.models import Proposal
from tongban.parties.errors import NotAllowed
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.problems import faults, sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/desk/calendars"
STATES = {
    "proposed": (mark("等待批准"), "yellow"),
    "published": (mark("已公布"), "green"),
    "declined": (mark("不予批准"), "red"),
}
DONE = {"proposed": mark("已提出，等待另一位管理员批准"), "published": mark("已公布"), "declined": mark("已不予批准")}


@get(PATH)
async def show(request: WebRequest) -> Response[str]:
    """What was proposed and published, and the form to propose. Raises ``NotAllowed``."""
    return await _list(request)


async def _list(request: WebRequest, *, typed: str = "", refused: TongbanError | None = None) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    async with site.kernel.database.connection() as connection:
        found = await actions.listed(connection, signed.actor)
    years = site.kernel.calendar.years
    today = local_day(signed.now)
    return page(
        request,
        "desk/calendars.html",
        status=refused.status if refused else 200,
        proposals=found,
        states=STATES,
        published={year: year in years for year in (today.year, today.year + 1)},
        typed=typed,
        **_told(request, refused),
    )


def _told(request: WebRequest, refused: TongbanError | None) -> dict[str, Any]:
    words = site_of(request).words(request_language(request))
    listed = faults(refused, words) if isinstance(refused, CalendarRefused) else []
    done = DONE.get(request.query_params.get("done", "")) if refused is None else None
    return {"said": sentence(refused, words) if refused else None, "faults": listed, "done": done}


@post(PATH, request_max_body_size=2 * MOST_BYTES, status_code=200)
async def propose(request: WebRequest) -> Response[str] | Redirect:
    """Propose a file, chosen or pasted; what is refused comes back with everything that was typed."""
    signed = await signed_in(request)
    form = await request.form()
    content = await _content(form.get("file"), form.get("content"))
    try:
        async with site_of(request).kernel.database.connection() as connection:
            made = await actions.propose(connection, signed.actor, content, signed.now)
    except NotAllowed:
        raise
    except TongbanError as error:
        if error.status >= 500:
            raise
        return await _list(request, typed=content.decode("utf-8", "replace"), refused=error)
    return Redirect(f"{PATH}/{made.id}?done=proposed", status_code=303)


async def _content(file: object, pasted: object) -> bytes:
    chosen = await file.read() if isinstance(file, UploadFile) else b""
    return chosen or (pasted.encode() if isinstance(pasted, str) else b"")


@get(PATH + "/{proposal:uuid}")
async def read(request: WebRequest, proposal: FromPath[UUID]) -> Response[str]:
    """One proposal: its days, what is unusual, and the decision. Raises ``NotAllowed``, ``CalendarUnknown``."""
    return await _one(request, proposal)


async def _one(
    request: WebRequest, proposal: UUID, *, reasons: str = "", refused: TongbanError | None = None
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    async with site.kernel.database.connection() as connection:
        found = await actions.read(connection, signed.actor, proposal)
    return page(
        request,
        "desk/calendar.html",
        status=refused.status if refused else 200,
        one=found,
        path=f"{PATH}/{proposal}",
        states=STATES,
        days=_days(found),
        reasons=reasons,
        spot="reasons" if isinstance(refused, ReasonsMissing) else "",
        **_told(request, refused),
    )


def _days(one: Proposal) -> int:
    """How many days are off."""
    return len(one.file.off()) or sum(not day.is_workday for day in one.file.days)


@post(PATH + "/{proposal:uuid}/approval", status_code=200)
async def approve(request: WebRequest, proposal: FromPath[UUID]) -> Response[str] | Redirect:
    """Publish what another administrator proposed; what is refused is told on the same page."""
    signed = await signed_in(request)
    return await _decided(
        request,
        proposal,
        "published",
        "",
        lambda connection: actions.approve(connection, signed.actor, proposal, signed.now),
    )


@post(PATH + "/{proposal:uuid}/refusal", status_code=200)
async def decline(request: WebRequest, proposal: FromPath[UUID]) -> Response[str] | Redirect:
    """Decline a proposal, or withdraw one's own."""
    signed = await signed_in(request)
    typed = str((await request.form()).get("reasons", ""))
    return await _decided(
        request,
        proposal,
        "declined",
        typed,
        lambda connection: actions.decline(connection, signed.actor, proposal, typed, signed.now),
    )


async def _decided(request: WebRequest, proposal: UUID, done: str, reasons: str, act: Any) -> Response[str] | Redirect:
    try:
        async with site_of(request).kernel.database.connection() as connection:
            await act(connection)
    except TongbanError as error:
        if error.status >= 500 or error.status == 404 or isinstance(error, NotAllowed):
            raise
        return await _one(request, proposal, reasons=reasons, refused=error)
    return Redirect(f"{PATH}/{proposal}?done={done}", status_code=303)


ROUTES = (show, propose, read, approve, decline)
