"""What one asks about all of one's data, for programs: ask, list, read, take the copy."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from tongban.cases.rights import asking
from tongban.cases.rights.copied import Copy
from tongban.cases.rights.copying import read_copy
from tongban.cases.rights.models import Asked, Request
from tongban.web.allowing import allowed
from tongban.web.api.once import once
from tongban.web.api.parameters import Key, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


@get("/my-data/requests", responses=answers(401), tags=["my data"], **SIGNED_IN)
async def list_requests(request: WebRequest) -> list[Request]:
    """What one asked about one's data, newest first, at most 50: copies, deletions, restrictions, and their answers."""
    signed = await signed_in(request)
    return await asking.my_requests(site_of(request).kernel, signed.actor)


@get("/my-data/requests/{region:str}/{asked_id:uuid}", responses=answers(401, 404), tags=["my data"], **SIGNED_IN)
async def read_request(request: WebRequest, region: Region, asked_id: FromPath[UUID]) -> Request:
    """One request of one's own."""
    signed = await signed_in(request)
    return await asking.my_request(site_of(request).kernel, signed.actor, region, asked_id)


@post("/my-data/requests", responses=answers(401, 403, 404, 409, 422), tags=["my data"], **SIGNED_IN)
async def make_request(request: WebRequest, data: JSONBody[Asked], key: Key) -> Response[Request]:
    """Ask for a copy of one's data, for deletion, or that they are no longer looked up by consent. Answered by the day
    told, with reasons where it is refused; a copy is made after the answer."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await once(request, key, lambda: asking.ask(kernel, signed.actor, data))


@get(
    "/my-data/requests/{region:str}/{asked_id:uuid}/copy",
    responses=answers(401, 403, 404, 429),
    tags=["my data"],
    guards=[allowed("copy")],
    **SIGNED_IN,
)
async def take_copy(request: WebRequest, region: Region, asked_id: FromPath[UUID]) -> Response[Copy]:
    """The copy that was made for a request of one's own, until it expires; for nobody who acts for one."""
    signed = await signed_in(request)
    found = await read_copy(site_of(request).kernel, signed.actor, region, asked_id)
    return Response(found, headers={"cache-control": "no-store"})


ROUTES = [list_requests, read_request, make_request, take_copy]
