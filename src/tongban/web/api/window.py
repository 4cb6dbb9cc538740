"""The window for programs: take in who is present, have them confirm what was filled in, see what was taken in today.

What is taken in is a draft: it is read, filled in and submitted by the calls for drafts, which a clerk may make for
these matters alone and until midnight. Without a confirmation of its very revision a submission is refused.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.cases.actions import assisted
from tongban.parties.models import Confirmation
from tongban.web.api.once import once_prepared
from tongban.web.api.parameters import Key, Line, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class Present(Struct, forbid_unknown_fields=True):
    """Who is present, as the card says, and what for. ``seen``: person and card were seen and fit each other."""

    journey: Line
    name: Line
    id_number: Line
    seen: bool


class TakenIn(Struct):
    """The draft that was opened, or gone on with."""

    region: str
    draft: UUID


class Telephone(Struct, forbid_unknown_fields=True):
    """The person's own mobile number."""

    mobile: Line


class Sent(Struct):
    """What was sent."""

    sent: Literal["code"]


class Confirmed(Struct, forbid_unknown_fields=True):
    """The person confirmed the draft at ``revision``: by signing its print, or by the ``code`` from their telephone."""

    revision: int
    how: Confirmation
    code: Line = ""


class WindowLine(Struct):
    """One matter taken in today. ``number``: the case's once it is submitted; ``confirmed``: the revision that was."""

    region: str
    draft: UUID
    journey: str
    department: str
    name: str
    until: dt.datetime
    confirmed: int | None
    number: str | None


@get("/window", responses=answers(401, 403), tags=["window"], **SIGNED_IN)
async def today(request: WebRequest) -> Sequence[WindowLine]:
    """What one took in today, in the order it was; empty tomorrow."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    assisted.window_of(signed.actor)
    return [
        WindowLine(
            one.held.region, one.held.matter, one.held.service, one.held.department, one.held.name, one.held.until,
            one.held.revision if one.held.confirmed_as else None, one.number,
        )
        for one in await assisted.taken_in_today(kernel, signed.actor)
    ]  # fmt: skip


@post("/window", responses=answers(401, 403, 404, 409, 422, 429), tags=["window"], **SIGNED_IN)
async def take_in(request: WebRequest, data: JSONBody[Present], key: Key) -> Response[TakenIn]:
    """Take somebody in who is present. Who has an account and a draft at home goes on with it there (409)."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    window = assisted.window_of(signed.actor)

    async def open_one() -> UUID:
        return await assisted.take_in(
            kernel, signed.actor, window, data.journey, data.name, data.id_number, data.seen, signed.now
        )

    async def tell(draft: UUID) -> TakenIn:
        return TakenIn(window.region, draft)

    # Before and outside of the kept answer's transaction: how often a clerk names people counts, also when refused.
    return await once_prepared(request, key, open_one, tell)


@post("/window/{region:str}/{draft:uuid}/code", responses=answers(401, 404, 422, 429), tags=["window"], **SIGNED_IN)
async def send_code(
    request: WebRequest, region: Region, draft: FromPath[UUID], data: JSONBody[Telephone], key: Key
) -> Response[Sent]:
    """Send a code to the person's own telephone; the one before is void."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def send() -> None:
        await assisted.send_code(kernel, signed.actor, region, draft, data.mobile)

    async def tell(_: None) -> Sent:
        return Sent("code")

    return await once_prepared(request, key, send, tell)


@put(
    "/window/{region:str}/{draft:uuid}/confirmation", responses=answers(401, 404, 409, 422), status_code=204,
    tags=["window"], **SIGNED_IN,
)  # fmt: skip
async def confirm(request: WebRequest, region: Region, draft: FromPath[UUID], data: JSONBody[Confirmed]) -> None:
    """The person confirmed what was filled in; whoever changes it afterwards has it confirmed anew."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    await assisted.confirm_draft(kernel, signed.actor, region, draft, data.revision, data.how, data.code, signed.now)


ROUTES: list[Any] = [today, take_in, send_code, confirm]
