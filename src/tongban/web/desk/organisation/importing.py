"""The organisation as an Excel file: download it, hand it in, see what would change, confirm. For administrators."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.basics.faults import Fault
from tongban.basics.workbooks import LARGEST
from tongban.parties.models import Subject
from tongban.parties.organisation import importing, reading, sheets
from tongban.parties.organisation.errors import Unfit
from tongban.parties.organisation.recording import positions_of, units_of
from tongban.parties.organisation.rules import standing
from tongban.parties.rules import require
from tongban.web.allowing import allowed
from tongban.web.desk.export import excel_file
from tongban.web.desk.organisation.parts import PATH, frame_of, passes, shared, told
from tongban.web.desk.organisation.people import link_for
from tongban.web.pages import page
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


@get(PATH + "/export.xlsx", guards=[allowed("export")])
async def download(request: WebRequest) -> Response[bytes]:
    """Units, positions and people of a region; with ``empty`` the form alone. Raises ``NotAllowed``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame, actor = frame_of(request, signed), signed.actor
    require(actor, "directory.export", Subject(region=frame.region))
    if "empty" in request.query_params:
        return _file(await asyncio.to_thread(sheets.workbook), f"tongban-organisation-{frame.region}-empty")
    async with kernel.database.connection() as connection:
        units = standing(await units_of(connection, [frame.region]), signed.now).values()
        positions = standing(await positions_of(connection, frame.region), signed.now).values()
        most = sheets.MOST_ROWS
        people = await reading.search(connection, kernel.vault, actor, frame.region, most=most)
    content = await asyncio.to_thread(sheets.workbook, list(units), list(positions), people.officials)
    return _file(content, f"tongban-organisation-{frame.region}-{local_day(signed.now):%Y%m%d}")


def _file(content: bytes, name: str) -> Response[bytes]:
    return excel_file(content, f"{name}.xlsx")


@get(PATH + "/import")
async def form(request: WebRequest) -> Response[str]:
    """Where a file is handed in. Raises ``NotAllowed``."""
    return await _page(request)


async def _page(request: WebRequest, refused: TongbanError | None = None, **found: Any) -> Response[str]:
    signed = await signed_in(request)
    frame = frame_of(request, signed)
    require(signed.actor, "directory.export", Subject(region=frame.region))
    return page(
        request,
        "desk/organisation/import.html",
        status=refused.status if refused else 200,
        **{"plan": None, "made": None, "applied": None, "links": [], **found},
        **told(request, refused),
        **shared(signed, frame),
    )


@post(PATH + "/import", status_code=200, request_max_body_size=2 * LARGEST)
async def receive(request: WebRequest) -> Response[str]:
    """Read a file and show what it would change; nothing is done yet."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame = frame_of(request, signed)
    try:
        content = await _content((await request.form()).get("file"))
        read = await asyncio.to_thread(sheets.read_sheets, content)
        async with kernel.database.connection() as connection:
            planned = await importing.plan(connection, kernel.vault, signed.actor, frame.region, read, signed.now)
            made = await importing.keep(connection, kernel.vault, signed.actor, frame.region, content, signed.now)
    except TongbanError as error:
        if not passes(error):
            raise
        return await _page(request, error)
    return await _page(request, plan=planned, made=made)


async def _content(file: object) -> bytes:
    content = await file.read() if isinstance(file, UploadFile) else b""
    if not content:
        raise Unfit([Fault("file", "请选择 Excel 文件", "Choose an Excel file")])
    return content


@post(PATH + "/import/{made:uuid}", status_code=200)
async def confirm(request: WebRequest, made: FromPath[UUID]) -> Response[str]:
    """Do what was shown: all of it or nothing. Links for new accounts are shown this once."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame = frame_of(request, signed)
    try:
        async with kernel.database.transaction() as connection:
            content = await importing.take(connection, kernel.vault, signed.actor, frame.region, made)
            read = await asyncio.to_thread(sheets.read_sheets, content)
            done = await importing.apply_import(connection, kernel.vault, signed.actor, frame.region, read, signed.now)
            links = [
                (one, await link_for(connection, request, signed, frame.region, one.account)) for one in done.opened
            ]
    except TongbanError as error:
        if not passes(error):
            raise
        return await _page(request, error)
    return await _page(request, applied=done, links=links)


ROUTES = (download, form, receive, confirm)
