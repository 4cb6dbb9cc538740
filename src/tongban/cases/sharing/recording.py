"""What the verbs on baskets and requests share: holding a request locked, writing its events, giving its grants."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.cases.actions.events import Event, event_rows
from tongban.cases.models import Task
from tongban.cases.sharing.models import BasketLine, LineState, line_of
from tongban.ledger.actions import prepare
from tongban.ledger.receipts import PROMISED
from tongban.resources.granting import giving
from tongban.resources.granting.rows import both
from tongban.resources.models import Grant

queries = load_queries("tongban.cases.sharing")
cases = load_queries("tongban.cases")
PLATFORM = "platform"


class HeldRequest(Struct):
    """A request under change: locked, with its lines and steps."""

    region: str
    id: UUID
    basket: UUID
    consumer: str
    provider: str
    state: str
    number: str
    due_on: dt.date | None
    pack: str
    version: str
    journey: str
    title: str
    basket_title: str
    theme: str | None
    made_at: dt.datetime
    closed_at: dt.datetime | None
    now: dt.datetime
    tasks: dict[str, Task]
    lines: list[BasketLine]


async def hold(connection: Connection, region: str, request: UUID) -> HeldRequest | None:
    """One request, locked until the transaction ends; None when there is none."""
    if await queries.lock_request(connection, region=region, id=request) is None:
        return None
    return await read(connection, region, request)


async def read(connection: Connection, region: str, request: UUID) -> HeldRequest | None:
    """One request as it stands, to be looked at; None when there is none."""
    row = await queries.request(connection, region=region, id=request)
    if row is None:
        return None
    columns = {name: getattr(row, name) for name in HeldRequest.__struct_fields__ if name not in ("tasks", "lines")}
    lines = [line_of(one) async for one in queries.lines_of_request(connection, region=region, request=request)]
    tasks = {task.task: task for task in msgspec.convert(row.tasks, list[Task])}
    return HeldRequest(**columns, tasks=tasks, lines=lines)


class About(Struct, frozen=True):
    """The case that events belong to, and who did them: a department's id, or 'platform'."""

    region: str
    id: UUID
    number: str
    journey: str
    actor: str
    now: dt.datetime


async def record_events(connection: Connection, about: About, events: Sequence[Event]) -> None:
    """Write events of a request with their entries, promises and outbox rows, in the caller's transaction."""
    entries = [prepare(about.region, event.kind, about.id, _data(about, event), about.now) for event in events]
    await cases.put_events(
        connection,
        region=about.region,
        id=about.id,
        account=None,
        enterprise=None,
        number=about.number,
        journey=about.journey,
        actor=about.actor,
        now=about.now,
        person_key=None,
        include_by=dt.datetime.now(dt.UTC) + PROMISED,
        events=event_rows(events, entries),
    )


def _data(about: About, event: Event) -> dict[str, Any]:
    told = {"task": event.task, "basis": event.basis, "detail": event.detail}
    return {"number": about.number, "actor": about.actor, **told}


async def settle(connection: Connection, line: BasketLine) -> None:
    """Write what became of a line."""
    names = ("region", "basket", "id", "state", "request", "reasons", "grant_id", "decided_at")
    answer = Jsonb(msgspec.to_builtins(line.answer)) if line.answer else None
    columns = {name: getattr(line, name) for name in names}
    await queries.settle_line(connection, **columns, asked=Jsonb(msgspec.to_builtins(line.asked)), answer=answer)


async def give_lines(
    connection: Connection, consumer: str, theme: str | None, lines: Sequence[BasketLine], now: dt.datetime
) -> list[BasketLine]:
    """Make a grant of each of ``lines``, end the one that it renews, and write what became of the line."""
    settled: list[BasketLine] = []
    for line in lines:
        grant = grant_of_line(consumer, theme, line, now)
        if line.renews is not None:
            await giving.end(connection, [await giving.locked(connection, line.region, line.renews)], "renewed", now)
        await giving.give(connection, [grant], now)
        state: LineState = "narrowed" if line.answer is not None and line.answer.verdict == "narrow" else "granted"
        done = msgspec.structs.replace(line, state=state, grant_id=grant.id, decided_at=now)
        await settle(connection, done)
        settled.append(done)
    return settled


def grant_of_line(consumer: str, theme: str | None, line: BasketLine, now: dt.datetime) -> Grant:
    """The grant that ``line`` comes to: what was asked, less what its answer takes away. Pure."""
    asked, answer = line.asked, line.answer
    narrowed = answer if answer is not None and answer.verdict == "narrow" else None
    fields = narrowed.fields if narrowed and narrowed.fields is not None else asked.fields
    masks = {**asked.masks, **(narrowed.masks if narrowed else {})}
    days = min(asked.days, narrowed.days or asked.days) if narrowed else asked.days
    return Grant(
        region=line.region,
        id=new_id(),
        need=None,
        resource=line.resource,
        consumer=consumer,
        purpose=asked.purpose.strip(),
        basis=asked.basis.strip(),
        fields=list(fields),
        journey=None,
        pack=None,
        version=None,
        valid_from=now,
        valid_until=now + dt.timedelta(days=days),
        basket=line.basket,
        theme=theme,
        rows=both(asked.rows, narrowed.rows) if narrowed else both(asked.rows, None),
        masks={name: mask for name, mask in masks.items() if name in fields and mask.kind != "keep"},
        quota=narrowed.quota if narrowed and narrowed.quota is not None else asked.quota,
        lists=asked.lists and not (narrowed is not None and narrowed.lists is False),
    )
