"""The desk for programs: inbox, one task, its decision."""

import datetime as dt
from typing import Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct
from msgspec.structs import replace

from tongban.basics.calendar import local_day
from tongban.cases.actions import decisions
from tongban.cases.actions.decisions import Decided, Decision
from tongban.cases.models import Evidence
from tongban.cases.views.desk import INBOX_PAGE, decided, inbox, task_page
from tongban.cases.views.shapes import Inbox, InboxLine, TaskPage
from tongban.cases.views.verifications import VerificationLine, verifications
from tongban.web.api.once import once_prepared
from tongban.web.api.paging import CursorUnfit, read_cursor, write_cursor
from tongban.web.api.parameters import Cursor, Identifier, Key, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


@get("/desk/{region:str}/tasks", responses=answers(401, 403), tags=["desk"], **SIGNED_IN)
async def list_tasks(
    request: WebRequest, region: Region, show: FromQuery[Literal["open", "decided"]] = "open", cursor: Cursor = None
) -> Inbox:
    """Tasks of one's departments: open ones nearest due day first, or decided ones newest first."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    today = local_day(signed.now)
    try:
        if show == "decided":
            tasks = await decided(kernel, signed.actor, region, today, _before(cursor) if cursor else None)
            return Inbox(tasks, 0, 0, 0, _further(tasks))
        after = _after(cursor) if cursor else None
    except ValueError as error:
        raise CursorUnfit(field="cursor") from error
    page = await inbox(kernel, signed.actor, region, today, after)
    return replace(page, next=page.next and write_cursor(page.next))


class VerificationList(Struct, frozen=True):
    """Commitments to verify, nearest day first; ``next`` continues them. Counts are over all of them."""

    verifications: list[VerificationLine]
    open: int
    late: int
    next: str | None = None


@get("/desk/{region:str}/verifications", responses=answers(401, 403), tags=["desk"], **SIGNED_IN)
async def list_verifications(request: WebRequest, region: Region, cursor: Cursor = None) -> VerificationList:
    """What one's departments decided on a signed commitment and have to verify by a day."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    try:
        after = _after(cursor) if cursor else None
    except ValueError as error:
        raise CursorUnfit(field="cursor") from error
    found = await verifications(kernel, signed.actor, region, local_day(signed.now), after)
    return VerificationList(found.lines, found.open, found.late, write_cursor(*found.after) if found.after else None)


def _before(cursor: str) -> tuple[dt.datetime, UUID, str]:
    at, case, task = read_cursor(cursor, 3)
    return dt.datetime.fromisoformat(at), UUID(case), task


def _further(tasks: list[InboxLine]) -> str | None:
    last = tasks[-1] if len(tasks) == INBOX_PAGE else None
    return write_cursor(last.decided_at.isoformat(), last.case_id, last.task) if last and last.decided_at else None


def _after(cursor: str) -> tuple[dt.date, UUID, str]:
    due, case, task = read_cursor(cursor, 3)
    return dt.date.fromisoformat(due), UUID(case), task


@get("/desk/{region:str}/tasks/{case:uuid}/{task:str}", responses=answers(401, 404), tags=["desk"], **SIGNED_IN)
async def read_task(request: WebRequest, region: Region, case: FromPath[UUID], task: Identifier) -> TaskPage:
    """One task with the case, as far as one's departments may see it."""
    signed = await signed_in(request)
    return await task_page(site_of(request).kernel, signed.actor, region, case, task)


@post(
    "/desk/{region:str}/tasks/{case:uuid}/{task:str}/decision",
    responses=answers(401, 403, 404, 409, 422),
    tags=["desk"],
    **SIGNED_IN,
)
async def make_decision(
    request: WebRequest, region: Region, case: FromPath[UUID], task: Identifier, data: JSONBody[Decision], key: Key
) -> Response[Decided]:
    """Decide: accept, refuse, supplement, return (intake); approve, decline (steps)."""

    signed, kernel = await signed_in(request), site_of(request).kernel

    async def prepare() -> tuple[Evidence, ...] | None:
        return await decisions.prepare_decision(kernel, signed.actor, region, case, task, data)

    async def act(evidence: tuple[Evidence, ...] | None) -> Decided:
        return await decisions.make_decision(kernel, signed.actor, region, case, task, data, evidence)

    return await once_prepared(request, key, prepare, act)


ROUTES = [list_tasks, list_verifications, read_task, make_decision]
