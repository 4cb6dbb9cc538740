"""Licences for the department that issued them: found, suspended, resumed, ended, corrected, reissued, confirmed."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from tongban.licences.life import actions, rules
from tongban.licences.life.models import Change, ChangeKind, Waiting, Wish
from tongban.licences.models import Licence, State, StatedField
from tongban.web.allowing import allowed
from tongban.web.api.once import once
from tongban.web.api.parameters import WITHOUT_NUL, Key, Line, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

Typed = Annotated[
    str,
    QueryParameter(
        name="typed", min_length=1, max_length=120, pattern=WITHOUT_NUL, description="Number or verification code."
    ),
]
Reasons = Annotated[str, Meta(max_length=rules.LONGEST_REASON, pattern=WITHOUT_NUL)]
Basis = Annotated[str, Meta(max_length=rules.LONGEST_BASIS, pattern=WITHOUT_NUL)]


class LicenceWish(Struct, forbid_unknown_fields=True):
    """What is asked for, why, and by which provision. ``facts``: fields with their right values, for ``correct``."""

    kind: ChangeKind
    reasons: Reasons
    basis: Basis
    facts: dict[str, Line] = {}


class WishAnswer(Struct, forbid_unknown_fields=True):
    """Confirm what somebody else asked, or decline it with ``reasons``."""

    confirm: bool
    reasons: Reasons = ""


class LicenceChange(Struct, frozen=True):
    """A wish on record. ``outcome`` null: it waits for a second person. ``successor``: the licence that replaces it."""

    id: UUID
    kind: ChangeKind
    reasons: str
    basis: str
    facts: dict[str, str]
    asked_by: UUID
    asked_at: dt.datetime
    outcome: Literal["done", "declined"] | None
    answer: str | None
    decided_at: dt.datetime | None
    successor: UUID | None


class IssuedLicence(Struct, frozen=True):
    """A licence that one's department issued, what may be asked for it now, and what was asked, newest first."""

    region: str
    id: UUID
    type: str
    name: str
    number: str
    holder_name: str
    issuer: str
    issued_at: dt.datetime
    valid_until: dt.date | None
    state: State
    fields: list[StatedField]
    possible: list[ChangeKind]
    changes: list[LicenceChange]


def _change(one: Change) -> LicenceChange:
    return LicenceChange(**{name: getattr(one, name) for name in LicenceChange.__struct_fields__})


def _licence(one: Licence, changes: list[Change]) -> IssuedLicence:
    waits = any(change.outcome is None for change in changes)
    return IssuedLicence(
        region=one.region,
        id=one.id,
        type=one.type,
        name=one.type_name,
        number=one.number,
        holder_name=one.holder_name,
        issuer=one.issuer.name,
        issued_at=one.issued_at,
        valid_until=one.valid_until,
        state=one.state,
        fields=one.fields,
        possible=[] if waits else rules.possible(one),
        changes=[_change(change) for change in changes],
    )


@get("/desk/{region:str}/licence-changes", responses=answers(401, 403), tags=["licences"], **SIGNED_IN)
async def list_waiting(request: WebRequest, region: Region) -> list[Waiting]:
    """What waits for a second person in one's departments, oldest first, at most 50."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        return await actions.waiting(connection, signed.actor, region)


@get(
    "/desk/{region:str}/licences",
    responses=answers(401, 403, 404, 422, 429),
    tags=["licences"],
    guards=[allowed("search")],
    **SIGNED_IN,
)
async def find(request: WebRequest, region: Region, typed: Typed) -> IssuedLicence:
    """A licence of one's department by its number or verification code."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        found = await actions.find(connection, kernel.vault, signed.actor, region, typed)
        return _licence(found, await actions.changes(connection, kernel.vault, found.region, found.id))


@get("/desk/{region:str}/licences/{licence:uuid}", responses=answers(401, 404), tags=["licences"], **SIGNED_IN)
async def read(request: WebRequest, region: Region, licence: FromPath[UUID]) -> IssuedLicence:
    """One licence that one's department issued; any other is not found."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        found = await actions.read(connection, kernel.vault, signed.actor, region, licence)
        return _licence(found, await actions.changes(connection, kernel.vault, region, licence))


@post(
    "/desk/{region:str}/licences/{licence:uuid}/changes",
    responses=answers(401, 403, 404, 409, 422),
    tags=["licences"],
    **SIGNED_IN,
)
async def ask(
    request: WebRequest, region: Region, licence: FromPath[UUID], data: JSONBody[LicenceWish], key: Key
) -> Response[LicenceChange]:
    """Ask for a change. A suspension holds at once; everything else waits for a head who did not ask for it."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    wish = Wish(data.kind, data.reasons, data.basis, data.facts)

    async def act() -> LicenceChange:
        async with kernel.database.connection() as connection:
            held = await actions.read(connection, kernel.vault, signed.actor, region, licence)
            asked = await actions.ask(
                connection, kernel.vault, kernel.licence_types, signed.actor, held, wish, signed.now
            )
            made = await actions.changes(connection, kernel.vault, region, licence)
        return _change(next(one for one in made if one.id == asked.id))

    return await once(request, key, act)


@post(
    "/desk/{region:str}/licences/{licence:uuid}/changes/{change:uuid}/answer",
    responses=answers(401, 403, 404, 409, 422),
    tags=["licences"],
    **SIGNED_IN,
)
async def answer(
    request: WebRequest,
    region: Region,
    licence: FromPath[UUID],
    change: FromPath[UUID],
    data: JSONBody[WishAnswer],
    key: Key,
) -> Response[IssuedLicence]:
    """Confirm or decline what a colleague asked; answers the licence as it is then."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def act() -> IssuedLicence:
        async with kernel.database.connection() as connection:
            await actions.read(connection, kernel.vault, signed.actor, region, licence)
            await actions.answer(
                connection, kernel.vault, kernel.licence_types, signed.actor, region, change, data.confirm,
                data.reasons, signed.now,
            )  # fmt: skip
            found = await actions.read(connection, kernel.vault, signed.actor, region, licence)
            return _licence(found, await actions.changes(connection, kernel.vault, region, licence))

    return await once(request, key, act)


ROUTES: list[Any] = [list_waiting, find, read, ask, answer]
