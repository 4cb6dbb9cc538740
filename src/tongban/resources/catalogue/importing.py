"""Take an Excel file into a department's part of the catalogue: all of it, or nothing and every fault.

Called by the desk and the API. What is new gets a code; what changed becomes a newer version, a draft until it is
published; what is the same is left alone.
"""

import datetime as dt

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.faults import Fault
from tongban.parties.directory import Directory
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import require
from tongban.resources.catalogue import rules
from tongban.resources.catalogue.actions import edit, enter, locked, newest, queries
from tongban.resources.catalogue.definitions import Content, ResourceContent
from tongban.resources.catalogue.models import Entry
from tongban.resources.catalogue.sheets import Imported, changed_entries


class Done(Struct, frozen=True):
    """What an import came to."""

    entered: int
    changed: int
    same: int


async def take_in(
    connection: Connection,
    actor: Actor,
    directory: Directory,
    region: str,
    department: str,
    rows: list[Imported],
    now: dt.datetime,
) -> Done:
    """Enter and change what ``rows`` say, in one transaction. Raises ``NotAllowed``, ``EntryUnfit`` with all faults."""
    require(actor, "catalogue.edit", Subject(region=region, department=department))
    known = changed_entries(rows)
    async with connection.transaction():
        held = [(row, await _entry(connection, region, row)) for row in known]
        rules.require([fault for row, entry in held for fault in await _faults(connection, department, row, entry)])
        fresh = [row for row in rows if not row.code]
        for row in fresh:
            await enter(connection, actor, directory, region, department, row.content, now, "imported")
        changed = 0
        for row, entry in held:
            assert entry is not None
            made = await edit(connection, actor, region, entry.id, entry.revision, row.content, now, "imported")
            changed += made != entry.revision
    return Done(len(fresh), changed, len(known) - changed)


async def _entry(connection: Connection, region: str, row: Imported) -> Entry | None:
    found = await queries.entry_by_code(connection, region=region, code=row.code)
    return await locked(connection, region, found) if found is not None else None


async def _faults(connection: Connection, department: str, row: Imported, entry: Entry | None) -> list[Fault]:
    if entry is None:
        zh, en = f"没有代码 {row.code}；新条目请把代码留空", f"No code {row.code}; leave it empty for a new entry"
    elif entry.provider != department:
        zh, en = f"{row.code} 由别的部门提供，不能修改", f"{row.code} is another department's"
    elif entry.kind != row.kind:
        zh, en = f"{row.code} 不属于这张工作表", f"{row.code} belongs to another sheet"
    elif entry.revision != row.revision and row.content != await newest(connection, entry):
        zh = f"{row.code} 已被修改为第 {entry.revision} 版，请重新导出后再改"
        en = f"{row.code} is at revision {entry.revision} now: export it again"
    elif entry.published is not None and _category(row.content) not in (None, entry.code.partition("/")[0]):
        zh, en = f"{row.code} 已发布，分类码不能改", f"{row.code} is published, so its category stays"
    else:
        return []
    return [Fault("file", zh, en, row.place)]


def _category(content: Content) -> str | None:
    return content.category if isinstance(content, ResourceContent) else None
