"""Ask for a copy of one's data, for deletion or for restriction: a ticket on the clock, whose answer the person sees.

Called by "my data" on pages and by programs. To have data corrected there is the report of an error at each use
(``oversight.objections``). Law followed: Personal Information Protection Law 个人信息保护法 articles 44, 45, 47 and 50
(restriction, copy, deletion, reasons where it is refused). Who answers in how many working days, and what a person can
do against a refusal, is declared by the pack that brings the watch.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.models import Finding, UseSubject
from tongban.cases.oversight.recording import NewTicket, open_ticket
from tongban.cases.oversight.tickets import settle_at_once
from tongban.cases.oversight.watching import CompiledWatch, facts_of
from tongban.cases.rights.errors import AskedAlready, NoRights, RequestNotFound, RestrictedAlready
from tongban.cases.rights.models import Asked, Found, Kind, Request, context
from tongban.parties.errors import MayNotActForPerson, RoleUnbound
from tongban.parties.log_in.rules import require_assured
from tongban.parties.models import Actor
from tongban.resources.consenting.restricting import lift, restricted_since

_queries = load_queries("tongban.cases.rights")
MOST = 50


async def ask(kernel: Kernel, actor: Actor, asked: Asked) -> Request:
    """Ask for something about one's own data, or as a guardian about a ward's; where the pack says so, done at once.

    Raises ``AssuranceTooLow`` (who only says who they are gets nothing), ``MayNotActForPerson`` (also an agent),
    ``NoRights``, ``UnknownRegion``, ``AskedAlready``, ``RestrictedAlready``.
    """
    require_assured(actor, "real-name")
    whose = about(actor, asked.ward)
    watch, department = _answering(kernel, asked.region, asked.kind)
    way = kernel.oversight.tickets
    if way is None:
        raise NoRights()
    subject = UseSubject(asked.region, new_id(), "", department, "rights", ())
    finding = Finding(watch.watch.id, "", department, facts_of(watch, _values(asked.kind)))
    async with kernel.database.transaction() as connection:
        row = await _queries.waiting(connection, region=asked.region, account=whose.account, kind=asked.kind)
        if row.asked:
            raise AskedAlready()
        if asked.kind == "restriction" and await restricted_since(connection, whose.key) is not None:
            raise RestrictedAlready()
        ticket = await open_ticket(connection, kernel, NewTicket(finding, watch, subject, way), row.now)
        if ticket is None:
            raise AskedAlready()
        await _queries.put_request(
            connection,
            region=asked.region,
            ticket=ticket,
            kind=asked.kind,
            account=whose.account,
            asked_by=None if asked.ward is None else actor.account,
            person_key=whose.key,
            sealed=kernel.vault.seal(asked.text.strip().encode(), context(asked.region, ticket)),
            now=row.now,
        )
        if watch.watch.at_once:
            await settle_at_once(connection, kernel, asked.region, ticket)
        return (await _read(connection, kernel, actor, ticket))[0]


class About(Struct, frozen=True):
    """Whose data something is about: the account, and the keyed hash under which they are indexed."""

    account: UUID
    key: bytes


def about(actor: Actor, ward: UUID | None) -> About:
    """The actor, or the ``ward`` whose parent or guardian they are now. Raises ``MayNotActForPerson``."""
    if ward is None:
        return About(actor.account, actor.id_key)
    found = next((one for one in actor.represented if one.account == ward and one.capacity == "guardian"), None)
    if found is None:
        raise MayNotActForPerson()
    return About(found.account, found.key)


def wards_of(actor: Actor) -> list[UUID]:
    """The accounts of those whose parent or guardian the actor is now."""
    return [one.account for one in actor.represented if one.capacity == "guardian"]


def _values(kind: Kind) -> Mapping[str, object]:
    return {"rights.kind": kind}


def _answering(kernel: Kernel, region: str, kind: Kind) -> tuple[CompiledWatch, str]:
    """The watch for such a request and the department that answers it. Raises ``NoRights``, ``UnknownRegion``."""
    kernel.directory.region(region)
    watch = next((one for one in kernel.oversight.rights if one.rule.evaluate(_values(kind)) is True), None)
    if watch is None or watch.watch.answers is None:
        raise NoRights()
    try:
        return watch, kernel.directory.department_for(region, watch.watch.answers).id
    except RoleUnbound as error:
        raise NoRights() from error


def regions_to_ask(kernel: Kernel) -> list[str]:
    """The regions in which somebody answers every kind of request."""
    found = []
    for region in sorted(kernel.directory.regions):
        roles = {one.watch.answers for one in kernel.oversight.rights if one.watch.answers}
        here = kernel.directory.region(region)
        if roles and all(here.department_for(role) for role in roles):
            found.append(region)
    return found


async def my_requests(kernel: Kernel, actor: Actor) -> list[Request]:
    """What one asked, and what guardians asked for one's wards, newest first, at most 50."""
    async with kernel.database.connection() as connection:
        return await _read(connection, kernel, actor)


async def my_request(kernel: Kernel, actor: Actor, region: str, ticket: UUID) -> Request:
    """One request of one's own. Raises ``RequestNotFound``."""
    async with kernel.database.connection() as connection:
        found = [one for one in await _read(connection, kernel, actor, ticket) if one.region == region]
    if not found:
        raise RequestNotFound()
    return found[0]


async def stop_restricting(kernel: Kernel, actor: Actor, ward: UUID | None = None) -> None:
    """One's data, or a ward's, may be looked up by consent again; harmless where nothing was restricted.

    Raises ``MayNotActForPerson``.
    """
    whose = about(actor, ward)
    async with kernel.database.transaction() as connection:
        row = await _queries.waiting(connection, region="", account=whose.account, kind="restriction")
        await lift(connection, whose.key, row.now)


async def _read(connection: Connection, kernel: Kernel, actor: Actor, ticket: UUID | None = None) -> list[Request]:
    rows = _queries.requests(connection, account=actor.account, wards=wards_of(actor), ticket=ticket, most=MOST)
    return [_request(kernel, actor, row) async for row in rows]


class Asker(Struct, frozen=True):
    """Who is told how a request goes on: the account that asked, for what, and who answers."""

    account: UUID
    kind: Kind
    department: str


async def asker(connection: Connection, region: str, ticket: UUID) -> Asker | None:
    """Who asked what a ticket is about; None when it is about something else."""
    row = await _queries.asked_by(connection, region=region, ticket=ticket)
    return None if row is None else Asker(row.account, row.kind, row.department)


def _request(kernel: Kernel, actor: Actor, row: Any) -> Request:
    """A reopened answer waits to be given anew; what was said before is no longer the department's word."""
    watch = kernel.oversight.every[row.pack, row.version, row.watch].watch
    answered = row.state != "open"
    names = ("region", "id", "kind", "number", "at", "department", "answer_due", "state", "copy_until")
    return Request(
        **{name: getattr(row, name) for name in names},
        outcome=row.outcome if answered else None,
        answered_at=row.answered_at if answered else None,
        answer_text=row.answer_text if answered else None,
        basis=watch.basis,
        appeal=watch.appeal,
        found=msgspec.convert(row.found or [], tuple[Found, ...]),
        ward=None if row.account == actor.account else row.account,
        ward_name="" if row.account == actor.account else row.name,
        by_guardian=row.asked_by is not None,
    )


SEALED = SealedColumn("rights_requests", "sealed", ("region", "ticket"), lambda row: context(row.region, row.ticket))
