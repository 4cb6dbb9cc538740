"""Cases: what became of an application, for its applicant and for the departments that take part."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.cases.actions import applicant, files
from tongban.cases.errors import CaseNotFound
from tongban.cases.views.reading import case_page, my_cases
from tongban.cases.views.shapes import CaseLine, CasePage
from tongban.ledger.models import Pending, Promise, Receipt
from tongban.ledger.receipts import make_receipt
from tongban.web.allowing import allowed
from tongban.web.api.once import once, once_prepared
from tongban.web.api.paging import read_moment, write_cursor
from tongban.web.api.parameters import Cursor, Hat, Key, Region, Text, worn
from tongban.web.api.problems import SIGNED_IN, also, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class CaseList(Struct):
    """A page of cases; ``next`` continues it."""

    items: list[CaseLine]
    next: str | None = None


class CaseChange(Struct, forbid_unknown_fields=True):
    """Values to change before acceptance, by field id. ``revision`` is the case's as last read."""

    revision: int
    values: dict[str, str | int | float | bool | None] = {}


class Words(Struct, forbid_unknown_fields=True):
    """A question, an answer, or the reasons of a withdrawal."""

    text: Text


class Promises(Struct):
    """What the act was promised to be sealed as: one promise an event."""

    promises: list[Promise]


class Asked(Struct):
    """The id of a question."""

    id: UUID


@get("/cases", responses=answers(401, 403), tags=["cases"], **SIGNED_IN)
async def list_cases(request: WebRequest, cursor: Cursor = None, hat: Hat = None) -> CaseList:
    """One's own cases and those of everybody one may act for, newest first."""
    signed = await signed_in(request)
    before = read_moment(cursor) if cursor else None
    items, more = await my_cases(site_of(request).kernel, signed.actor, before, worn(signed.actor, hat))
    return CaseList(items, write_cursor(more[0].isoformat(), more[1]) if more else None)


@get("/cases/{region:str}/{case:uuid}", responses=answers(401, 404), tags=["cases"], **SIGNED_IN)
async def read_case(request: WebRequest, region: Region, case: FromPath[UUID]) -> CasePage:
    """One case: journey line, events, evidence, questions, licences."""
    signed = await signed_in(request)
    return await case_page(site_of(request).kernel, signed.actor, region, case)


@post("/cases/{region:str}/{case:uuid}/changes", responses=answers(401, 404, 409, 422), tags=["cases"], **SIGNED_IN)
async def change(
    request: WebRequest, region: Region, case: FromPath[UUID], data: JSONBody[CaseChange], key: Key
) -> Response[Promises]:
    """Change a case before acceptance, resubmit a returned one, or supply what a notice asked for."""

    kernel = site_of(request).kernel

    async def prepare() -> applicant.PreparedChange:
        actor = (await signed_in(request)).actor
        return await applicant.prepare_change(kernel, actor, region, case, data.revision, data.values)

    async def act(prepared: applicant.PreparedChange) -> Promises:
        return Promises(await applicant.make_change(kernel, (await signed_in(request)).actor, prepared))

    return await once_prepared(request, key, prepare, act)


@post("/cases/{region:str}/{case:uuid}/withdrawal", responses=answers(401, 404, 409, 422), tags=["cases"], **SIGNED_IN)
async def withdraw(
    request: WebRequest, region: Region, case: FromPath[UUID], data: JSONBody[Words], key: Key
) -> Response[Promises]:
    """Withdraw a case before acceptance."""

    async def act() -> Promises:
        signed = await signed_in(request)
        return Promises(await applicant.withdraw(site_of(request).kernel, signed.actor, region, case, data.text))

    return await once(request, key, act)


@post("/cases/{region:str}/{case:uuid}/questions", responses=answers(401, 404, 409, 422), tags=["cases"], **SIGNED_IN)
async def ask(
    request: WebRequest, region: Region, case: FromPath[UUID], data: JSONBody[Words], key: Key
) -> Response[Asked]:
    """Ask the departments that handle the case."""

    async def act() -> Asked:
        signed = await signed_in(request)
        return Asked(await applicant.ask(site_of(request).kernel, signed.actor, region, case, data.text))

    return await once(request, key, act)


@post(
    "/cases/{region:str}/{case:uuid}/questions/{question:uuid}/answer",
    responses=answers(401, 403, 404, 409, 422),
    tags=["desk"],
    **SIGNED_IN,
)
async def answer(
    request: WebRequest, region: Region, case: FromPath[UUID], question: FromPath[UUID], data: JSONBody[Words], key: Key
) -> Response[Promises]:
    """Answer a question in the department's name, once."""

    async def act() -> Promises:
        signed = await signed_in(request)
        return Promises(
            await applicant.answer(site_of(request).kernel, signed.actor, region, case, question, data.text)
        )

    return await once(request, key, act)


@get(
    "/cases/{region:str}/{case:uuid}/files/{file:uuid}",
    responses=answers(401, 404, 429),
    tags=["cases"],
    guards=[allowed("copy")],
    **SIGNED_IN,
)
async def read_file(request: WebRequest, region: Region, case: FromPath[UUID], file: FromPath[UUID]) -> Response[bytes]:
    """An uploaded file, for the applicant and for departments whose tasks need it."""
    signed = await signed_in(request)
    content = await files.read_file(site_of(request).kernel, signed.actor, region, case, file)
    headers = {"content-disposition": "attachment", "cache-control": "no-store"}
    return Response(content.content, media_type=content.media_type, headers=headers)


@get(
    "/cases/{region:str}/{case:uuid}/receipts/{entry:uuid}",
    responses=answers(401, 404) | also(202, Pending, "Promised, not sealed yet: ask again shortly."),
    tags=["receipts"],
    **SIGNED_IN,
)
async def read_receipt(
    request: WebRequest, region: Region, case: FromPath[UUID], entry: FromPath[UUID]
) -> Response[Receipt | Pending]:
    """The receipt of one event: the proof that it stands in the log, or that it is still to be sealed (202)."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    page = await case_page(kernel, signed.actor, region, case)
    if not any(event.id == entry for event in page.events):
        raise CaseNotFound()
    async with kernel.database.connection() as connection:
        receipt = await make_receipt(connection, region, entry)
    return Response(receipt, status_code=200 if isinstance(receipt, Receipt) else 202)


ROUTES = [list_cases, read_case, change, withdraw, ask, answer, read_file, read_receipt]
