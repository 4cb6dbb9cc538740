"""The feed to the upper level's case library, for registered receivers: read, acknowledge, compare.

The token is the institution's own (``tongban library register``); a person's token opens nothing here.
"""

from typing import Annotated

from litestar import get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from tongban.basics.database import Connection
from tongban.cases.library import feed
from tongban.cases.library.batches import MOST, Batch, DigestList
from tongban.cases.library.errors import ReceiverUnknown
from tongban.cases.library.models import Receiver
from tongban.web.api.parameters import REGION, RegionCode
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import secret_of
from tongban.web.site import WebRequest, site_of

FURTHEST = 2**53
After = Annotated[
    int | None,
    QueryParameter(ge=0, le=FURTHEST, description="`next` of the batch before; by default what was acknowledged."),
]
Most = Annotated[int, QueryParameter(ge=1, le=MOST, description="Records in the batch, at most.")]
Asked = Annotated[
    str | None, QueryParameter(name="region", pattern=REGION, description="By default the receiver's own.")
]


class Acknowledgement(Struct, forbid_unknown_fields=True):
    """Everything up to ``cursor`` was durably kept. ``region``: by default the receiver's own."""

    cursor: Annotated[int, Meta(ge=0, le=FURTHEST)]
    region: RegionCode | None = None


class Acknowledged(Struct):
    """The furthest that the receiver ever acknowledged."""

    acknowledged: int


async def _receiver(connection: Connection, request: WebRequest, region: str | None) -> Receiver:
    carried = secret_of(request)
    if carried is None:
        raise ReceiverUnknown()
    return await feed.receiver_of(connection, carried[0], region)


@get("/library/feed", responses=answers(401, 403, 409), tags=["library"], **SIGNED_IN)
async def read_feed(request: WebRequest, after: After = None, most: Most = 200, region: Asked = None) -> Batch:
    """The next records of the receiver's region, in order, signed by the node. Empty when there is nothing newer."""
    kernel = site_of(request).kernel
    async with kernel.database.connection() as connection:
        receiver = await _receiver(connection, request, region)
        return await feed.read_batch(connection, kernel, receiver, after, most)


@post("/library/acknowledgements", status_code=200, responses=answers(401, 403, 409), tags=["library"], **SIGNED_IN)
async def acknowledge(request: WebRequest, data: JSONBody[Acknowledgement]) -> Acknowledged:
    """Tell how far the records are safely kept. Only ever moves on; repeating it changes nothing."""
    kernel = site_of(request).kernel
    async with kernel.database.connection() as connection:
        receiver = await _receiver(connection, request, data.region)
        return Acknowledged(await feed.acknowledge(connection, receiver, data.cursor))


@get("/library/digests", responses=answers(401, 403), tags=["library"], **SIGNED_IN)
async def read_digests(request: WebRequest, after: After = 0, most: Most = MOST, region: Asked = None) -> DigestList:
    """The digests of a stretch of the feed, for reconciliation."""
    kernel = site_of(request).kernel
    async with kernel.database.connection() as connection:
        receiver = await _receiver(connection, request, region)
        return await feed.read_digests(connection, kernel, receiver, after or 0, most)


ROUTES = [read_feed, acknowledge, read_digests]
