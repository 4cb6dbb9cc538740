"""The catalogue as an Excel file on the desk: download it, change it, take it in again, or hear every fault."""

import asyncio
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.basics.faults import Fault
from tongban.basics.workbooks import LARGEST
from tongban.parties.errors import NotAllowed
from tongban.parties.rules import DECIDERS
from tongban.resources.catalogue import reading, sheets
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.resources.catalogue.importing import take_in
from tongban.web.allowing import allowed
from tongban.web.desk.catalogue import PATH, catalogue_region, frame_of
from tongban.web.desk.export import excel_file
from tongban.web.desk.places import places_of
from tongban.web.pages import page
from tongban.web.problems import faults, sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


@get(PATH + "/export.xlsx", guards=[allowed("export")])
async def download(request: WebRequest) -> Response[bytes]:
    """Everything that is published in a region; with ``department`` what one's own provides, drafts included.

    Raises ``NotAllowed``.
    """
    signed, kernel = await signed_in(request), site_of(request).kernel
    region = catalogue_region(request, signed)
    department = request.query_params.get("department")
    if department and department not in signed.actor.departments(region, *DECIDERS):
        raise NotAllowed()
    async with kernel.database.connection() as connection:
        if department:
            entries = await reading.provided(connection, region, department)
        else:
            entries = await reading.everything(connection, region)
    names = {d.id: d.name for d in kernel.directory.region(region).departments}
    content = await asyncio.to_thread(sheets.workbook, entries, names)
    name = f"tongban-catalogue-{region}-{local_day(signed.now):%Y%m%d}.xlsx"
    return excel_file(content, name)


@get(PATH + "/import")
async def form(request: WebRequest) -> Response[str]:
    """Where a file is handed in. Raises ``NotAllowed``."""
    return await _page(request)


@post(PATH + "/import", status_code=200, request_max_body_size=2 * LARGEST)
async def receive(request: WebRequest) -> Response[str] | Redirect:
    """Take a file in: all of it, or nothing and every fault with its row and column."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region, sent = catalogue_region(request, signed), await request.form()
    department = str(sent.get("department", ""))
    if department not in signed.actor.departments(region, *DECIDERS):
        raise NotAllowed()
    try:
        rows = await asyncio.to_thread(sheets.read_workbook, await _content(sent.get("file")))
        async with kernel.database.connection() as connection:
            done = await take_in(connection, signed.actor, kernel.directory, region, department, rows, signed.now)
    except TongbanError as error:
        if error.status >= 500 or isinstance(error, NotAllowed):
            raise
        return await _page(request, refused=error)
    return await _page(request, done=done)


async def _content(file: object) -> bytes:
    content = await file.read() if isinstance(file, UploadFile) else b""
    if not content:
        raise EntryUnfit([Fault("file", "请选择 Excel 文件", "Choose an Excel file")])
    return content


async def _page(request: WebRequest, *, refused: TongbanError | None = None, done: Any = None) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    region = catalogue_region(request, signed)
    frame = frame_of(request, signed, region)
    if not frame.desks:
        raise NotAllowed()
    words = site.words(request_language(request))
    return page(
        request,
        "desk/catalogue_import.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, PATH),
        frame=frame,
        came_to=done,
        said=sentence(refused, words) if refused else None,
        faults=faults(refused, words) if isinstance(refused, EntryUnfit) else [],
    )


ROUTES = (download, form, receive)
