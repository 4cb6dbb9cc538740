"""Destroy what is older than its rule, a few at a time, and prove it.

A batch is one transaction: what is destroyed, the erasure of what the ledger said about it (payload, salt and keyed
hash; every proof stays), and one entry with kind, count and digest. Whoever dies in between has done nothing; the next
run goes on. Called by the jobs process every few minutes and by ``tongban retention``. Law followed: Personal
Information Protection Law 个人信息保护法 articles 19 and 47 (no longer than needed, deleted when its time is over).
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.rows import scalar_row

from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.cases.retention.errors import RuleUnfit
from tongban.ledger.actions import erase, prepare, record
from tongban.ledger.verify_receipt import canonical

_queries = load_queries("tongban.cases.retention")
Kind = Literal["case", "look-up-values", "use", "message"]
KINDS: tuple[Kind, ...] = get_args(Kind)
BATCH = 50
DESTROYED = "retention.destroyed"
REGIONS_FIRST = "000000"


class Rule(Struct, frozen=True):
    """How many years a kind is kept, by which ``basis``, and whether it is then destroyed or listed for the archive.

    ``on_request``: the person may have it destroyed earlier, once the case it belongs to has ended.
    """

    kind: Kind
    years: int
    action: Literal["destroy", "archive"]
    basis: str
    on_request: bool = False


class Due(Struct, frozen=True):
    """What a rule finds now: ``due`` may go, ``held`` is older too but must still be kept."""

    rule: Rule
    due: int
    held: int


class Batch(Struct, frozen=True):
    """What was destroyed together, by which rule, ``id`` is the ledger entry's."""

    region: str
    id: UUID
    kind: Kind
    at: dt.datetime
    years: int
    basis: str
    count: int


class Proof(Struct, frozen=True):
    """What was looked at and what is wrong. ``left``: older than its rule and still there; ``held``: see ``Due``.

    ``faults`` names batches (by id) whose entry is missing or says otherwise, or of which something is left.
    """

    batches: int
    destroyed: int
    left: int
    held: int
    faults: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Nothing is left beyond its time, and every destruction has its entry."""
        return not self.left and not self.faults


_DUE: Mapping[Kind, tuple[Any, Any]] = {
    "case": (_queries.due_case, _queries.held_case),
    "look-up-values": (_queries.due_look_up_values, _queries.held_look_up_values),
    "use": (_queries.due_use, _queries.held_use),
    "message": (_queries.due_message, _queries.held_message),
}
_DESTROY: Mapping[Kind, Any] = {
    "case": _queries.destroy_cases,
    "look-up-values": _queries.destroy_look_up_values,
    "use": _queries.destroy_uses,
    "message": _queries.destroy_messages,
}
_ENTRIES: Mapping[Kind, Any] = {"case": _queries.entries_of_cases, "use": _queries.entries_of_uses}
"""What the ledger says about a kind and is erased with it."""


async def rules(connection: Connection) -> list[Rule]:
    """Every rule as it stands."""
    return [Rule(**row._asdict()) async for row in _queries.rules(connection)]


async def set_rule(connection: Connection, rule: Rule, by: str) -> None:
    """Another time for a kind, recorded with who set it (``by``: an account's name). Raises ``RuleUnfit``."""
    known = rule.kind in KINDS and rule.action in ("destroy", "archive")
    if not known or not 1 <= rule.years <= 100 or not rule.basis.strip():
        raise RuleUnfit(field="rule", kinds="、".join(KINDS))
    async with connection.transaction():
        await _queries.put_rule(connection, **msgspec.structs.asdict(rule))
        data = {**msgspec.structs.asdict(rule), "by": by}
        now = await platform_now(connection)
        await record(connection, prepare(REGIONS_FIRST, "retention.rule_set", new_id(), data, now))


async def plan(connection: Connection) -> list[Due]:
    """What each rule finds now; changes nothing."""
    found = []
    for rule in await rules(connection):
        due, older = _DUE[rule.kind]
        may_go = await _count(connection, due, rule.years)
        found.append(Due(rule, may_go, await older(connection, years=rule.years) - may_go))
    return found


async def _count(connection: Connection, due: Any, years: int) -> int:
    """How many rows ``due`` would find; none is locked or read out, so that a page may ask."""
    found = due.sql.partition(" FOR UPDATE")[0]
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(f"SELECT count(*) FROM ({found}) found", {"years": years, "most": None})
        counted: int | None = await cursor.fetchone()
    return counted or 0


async def newest(connection: Connection, most: int = 20) -> list[Batch]:
    """What was destroyed last, newest first."""
    return [Batch(**row._asdict()) async for row in _queries.newest(connection, most=most)]


async def run(connection: Connection, batches: int = 20) -> dict[Kind, int]:
    """Destroy what is due, at most ``batches`` batches of ``BATCH`` a kind; how many of each kind went."""
    gone: dict[Kind, int] = {}
    for rule in await rules(connection):
        if rule.action != "destroy":
            continue
        for _ in range(batches):
            done = await _batch(connection, rule)
            gone[rule.kind] = gone.get(rule.kind, 0) + done
            if done < BATCH:
                break
    return gone


async def _batch(connection: Connection, rule: Rule) -> int:
    async with connection.transaction():
        due, _ = _DUE[rule.kind]
        rows = sorted([(row.region, row.id) async for row in due(connection, years=rule.years, most=BATCH)])
        for region, some in groupby(rows, lambda row: row[0]):
            await destroy(connection, rule, region, [thing for _, thing in some])
    return len(rows)


async def destroy(connection: Connection, rule: Rule, region: str, things: list[UUID]) -> None:
    """Destroy ``things`` of the rule's kind with their entry, in the caller's transaction.

    Whoever calls knows that they may go: nothing is asked here. ``rule.basis`` is what the entry says.
    """
    now = await platform_now(connection)
    if rule.kind in _ENTRIES:
        entries = [row.id async for row in _ENTRIES[rule.kind](connection, region=region, things=things)]
        for entry in entries:
            await erase(connection, region, entry, now, rule.basis, {"kind": rule.kind, "years": rule.years})
    await _DESTROY[rule.kind](connection, region=region, things=things)
    entry = prepare(region, DESTROYED, new_id(), _said(rule, things), now)
    await record(connection, entry)
    place = {"region": region, "id": entry.id, "kind": rule.kind, "things": things}
    await _queries.put_batch(connection, **place, years=rule.years, basis=rule.basis)


def _said(rule: Rule, things: Sequence[UUID]) -> dict[str, Any]:
    return {**msgspec.structs.asdict(rule), "count": len(things), "digest": digest_of(things)}


def digest_of(things: Sequence[UUID]) -> str:
    """SHA-256 over the sorted ids, in hex: what the entry says of a batch."""
    return hashlib.sha256(canonical(sorted(str(thing) for thing in things))).hexdigest()


async def proof(connection: Connection) -> Proof:
    """Whether nothing older than its rule is left and every destroyed thing has its entry."""
    found = [one for one in await plan(connection) if one.rule.action == "destroy"]
    batches, destroyed, faults, after = 0, 0, [], UUID(int=0)
    while rows := [row async for row in _queries.batches(connection, after=after)]:
        for row in rows:
            batches, destroyed, after = batches + 1, destroyed + len(row.things), row.id
            faults += await _faults(connection, row)
    if stray := await _queries.orphans(connection):
        faults.append(f"{stray} entries of the ledger without their batch")
    return Proof(batches, destroyed, sum(d.due for d in found), sum(d.held for d in found), tuple(faults))


async def _faults(connection: Connection, row: Any) -> list[str]:
    if row.data is None:
        return [f"{row.id}: no entry in the ledger"]
    found = []
    if (row.data["count"], row.data["digest"]) != (len(row.things), digest_of(row.things)):
        found.append(f"{row.id}: the ledger says otherwise")
    left = await _queries.left_of(connection, region=row.region, kind=row.kind, things=row.things)
    return [*found, *([f"{row.id}: {left} still there"] if left else [])]
