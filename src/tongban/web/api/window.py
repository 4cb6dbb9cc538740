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

from tongban.cases.actions import assisted, handing_in
from tongban.parties.models import Confirmation
from tongban.web.api.cases import Promises
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


class Waiting(Struct, forbid_unknown_fields=True):
    """Who is present, as the card says, and which case of theirs waits: the number on its receipt or notice."""

    number: Line
    name: Line
    id_number: Line
    seen: bool


class TakenUp(Struct):
    """The case that is gone on with until midnight."""

    region: str
    case: UUID


class Changed(Struct, forbid_unknown_fields=True):
    """Values to change, by field id, on top of the case at ``revision``. ``mobile``: where to send a code for it."""

    revision: int
    values: dict[str, Any] = {}
    mobile: Line = ""


class Checked(Struct):
    """What the person is to confirm. ``digest``: of the whole form and its files; ``short``: as people compare it."""

    digest: str
    short: str


class HandedIn(Changed):
    """The same as it was checked, with the ``digest`` that the person confirmed by signature or by the ``code``."""

    digest: Line = ""
    how: Confirmation = "signature"
    code: Line = ""


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


@post("/window/cases", responses=answers(401, 403, 404, 422, 429), tags=["window"], **SIGNED_IN)
async def take_up(request: WebRequest, data: JSONBody[Waiting], key: Key) -> Response[TakenUp]:
    """Go on with a case that waits for who is present; one answer (404) for every case that is not to be found so."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    window = assisted.window_of(signed.actor)

    async def find() -> UUID:
        return await handing_in.take_up(
            kernel, signed.actor, window, data.number, data.name, data.id_number, data.seen, signed.now
        )

    async def tell(case: UUID) -> TakenUp:
        return TakenUp(window.region, case)

    return await once_prepared(request, key, find, tell)


@get("/window/cases/{region:str}/{case:uuid}", responses=answers(401, 404), tags=["window"], **SIGNED_IN)
async def wanted(request: WebRequest, region: Region, case: FromPath[UUID]) -> handing_in.Wanted:
    """What the case waits for, and what it says now. Files are brought by the call for a draft's materials."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    return await handing_in.wanted(kernel, signed.actor, region, case)


@post(
    "/window/cases/{region:str}/{case:uuid}/check", responses=answers(401, 404, 409, 422, 429), tags=["window"],
    **SIGNED_IN,
)  # fmt: skip
async def check(
    request: WebRequest, region: Region, case: FromPath[UUID], data: JSONBody[Changed], key: Key
) -> Response[Checked]:
    """Check what was entered as an applicant's own change is; with ``mobile``, send a code that is good for it alone.

    Nothing is kept: what is handed in later is sent again and must have the same digest.
    """
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def entered() -> handing_in.Entered:
        what = (region, case, data.revision, data.values)
        if data.mobile:
            return await handing_in.send_own_code(kernel, signed.actor, *what, data.mobile)
        return await handing_in.enter(kernel, signed.actor, *what)

    async def tell(made: handing_in.Entered) -> Checked:
        return Checked(made.digest, made.short)

    return await once_prepared(request, key, entered, tell)


@post(
    "/window/cases/{region:str}/{case:uuid}/changes", responses=answers(401, 403, 404, 409, 422), tags=["window"],
    **SIGNED_IN,
)  # fmt: skip
async def hand_in(
    request: WebRequest, region: Region, case: FromPath[UUID], data: JSONBody[HandedIn], key: Key
) -> Response[Promises]:
    """Put before the lead department what the person confirmed; what differs from it is refused (409)."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def confirmed() -> handing_in.Entered:
        what = (region, case, data.revision, data.values, data.digest, data.how, data.code)
        return await handing_in.confirmed(kernel, signed.actor, *what)

    async def act(entered: handing_in.Entered) -> Promises:
        return Promises(await handing_in.hand_in(kernel, signed.actor, entered, data.how))

    return await once_prepared(request, key, confirmed, act)


ROUTES: list[Any] = [today, take_in, send_code, confirm, take_up, wanted, check, hand_in]
