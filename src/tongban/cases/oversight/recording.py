"""Write tickets: one opened by a find, one moved by an act. Every change has its event, entry and outbox row."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from tongban.basics.calendar import local_day
from tongban.basics.codes.case import make_case_number
from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.cases.actions.events import Event, event_rows
from tongban.cases.kernel import Kernel
from tongban.cases.models import Task
from tongban.cases.oversight.models import Fact, Finding, Ticket, UseSubject, Watched
from tongban.cases.oversight.watching import CompiledWatch, PinnedJourney
from tongban.ledger.actions import prepare
from tongban.ledger.receipts import PROMISED
from tongban.parties.errors import RoleUnbound

_queries = load_queries("tongban.cases.oversight")
_cases = load_queries("tongban.cases")
PLATFORM = "platform"
CORRECT, VERIFY = "correct", "verify"


class NewTicket(Struct, frozen=True):
    """A find about to become a ticket: what was found, by which watch, about which case or use, and its way."""

    finding: Finding
    watch: CompiledWatch
    watched: Watched | UseSubject
    way: PinnedJourney


async def open_ticket(connection: Connection, kernel: Kernel, new: NewTicket, now: dt.datetime) -> UUID | None:
    """Make the ticket of a find. None when the find has a ticket already, be it of another worker this moment."""
    region, ticket = new.watched.region, new_id()
    number = make_case_number(region, local_day(now))
    detail = _about(new)
    data = {"number": number, "actor": PLATFORM, "basis": new.watch.watch.basis, "detail": detail}
    entry = prepare(region, "ticket.opened", ticket, data, now)
    made = await _queries.open_ticket(
        connection,
        region=region,
        id=ticket,
        number=number,
        title=new.watch.watch.title,
        now=now,
        facts=Jsonb(msgspec.to_builtins(new.finding.facts)),
        detail=Jsonb(detail),
        payload=Jsonb({**detail, "case": str(ticket), "number": number, "account": None}),
        entry_id=entry.id,
        entry_data=entry.data,
        entry_salt=entry.salt,
        entry_digest=entry.digest,
        include_by=dt.datetime.now(dt.UTC) + PROMISED,
        **_columns(kernel, new, now),
    )
    return None if made is None else ticket


def _about(new: NewTicket) -> dict[str, Any]:
    return {
        "watch": new.finding.watch,
        "about": str(new.watched.id),
        "about_number": new.watched.number,
        "about_task": new.finding.task or None,
        "department": new.finding.department,
        "severity": new.watch.watch.severity,
    }


def _columns(kernel: Kernel, new: NewTicket, now: dt.datetime) -> dict[str, Any]:
    watch, way, finding, today = new.watch, new.way.journey, new.finding, local_day(now)
    return {
        "watch": watch.watch.id,
        "pack": watch.pack,
        "version": watch.version,
        "case_id": new.watched.id,
        "about": new.watched.about if isinstance(new.watched, UseSubject) else "case",
        "about_of": [*new.watched.of] if isinstance(new.watched, UseSubject) else [],
        "task": finding.task,
        "department": finding.department,
        "verifier": verifier(kernel, new),
        "severity": watch.watch.severity,
        "basis": watch.watch.basis,
        "way_pack": new.way.pack,
        "way_version": new.way.version,
        "way": way.id,
        "correct_by": kernel.calendar_in(new.watched.region).add_workdays(today, watch.watch.days).day,
        "due_on": kernel.calendar_in(new.watched.region).add_workdays(today, watch.watch.days + way.verify.days).day,
    }


def verifier(kernel: Kernel, new: NewTicket) -> str:
    """Who verifies: whoever plays the role here; where nobody does, the department that leads the case."""
    role = new.watch.watch.verifier or new.way.journey.verifier
    try:
        return kernel.directory.department_for(new.watched.region, role).id
    except RoleUnbound:
        return new.watched.lead


class HeldTicket(Struct):
    """A ticket under change: locked, with its two steps. Acts replace ``ticket`` and ``tasks``, append ``events``."""

    ticket: Ticket
    title: str
    journey: str
    way: PinnedJourney
    tasks: dict[str, Task]
    now: dt.datetime
    actor: str = PLATFORM
    events: list[Event] = []


TICKET_COLUMNS = tuple(name for name in Ticket.__struct_fields__ if name not in ("facts", "about_of"))


def to_ticket(row: Any) -> Ticket:
    """The ticket of a row that selects its columns."""
    return Ticket(
        **{name: getattr(row, name) for name in TICKET_COLUMNS},
        facts=msgspec.convert(row.facts, tuple[Fact, ...]),
        about_of=tuple(row.about_of),
    )


async def hold_ticket(connection: Connection, kernel: Kernel, region: str, ticket: UUID) -> HeldTicket | None:
    """One ticket, locked until the transaction ends; None when there is none."""
    row = await _queries.lock_ticket(connection, region=region, id=ticket)
    if row is None:
        return None
    tasks = [one._asdict() async for one in _queries.ticket_tasks(connection, region=region, id=ticket)]
    return HeldTicket(
        ticket=to_ticket(row),
        title=row.title,
        journey=row.journey,
        way=kernel.oversight.ways[row.way_pack, row.way_version],
        tasks={one["task"]: msgspec.convert(one, Task) for one in tasks},
        now=row.now,
        events=[],
    )


async def write_ticket(connection: Connection, kernel: Kernel, held: HeldTicket) -> None:
    """Write what an act changed, with its events, in the caller's transaction."""
    ticket = held.ticket
    names = ("region", "id", "state", "verdict", "reopened", "closed_at", "due_on")
    await _queries.put_ticket(
        connection, **{name: getattr(ticket, name) for name in names}, **_task_columns(list(held.tasks.values()))
    )
    await _record(connection, held)


def _task_columns(tasks: Sequence[Task]) -> dict[str, list[object]]:
    columns = {
        "tasks": "task", "states": "state", "started": "started_at", "due": "due_on", "decided": "decided_at",
        "decided_by": "decided_by", "decisions": "decision", "reasons": "reasons",
    }  # fmt: skip
    return {column: [getattr(task, name) for task in tasks] for column, name in columns.items()}


async def _record(connection: Connection, held: HeldTicket) -> None:
    ticket = held.ticket
    entries = [prepare(ticket.region, e.kind, ticket.id, _data(held, e), held.now) for e in held.events]
    await _cases.put_events(
        connection,
        region=ticket.region,
        id=ticket.id,
        account=None,
        enterprise=None,
        number=ticket.number,
        journey=held.journey,
        actor=held.actor,
        now=held.now,
        person_key=None,
        include_by=dt.datetime.now(dt.UTC) + PROMISED,
        events=event_rows(held.events, entries),
    )


def _data(held: HeldTicket, event: Event) -> Mapping[str, Any]:
    return {
        "number": held.ticket.number,
        "actor": held.actor,
        "task": event.task,
        "basis": event.basis,
        "detail": event.detail,
    }
