"""Decide: in favour at once; against the applicant, or sent back, after a preview of what they will read."""

from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.cases.actions.decisions import decide
from tongban.cases.errors import CaseNotFound
from tongban.parties.errors import NotAllowed
from tongban.web.desk.done import done_mark
from tongban.web.desk.inbox import Onward, next_address
from tongban.web.desk.task_view import Opened, opened, task_answer
from tongban.web.desk.typed import Typed, check, read_typed
from tongban.web.desk.words import KINDS
from tongban.web.pages import page
from tongban.web.site import WebRequest, site_of


@post("/desk/tasks/{region:str}/{case_id:uuid}/{task_id:str}/decision", status_code=200)
async def make(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], task_id: FromPath[str]
) -> Response[str] | Redirect:
    """Decide one task and go on to the next; what is refused comes back with everything that was typed.

    Raises ``CaseNotFound`` and ``NotAllowed``; both are pages of their own.
    """
    typed = await read_typed(request)
    task = await opened(request, region, case_id, task_id)
    if typed.step == "edit":
        return await task_answer(request, task, typed=typed)
    try:
        if typed.adverse and typed.step != "confirm":
            check(typed, task.seen)
            return _preview(request, task, typed)
        await decide(site_of(request).kernel, task.signed.actor, region, case_id, task_id, typed.decision())
    except (CaseNotFound, NotAllowed):
        raise
    except TongbanError as error:
        if error.status >= 500:
            raise
        newest = await opened(request, region, case_id, task_id)
        return await task_answer(request, newest, typed=typed, refused=error, spot=error.field or "")
    return Redirect(await _onward(request, task), status_code=303)


def _preview(request: WebRequest, task: Opened, typed: Typed) -> Response[str]:
    names = {m.id: m.name for m in task.seen.page.materials}
    ticked = [names[m] for m in dict.fromkeys(typed.materials)] if typed.kind == "supplement" else []
    return page(
        request,
        "desk/confirm.html",
        task=task,
        seen=task.seen,
        case=task.seen.page,
        listing=task.listing,
        typed=typed,
        kind=KINDS[typed.kind or "return"],
        ticked=ticked,
        against=typed.kind in ("refuse", "decline"),
        today=local_day(task.signed.now),
    )


async def _onward(request: WebRequest, task: Opened) -> str:
    region, case_id, task_id = task.seen.page.case.region, task.seen.page.case.id, task.seen.task.task
    listing = msgspec.structs.replace(task.listing, tab="open", region=region)
    left = Onward(task.seen.task.due_on, case_id, task_id, done_mark(region, case_id, task_id))
    kernel, signed = site_of(request).kernel, task.signed
    return await next_address(kernel, signed.actor, local_day(signed.now), listing, left)
