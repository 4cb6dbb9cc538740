"""Closing one's own account, for programs: what it would do and what stands in the way; and the closing."""

from typing import Literal

from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Struct

from tongban.cases.closing import actions
from tongban.cases.closing.models import Closed, Closing
from tongban.web.api.once import once
from tongban.web.api.parameters import Key
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class Sure(Struct, frozen=True, forbid_unknown_fields=True):
    """That it is meant: what is destroyed does not come back."""

    sure: Literal[True]


@get("/account/closing", responses=answers(401), tags=["sessions"], **SIGNED_IN)
async def weigh_closing(request: WebRequest) -> Closing:
    """What must be settled before the account can be closed, and which records would go or stay by which rule."""
    signed = await signed_in(request)
    return await actions.weigh(site_of(request).kernel, signed.actor, signed.now)


@post("/account/closing", responses=answers(401, 403, 409, 422), tags=["sessions"], **SIGNED_IN)
async def close_account(request: WebRequest, data: JSONBody[Sure], key: Key) -> Response[Closed]:
    """Close the account for good; the token must have been opened by two factors just now, and ends with it."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await once(request, key, lambda: actions.close(kernel, signed.actor))


ROUTES = [weigh_closing, close_account]
