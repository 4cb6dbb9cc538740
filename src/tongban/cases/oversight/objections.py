"""Object to a use of one's data, or report that data are wrong: a ticket on the clock, whose answer the person sees.

Called by "my data" on pages and by programs. Law followed: Personal Information Protection Law 个人信息保护法
articles 44 to 50 (to object, to have data corrected, to be told reasons). How many working days a department has is
declared by the pack that brings the watch.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.cases.errors import ReasonsNeeded
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.errors import NoObjections, ObjectedAlready, UseNotFound
from tongban.cases.oversight.models import Finding, Ticket, UseSubject
from tongban.cases.oversight.recording import NewTicket, open_ticket
from tongban.cases.oversight.watching import CompiledWatch, facts_of
from tongban.parties.models import Actor

_queries = load_queries("tongban.cases.oversight", "objections.sql")
LEAST_TEXT = 5
Kind = Literal["object", "error"]
Text = Annotated[str, Meta(max_length=1000, pattern=r"^[^\u0000]*$")]


class Objection(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says about a use: ``object`` (there should have been no look-up) or ``error`` (wrong data)."""

    kind: Kind
    text: Text


class Objected(Struct, frozen=True):
    """The ticket that an objection became, and until when the department answers."""

    number: str
    department: str
    answer_due: dt.date


class ObjectionState(Struct, frozen=True):
    """Where an objection stands. ``answer``: corrected or explained; None while the department has not answered."""

    region: str
    use_id: UUID
    kind: Kind
    at: dt.datetime
    number: str
    state: str
    department: str
    answer_due: dt.date | None
    answered_at: dt.datetime | None
    answer: str | None
    answer_text: str | None
    verdict: str | None
    closed_at: dt.datetime | None


async def object_to(kernel: Kernel, actor: Actor, region: str, use: UUID, said: Objection) -> Objected:
    """Make an objection of the person, or of who acts for the enterprise, whom a use is about.

    An objection goes to the department that looked; a report of wrong data to the one that provided them. Raises
    ``UseNotFound`` alike for nobody's and for somebody else's, ``ReasonsNeeded``, ``ObjectedAlready``, and
    ``NoObjections`` where no pack says how they are worked off.
    """
    text = said.text.strip()
    if len(text) < LEAST_TEXT:
        raise ReasonsNeeded(field="text")
    watch, values = _watch(kernel, said.kind), {"objection.kind": said.kind}
    way = kernel.oversight.tickets
    if watch is None or way is None:
        raise NoObjections()
    async with kernel.database.transaction() as connection:
        row = await _queries.own_use(connection, region=region, id=use, subjects=list(actor.keys))
        if row is None:
            raise UseNotFound()
        department = row.consumer if said.kind == "object" else row.provider
        subject = UseSubject(region, use, str(use), department, "objection", (str(use),))
        new = NewTicket(Finding(watch.watch.id, "", department, facts_of(watch, values)), watch, subject, way)
        ticket = await open_ticket(connection, kernel, new, row.now)
        if ticket is None:
            raise ObjectedAlready()
        await _queries.put_objection(
            connection,
            region=region,
            ticket=ticket,
            use_id=use,
            kind=said.kind,
            account=actor.account,
            person_key=row.person_key,
            sealed=kernel.vault.seal(text.encode(), _context(region, ticket)),
            now=row.now,
        )
        (state,) = [one for one in await objections(connection, actor.keys, [use]) if one.kind == said.kind]
    days = watch.watch.days
    due = state.answer_due or kernel.calendar_in(region).add_workdays(local_day(row.now), days).day
    return Objected(state.number, department, due)


class Objector(Struct, frozen=True):
    """Who is told how an objection goes on: the account that made it, to which use, and who answers."""

    account: UUID
    use: UUID
    department: str


async def objector(connection: Connection, region: str, ticket: UUID) -> Objector | None:
    """Who made the objection that a ticket is about; None when it is about something else."""
    row = await _queries.objector_of(connection, region=region, ticket=ticket)
    return None if row is None else Objector(row.account, row.use_id, row.department)


async def objections(connection: Connection, subjects: Sequence[bytes], uses: Sequence[UUID]) -> list[ObjectionState]:
    """The objections that some persons (keyed hashes) made to some uses, oldest first."""
    rows = _queries.objections_about(connection, subjects=list(subjects), uses=list(uses))
    names = ObjectionState.__struct_fields__
    # A reopened answer waits to be given anew; what was said before is no longer the department's word.
    return [ObjectionState(**{name: getattr(row, name) for name in names}) async for row in rows]


async def told_objection(connection: Connection, kernel: Kernel, ticket: Ticket) -> str | None:
    """What the person wrote, for the ticket's page; None when the ticket is about something else."""
    if ticket.about != "objection":
        return None
    row = await _queries.objection_of(connection, region=ticket.region, ticket=ticket.id)
    return None if row is None else kernel.vault.open(row.sealed, _context(row.region, row.ticket)).decode()


def _context(region: str, ticket: UUID) -> bytes:
    return f"objection/{region}/{ticket}".encode()


SEALED = SealedColumn("objections", "sealed", ("region", "ticket"), lambda row: _context(row.region, row.ticket))


def _watch(kernel: Kernel, kind: Kind) -> CompiledWatch | None:
    values = {"objection.kind": kind}
    return next((one for one in kernel.oversight.objection if one.rule.evaluate(values) is True), None)
