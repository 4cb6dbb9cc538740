"""Put calendars into force: one administrator proposes a file, another approves it; everything is recorded.

Called by the web floor and the commands. Running processes compare ``stamp`` and read ``files_in_force`` again; the
due dates that rested on what changed are worked out anew by the jobs process (topic ``calendar.published``).
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from tongban.basics.calendar import WorkingCalendar
from tongban.basics.calendar_check import check_calendar, require_sound
from tongban.basics.calendar_errors import CalendarFault
from tongban.basics.calendar_file import CalendarFile, Edition, built_in, calendar_of, covers, parse_calendar
from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.calendars.errors import CalendarDecided, CalendarUnknown, ProposedAlready, ReasonsMissing, SamePerson
from tongban.calendars.models import Proposal, Published
from tongban.ledger.actions import prepare, record
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import another, require

_queries = load_queries("tongban.calendars")
_DECODER = msgspec.json.Decoder(CalendarFile)
LEAST_REASONS = 5


async def propose(connection: Connection, actor: Actor, content: bytes | str, now: dt.datetime) -> Proposal:
    """Propose the file in ``content`` for approval by another administrator.

    Raises ``CalendarRefused`` with every fault, ``NotAllowed``, ``ProposedAlready``.
    """
    file = parse_calendar(content)
    _require(actor, "calendar.propose", file.region)
    async with connection.transaction():
        warnings = await _sound(connection, file)
        text, proposal_id = msgspec.json.encode(file).decode(), new_id()
        digest = hashlib.sha256(text.encode()).digest()
        same = await _row(connection, "waiting", region=file.region, digest=digest)
        if same is not None:
            raise ProposedAlready(id=str(same.id))
        values = {"region": file.region, "id": proposal_id, "kind": file.kind, "year": file.year, "content": text}
        await _run(connection, "put_proposal", **values, digest=digest, person=actor.person, now=now)
        facts = {"kind": file.kind, "year": file.year, "basis": file.basis, "sha256": digest.hex()}
        await _recorded(connection, "calendar.proposed", file.region, proposal_id, actor, facts, now)
    return Proposal(
        file.region, proposal_id, file.kind, file.year, "proposed", file, actor.name, now, own=True, warnings=warnings
    )


async def approve(connection: Connection, actor: Actor, proposal_id: UUID, now: dt.datetime) -> Published:
    """Publish what another administrator proposed. It is checked again against what is in force now.

    Raises ``CalendarUnknown``, ``NotAllowed``, ``SamePerson``, ``CalendarDecided``, ``CalendarRefused``.
    """
    async with connection.transaction():
        await _run(connection, "lock_calendars")
        row, file = await _open_proposal(connection, actor, proposal_id)
        if not another(actor, "calendar.approve", Subject(region=row.region), row.proposed_by):
            raise SamePerson()
        await _sound(connection, file)
        standing = await _standing(connection, file)
        number, since = (standing.number if standing else 0) + 1, _since(file, standing)
        published = Published(row.region, row.id, row.kind, row.year, number, since, file.basis)
        place = {"region": row.region, "id": row.id, "edition": number, "person": actor.person, "now": now}
        await _run(connection, "publish", **place, outbox_id=new_id(), payload=Jsonb(msgspec.to_builtins(published)))
        facts = {"kind": row.kind, "year": row.year, "edition": number, "basis": file.basis}
        await _recorded(connection, "calendar.published", row.region, row.id, actor, facts, now)
        await _run(connection, "announce_calendars")
    return published


async def decline(connection: Connection, actor: Actor, proposal_id: UUID, reasons: str, now: dt.datetime) -> None:
    """Decline a proposal, or withdraw one's own. Raises as ``approve``, and ``ReasonsMissing``."""
    told = reasons.strip()[:500]
    if len(told) < LEAST_REASONS:
        raise ReasonsMissing(field="reasons")
    async with connection.transaction():
        row, _ = await _open_proposal(connection, actor, proposal_id)
        place = {"region": row.region, "id": row.id, "person": actor.person, "now": now}
        await _run(connection, "decline", **place, reasons=told)
        await _recorded(connection, "calendar.declined", row.region, row.id, actor, {"reasons": told}, now)


async def listed(connection: Connection, actor: Actor) -> list[Proposal]:
    """The newest 100 proposals that concern the actor's regions, those that wait first. Raises ``NotAllowed``."""
    if not _administered(actor):
        raise NotAllowed()
    found = await _rows(connection, "proposals", region=None, id=None)
    return [await _proposal(connection, actor, row) for row in found if _concerns(actor, row.region)]


async def everything(connection: Connection) -> list[Proposal]:
    """The newest 100 proposals of all regions, for whoever runs the node and has its database anyway."""
    return [
        await _proposal(connection, None, row) for row in await _rows(connection, "proposals", region=None, id=None)
    ]


async def read(connection: Connection, actor: Actor, proposal_id: UUID) -> Proposal:
    """One proposal with what is unusual about it. Raises ``CalendarUnknown``, ``NotAllowed``."""
    if not _administered(actor):
        raise NotAllowed()
    found = await _rows(connection, "proposals", region=None, id=proposal_id)
    if not found or not _concerns(actor, found[0].region):
        raise CalendarUnknown(id=str(proposal_id))
    return await _proposal(connection, actor, found[0])


async def files_in_force(connection: Connection) -> list[CalendarFile]:
    """The newest edition of every published region, kind and year."""
    return [_DECODER.decode(row.content) for row in await _rows(connection, "calendar_files")]


async def stamp(connection: Connection) -> str:
    """A short text that changes whenever a calendar is published."""
    found = await _row(connection, "calendars_stamp")
    return str(found[0])


async def check(connection: Connection, file: CalendarFile) -> list[CalendarFault]:
    """Every fault and warning of ``file`` against what is in force. Raises nothing for what is in it."""
    return check_calendar(file, await _standing(connection, file), await _without(connection, file))


async def _sound(connection: Connection, file: CalendarFile) -> list[CalendarFault]:
    return require_sound(file, await _standing(connection, file), await _without(connection, file))


async def _standing(connection: Connection, file: CalendarFile) -> Edition | None:
    row = await _row(connection, "standing", region=file.region, kind=file.kind, year=file.year)
    if row is not None:
        return Edition(row.edition, _DECODER.decode(row.content))
    return built_in(file.year) if file.kind == "year" else None


async def _without(connection: Connection, file: CalendarFile) -> WorkingCalendar:
    """The calendar in force where ``file`` is for, but for the edition that it would supersede."""
    others = [
        one
        for one in await files_in_force(connection)
        if (one.region, one.kind, one.year) != (file.region, file.kind, file.year)
    ]
    return calendar_of(others, file.region)


def _since(file: CalendarFile, standing: Edition | None) -> dt.date:
    """The first day that is decided otherwise; a year that was not published changes from its first day on."""
    before, after = (standing.file.verdicts() if standing else {}), file.verdicts()
    changed = {day for day in before.keys() | after.keys() if before.get(day) != after.get(day)}
    if standing is None and file.kind == "year":
        changed.add(dt.date(file.year - 1, 12, 25))
    return min(changed)


def _administered(actor: Actor) -> list[str]:
    return [post.region for post in actor.posts if post.role == "administrator"]


def _concerns(actor: Actor, region: str) -> bool:
    return any(covers(region, own) for own in _administered(actor))


def _require(actor: Actor, action: str, region: str) -> None:
    """A calendar is put into force by administrators of a region in which it is in force."""
    own = next((place for place in _administered(actor) if covers(region, place)), region)
    require(actor, action, Subject(region=own))


async def _open_proposal(connection: Connection, actor: Actor, proposal_id: UUID) -> tuple[Any, CalendarFile]:
    row = await _row(connection, "lock_proposal", id=proposal_id)
    if row is None:
        raise CalendarUnknown(id=str(proposal_id))
    _require(actor, "calendar.approve", row.region)
    if row.state != "proposed":
        raise CalendarDecided()
    return row, _DECODER.decode(row.content)


async def _proposal(connection: Connection, actor: Actor | None, row: Any) -> Proposal:
    file = _DECODER.decode(row.content)
    waits = row.state == "proposed"
    return Proposal(
        region=row.region,
        id=row.id,
        kind=row.kind,
        year=row.year,
        state=row.state,
        file=file,
        proposed_by=row.proposer,
        proposed_at=row.proposed_at,
        own=actor is not None and row.proposed_by == actor.person,
        edition=row.edition,
        in_force=row.in_force,
        decided_by=row.decider,
        decided_at=row.decided_at,
        reasons=row.reasons,
        warnings=await check(connection, file) if waits else [],
    )


async def _recorded(
    connection: Connection, kind: str, region: str, subject: UUID, actor: Actor, facts: dict[str, Any], now: dt.datetime
) -> None:
    entry = prepare(region, kind, subject, {**facts, "by": str(actor.person)}, now)
    await record(connection, entry)


async def _rows(connection: Connection, name: str, **values: Any) -> Sequence[Any]:
    """All rows of a statement as named tuples, whatever the connection's own row form is."""
    async with connection.cursor(row_factory=namedtuple_row) as cursor:
        await cursor.execute(getattr(_queries, name).sql, values)
        return await cursor.fetchall()


async def _row(connection: Connection, name: str, **values: Any) -> Any:
    found = await _rows(connection, name, **values)
    return found[0] if found else None


async def _run(connection: Connection, name: str, **values: Any) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute(getattr(_queries, name).sql, values)
