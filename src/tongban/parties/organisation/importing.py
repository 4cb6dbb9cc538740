"""Take the organisation in from Excel: see what would change, then all of it or nothing.

``plan`` compares a file with what stands and finds every fault; ``apply_import`` plans again and does it in one
transaction. What a file does not name stays: nobody loses a post or leaves by an import. Called by the administrators'
page, the API and the first installation (which imports before anybody can sign in, with ``by`` None).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.faults import Fault
from tongban.basics.ids import new_id
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.vault import Vault
from tongban.parties.actions import person_key
from tongban.parties.models import Actor
from tongban.parties.organisation.errors import ImportGone, Unfit
from tongban.parties.organisation.models import REACHED, Holding, Position, Unit
from tongban.parties.organisation.posts import PostWish, put_post, seat_of
from tongban.parties.organisation.recording import By, holdings_of, lock, must, positions_of, queries, units_of
from tongban.parties.organisation.rules import department_of
from tongban.parties.organisation.sheets import Row, Sheets, StaffWish
from tongban.parties.organisation.staff import OfficialWish, change, read_official, take_on
from tongban.parties.organisation.units import (
    PositionWish,
    UnitWish,
    differs,
    last,
    note_position,
    note_unit,
    position_differs,
    unit_faults,
    wished,
    write,
    write_position,
)

ChangeKind = Literal[
    "unit.new", "unit.changed", "position.new", "position.changed", "staff.new", "staff.known", "post.new"
]


class Change(Struct, frozen=True):
    """One thing that a file changes: of which kind, the id, what it is called, what it was called before."""

    kind: ChangeKind
    id: str
    name: str
    before: str | None = None


class Plan(Struct, frozen=True):
    """What a file comes to, without faults. ``same``: how many rows change nothing."""

    changes: tuple[Change, ...]
    same: int


class Account(Struct, frozen=True):
    """An account that was opened by an import: it waits for its invitation."""

    account: UUID
    login: str
    name: str


class Applied(Struct, frozen=True):
    """What an import did."""

    plan: Plan
    opened: tuple[Account, ...]


class _Known(Struct, frozen=True):
    """What stands, and what it becomes with the file's rows."""

    units: dict[str, Unit]
    positions: dict[str, Position]
    new_units: dict[str, Unit]
    new_positions: dict[str, Position]
    people: Mapping[str, tuple[UUID, str, bytes, bool]]
    held: Mapping[UUID, list[Holding]]


async def plan(connection: Connection, vault: Vault, by: By, region: str, sheets: Sheets, now: dt.datetime) -> Plan:
    """What ``sheets`` would change. Raises ``NotAllowed``, and ``Unfit`` with every fault."""
    must(by, "directory.export", region)
    known = await _known(connection, region, sheets, now)
    faults = [
        *_unit_faults(known, sheets),
        *_position_faults(known, sheets),
        *_staff_faults(known, vault, region, sheets),
    ]
    if faults:
        raise Unfit(faults[:200])
    changes = [*_unit_changes(known, sheets), *_position_changes(known, sheets), *_staff_changes(known, sheets)]
    rows = len(sheets.units) + len(sheets.positions) + len(sheets.staff)
    touched = {(one.kind.split(".")[0], one.id) for one in changes if one.kind != "post.new"}
    return Plan(tuple(changes), rows - len(touched))


async def apply_import(
    connection: Connection, vault: Vault, by: By, region: str, sheets: Sheets, now: dt.datetime
) -> Applied:
    """Do what ``plan`` says, all or nothing. Accounts that were opened wait for invitations.

    Raises as ``plan`` does.
    """
    async with connection.transaction():
        await lock(connection, region)
        planned = await plan(connection, vault, by, region, sheets, now)
        known = await _known(connection, region, sheets, now)
        for unit in _parents_first(known, sheets):
            await write(connection, unit, known.units.get(unit.id))
            await note_unit(connection, by, unit, now)
        for row in sheets.positions:
            await _position(connection, by, known, row, now)
        opened = [await _person(connection, vault, by, region, known, row, now) for row in sheets.staff]
    return Applied(planned, tuple(one for one in opened if one is not None))


async def _known(connection: Connection, region: str, sheets: Sheets, now: dt.datetime) -> _Known:
    units = last(await units_of(connection, [region]))
    positions = {one.id: one for one in await positions_of(connection, region) if one.until is None}
    new_units = {**units, **{u.id: u for u in (_unit(units, region, row, now) for row in sheets.units)}}
    new_positions = {**positions, **{p.id: p for p in (_seat(positions, region, row, now) for row in sheets.positions)}}
    logins = [row.wish.official.login for row in sheets.staff if isinstance(row.wish, StaffWish)]
    rows = queries.accounts_named(connection, region=region, logins=logins)
    people = {row.login: (row.id, row.name, bytes(row.id_key), row.serves) async for row in rows}
    held: dict[UUID, list[Holding]] = {}
    for one in await holdings_of(connection, region):
        held.setdefault(one.account, []).append(one)
    return _Known(units, positions, new_units, new_positions, people, held)


def _unit(units: Mapping[str, Unit], region: str, row: Row, now: dt.datetime) -> Unit:
    """The unit that a row asks for: what the row leaves empty stays."""
    wish, current = row.wish, units.get(getattr(row.wish, "id", ""))
    assert isinstance(wish, UnitWish)
    new = wished(region, wish, now, current)
    if current is None:
        return new
    kept = {name: getattr(current, name) for name in _UNIT_CELLS if name not in row.given}
    return msgspec.structs.replace(new, **kept, since=max(now, current.since))


_UNIT_CELLS = ("short", "parent", "uscc", "roles", "address", "phone", "rank")


def _seat(positions: Mapping[str, Position], region: str, row: Row, now: dt.datetime) -> Position:
    wish = row.wish
    assert isinstance(wish, PositionWish)
    current = positions.get(wish.id)
    rank = wish.rank if "rank" in row.given or current is None else current.rank
    since = max(now, current.since) if current else now
    return Position(region, wish.id, since, wish.unit, wish.title, wish.role, rank=rank)


def _named(row: Row, name: str, zh: str, en: str) -> Fault:
    return Fault(name, zh, en, row.place(name))


def _unit_faults(known: _Known, sheets: Sheets) -> Iterable[Fault]:
    for row in sheets.units:
        assert isinstance(row.wish, UnitWish)
        for fault in unit_faults(known.new_units, known.new_units[row.wish.id]):
            yield msgspec.structs.replace(fault, place=row.place(fault.field))


def _position_faults(known: _Known, sheets: Sheets) -> Iterable[Fault]:
    for row in sheets.positions:
        assert isinstance(row.wish, PositionWish)
        if department_of(known.new_units, row.wish.unit) is None:
            zh = f"没有机构“{row.wish.unit}”，请在“机构”表中加上，或改正编号"
            yield _named(row, "unit", zh, f"There is no unit “{row.wish.unit}”: add it, or correct the id")


def _staff_faults(known: _Known, vault: Vault, region: str, sheets: Sheets) -> Iterable[Fault]:
    for row in sheets.staff:
        wish = row.wish
        assert isinstance(wish, StaffWish)
        for position in wish.positions:
            if position not in known.new_positions:
                zh = f"没有岗位“{position}”，请在“岗位”表中加上，或改正编号"
                yield _named(row, "positions", zh, f"There is no position “{position}”: add it, or correct the id")
        if not _same_person(known, vault, region, wish.official):
            zh = f"登录名“{wish.official.login}”已由另一人使用，请换一个，或核对姓名和身份证号"
            yield _named(row, "login", zh, f"“{wish.official.login}” belongs to somebody else: choose another")


def _same_person(known: _Known, vault: Vault, region: str, official: OfficialWish) -> bool:
    found = known.people.get(official.login)
    if found is None:
        return True
    _, name, key, serves = found
    if not official.id_number:
        return serves or name == official.name
    nameless = person_key(vault, f"OFFICE {region} {official.login}")
    return key in (person_key(vault, official.id_number), nameless)


def _unit_changes(known: _Known, sheets: Sheets) -> Iterable[Change]:
    for row in sheets.units:
        assert isinstance(row.wish, UnitWish)
        old, new = known.units.get(row.wish.id), known.new_units[row.wish.id]
        if old is None:
            yield Change("unit.new", new.id, new.name)
        elif differs(old, new):
            yield Change("unit.changed", new.id, new.name, old.name)


def _position_changes(known: _Known, sheets: Sheets) -> Iterable[Change]:
    for row in sheets.positions:
        assert isinstance(row.wish, PositionWish)
        old, new = known.positions.get(row.wish.id), known.new_positions[row.wish.id]
        if old is None:
            yield Change("position.new", new.id, new.title)
        elif position_differs(old, new):
            yield Change("position.changed", new.id, new.title, old.title)


def _staff_changes(known: _Known, sheets: Sheets) -> Iterable[Change]:
    for row in sheets.staff:
        assert isinstance(row.wish, StaffWish)
        official, found = row.wish.official, known.people.get(row.wish.official.login)
        if found is None or not found[3]:
            yield Change("staff.new", official.login, official.name)
        elif found[1] != official.name or row.given & {*REACHED, "id_number"}:
            yield Change("staff.known", official.login, official.name, found[1])
        for position in _lacking(known, row.wish):
            yield Change("post.new", official.login, official.name, known.new_positions[position].title)


def _lacking(known: _Known, wish: StaffWish) -> list[str]:
    """Positions of the row that the person does not have yet."""
    found = known.people.get(wish.official.login)
    held = {one.position for one in known.held.get(found[0], ()) if one.until is None} if found else set()
    return [position for position in wish.positions if position not in held]


def _parents_first(known: _Known, sheets: Sheets) -> list[Unit]:
    """The units that change, each after the one above it."""
    order: dict[str, Unit] = {}

    def take(unit: Unit) -> None:
        above = known.new_units.get(unit.parent or "")
        if above is not None and above.id in wanted and above.id not in order:
            take(above)
        order[unit.id] = unit

    wanted = {one.id for one in _unit_changes(known, sheets)}
    for name in wanted:
        take(known.new_units[name])
    return list(order.values())


async def _position(connection: Connection, by: By, known: _Known, row: Row, now: dt.datetime) -> None:
    assert isinstance(row.wish, PositionWish)
    old, new = known.positions.get(row.wish.id), known.new_positions[row.wish.id]
    if old is None or position_differs(old, new):
        department = department_of(known.new_units, new.unit)
        assert department is not None
        await write_position(connection, new, old, known.new_units, department)
        await note_position(connection, by, new, now)


async def _person(
    connection: Connection, vault: Vault, by: By, region: str, known: _Known, row: Row, now: dt.datetime
) -> Account | None:
    assert isinstance(row.wish, StaffWish)
    official, found = row.wish.official, known.people.get(row.wish.official.login)
    if found is None or not found[3] or official.id_number:
        taken = await take_on(connection, vault, by, region, official, now)
        account, new = taken.account, taken.new
    else:
        account, new = found[0], False
        await _changed(connection, vault, by, region, account, row, now)
    for position in _lacking(known, row.wish):
        wish = PostWish(position=position)
        seat = seat_of(known.new_units, known.new_positions, wish)
        await put_post(connection, by, region, account, seat, wish, now, now)
    return Account(account, official.login, official.name) if new else None


async def _changed(
    connection: Connection, vault: Vault, by: By, region: str, account: UUID, row: Row, now: dt.datetime
) -> None:
    assert isinstance(row.wish, StaffWish)
    before = await read_official(connection, vault, region, account)
    given = {n: getattr(row.wish.official.contact, n) for n in REACHED if n in row.given}
    contact = msgspec.structs.replace(before.contact, **given)
    name = row.wish.official.name
    if contact != before.contact or name != before.name:
        await change(connection, vault, by, region, account, now, name=name, contact=contact)


def _context(made: UUID) -> bytes:
    return f"import {made}".encode()


SEALED = SealedColumn("organisation_imports", "sealed", ("region", "id"), lambda row: _context(row.id))


async def keep(
    connection: Connection, vault: Vault, actor: Actor, region: str, content: bytes, now: dt.datetime
) -> UUID:
    """Keep a file that was shown, sealed, until it is confirmed; at most a day. Returns its id."""
    made = new_id()
    sealed = vault.seal(content, _context(made))
    await queries.keep_import(connection, region=region, id=made, account=actor.account, sealed=sealed, now=now)
    return made


async def take(connection: Connection, vault: Vault, actor: Actor, region: str, made: UUID) -> bytes:
    """The file that ``actor`` was shown; good once. Raises ``ImportGone`` when it is not there any more."""
    row = await queries.take_import(connection, region=region, id=made, account=actor.account)
    if row is None:
        raise ImportGone()
    return vault.open(row.sealed, _context(made))
