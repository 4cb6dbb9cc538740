"""What one holds and what was done with one's data: licences, uses, messages; and public verification."""

import datetime as dt
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from tongban.cases.oversight import objections as saying
from tongban.cases.oversight.objections import Objected, Objection, ObjectionState
from tongban.licences import actions as licences
from tongban.licences.errors import LicenceUnknown
from tongban.licences.metadata import facts
from tongban.licences.models import Licence, StatedField, Verification
from tongban.messages import actions as messages
from tongban.parties.models import Subject
from tongban.parties.rules import may
from tongban.resources.actions import Narrowed, uses
from tongban.resources.models import Use
from tongban.web.allowing import allowed
from tongban.web.api.once import once
from tongban.web.api.paging import read_moment, write_cursor
from tongban.web.api.parameters import Cursor, Key, Region
from tongban.web.api.problems import SIGNED_IN, also, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PDF = "application/pdf"


class LicencePage(Struct):
    """A licence of one's own."""

    region: str
    id: UUID
    type: str
    name: str
    number: str
    code: str
    holder_name: str
    issuer_name: str
    issued_at: dt.datetime
    valid_until: dt.date | None
    state: str
    fields: list[StatedField]
    document: bool


class UseLine(Struct):
    """Who asked whom about me, what for, by which right, and what came of it. Never an officer's name.

    `peer`: the other node through which the department was asked.
    """

    id: UUID
    region: str
    case: UUID
    consumer: str
    provider: str
    source: str
    purpose: str
    basis: str
    legal: str
    fields: list[str]
    outcome: str
    at: dt.datetime
    peer: str | None = None


@get("/licences", responses=answers(401), tags=["licences"], **SIGNED_IN)
async def list_licences(request: WebRequest, before: FromQuery[UUID | None] = None) -> list[LicencePage]:
    """One's own licences and those of enterprises one may act for, newest first, 20 a page.

    ``before`` is the last id of the page before.
    """
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        held = await licences.mine(connection, kernel.vault, signed.actor.keys, before)
    return [_licence(one) for one in held]


def _licence(one: Licence) -> LicencePage:
    return LicencePage(
        region=one.region,
        id=one.id,
        type=one.type,
        name=one.type_name,
        number=one.number,
        code=one.code,
        holder_name=one.holder_name,
        issuer_name=one.issuer.name,
        issued_at=one.issued_at,
        valid_until=one.valid_until,
        state=one.state,
        fields=one.fields,
        document=one.pdf_sha256 is not None,
    )


@get(
    "/licences/{region:str}/{licence:uuid}/document",
    responses=answers(401, 404, 429)
    | also(200, bytes, "The signed PDF.", PDF)
    | also(202, None, "It is being made: ask again shortly."),
    tags=["licences"],
    guards=[allowed("copy")],
    **SIGNED_IN,
)
async def read_document(request: WebRequest, region: Region, licence: FromPath[UUID]) -> Response[bytes]:
    """The signed PDF of one's own licence; 202 while it is being made."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        held = await licences.read(connection, kernel.vault, region, licence)
        subject = Subject(region=region, owner=signed.actor.owner_behind(held.holder_key))
        if not may(signed.actor, "licence.read", subject):
            raise LicenceUnknown
        document = await licences.document(connection, kernel.vault, region, licence)
    if document is None:
        return Response(b"", status_code=202, media_type=PDF)
    return Response(document.pdf, media_type=PDF, headers={"cache-control": "no-store"})


@get(
    "/licences/{region:str}/{licence:uuid}/metadata",
    responses=answers(401, 404, 429),
    tags=["licences"],
    guards=[allowed("copy")],
    **SIGNED_IN,
)
async def read_metadata(request: WebRequest, region: Region, licence: FromPath[UUID]) -> dict[str, str]:
    """The metadata of one's own licence, by this deployment's names."""
    signed, site = await signed_in(request), site_of(request)
    async with site.kernel.database.connection() as connection:
        held = await licences.read(connection, site.kernel.vault, region, licence)
    if not may(signed.actor, "licence.read", Subject(region=region, owner=signed.actor.owner_behind(held.holder_key))):
        raise LicenceUnknown
    return facts(held, site.metadata)


@get(
    "/verify/{code:str}",
    responses=answers(404, 422, 429),
    tags=["licences"],
    guards=[allowed("verify", everybody=True)],
)
async def verify(request: WebRequest, code: FromPath[str]) -> Verification:
    """Whether a licence is in force, by its verification code: the minimum, for everybody."""
    kernel = site_of(request).kernel
    async with kernel.database.connection() as connection:
        return await licences.verify(connection, kernel.vault, code)


@get("/my-data", responses=answers(401), tags=["my data"], **SIGNED_IN)
async def list_uses(
    request: WebRequest,
    before: FromQuery[UUID | None] = None,
    consumer: FromQuery[str | None] = None,
    since: FromQuery[dt.datetime | None] = None,
    until: FromQuery[dt.datetime | None] = None,
) -> list[UseLine]:
    """Every use of one's data and of that of enterprises one may act for, newest first, 20 a page.

    ``before`` is the last id of the page before; ``consumer`` the id of the department that asked.
    """
    signed, kernel = await signed_in(request), site_of(request).kernel
    narrowed = Narrowed(consumer and consumer.replace("\0", ""), since, until)
    async with kernel.database.connection() as connection:
        found = await uses(connection, signed.actor.keys, before, narrowed=narrowed)
    return [_use(request, one) for one in found]


@get("/my-data/{use:uuid}/objections", responses=answers(401), tags=["my data"], **SIGNED_IN)
async def list_objections(request: WebRequest, use: FromPath[UUID]) -> list[ObjectionState]:
    """What one said about one use of one's data, where it stands, and what the department answered."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        return await saying.objections(connection, signed.actor.keys, [use])


@post(
    "/my-data/{region:str}/{use:uuid}/objections",
    responses=answers(401, 404, 409, 422),
    tags=["my data"],
    **SIGNED_IN,
)
async def object_to_use(
    request: WebRequest, region: Region, use: FromPath[UUID], data: JSONBody[Objection], key: Key
) -> Response[Objected]:
    """Object to a use of one's data (``object``: the asking department answers), or report that the data are wrong
    (``error``: the providing department answers). Answered by the day told; see the list of objections."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await once(request, key, lambda: saying.object_to(kernel, signed.actor, region, use, data))


def _use(request: WebRequest, one: Use) -> UseLine:
    directory = site_of(request).kernel.directory

    def name(department: str) -> str:
        known = directory.department(one.region, department)
        return known.name if known else department

    return UseLine(
        id=one.id,
        region=one.region,
        case=one.case_id,
        consumer=name(one.consumer),
        provider=name(one.provider),
        source=one.source,
        purpose=one.purpose,
        basis=one.basis,
        legal=one.legal,
        fields=one.fields,
        outcome=one.outcome,
        at=one.asked_at,
        peer=one.peer,
    )


class MessageList(Struct):
    """A page of messages; ``next`` continues it."""

    items: list[messages.Message]
    next: str | None = None


@get("/messages", responses=answers(401), tags=["messages"], **SIGNED_IN)
async def list_messages(request: WebRequest, cursor: Cursor = None) -> MessageList:
    """What one was told, newest first, 30 a page."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    before = read_moment(cursor) if cursor else None
    async with kernel.database.connection() as connection:
        told = list(await messages.mine(connection, signed.actor.account, before))
    more = told[-1] if len(told) == messages.PAGE else None
    return MessageList(told, write_cursor(more.at.isoformat(), more.id) if more else None)


ROUTES = [list_licences, read_document, read_metadata, verify, list_uses, list_objections, object_to_use, list_messages]
