"""Change the tree: enter, rename, move, merge and end units and positions, each from a day on.

Called by the administrators' pages, the API, the import and SCIM. Nothing is overwritten: what was so stays so for its
time, and a merged unit's name stays on what it decided.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from tongban.basics.codes import uscc as uscc_code
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.faults import Fault
from tongban.parties.definitions import Department
from tongban.parties.directory import Directory
from tongban.parties.models import Role
from tongban.parties.organisation.errors import (
    PositionUnknown,
    Unfit,
    UnitInUse,
    UnitUnknown,
    unfit,
)
from tongban.parties.organisation.models import Position, Unit, UnitKind
from tongban.parties.organisation.recording import (
    By,
    holdings_of,
    lock,
    must,
    note,
    positions_of,
    queries,
    unit_subject,
    units_of,
)
from tongban.parties.organisation.rules import department_of, parent_fault, since_fault, standing

Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\u0000]*$")]
Line = Annotated[str, Meta(max_length=200, pattern=r"^[^\u0000]*$")]
Rank = Annotated[int, Meta(ge=0, le=9999)]


class UnitWish(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit as it shall be. ``roles`` and ``uscc`` are departments' only."""

    id: Id
    kind: UnitKind
    name: Name
    short: Line = ""
    parent: Id | None = None
    uscc: Line | None = None
    roles: list[Id] = []
    address: Line | None = None
    phone: Line | None = None
    rank: Rank = 100
    basis: Line | None = None


class PositionWish(Struct, frozen=True, forbid_unknown_fields=True):
    """A position as it shall be."""

    id: Id
    unit: Id
    title: Name
    role: Role = "handler"
    rank: Rank = 100


_ID = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def is_id(text: str) -> bool:
    """Whether a unit can be known by ``text``."""
    return _ID.fullmatch(text) is not None


def wish_from(unit: str, name: str, current: Unit | None) -> UnitWish:
    """The wish that a unit be called ``name`` and nothing else change; a department where it is new."""
    if current is None:
        return UnitWish(unit, "department", name)
    short = current.short if current.short != current.name else name
    return UnitWish(
        unit, current.kind, name, short, current.parent, current.uscc, list(current.roles), current.address,
        current.phone, current.rank,
    )  # fmt: skip


async def adopt(connection: Connection, directory: Directory, now: dt.datetime) -> None:
    """Take the departments that region packs declare into the tree, and whoever holds posts into the directory.

    What was changed by hand stays as it is. Called whenever packs were installed; harmless when all stands.
    """
    known = {(one.region, one.id): one for one in await units_of(connection)}
    for code, region in directory.regions.items():
        for rank, department in enumerate(region.departments, 1):
            current = known.get((code, department.id))
            declared = _declared(code, department, rank * 10, now)
            if current is None or (current.by_pack and current.until is None and differs(current, declared)):
                await write(connection, declared, current)
    await queries.adopt_staff(connection, region=None)


def _declared(region: str, d: Department, rank: int, now: dt.datetime) -> Unit:
    return Unit(
        region, d.id, now, "department", d.name, d.short, uscc=d.uscc, roles=tuple(d.roles), address=d.address,
        phone=d.phone, colour=d.colour, division=d.division, rank=rank, by_pack=True,
    )  # fmt: skip


_COMPARED = (
    "kind",
    "name",
    "short",
    "parent",
    "uscc",
    "roles",
    "address",
    "phone",
    "colour",
    "division",
    "rank",
    "external_id",
)


def differs(one: Unit, other: Unit) -> bool:
    """Whether two versions of a unit say different things, whenever they stand."""
    return any(getattr(one, field) != getattr(other, field) for field in _COMPARED)


async def write(connection: Connection, unit: Unit, current: Unit | None) -> None:
    """Write ``unit`` in place of ``current`` from its moment on. Nothing is checked."""
    if current is not None and current.since < unit.since:
        await queries.close_unit(connection, region=unit.region, id=unit.id, until=unit.since, successor=None)
    columns = {name: getattr(unit, name) for name in unit.__struct_fields__ if name != "successor"}
    await queries.put_unit(connection, **{**columns, "roles": list(unit.roles)})


def last(versions: list[Unit]) -> dict[str, Unit]:
    """Of each unit what stands last, if it has not ended: what a change starts from."""
    return {one.id: one for one in versions if one.until is None}


def wished(region: str, wish: UnitWish, since: dt.datetime, current: Unit | None) -> Unit:
    """The version that ``wish`` asks for; what a form does not show stays as it was."""
    return Unit(
        region, wish.id, since, wish.kind, wish.name.strip(), (wish.short or wish.name).strip(), parent=wish.parent,
        uscc=wish.uscc or None, roles=tuple(wish.roles), address=wish.address or None, phone=wish.phone or None,
        colour=current.colour if current else None, division=current.division if current else None, rank=wish.rank,
        basis=wish.basis or None, external_id=current.external_id if current else None,
    )  # fmt: skip


def unit_faults(units: Mapping[str, Unit], unit: Unit) -> list[Fault]:
    """Everything wrong with ``unit`` among ``units``, all at once."""
    found = [parent_fault(units, unit.id, unit.parent)]
    if unit.kind == "office" and unit.parent is None:
        found.append(Fault("parent", "内设机构要写明上级机构", "An office needs the unit above it"))
    if unit.kind == "department":
        # Whoever performs items for the public is known by a code; a unit that performs none may have none.
        found.append(_uscc_fault(unit.uscc) if unit.uscc or unit.roles else None)
        taken = ((role, other) for role in unit.roles for other in units.values() if other.id != unit.id)
        found += [
            Fault("roles", f"职责“{role}”已由“{other.name}”承担", f"“{role}” is already played by “{other.name}”")
            for role, other in taken
            if role in other.roles and other.kind == "department"
        ]
    elif unit.roles:
        found.append(Fault("roles", "只有部门承担职责，内设机构不填", "Only departments play roles, offices do not"))
    return [fault for fault in found if fault is not None]


def _uscc_fault(code: str | None) -> Fault | None:
    try:
        uscc_code.parse(code or "")
    except CodeError:
        zh = f"统一社会信用代码“{code or ''}”不对，应为 18 位并通过校验"
        return Fault("uscc", zh, f"“{code or ''}” is no unified social credit code (18 characters with check digit)")
    return None


async def put_unit(
    connection: Connection,
    by: By,
    region: str,
    wish: UnitWish,
    since: dt.datetime,
    now: dt.datetime,
    *,
    new: bool = False,
    external_id: str | UnsetType | None = UNSET,
) -> Unit:
    """Enter a unit, or change it from ``since`` on. ``new``: it must not stand already. ``external_id``: what an
    institution's system calls it from now on.

    Raises ``NotAllowed``, ``Unfit``.
    """
    must(by, "unit.change", region)
    async with connection.transaction():
        await lock(connection, region)
        versions = await units_of(connection, [region])
        units = last(versions)
        current = units.get(wish.id)
        unit = wished(region, wish, since, current)
        if external_id is not UNSET:
            unit = msgspec.structs.replace(unit, external_id=external_id)
        faults = unit_faults(units, unit)
        if fault := since_fault(since, now):
            faults.append(fault)
        if new and current is not None:
            faults.append(Fault("id", f"编号“{wish.id}”已用于“{current.name}”", f"“{wish.id}” is “{current.name}”"))
        if current is None and any(one.id == wish.id and one.until and one.until > since for one in versions):
            faults.append(Fault("id", "这个机构已定于以后撤并，不能再改", "The unit is to end; it can not be changed"))
        if current is not None and since < current.since:
            said = f"{current.since:%Y-%m-%d}"
            faults.append(Fault("since", f"不能早于上次变更（{said}）", f"Not before the last change ({said})"))
        if faults:
            raise Unfit(faults)
        if current is None or differs(current, unit):
            await write(connection, unit, current)
            await note_unit(connection, by, unit, now)
    return unit


async def note_unit(connection: Connection, by: By, unit: Unit, now: dt.datetime) -> None:
    """Record that a unit is so from its moment on."""
    await note(
        connection, by, unit.region, "unit.changed", unit_subject(unit.region, unit.id), now, unit=unit.id,
        name=unit.name, unit_kind=unit.kind, parent=unit.parent, roles=unit.roles, since=unit.since, basis=unit.basis,
    )  # fmt: skip


async def merge_unit(
    connection: Connection,
    by: By,
    region: str,
    unit: str,
    successor: str,
    since: dt.datetime,
    basis: str,
    now: dt.datetime,
) -> None:
    """Merge ``unit`` into ``successor`` from ``since`` on: its duties, offices, positions and people go there.

    Cases keep the department they were given to; whoever serves in the successor answers for them. Raises
    ``NotAllowed``, ``UnitUnknown``, ``Unfit``.
    """
    must(by, "unit.change", region)
    async with connection.transaction():
        await lock(connection, region)
        units = last(await units_of(connection, [region]))
        old, new = _pair(units, unit, successor, since)
        if fault := since_fault(since, now):
            raise Unfit([fault])
        await queries.close_unit(connection, region=region, id=unit, until=since, successor=successor)
        for child in (one for one in units.values() if one.parent == unit):
            await write(connection, msgspec.structs.replace(child, parent=successor, since=since), child)
        if old.kind == "department":
            roles = tuple(dict.fromkeys((*new.roles, *old.roles)))
            taking = msgspec.structs.replace(new, roles=roles, since=max(since, new.since), by_pack=False)
            await write(connection, taking, new)
            await queries.put_succession(connection, region=region, former=unit, successor=successor, since=since)
            await queries.move_posts(connection, region=region, former=unit, successor=successor, since=since)
        await queries.move_positions(connection, region=region, former=unit, successor=successor, since=since)
        subject, facts = unit_subject(region, unit), {"successor": successor, "since": since, "basis": basis or None}
        await note(connection, by, region, "unit.merged", subject, now, unit=unit, **facts)


def _pair(units: Mapping[str, Unit], unit: str, successor: str, since: dt.datetime) -> tuple[Unit, Unit]:
    old, new = units.get(unit), units.get(successor)
    if old is None or new is None:
        raise UnitUnknown("unit" if old is None else "successor", unit=unit if old is None else successor)
    if old.id == new.id or old.kind != new.kind:
        raise unfit("successor", "请选择另一个同类机构", "Choose another unit of the same kind")
    if parent_fault(units, unit, new.parent) is not None:
        raise unfit("successor", "不能并入自己的下级", "A unit can not be merged into one below it")
    if since < old.since:
        raise unfit("since", f"不能早于上次变更（{old.since:%Y-%m-%d}）", "Not before the last change")
    return old, new


async def end_unit(connection: Connection, by: By, region: str, unit: str, at: dt.datetime, now: dt.datetime) -> None:
    """End a unit that has no duties, offices or people any more. Raises ``UnitUnknown``, ``UnitInUse``."""
    must(by, "unit.change", region)
    async with connection.transaction():
        await lock(connection, region)
        units = last(await units_of(connection, [region]))
        old = units.get(unit)
        if old is None:
            raise UnitUnknown(unit=unit)
        held = [h for h in await holdings_of(connection, region) if unit in (h.department, h.unit) and h.held_at(at)]
        if old.roles or held or any(one.parent == unit for one in units.values()):
            raise UnitInUse(unit=old.name)
        until = max(at, old.since)
        await queries.close_unit(connection, region=region, id=unit, until=until, successor=None)
        await note(connection, by, region, "unit.ended", unit_subject(region, unit), now, unit=unit, at=until)


async def put_position(
    connection: Connection, by: By, region: str, wish: PositionWish, since: dt.datetime, now: dt.datetime
) -> Position:
    """Enter a position, or change it from ``since`` on; whoever has it has it as it is called then.

    Raises ``NotAllowed``, ``Unfit``.
    """
    must(by, "post.govern" if wish.role in GOVERNING else "unit.change", region)
    async with connection.transaction():
        await lock(connection, region)
        units = standing(await units_of(connection, [region]), max(since, now))
        department = department_of(units, wish.unit)
        if department is None:
            raise unfit("unit", f"没有机构“{wish.unit}”", f"There is no unit “{wish.unit}”")
        known = {one.id: one for one in await positions_of(connection, region) if one.until is None}
        current, position = known.get(wish.id), Position(region, since=since, **msgspec.structs.asdict(wish))
        if current is not None and since < current.since:
            raise unfit("since", f"不能早于上次变更（{current.since:%Y-%m-%d}）", "Not before the last change")
        if current is None or position_differs(current, position):
            await write_position(connection, position, current, units, department)
            await note_position(connection, by, position, now)
    return position


GOVERNING: tuple[Role, ...] = ("head", "administrator", "supervisor")
"""Roles that give power over others: administrators alone give them."""


def position_differs(one: Position, other: Position) -> bool:
    """Whether two versions of a position say different things, whenever they stand."""
    return (one.unit, one.title, one.role, one.rank) != (other.unit, other.title, other.role, other.rank)


async def write_position(
    connection: Connection, position: Position, current: Position | None, units: Mapping[str, Unit], department: str
) -> None:
    """Write ``position`` in place of ``current``; whoever has it has it so from then on. Nothing is checked."""
    region, since = position.region, position.since
    if current is not None and current.since < since:
        await queries.close_position(connection, region=region, id=position.id, until=since)
    columns = {name: getattr(position, name) for name in position.__struct_fields__ if name != "until"}
    await queries.put_position(connection, **columns)
    if current is not None:
        office = position.unit if units[position.unit].kind == "office" else None
        values = {"position": position.id, "department": department, "role": position.role, "unit": office}
        await queries.retitle_posts(connection, region=region, since=since, title=position.title, **values)


async def note_position(connection: Connection, by: By, position: Position, now: dt.datetime) -> None:
    """Record that a position is so from its moment on."""
    await note(
        connection, by, position.region, "position.changed", unit_subject(position.region, position.id), now,
        position=position.id, unit=position.unit, title=position.title, role=position.role, since=position.since,
    )  # fmt: skip


async def end_position(
    connection: Connection, by: By, region: str, position: str, at: dt.datetime, now: dt.datetime
) -> None:
    """End a position that nobody has. Raises ``PositionUnknown``, ``UnitInUse``."""
    must(by, "unit.change", region)
    async with connection.transaction():
        await lock(connection, region)
        found = next((p for p in await positions_of(connection, region) if p.id == position and p.until is None), None)
        if found is None:
            raise PositionUnknown(position=position)
        if any(one.held_at(at) for one in await holdings_of(connection, region, position=position)):
            raise UnitInUse(unit=found.title)
        await queries.close_position(connection, region=region, id=position, until=max(at, found.since))
        await note(connection, by, region, "position.ended", unit_subject(region, position), now, position=position)
