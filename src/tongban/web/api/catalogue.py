"""The catalogue for programs: what the pages do, the public part as DCAT-AP, and the feed that other nodes harvest."""

import asyncio
import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from tongban.parties.models import Subject
from tongban.parties.rules import require
from tongban.resources.catalogue import actions, feed, reading, sheets, uses
from tongban.resources.catalogue.batches import MOST, FeedBatch
from tongban.resources.catalogue.definitions import Content, Kind
from tongban.resources.catalogue.errors import HarvesterUnknown
from tongban.resources.catalogue.models import Asked, Line, Listed, Page, State
from tongban.resources.definitions import Cycle, Grade, Library, Openness, Sharing
from tongban.web.allowing import allowed
from tongban.web.api.once import once
from tongban.web.api.parameters import WITHOUT_NUL, Cursor, Key, Region
from tongban.web.api.problems import SIGNED_IN, also, answers
from tongban.web.public.catalogue import LINKED_DATA, linked_data
from tongban.web.signed_in import secret_of, signed_in
from tongban.web.site import WebRequest, site_of

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAGS = ["catalogue"]
FURTHEST = 2**53
Words = Annotated[str, QueryParameter(name="q", max_length=100, pattern=WITHOUT_NUL, description="What to look for.")]
Department = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


class NewEntry(Struct, forbid_unknown_fields=True):
    """Something to enter for one's department."""

    department: Department
    content: Content


class NewVersion(Struct, forbid_unknown_fields=True):
    """A newer version on top of ``revision``."""

    revision: Annotated[int, Meta(ge=1, le=10**9)]
    content: Content


class Made(Struct):
    """The entry that was made or changed, and its newest revision."""

    id: UUID
    revision: int


class Why(Struct, forbid_unknown_fields=True):
    """Why something is returned or withdrawn."""

    reasons: Annotated[str, Meta(max_length=500, pattern=WITHOUT_NUL)]


class Reported(Struct, forbid_unknown_fields=True):
    """A month's use of what does not run through the platform. ``month``: any day of it."""

    month: dt.date
    uses: Annotated[int, Meta(ge=0, le=10**12)]
    users: Annotated[int, Meta(ge=0, le=10**8)] = 0
    last_used: dt.date | None = None


class Refreshed(Struct, forbid_unknown_fields=True):
    """The day on which the data was brought up to date."""

    day: dt.date


class IdleList(Struct):
    """What is published but nobody uses."""

    items: list[Line]


@get("/catalogue/{region:str}", responses=answers(401, 403, 404), tags=TAGS, **SIGNED_IN)
async def list_entries(
    request: WebRequest,
    region: Region,
    q: Words = "",
    kind: FromQuery[Kind | None] = None,
    sharing: FromQuery[Sharing | None] = None,
    opening: Annotated[Openness | None, QueryParameter(name="open")] = None,
    cycle: FromQuery[Cycle | None] = None,
    library: FromQuery[Library | None] = None,
    grade: FromQuery[Grade | None] = None,
    entry_state: Annotated[State | None, QueryParameter(name="state")] = None,
    cursor: Cursor = None,
) -> Listed:
    """What a region has, for officials; with ``state`` what of one's own is not published."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    asked = Asked(
        region=region,
        words=q,
        kind=kind,
        sharing=sharing,
        open=opening,
        cycle=cycle,
        library=library,
        grade=grade,
        state=entry_state,
        after=cursor,
    )
    async with kernel.database.connection() as connection:
        return await reading.browse(connection, signed.actor, kernel.directory, asked, signed.now)


@get("/catalogue/{region:str}/idle", responses=answers(401, 403, 404), tags=TAGS, **SIGNED_IN)
async def list_idle(request: WebRequest, region: Region, kind: FromQuery[Kind | None] = None) -> IdleList:
    """What is published but nobody uses, the longest unused first."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        return IdleList(await reading.idle(connection, signed.actor, kernel.directory, region, kind, signed.now))


@get("/catalogue/{region:str}/public", responses=answers(404), tags=TAGS)
async def list_public(request: WebRequest, region: Region, q: Words = "", cursor: Cursor = None) -> Listed:
    """What anybody may know of."""
    kernel = site_of(request).kernel
    async with kernel.database.connection() as connection:
        now = await reading.moment(connection)
        asked = Asked(region=region, words=q, after=cursor)
        return await reading.browse_public(connection, kernel.directory, asked, now)


@get(
    "/catalogue/{region:str}/dcat",
    responses={**answers(404), **also(200, dict, "DCAT-AP 3 in JSON-LD.", LINKED_DATA)},
    media_type=LINKED_DATA,
    tags=TAGS,
)
async def read_dcat(request: WebRequest, region: Region) -> dict[str, Any]:
    """The public part of a region's catalogue as DCAT-AP 3."""
    return await linked_data(site_of(request), region)


@get(
    "/catalogue/{region:str}/export.xlsx",
    guards=[allowed("export")],
    responses={**answers(401, 403, 404, 429), **also(200, None, "The catalogue as an Excel file.", EXCEL)},
    tags=TAGS,
    **SIGNED_IN,
)
async def export(request: WebRequest, region: Region) -> Response[bytes]:
    """Everything that is published in a region, as an Excel file."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    require(signed.actor, "catalogue.read", Subject(region=region))
    names = {d.id: d.name for d in kernel.directory.region(region).departments}
    async with kernel.database.connection() as connection:
        entries = await reading.everything(connection, region)
    content = await asyncio.to_thread(sheets.workbook, entries, names)
    return Response(content, media_type=EXCEL)


@get("/catalogue/{region:str}/entries/{entry:uuid}", responses=answers(401, 403, 404), tags=TAGS, **SIGNED_IN)
async def read_entry(request: WebRequest, region: Region, entry: FromPath[UUID]) -> Page:
    """One entry with its use and history."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    kernel.directory.region(region)
    async with kernel.database.connection() as connection:
        return await reading.read_entry(connection, signed.actor, kernel.directory, region, entry, signed.now)


@post("/catalogue/{region:str}/entries", responses=answers(401, 403, 404, 422), tags=TAGS, **SIGNED_IN)
async def enter_entry(request: WebRequest, region: Region, data: JSONBody[NewEntry], key: Key) -> Response[Made]:
    """Enter something new for one's department, as a draft."""

    async def act() -> Made:
        signed, kernel = await signed_in(request), site_of(request).kernel
        async with kernel.database.connection() as connection:
            made = await actions.enter(
                connection, signed.actor, kernel.directory, region, data.department, data.content, signed.now
            )
        return Made(made, 1)

    return await once(request, key, act)


@put("/catalogue/{region:str}/entries/{entry:uuid}", responses=answers(401, 403, 404, 409, 422), tags=TAGS, **SIGNED_IN)
async def edit_entry(request: WebRequest, region: Region, entry: FromPath[UUID], data: JSONBody[NewVersion]) -> Made:
    """Save a newer version; repeating the call changes nothing."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        revision = await actions.edit(connection, signed.actor, region, entry, data.revision, data.content, signed.now)
    return Made(entry, revision)


@post(
    "/catalogue/{region:str}/entries/{entry:uuid}/submission",
    responses=answers(401, 403, 404, 409, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def submit_entry(request: WebRequest, region: Region, entry: FromPath[UUID], key: Key) -> Response[Page]:
    """Hand the newest version in; every fault is told at once."""
    return await _act(request, region, entry, key, "submit")


@post(
    "/catalogue/{region:str}/entries/{entry:uuid}/publication",
    responses=answers(401, 403, 404, 409, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def publish_entry(request: WebRequest, region: Region, entry: FromPath[UUID], key: Key) -> Response[Page]:
    """Publish what was handed in; for data administrators."""
    return await _act(request, region, entry, key, "publish")


@post(
    "/catalogue/{region:str}/entries/{entry:uuid}/return",
    responses=answers(401, 403, 404, 409, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def return_entry(
    request: WebRequest, region: Region, entry: FromPath[UUID], data: JSONBody[Why], key: Key
) -> Response[Page]:
    """Give what was handed in back, with reasons; for data administrators."""
    return await _act(request, region, entry, key, "send_back", data.reasons)


@post(
    "/catalogue/{region:str}/entries/{entry:uuid}/withdrawal",
    responses=answers(401, 403, 404, 409, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def withdraw_entry(
    request: WebRequest, region: Region, entry: FromPath[UUID], data: JSONBody[Why], key: Key
) -> Response[Page]:
    """Take a published entry away, with reasons."""
    return await _act(request, region, entry, key, "withdraw", data.reasons)


@post(
    "/catalogue/{region:str}/entries/{entry:uuid}/refreshment",
    responses=answers(401, 403, 404, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def refresh_entry(
    request: WebRequest, region: Region, entry: FromPath[UUID], data: JSONBody[Refreshed], key: Key
) -> Response[Page]:
    """Say on which day the data was brought up to date."""
    return await _act(request, region, entry, key, "refreshed", data.day)


async def _act(request: WebRequest, region: str, entry: UUID, key: str, verb: str, *given: Any) -> Response[Page]:
    async def act() -> Page:
        signed, kernel = await signed_in(request), site_of(request).kernel
        kernel.directory.region(region)
        async with kernel.database.connection() as connection:
            await getattr(actions, verb)(connection, signed.actor, region, entry, *given, signed.now)
            return await reading.read_entry(connection, signed.actor, kernel.directory, region, entry, signed.now)

    return await once(request, key, act)


@put(
    "/catalogue/{region:str}/entries/{entry:uuid}/use",
    status_code=204,
    responses=answers(401, 403, 404, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def report_use(request: WebRequest, region: Region, entry: FromPath[UUID], data: JSONBody[Reported]) -> None:
    """Report a month's use; the newest report of a month counts."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        told = (data.month, data.uses, data.users, data.last_used)
        await uses.report(connection, signed.actor, region, entry, *told, signed.now)


@get("/catalogue-feed", responses=answers(401, 409), tags=TAGS, **SIGNED_IN)
async def read_feed(
    request: WebRequest,
    after: Annotated[int, QueryParameter(ge=0, le=FURTHEST, description="`next` of the batch before.")] = 0,
    most: Annotated[int, QueryParameter(ge=1, le=MOST, description="Entries in the batch, at most.")] = MOST,
) -> FeedBatch:
    """Publications and withdrawals of the harvester's region, in order, signed by the node; for registered nodes."""
    kernel, carried = site_of(request).kernel, secret_of(request)
    if carried is None:
        raise HarvesterUnknown()
    async with kernel.database.connection() as connection:
        return await feed.read_batch(connection, kernel.signer, kernel.directory, carried[0], after, most)


ROUTES = [
    list_entries,
    list_idle,
    list_public,
    read_dcat,
    export,
    read_entry,
    enter_entry,
    edit_entry,
    submit_entry,
    publish_entry,
    return_entry,
    withdraw_entry,
    refresh_entry,
    report_use,
    read_feed,
]
