"""Record what an act did: dated events, sealed entries with their promises, outbox rows. One statement."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from psycopg.types.json import Jsonb

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.models import Case
from tongban.ledger.actions import prepare
from tongban.ledger.models import Promise
from tongban.ledger.receipts import PROMISED, make_promise

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


async def record_events(
    connection: Connection, kernel: Kernel, case: Case, by: Account, events: Sequence[Event]
) -> list[Promise]:
    """Write ``events`` of ``case`` in the caller's transaction; returns one promise an event, in order."""
    wall = dt.datetime.now(dt.UTC)
    entries = [
        prepare(case.region, e.kind, case.id, _data(case, by, e), by.now, person_key=case.person_key) for e in events
    ]
    await queries.put_events(
        connection,
        region=case.region,
        case_id=case.id,
        account=case.account,
        enterprise=case.enterprise,
        number=case.number,
        journey=case.journey,
        actor=by.actor,
        now=by.now,
        person_key=case.person_key,
        include_by=wall + PROMISED,
        ids=[entry.id for entry in entries],
        kinds=[event.kind for event in events],
        tasks=[event.task for event in events],
        bases=[event.basis for event in events],
        details=[Jsonb(event.detail) for event in events],
        data=[entry.data for entry in entries],
        salts=[entry.salt for entry in entries],
        digests=[entry.digest for entry in entries],
    )
    return [make_promise(entry, wall, kernel.signer) for entry in entries]


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
