"""Showing a licence, for programs: choose what to show, look once, see who looked."""

import datetime as dt
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.cases.kernel import Kernel
from tongban.licences import actions as licences
from tongban.licences.errors import LicenceUnknown
from tongban.licences.models import Licence
from tongban.licences.presenting import actions
from tongban.licences.presenting.models import Look, Presented
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Subject
from tongban.parties.rules import may
from tongban.web.api.once import once
from tongban.web.api.parameters import Key, Line, Region, RegionCode
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.public.presented import offices_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class Chosen(Struct, forbid_unknown_fields=True):
    """Ids of the licence's fields to show; ``@holder`` the full name, ``@number`` the licence's number."""

    fields: list[Line]


class Shown(Struct, frozen=True):
    """A presentation that began. ``address`` is what the QR code says; it opens once, until ``seconds`` are over."""

    id: UUID
    code: str
    address: str
    fields: list[str]
    seconds: int


class Looking(Struct, forbid_unknown_fields=True):
    """For which office an official looks; nothing: for oneself."""

    region: RegionCode | None = None
    department: Line | None = None


async def _own(kernel: Kernel, signed: Signed, region: str, licence: UUID, action: str) -> Licence:
    async with kernel.database.connection() as connection:
        held = await licences.read(connection, kernel.vault, region, licence)
    owner = signed.actor.owner_behind(held.holder_key)
    if not may(signed.actor, action, Subject(region=region, owner=owner)):
        raise LicenceUnknown
    return held


@post(
    "/licences/{region:str}/{licence:uuid}/presentations",
    responses=answers(401, 404, 409, 422),
    tags=["licences"],
    **SIGNED_IN,
)
async def present(
    request: WebRequest, region: Region, licence: FromPath[UUID], data: JSONBody[Chosen], key: Key
) -> Response[Shown]:
    """Begin to show chosen fields of one's own licence; an earlier presentation of it is over."""
    signed, site = await signed_in(request), site_of(request)

    async def act() -> Shown:
        held = await _own(site.kernel, signed, region, licence, "licence.present")
        async with site.kernel.database.connection() as connection:
            made = await actions.present(connection, held, data.fields, signed.now, site.settings.shown_seconds)
        address = f"{site.settings.base_url}/presented/{made.code}"
        return Shown(made.id, made.code, address, made.fields, made.seconds)

    return await once(request, key, act)


@get(
    "/licences/{region:str}/{licence:uuid}/presentations",
    responses=answers(401, 404),
    tags=["licences"],
    **SIGNED_IN,
)
async def list_looks(request: WebRequest, region: Region, licence: FromPath[UUID]) -> list[Look]:
    """Who looked at one's own licence, from which office, when and at what: newest first, at most 20."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    await _own(kernel, signed, region, licence, "licence.read")
    async with kernel.database.connection() as connection:
        return await actions.looks(connection, region, licence)


class PresentedOnce(Struct, frozen=True):
    """What was shown, and for which office it was looked at."""

    licence: Presented
    office: str | None
    at: dt.datetime


@post("/presented/{code:str}", responses=answers(401, 403, 404, 410, 422, 429), tags=["licences"], **SIGNED_IN)
async def look(request: WebRequest, code: FromPath[str], data: JSONBody[Looking], key: Key) -> Response[PresentedOnce]:
    """Look once at what a holder shows. The holder is told when, and for which office."""
    signed, site = await signed_in(request), site_of(request)
    office = _office(request, signed, data)

    async def act() -> PresentedOnce:
        store, asker = site.kernel.database, str(signed.actor.account)
        shown = await actions.look(store, site.kernel.vault, code, signed.now, asker=asker, office=office)
        return PresentedOnce(shown, office, signed.now)

    return await once(request, key, act)


def _office(request: WebRequest, signed: Signed, data: Looking) -> str | None:
    if data.department is None:
        return None
    office = offices_of(site_of(request), signed).get(f"{data.region}/{data.department}")
    if office is None:
        raise NotAllowed()
    return office


ROUTES = [present, list_looks, look]
