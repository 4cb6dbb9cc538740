"""Read the catalogue: lists for officials and for the public, one entry with its history, what is idle.

Called by the desk, the public pages and the API. Officials see what is published in every region of the node;
versions that are not published are seen by their department and by data administrators. The public sees what
``rules.for_the_public`` allows and is told of nothing else.
"""

import base64
import binascii
import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection, platform_now
from tongban.basics.matching import asked_grams
from tongban.parties.directory import Directory
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import DECIDERS, may, require
from tongban.resources.catalogue import rules
from tongban.resources.catalogue.actions import entry_of, queries
from tongban.resources.catalogue.definitions import (
    ApplicationContent,
    CloudContent,
    ComponentContent,
    Content,
    Kind,
    ResourceContent,
)
from tongban.resources.catalogue.errors import EntryUnknown, PlaceUnfit
from tongban.resources.catalogue.models import Asked, Entry, Line, Listed, Page, Step, Use
from tongban.resources.catalogue.uses import settings, usage

PAGE = 20
MOST_WORDS = 100
_PARTLY = 0.5
"""The share of what was typed that must be found where nothing fits all of it."""


async def browse(
    connection: Connection, actor: Actor, directory: Directory, asked: Asked, now: dt.datetime, most: int = PAGE
) -> Listed:
    """A page of a region's catalogue for an official. Raises ``NotAllowed``, ``UnknownRegion``, ``PlaceUnfit``."""
    require(actor, "catalogue.read", Subject(region=asked.region))
    own = actor.departments(asked.region, *DECIDERS)
    everything = may(actor, "catalogue.publish", Subject(region=asked.region))
    return await _listed(connection, directory, asked, now, most, own=own, all_states=everything)


async def browse_public(
    connection: Connection, directory: Directory, asked: Asked, now: dt.datetime, most: int = PAGE
) -> Listed:
    """A page of what anybody may know of. Raises ``UnknownRegion``, ``PlaceUnfit``."""
    public = msgspec.structs.replace(asked, state=None, kind="resource", grade=None)
    return await _listed(connection, directory, public, now, most, public_only=True)


async def _listed(
    connection: Connection,
    directory: Directory,
    asked: Asked,
    now: dt.datetime,
    most: int,
    *,
    own: list[str] | None = None,
    all_states: bool = False,
    public_only: bool = False,
) -> Listed:
    directory.region(asked.region)
    typed = asked_grams(asked.words[:MOST_WORDS])
    wanted = {name: getattr(asked, name) for name in ("kind", "provider", "sharing", "open", "cycle", "library")}
    wanted |= {"grade": asked.grade, "state": asked.state, "own": own or [], "all_states": all_states}
    least, score, code = _place(asked.after, len(typed))
    state = None if asked.state == "published" else asked.state
    rows: list[Any] = []
    for needed in dict.fromkeys((least, _loosely(typed) if asked.after is None else least)):
        found = queries.browse(
            connection,
            region=asked.region,
            asked=typed,
            least=needed,
            after_score=score,
            after_code=code,
            most=most + 1,
            public_only=public_only,
            **{**wanted, "state": state},
        )
        rows, least = [row async for row in found], needed
        if rows:
            break
    used = await usage(connection, asked.region, rows[:most], now)
    lines = [_line(directory, row, used[row.id], local_day(now)) for row in rows[:most]]
    last = rows[most - 1] if len(rows) > most else None
    return Listed(lines, last and _written(least, last.score, last.code))


def _loosely(typed: list[str]) -> int:
    return max(1, round(len(typed) * _PARTLY)) if typed else 0


def _line(directory: Directory, row: Any, use: Use, today: dt.date) -> Line:
    return Line(
        region=row.region,
        id=row.id,
        kind=row.kind,
        code=row.code,
        provider=row.provider,
        provider_name=provider_name(directory, row.region, row.provider),
        name=row.name,
        summary=row.summary or "",
        state=row.state,
        sharing=row.sharing,
        open=row.open,
        cycle=row.cycle,
        grade=row.grade,
        connected=row.resource is not None,
        updated_on=row.updated_on,
        stale=row.kind == "resource" and rules.overdue(row.cycle, row.updated_on, today),
        uses=use.uses,
        recorded=use.recorded,
        last_used=use.last_used,
    )


def provider_name(directory: Directory, region: str, department: str) -> str:
    """The department's name; its id where the region has lost it."""
    found = directory.department(region, department)
    return found.name if found else department


def _written(*parts: object) -> str:
    return base64.urlsafe_b64encode("~".join(map(str, parts)).encode()).decode().rstrip("=")


def _place(after: str | None, pairs: int) -> tuple[int, int, str | None]:
    """From which row on: how many pairs must fit, and the score and code of the last row shown."""
    if after is None:
        return pairs, 0, None
    try:
        text = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()
        least, score, code = text.split("~")
        place = int(least), int(score), code
    except (binascii.Error, ValueError) as error:
        raise PlaceUnfit(field="cursor") from error
    if "\0" in text or not all(abs(number) < 10**6 for number in place[:2]):
        raise PlaceUnfit(field="cursor")
    return place


async def harvested(connection: Connection, actor: Actor, asked: Asked, most: int = PAGE) -> Listed:
    """A page of what was harvested from other nodes. Raises ``NotAllowed``, ``PlaceUnfit``."""
    require(actor, "catalogue.read", Subject(region=asked.region))
    typed = asked_grams(asked.words[:MOST_WORDS])
    least, score, place = _place(asked.after, len(typed))
    code, _, last_id = (place or "").partition("|")
    found = queries.harvested(
        connection,
        asked=typed,
        kind=asked.kind,
        least=least,
        after_score=score,
        after_code=code,
        after_id=_uuid(last_id) if place else None,
        most=most + 1,
    )
    rows = [row async for row in found]
    last = rows[most - 1] if len(rows) > most else None
    lines = [_foreign(row) for row in rows[:most]]
    return Listed(lines, last and _written(least, last.score, f"{last.code}|{last.id}"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise PlaceUnfit(field="cursor") from error


def _foreign(row: Any) -> Line:
    content: Content = msgspec.convert(row.content, Content)
    columns = rules.columns(content)
    return Line(
        region=row.region,
        id=row.id,
        kind=row.kind,
        code=row.code,
        provider=row.provider,
        provider_name=row.provider,
        name=row.name,
        summary=content.summary,
        state="published",
        sharing=columns["sharing"],
        open=columns["open"],
        cycle=columns["cycle"],
        grade=columns["grade"],
        node=row.node,
    )


async def read_entry(
    connection: Connection, actor: Actor, directory: Directory, region: str, entry_id: UUID, now: dt.datetime
) -> Page:
    """One entry for an official. Raises ``EntryUnknown``, also where it is not published and not the reader's."""
    subject = Subject(region=region)
    require(actor, "catalogue.read", subject)
    row = await _row(connection, region, entry_id)
    entry = entry_of(row)
    own = may(actor, "catalogue.edit", msgspec.structs.replace(subject, department=entry.provider))
    administers = may(actor, "catalogue.publish", subject)
    if entry.published is None and not own and not administers:
        raise EntryUnknown()
    newest: Content = msgspec.convert(row.newest, Content)
    inside = own or administers
    history = await _history(connection, directory, entry, inside)
    return Page(
        entry=entry,
        provider_name=provider_name(directory, region, entry.provider),
        content=entry.content,
        draft=newest if inside and entry.revision != entry.published else None,
        use=(await usage(connection, region, [entry], now))[entry.id],
        stale=rules.stale(entry.content, entry.updated_on, local_day(now)),
        history=history,
        may=_acts(entry, own, administers),
    )


async def read_public(
    connection: Connection, directory: Directory, region: str, entry_id: UUID, now: dt.datetime
) -> Page:
    """One entry for anybody: the published version, without history. Raises ``EntryUnknown``."""
    directory.region(region)
    entry = entry_of(await _row(connection, region, entry_id))
    if not entry.public:
        raise EntryUnknown()
    name = provider_name(directory, region, entry.provider)
    stale = rules.stale(entry.content, entry.updated_on, local_day(now))
    return Page(entry, name, entry.content, None, Use(), stale, [], ())


async def most_public(connection: Connection, regions: Iterable[str]) -> str:
    """Which of ``regions`` shows the public most; the first by code where none shows anything."""
    served = sorted(regions)
    found = await queries.most_public(connection, regions=served)
    return str(found) if found else next(iter(served), "")


async def moment(connection: Connection) -> dt.datetime:
    """The platform's time, for readers who did not sign in."""
    return await platform_now(connection)


async def _row(connection: Connection, region: str, entry_id: UUID) -> Any:
    row = await queries.entry(connection, region=region, id=entry_id)
    if row is None:
        raise EntryUnknown()
    return row


def _acts(entry: Entry, own: bool, administers: bool) -> tuple[str, ...]:
    found = []
    if own:
        found += ["edit", "refresh", "report"]
        if entry.state in ("draft", "returned", "withdrawn"):
            found.append("submit")
    if administers and entry.state == "waiting":
        found += ["publish", "send_back"]
    if entry.published is not None and (own or administers):
        found.append("withdraw")
    return tuple(found)


async def _history(connection: Connection, directory: Directory, entry: Entry, inside: bool) -> list[Step]:
    """Every act for those inside; for others what was published, without notes."""
    rows = [row async for row in queries.history(connection, region=entry.region, entry=entry.id)]
    shown = rows if inside else [row for row in rows if row.act in ("published", "withdrawn", "refreshed")]
    return [_step(directory, entry, row) for row in shown]


def _step(directory: Directory, entry: Entry, row: Any) -> Step:
    after: Content = msgspec.convert(row.content, Content)
    versions = row.act in ("edited", "imported", "proposed") and row.before is not None
    changed = rules.changed(msgspec.convert(row.before, Content), after) if versions else ()
    by = provider_name(directory, entry.region, row.department) if row.department else row.pack or ""
    return Step(row.at, row.act, row.revision, by, row.note, changed)


async def idle(
    connection: Connection, actor: Actor, directory: Directory, region: str, kind: Kind | None, now: dt.datetime
) -> list[Line]:
    """What is published but nobody uses, the longest unused first. Raises ``NotAllowed``, ``UnknownRegion``."""
    require(actor, "catalogue.read", Subject(region=region))
    directory.region(region)
    chosen, today, found = await settings(connection, region), local_day(now), list[tuple[str, Line]]()
    after = ""
    while rows := [row async for row in _stretch(connection, region, after, kind)]:
        used = await usage(connection, region, rows, now)
        for entry in map(entry_of, rows):
            since = entry.published_at and local_day(entry.published_at)
            if rules.idle(used[entry.id], since, today, chosen):
                line = _entry_line(directory, entry, used[entry.id], today)
                found.append((str(line.last_used or ""), line))
        after = rows[-1].code
    return [line for _, line in sorted(found, key=lambda pair: (pair[0], pair[1].code))]


def _stretch(connection: Connection, region: str, after: str, kind: Kind | None, public_only: bool = False) -> Any:
    return queries.whole(connection, region=region, after=after, kind=kind, public_only=public_only, most=500)


async def unpublished(
    connection: Connection, actor: Actor, directory: Directory, region: str, now: dt.datetime
) -> list[Line]:
    """Entries of one's departments whose newest version is not published, the latest changed first."""
    require(actor, "catalogue.read", Subject(region=region))
    own = actor.departments(region, *DECIDERS)
    rows = queries.unpublished(connection, region=region, own=own, most=200)
    return await _as_lines(connection, directory, region, [row async for row in rows], now)


async def waiting(
    connection: Connection, actor: Actor, directory: Directory, region: str, now: dt.datetime
) -> list[Line]:
    """What waits for a data administrator, the longest waiting first. Raises ``NotAllowed``."""
    require(actor, "catalogue.publish", Subject(region=region))
    rows = queries.waiting(connection, region=region, most=200)
    return await _as_lines(connection, directory, region, [row async for row in rows], now)


async def _as_lines(
    connection: Connection, directory: Directory, region: str, rows: list[Any], now: dt.datetime
) -> list[Line]:
    used = await usage(connection, region, rows, now)
    return [_entry_line(directory, entry, used[entry.id], local_day(now)) for entry in map(entry_of, rows)]


async def named(connection: Connection, region: str, content: Content) -> dict[str, tuple[UUID, str]]:
    """Code → id and name of the published entries that ``content`` refers to."""
    codes = content.related if isinstance(content, ResourceContent) else []
    codes = content.serves if isinstance(content, CloudContent) else codes
    if isinstance(content, ApplicationContent | ComponentContent):
        codes = content.data
    return {row.code: (row.id, row.name) async for row in queries.named(connection, region=region, codes=codes)}


async def everything(
    connection: Connection, region: str, kind: Kind | None = None, *, public_only: bool = False
) -> list[Entry]:
    """Every published entry of a region in the order of codes; whether the reader may see it is decided before."""
    found: list[Entry] = []
    after = ""
    while rows := [row async for row in _stretch(connection, region, after, kind, public_only)]:
        found += map(entry_of, rows)
        after = rows[-1].code
    return found


async def provided(connection: Connection, region: str, department: str) -> list[Entry]:
    """The newest version of everything that a department provides; that it is the reader's is decided before."""
    rows = queries.provided(connection, region=region, department=department)
    return [entry_of(row) async for row in rows]


def _entry_line(directory: Directory, entry: Entry, use: Use, today: dt.date) -> Line:
    return Line(
        region=entry.region,
        id=entry.id,
        kind=entry.kind,
        code=entry.code,
        provider=entry.provider,
        provider_name=provider_name(directory, entry.region, entry.provider),
        name=entry.content.name,
        summary=entry.content.summary,
        state=entry.state,
        stale=rules.stale(entry.content, entry.updated_on, today),
        updated_on=entry.updated_on,
        uses=use.uses,
        recorded=use.recorded,
        last_used=use.last_used,
    )


async def counts(connection: Connection, region: str) -> dict[str, tuple[int, int]]:
    """Kind → how many are published, and how many wait for a data administrator."""
    return {row.kind: (row.published, row.waiting) async for row in queries.counts(connection, region=region)}
