"""The SCIM door: who calls, what is asked, and every answer and refusal in the protocol's own shape.

The bearer token is one that an administrator of the region made (``parties.organisation.provisioning``); it opens this
door and no other, and no person's token opens it. Changes of one region happen one after the other, so that an
``If-Match`` that fits still fits when the change is written.
"""

import asyncio
from importlib import import_module
from typing import Any

from litestar import Response, route
from litestar.params import FromPath

from tongban.basics.errors import TongbanError
from tongban.parties.organisation.provisioning import who_provisions
from tongban.web.site import WebRequest, site_of

PATH = "/scim/v2"
JSON = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
TYPES = {"organisation.login_taken": "uniqueness", "organisation.unfit": "invalidValue"}


@route(
    PATH + "/{rest:path}",
    http_method=["GET", "POST", "PUT", "PATCH", "DELETE"],
    include_in_schema=False,
    status_code=200,
)
async def answer(request: WebRequest, rest: FromPath[str]) -> Response[bytes]:
    """Any SCIM call. Never raises: a refusal is an answer."""
    token = request.headers.get("authorization", "").partition(" ")
    secret = token[2].strip() if token[0].lower() == "bearer" else ""
    serving = await asyncio.to_thread(import_module, "tongban.web.scim.serving")
    site = site_of(request)
    call = serving.Call(
        method=request.method,
        path=str(rest).strip("/"),
        query=dict(request.query_params),
        body=await request.body(),
        headers={name.lower(): value for name, value in request.headers.items()},
        base=f"{site.settings.base_url}{PATH}",
    )
    try:
        async with site.kernel.database.transaction() as connection:
            signed, region = await who_provisions(connection, secret)
            given = await serving.serve(connection, site.kernel.vault, signed, region, call)
    except TongbanError as error:
        given = serving.refused(error.status, error.message("en"), TYPES.get(error.code))
    except serving.REFUSALS as error:
        given = serving.refused_by_shape(error)
    return _response(given)


def _response(given: Any) -> Response[bytes]:
    return Response(given.body, status_code=given.status, media_type=JSON, headers=given.headers)
