"""Enter, edit, hand in, publish and withdraw entries: check, change, record.

Whoever provides edits, nobody else; data administrators publish. Called by pages, the API, Excel files, the
installation of packs and the demonstration. Every act is a row of the entry's history and an entry of the ledger.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.codes import catalogue as codes
from tongban.basics.database import Connection
from tongban.basics.faults import Fault
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record
from tongban.parties.directory import Directory
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.parties.rules import require as require_may
from tongban.resources.catalogue import rules
from tongban.resources.catalogue.definitions import Content, Kind, ResourceContent, kind_of
from tongban.resources.catalogue.errors import (
    CategoryUnfit,
    DepartmentUnknown,
    EntryMoved,
    EntryUnfit,
    EntryUnknown,
    ReasonsMissing,
    StateUnfit,
)
from tongban.resources.catalogue.models import Act, Entry
from tongban.resources.definitions import Resource

queries = load_queries("tongban.resources.catalogue")
UNCLASSED = "U"
"""The category under which drafts count that have none yet."""
LETTERS: dict[Kind, str] = {"application": "A", "component": "C", "cloud": "Y"}
EDITABLE = ("draft", "returned", "published", "withdrawn", "waiting")


class Doer(Struct, frozen=True):
    """Who acts: a person for a department, or a pack."""

    person: UUID | None = None
    department: str | None = None
    pack: str | None = None


async def propose_resources(
    connection: Connection,
    region: str,
    resources: Iterable[Resource],
    directory: Directory,
    pack: str,
    now: dt.datetime,
) -> list[UUID]:
    """Propose the resources of a pack as entries of the departments that provide them; return those that are new.

    What a department has touched is left as it is; what nobody has touched follows the pack. A role that nobody plays
    in ``region`` proposes nothing.
    """
    made: list[UUID] = []
    async with connection.transaction():
        for resource in resources:
            department = directory.region(region).department_for(resource.provider)
            if department is None:
                continue
            content, doer = rules.content_of(resource), Doer(pack=pack)
            row = await queries.entry_of_resource(connection, region=region, resource=resource.id)
            if row is None:
                made.append(
                    await propose(connection, region, department.id, content, doer, "proposed", now, resource.id)
                )
            else:
                await _follow(connection, region, row.id, content, doer, now)
    return made


async def _follow(
    connection: Connection, region: str, entry_id: UUID, content: ResourceContent, doer: Doer, now: dt.datetime
) -> None:
    if not await queries.untouched(connection, region=region, entry=entry_id):
        return
    entry = await locked(connection, region, entry_id)
    before = await newest(connection, entry)
    if isinstance(before, ResourceContent) and (entry.published is not None or not content.category):
        # A code that others know stays; a pack without a category does not take one away.
        content = msgspec.structs.replace(content, category=before.category, library=before.library)
    if content != before:
        await revise(connection, entry, content, doer, "proposed", now)


async def enter(
    connection: Connection,
    actor: Actor,
    directory: Directory,
    region: str,
    department: str,
    content: Content,
    now: dt.datetime,
    act: Act = "entered",
) -> UUID:
    """Enter something new for one's department; returns its id.

    Raises ``NotAllowed``, ``DepartmentUnknown``, ``EntryUnfit`` with every fault.
    """
    require_may(actor, "catalogue.edit", Subject(region=region, department=department))
    if directory.department(region, department) is None:
        raise DepartmentUnknown(field="department", department=department)
    rules.require(rules.draft_faults(content))
    async with connection.transaction():
        return await propose(connection, region, department, content, Doer(actor.person, department), act, now)


async def edit(
    connection: Connection,
    actor: Actor,
    region: str,
    entry_id: UUID,
    revision: int,
    content: Content,
    now: dt.datetime,
    act: Act = "edited",
) -> int:
    """Save a newer version on top of ``revision``; returns its number. The published one stays until publication.

    What changes nothing is no version. Raises ``EntryUnknown``, ``NotAllowed``, ``EntryMoved``, ``EntryUnfit``,
    ``CategoryUnfit``.
    """
    async with connection.transaction():
        entry = await _own(connection, actor, region, entry_id)
        if entry.revision != revision:
            raise EntryMoved()
        if kind_of(content) != entry.kind:
            raise EntryUnfit([Fault("kind", "类别不能更改", "Its kind can not be changed")])
        rules.require(rules.draft_faults(content))
        if content == await newest(connection, entry):
            return entry.revision
        return await revise(connection, entry, content, Doer(actor.person, entry.provider), act, now)


async def submit(connection: Connection, actor: Actor, region: str, entry_id: UUID, now: dt.datetime) -> None:
    """Hand the newest version to the data administrators. Raises as ``edit``, and ``StateUnfit``."""
    async with connection.transaction():
        entry = await _own(connection, actor, region, entry_id)
        _need(entry, "draft", "returned", "withdrawn")
        await hand_in(connection, entry, Doer(actor.person, entry.provider), now)


async def hand_in(connection: Connection, entry: Entry, doer: Doer, now: dt.datetime) -> None:
    """Let the newest version of a locked ``entry`` wait for publication. Raises ``EntryUnfit`` with every fault."""
    rules.require(rules.faults(await newest(connection, entry)))
    await queries.put_state(connection, region=entry.region, id=entry.id, state="waiting", now=now)
    await _note(connection, entry, doer, "submitted", now)


async def publish(connection: Connection, actor: Actor, region: str, entry_id: UUID, now: dt.datetime) -> None:
    """Publish what was handed in. Raises ``EntryUnknown``, ``NotAllowed``, ``StateUnfit``, ``EntryUnfit``."""
    require_may(actor, "catalogue.publish", Subject(region=region))
    async with connection.transaction():
        entry = await locked(connection, region, entry_id)
        _need(entry, "waiting")
        await put_published(connection, entry, Doer(actor.person, _office(actor, region)), now)


async def put_published(connection: Connection, entry: Entry, doer: Doer, now: dt.datetime) -> None:
    """Publish the newest version of a locked ``entry``; the caller has decided that it may be."""
    content = await newest(connection, entry)
    rules.require(rules.faults(content))
    code = await _code(connection, entry.region, content, entry.code)
    await queries.put_published(
        connection,
        region=entry.region,
        id=entry.id,
        now=now,
        code=code,
        public=rules.for_the_public(content),
        **rules.columns(content),
    )
    await _announce(connection, entry, False, now)
    await _note(connection, msgspec.structs.replace(entry, code=code), doer, "published", now)


async def send_back(
    connection: Connection, actor: Actor, region: str, entry_id: UUID, reasons: str, now: dt.datetime
) -> None:
    """Give a version that was handed in back to its department. Raises as ``publish``, and ``ReasonsMissing``."""
    require_may(actor, "catalogue.publish", Subject(region=region))
    told = need_reasons(reasons)
    async with connection.transaction():
        entry = await locked(connection, region, entry_id)
        _need(entry, "waiting")
        await queries.put_state(connection, region=region, id=entry_id, state="returned", now=now)
        await _note(connection, entry, Doer(actor.person, _office(actor, region)), "returned", now, told)


async def withdraw(
    connection: Connection, actor: Actor, region: str, entry_id: UUID, reasons: str, now: dt.datetime
) -> None:
    """Take a published entry away: by its department or a data administrator. Raises as ``publish``."""
    told = need_reasons(reasons)
    async with connection.transaction():
        entry = await locked(connection, region, entry_id)
        department = _withdrawer(actor, entry)
        if entry.published is None:
            raise StateUnfit(state=entry.state)
        await queries.put_withdrawn(connection, region=region, id=entry_id, now=now)
        await _announce(connection, entry, True, now)
        await _note(connection, entry, Doer(actor.person, department), "withdrawn", now, told)


def _withdrawer(actor: Actor, entry: Entry) -> str:
    own = Subject(region=entry.region, department=entry.provider)
    if may(actor, "catalogue.publish", own):
        return _office(actor, entry.region)
    require_may(actor, "catalogue.edit", own)
    return entry.provider


async def refreshed(
    connection: Connection, actor: Actor, region: str, entry_id: UUID, day: dt.date, now: dt.datetime
) -> None:
    """Say that the data was brought up to date on ``day``. Raises as ``edit``; no day to come."""
    if day > local_day(now):
        raise EntryUnfit([Fault("day", "更新日期不能晚于今天", "The day can not lie ahead")])
    async with connection.transaction():
        entry = await _own(connection, actor, region, entry_id)
        await queries.put_updated(connection, region=region, id=entry_id, day=day)
        await _note(connection, entry, Doer(actor.person, entry.provider), "refreshed", now, day.isoformat())


async def locked(connection: Connection, region: str, entry_id: UUID) -> Entry:
    """One entry, locked until the transaction ends. Raises ``EntryUnknown``."""
    row = await queries.lock_entry(connection, region=region, id=entry_id)
    if row is None:
        raise EntryUnknown()
    return entry_of(row)


def entry_of(row: Any) -> Entry:
    """A row as an entry."""
    values = {name: getattr(row, name) for name in Entry.__struct_fields__ if name != "content"}
    return Entry(content=msgspec.convert(row.content, Content), **values)


async def newest(connection: Connection, entry: Entry) -> Content:
    """The newest version of ``entry``, published or not."""
    found = await queries.version(connection, region=entry.region, entry=entry.id, revision=entry.revision)
    content: Content = msgspec.convert(found, Content)
    return content


def need_reasons(reasons: str) -> str:
    """``reasons`` without blanks around them. Raises ``ReasonsMissing``."""
    told = reasons.strip()[:500]
    if len(told) < rules.LEAST_REASONS:
        raise ReasonsMissing(field="reasons")
    return told


async def _own(connection: Connection, actor: Actor, region: str, entry_id: UUID) -> Entry:
    entry = await locked(connection, region, entry_id)
    subject = Subject(region=region, department=entry.provider)
    if entry.published is None and not may(actor, "catalogue.edit", subject):
        raise EntryUnknown()
    require_may(actor, "catalogue.edit", subject)
    return entry


def _need(entry: Entry, *states: str) -> None:
    if entry.state not in states:
        raise StateUnfit(state=entry.state)


def _office(actor: Actor, region: str) -> str:
    return next((p.department for p in actor.posts if (p.region, p.role) == (region, "administrator")), "")


async def propose(
    connection: Connection,
    region: str,
    department: str,
    content: Content,
    doer: Doer,
    act: Act,
    now: dt.datetime,
    resource: str | None = None,
) -> UUID:
    """Put something new under a department; whether ``doer`` may is decided before. Returns its id."""
    entry_id, code = new_id(), await _code(connection, region, content, None)
    place = {"region": region, "id": entry_id, "kind": kind_of(content), "code": code, "provider": department}
    await queries.put_entry(connection, **place, resource=resource, now=now, **rules.columns(content))
    await _note(connection, await locked(connection, region, entry_id), doer, act, now)
    return entry_id


async def revise(connection: Connection, entry: Entry, content: Content, doer: Doer, act: Act, now: dt.datetime) -> int:
    """Save a newer version of a locked ``entry``; whether ``doer`` may is decided before. Returns its number."""
    code = await _code(connection, entry.region, content, entry.code)
    if entry.published is not None and code != entry.code:
        raise CategoryUnfit(field="category", code=entry.code)
    revision = entry.revision + 1
    place = {"region": entry.region, "id": entry.id, "revision": revision, "code": code, "now": now}
    await queries.put_version(connection, **place, **rules.columns(content))
    await _note(connection, msgspec.structs.replace(entry, revision=revision, code=code), doer, act, now)
    return revision


async def _code(connection: Connection, region: str, content: Content, old: str | None) -> str:
    """The code of ``content``: the old one where it still fits, else the next of its category."""
    category = (content.category or UNCLASSED) if isinstance(content, ResourceContent) else LETTERS[kind_of(content)]
    plain = category == UNCLASSED or not isinstance(content, ResourceContent)
    if old is not None and old.startswith(category if plain else f"{category}/"):
        return old
    serial: int = await queries.next_number(connection, region=region, category=category)
    return f"{category}{serial:06d}" if plain else codes.make(category, serial)


async def _announce(connection: Connection, entry: Entry, gone: bool, now: dt.datetime) -> None:
    # A statement of its own: the next one must see what whoever held the lock before has committed.
    await queries.lock_feed(connection, region=entry.region)
    place = {"region": entry.region, "entry": entry.id, "revision": entry.revision}
    await queries.put_feed(connection, **place, gone=gone, now=now)


async def _note(
    connection: Connection, entry: Entry, doer: Doer, act: Act, now: dt.datetime, note: str | None = None
) -> None:
    place = {"region": entry.region, "entry": entry.id, "id": new_id(), "at": now, "act": act}
    who = {"person": doer.person, "department": doer.department, "pack": doer.pack}
    await queries.put_act(connection, **place, revision=entry.revision, **who, note=note)
    by = f"pack {doer.pack}" if doer.pack else str(doer.person)
    facts = {"code": entry.code, "revision": entry.revision, "by": by, "note": note}
    await record(connection, prepare(entry.region, f"catalogue.{act}", entry.id, facts, now))
