"""The directory of the organisation for programs of officials: read it, and change what one may change on its pages."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter
from msgspec import Meta, Struct

from tongban.cases.views.open_work import open_tasks
from tongban.parties.models import Role
from tongban.parties.organisation import leaves, posts, reading, staff, units
from tongban.parties.organisation.models import Holding, Leave, Official, Unit
from tongban.parties.organisation.rules import held_at
from tongban.web.allowing import allowed
from tongban.web.api.once import once
from tongban.web.api.parameters import REGION, Key, Line
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

Place = Annotated[str, PathParameter(pattern=REGION, description="Six-digit county code.")]
UnitId = Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="A unit's id.")]
Moment = Annotated[dt.datetime, Meta(tz=True)]
TAGS = ["directory"]


class UnitList(Struct, frozen=True):
    """Units in the order of the tree, each before those below it (``parent``)."""

    units: list[Unit]


class UnitFound(Struct, frozen=True):
    """One unit as it stands, everything it was called, and who holds what in it now."""

    unit: Unit
    versions: list[Unit]
    holders: list[Holding]


class PersonFound(Struct, frozen=True):
    """An official and what they hold now. ``mobile`` is empty for whoever may not read it."""

    account: UUID
    login: str
    name: str
    phone: str
    mobile: str
    email: str
    room: str
    posts: list[Holding]


class PersonList(Struct, frozen=True):
    """A page of officials by log-in name; ``next`` is what ``after`` takes."""

    people: list[PersonFound]
    next: str | None = None


class Holders(Struct, frozen=True):
    """Who held the posts of a department at a moment, the highest rank first, and what it was called then."""

    department: str
    name: str
    holders: list[Holding]


class LeaveWish(Struct, frozen=True, forbid_unknown_fields=True):
    """A leave of ``account`` (oneself without) from ``since`` until ``until``, when it is over."""

    substitute: UUID
    until: Moment
    since: Moment | None = None
    account: UUID | None = None


class UnitChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit as it shall be from ``since`` on (now without)."""

    unit: units.UnitWish
    since: Moment | None = None


class Merger(Struct, frozen=True, forbid_unknown_fields=True):
    """Into which unit, from when on (now without), by which decision."""

    successor: units.Id
    since: Moment | None = None
    basis: Line = ""


class Appointment(Struct, frozen=True, forbid_unknown_fields=True):
    """A post to be given: a position, or a role in a unit. ``acting`` needs ``until``."""

    account: UUID
    position: units.Id | None = None
    unit: units.Id | None = None
    role: Literal["handler", "head", "clerk", "administrator", "supervisor"] | None = None
    acting: bool = False
    since: Moment | None = None
    until: Moment | None = None


class Appointed(Struct, frozen=True):
    """The post that was given."""

    post: UUID


class Leaving(Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes over what is open."""

    receiver: UUID | None = None
    note: Annotated[str, Meta(max_length=500, pattern=r"^[^\u0000]*$")] = ""

    def giving(self) -> posts.Giving | None:
        """What the verb takes."""
        return posts.Giving(self.receiver, self.note) if self.receiver else None


class Done(Struct, frozen=True):
    """It is done, at this moment."""

    at: dt.datetime


def _person(one: Official, now: dt.datetime) -> PersonFound:
    reached = one.contact
    held = held_at(one.holdings, now)
    return PersonFound(
        one.account, one.login, one.name, reached.phone, reached.mobile, reached.email, reached.room, held
    )


@get("/directory/{region:str}/units", responses=answers(401, 403), tags=TAGS, **SIGNED_IN)
async def list_units(request: WebRequest, region: Place) -> UnitList:
    """The tree of a region as it stands now."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        branches = await reading.units_now(connection, signed.actor, region, signed.now)
    return UnitList([one.unit for one in reading.branches_of(branches)])


@get("/directory/{region:str}/units/{unit:str}", responses=answers(401, 403, 404), tags=TAGS, **SIGNED_IN)
async def read_unit(request: WebRequest, region: Place, unit: UnitId) -> UnitFound:
    """One unit."""
    signed = await signed_in(request)
    async with site_of(request).kernel.database.connection() as connection:
        found = await reading.unit_page(connection, signed.actor, region, unit, signed.now)
    return UnitFound(found.unit, list(found.versions), [who for seat in found.seats for who in seat.holders])


@get("/directory/{region:str}/units/{unit:str}/holders", responses=answers(401, 403, 404), tags=TAGS, **SIGNED_IN)
async def read_holders(
    request: WebRequest, region: Place, unit: UnitId, at: FromQuery[dt.datetime | None] = None
) -> Holders:
    """Who held the posts of a department at a moment (now without), and what it was called then."""
    signed = await signed_in(request)
    moment = at or signed.now
    async with site_of(request).kernel.database.connection() as connection:
        reading.must(signed.actor, "directory.read", region)
        name = await reading.unit_name_at(connection, region, unit, moment)
        holders = await reading.holder_at(connection, region, moment, department=unit)
    return Holders(unit, name, holders)


@get(
    "/directory/{region:str}/people",
    responses=answers(401, 403, 429),
    tags=TAGS,
    guards=[allowed("search")],
    **SIGNED_IN,
)
async def list_people(
    request: WebRequest,
    region: Place,
    q: FromQuery[Annotated[str, Meta(max_length=50, pattern=r"^[^\u0000]*$")]] = "",
    after: FromQuery[Annotated[str | None, Meta(max_length=64, pattern=r"^[^\u0000]*$")]] = None,
) -> PersonList:
    """Officials whose name, log-in name, title or unit holds ``q``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        found = await reading.search(connection, kernel.vault, signed.actor, region, q, after=after)
    return PersonList([_person(one, signed.now) for one in found.officials], found.next)


@get("/directory/{region:str}/people/{account:uuid}", responses=answers(401, 403, 404), tags=TAGS, **SIGNED_IN)
async def read_person(request: WebRequest, region: Place, account: FromPath[UUID]) -> PersonFound:
    """One official."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    async with kernel.database.connection() as connection:
        found = await reading.person_page(connection, kernel.vault, signed.actor, region, account, signed.now)
    return _person(found.official, signed.now)


@post("/directory/{region:str}/units", responses=answers(401, 403, 409, 422), tags=TAGS, **SIGNED_IN)
async def put_unit(request: WebRequest, region: Place, data: JSONBody[UnitChange], key: Key) -> Response[Unit]:
    """Enter a unit, or change one from a moment on; for administrators."""

    async def act() -> Unit:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            since = data.since or signed.now
            return await units.put_unit(connection, signed.actor, region, data.unit, since, signed.now)

    return await once(request, key, act)


@post(
    "/directory/{region:str}/units/{unit:str}/merger",
    responses=answers(401, 403, 404, 409, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def merge_unit(
    request: WebRequest, region: Place, unit: UnitId, data: JSONBody[Merger], key: Key
) -> Response[Done]:
    """Merge a unit into another, which goes on with its duties, people and open tasks; for administrators."""

    async def act() -> Done:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            since, basis = data.since or signed.now, data.basis
            await units.merge_unit(connection, signed.actor, region, unit, data.successor, since, basis, signed.now)
        return Done(signed.now)

    return await once(request, key, act)


@post("/directory/{region:str}/posts", responses=answers(401, 403, 404, 409, 422), tags=TAGS, **SIGNED_IN)
async def give_post(request: WebRequest, region: Place, data: JSONBody[Appointment], key: Key) -> Response[Appointed]:
    """Appoint somebody, or let them act; for administrators, and heads in their own department."""

    async def act() -> Appointed:
        signed = await signed_in(request)
        role: Role | None = data.role
        wish = posts.PostWish(data.position, data.unit, role, data.acting, data.since, data.until)
        async with site_of(request).kernel.database.connection() as connection:
            return Appointed(await posts.give_post(connection, signed.actor, region, data.account, wish, signed.now))

    return await once(request, key, act)


@post(
    "/directory/{region:str}/posts/{held:uuid}/end", responses=answers(401, 403, 404, 409, 422), tags=TAGS, **SIGNED_IN
)
async def end_post(
    request: WebRequest, region: Place, held: FromPath[UUID], data: JSONBody[Leaving], key: Key
) -> Response[Done]:
    """End a post at once; what is open goes to the receiver."""

    async def act() -> Done:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            await posts.end_post(connection, signed.actor, region, held, signed.now, data.giving(), open_tasks)
        return Done(signed.now)

    return await once(request, key, act)


@post(
    "/directory/{region:str}/people/{account:uuid}/leaving",
    responses=answers(401, 403, 404, 409, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def leave_office(
    request: WebRequest, region: Place, account: FromPath[UUID], data: JSONBody[Leaving], key: Key
) -> Response[Done]:
    """Let somebody leave: posts, substitutions, sessions and tokens end at once."""

    async def act() -> Done:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            giving = data.giving()
            await staff.leave_office(connection, signed.actor, region, account, signed.now, giving, open_tasks)
        return Done(signed.now)

    return await once(request, key, act)


@post("/directory/{region:str}/leaves", responses=answers(401, 403, 409, 422), tags=TAGS, **SIGNED_IN)
async def set_leave(request: WebRequest, region: Place, data: JSONBody[LeaveWish], key: Key) -> Response[Leave]:
    """Put down a leave with a substitute: one's own, or as head or administrator somebody else's."""

    async def act() -> Leave:
        signed = await signed_in(request)
        wish = leaves.LeaveWish(data.substitute, data.since or signed.now, data.until, data.account)
        async with site_of(request).kernel.database.connection() as connection:
            return await leaves.set_leave(connection, signed.actor, region, wish, signed.now)

    return await once(request, key, act)


@post(
    "/directory/{region:str}/leaves/{leave:uuid}/end",
    responses=answers(401, 403, 404, 409, 422),
    tags=TAGS,
    **SIGNED_IN,
)
async def end_leave(request: WebRequest, region: Place, leave: FromPath[UUID], key: Key) -> Response[Done]:
    """End a leave at once."""

    async def act() -> Done:
        signed = await signed_in(request)
        async with site_of(request).kernel.database.connection() as connection:
            await leaves.end_leave(connection, signed.actor, region, leave, signed.now)
        return Done(signed.now)

    return await once(request, key, act)


ROUTES = [
    list_units, read_unit, read_holders, list_people, read_person, put_unit, merge_unit, give_post, end_post,
    leave_office, set_leave, end_leave,
]  # fmt: skip
