"""Record what an act did: dated events, sealed entries with their promises, outbox rows. One statement."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.models import Case
from tongban.ledger.actions import prepare
from tongban.ledger.models import Prepared, Promise
from tongban.ledger.receipts import PROMISED, make_promise
from tongban.parties.models import Actor

queries = load_queries("tongban.cases")


class Event(Struct, frozen=True):
    """One dated event of a case. ``basis`` is the article that gives it legal effect."""

    kind: str
    task: str | None = None
    basis: str | None = None
    detail: dict[str, Any] = {}


class Account(Struct, frozen=True):
    """Who the event is recorded for: ``actor`` is 'applicant' or the department's id, never a person's name."""

    actor: str
    now: dt.datetime


def by_agent(actor: Actor, owner: UUID) -> dict[str, Any]:
    """What an event of an act says when another acted for the person whose case it is: who, and in which capacity."""
    hat = next((one for one in actor.represented if one.account == owner), None)
    return {"agent": {"name": actor.name, "account": str(actor.account), "capacity": hat.capacity}} if hat else {}


class Recording(Struct, frozen=True):
    """Events made ready to be written: the parameters that a statement takes, and the promises to hand out after."""

    parameters: dict[str, Any]
    promises: list[Promise]


def recording(kernel: Kernel, case: Case, by: Account, events: Sequence[Event]) -> Recording:
    """``events`` of ``case`` as the statements ``put_act`` and ``put_events`` take them; one promise an event."""
    wall = dt.datetime.now(dt.UTC)
    entries = [
        prepare(case.region, e.kind, case.id, _data(case, by, e), by.now, person_key=case.person_key) for e in events
    ]
    parameters = {
        "region": case.region,
        "id": case.id,
        "account": case.account,
        "enterprise": case.enterprise,
        "number": case.number,
        "journey": case.journey,
        "actor": by.actor,
        "now": by.now,
        "person_key": case.person_key,
        "include_by": wall + PROMISED,
        "events": event_rows(events, entries),
    }
    return Recording(parameters, [make_promise(entry, wall, kernel.signer) for entry in entries])


def event_rows(events: Sequence[Event], entries: Sequence[Prepared]) -> str:
    """Events with their ledger entries as one JSON text: the driver's way with arrays costs several times as much."""
    rows = [
        {
            "id": entry.id, "kind": event.kind, "task": event.task, "basis": event.basis, "detail": event.detail,
            "data": msgspec.Raw(entry.data.encode()), "salt": entry.salt.hex(), "digest": entry.digest.hex(),
        }
        for event, entry in zip(events, entries, strict=True)
    ]  # fmt: skip
    return msgspec.json.encode(rows).decode()


async def record_events(
    connection: Connection, kernel: Kernel, case: Case, by: Account, events: Sequence[Event]
) -> list[Promise]:
    """Write ``events`` of ``case`` alone, in the caller's transaction; returns one promise an event, in order."""
    made = recording(kernel, case, by, events)
    await queries.put_events(connection, **made.parameters)
    return made.promises


def _data(case: Case, by: Account, event: Event) -> dict[str, Any]:
    return {
        "number": case.number,
        "journey": case.journey,
        "version": f"{case.pack}@{case.version}",
        "actor": by.actor,
        "task": event.task,
        "basis": event.basis,
        "detail": event.detail,
    }
