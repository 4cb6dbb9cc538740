"""A whole list as an Excel file, with the filters that the page has."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get

from tongban.basics.calendar import CST, local_day
from tongban.basics.workbooks import EXCEL, Book
from tongban.cases.kernel import Kernel
from tongban.cases.views.desk import INBOX_PAGE, NEVER, Left, decided, inbox
from tongban.cases.views.shapes import InboxLine
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.web.allowing import allowed
from tongban.web.desk.listing import Listing, desks_of, listing_of
from tongban.web.desk.words import DECISIONS
from tongban.web.language import Words
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

ROWS_A_READ = 500
WIDTHS = (12, 12, 24, 24, 14, 28, 10, 26, 14, 18, 16)


@get("/desk/export.xlsx", guards=[allowed("export")])
async def download(request: WebRequest) -> Response[bytes]:
    """Every row of the list, not only the page's. Raises ``NotAllowed``."""
    site, signed = site_of(request), await signed_in(request)
    desks = desks_of(site.kernel, signed.actor)
    if not desks:
        raise NotAllowed()
    listing, words = listing_of(request, desks[0].region), site.words(request_language(request))
    names = {d.department: words.pack(d.department_name) for d in desks if d.region == listing.region}
    book = Book()
    sheet = book.sheet(words.say("办件"), _titles(words), WIDTHS)
    async for lines in _pages(site.kernel, signed, listing):
        await asyncio.to_thread(sheet.add, [_row(line, words, names) for line in lines])
    content = await asyncio.to_thread(book.content)
    name = f"tongban-{listing.tab}-{local_day(signed.now):%Y%m%d}.xlsx"
    return excel_file(content, name)


def excel_file(content: bytes, name: str) -> Response[bytes]:
    """``content`` as a file to keep, called ``name`` (ASCII)."""
    return Response(content, media_type=EXCEL, headers={"content-disposition": f'attachment; filename="{name}"'})


async def _pages(kernel: Kernel, signed: Signed, listing: Listing) -> AsyncIterator[Sequence[InboxLine]]:
    today, only = local_day(signed.now), listing.narrowing
    if listing.tab == "decided":
        before: Left | None = None
        while tasks := await decided(kernel, signed.actor, listing.region, today, before, only):
            yield tasks
            last = tasks[-1]
            if len(tasks) < INBOX_PAGE or last.decided_at is None:
                return
            before = (last.decided_at, last.case_id, last.task)
        return
    place: tuple[dt.date, UUID, str] | None = None
    while (held := await inbox(kernel, signed.actor, listing.region, today, place, ROWS_A_READ, only)).tasks:
        yield held.tasks
        last = held.tasks[-1]
        if held.next is None:
            return
        place = (last.due_on or NEVER, last.case_id, last.task)


def _row(line: InboxLine, words: Words, names: dict[str, str]) -> list[Any]:
    decision = DECISIONS.get(line.decision or "")
    at = line.decided_at.astimezone(CST).replace(tzinfo=None) if line.decided_at else None
    return [
        line.days_left,
        line.due_on,
        words.pack(line.journey_name),
        words.pack(line.task_name),
        words.pack(line.applicant_name) if line.ticket else line.applicant_name,
        line.number,
        line.questions_open,
        names.get(line.department, line.department),
        words.say(decision) if decision else None,
        at,
        words.say("暂定") if line.provisional else None,
    ]


def _titles(words: Words) -> list[str]:
    return [
        words.say("剩余工作日"),
        words.say("到期日"),
        words.say("事项"),
        words.say("环节"),
        words.say("申请人"),
        words.say("办件编号"),
        words.say("待答问题"),
        words.say("承办部门"),
        words.say("办理意见"),
        words.say("办理时间"),
        words.say("到期日是否暂定"),
    ]
