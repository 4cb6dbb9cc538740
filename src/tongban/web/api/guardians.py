"""Guardians who are no parents, for programs of a window: entered by one official, confirmed by another, ended."""

from typing import Any
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from tongban.parties.guarding import appointed
from tongban.parties.models import Subject
from tongban.web.api.once import once
from tongban.web.api.parameters import Key, Line, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class Entry(Struct, forbid_unknown_fields=True):
    """A guardian as entered at the window of ``department``."""

    department: Line
    proposal: appointed.Proposal


class Guardianship(Struct):
    """One guardian at a window, by its id."""

    id: UUID


@get("/desk/{region:str}/guardianships", responses=answers(401, 403, 404), tags=["desk"], **SIGNED_IN)
async def list_guardians(request: WebRequest, region: Region) -> list[appointed.Appointed]:
    """What waits for a second official and who stands, at the windows where one receives people."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    kernel.directory.region(region)
    async with kernel.database.connection() as connection:
        return await appointed.at_window(connection, kernel.vault, signed.actor, region)


@post("/desk/{region:str}/guardianships", responses=answers(401, 403, 404, 409, 422, 429), tags=["desk"], **SIGNED_IN)
async def propose(request: WebRequest, region: Region, data: JSONBody[Entry], key: Key) -> Response[Guardianship]:
    """Enter a guardian at a window; it takes effect when another official of that window confirms."""

    async def act() -> Guardianship:
        signed, kernel = await signed_in(request), site_of(request).kernel
        kernel.directory.region(region)
        window = Subject(region=region, department=data.department)
        async with kernel.database.connection() as connection:
            made = await appointed.propose(connection, kernel.vault, signed.actor, window, data.proposal, signed.now)
        return Guardianship(made)

    return await once(request, key, act)


@post(
    "/guardianships/{guardian:uuid}/confirmation", responses=answers(401, 403, 404, 409, 422), tags=["desk"],
    **SIGNED_IN,
)  # fmt: skip
async def confirm(request: WebRequest, guardian: FromPath[UUID], key: Key) -> Response[Guardianship]:
    """Confirm what another official of the same window entered."""

    async def act() -> Guardianship:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            await appointed.confirm(connection, signed.actor, guardian, signed.now)
        return Guardianship(guardian)

    return await once(request, key, act)


@delete("/guardianships/{guardian:uuid}", responses=answers(401, 403, 404), status_code=204, tags=["desk"], **SIGNED_IN)
async def end(request: WebRequest, guardian: FromPath[UUID], reason: FromQuery[appointed.Reason]) -> None:
    """End a guardianship at once, or take back what waits. `reason`: why."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        await appointed.end(connection, signed.actor, guardian, reason, signed.now)


ROUTES: list[Any] = [list_guardians, propose, confirm, end]
