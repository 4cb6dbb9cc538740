"""What the directory in memory is, once the organisation has changed from what the region packs declare.

Called by the composition root whenever packs or the organisation change; a running process compares ``stamp``. A
department that was merged keeps its name for what it decided; its duties are its successor's.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec

from tongban.basics.database import Connection, platform_now
from tongban.parties.definitions import Department, Region
from tongban.parties.directory import Directory
from tongban.parties.organisation.models import Unit
from tongban.parties.organisation.recording import queries, units_of


async def stamp(connection: Connection) -> str:
    """A short text that changes whenever a unit changes, and when a change dated ahead takes effect."""
    found: str = await queries.organisation_stamp(connection)
    return found


async def directory_now(connection: Connection, declared: Directory) -> Directory:
    """``declared`` as the organisation has made it by this moment."""
    return overlay(declared, await units_of(connection), await platform_now(connection))


def overlay(declared: Directory, units: Iterable[Unit], now: dt.datetime) -> Directory:
    """``declared`` with departments renamed, merged and added as ``units`` say. Pure."""
    versions: dict[tuple[str, str], list[Unit]] = {}
    for one in units:
        if one.kind == "department":
            versions.setdefault((one.region, one.id), []).append(one)
    if all(len(dated) == 1 and dated[0].by_pack for dated in versions.values()):
        return declared
    regions = {code: _region(region, versions, now) for code, region in declared.regions.items()}
    names = {key: tuple((one.since, one.name) for one in dated) for key, dated in versions.items()}
    return Directory(regions, names)


def _region(region: Region, versions: Mapping[tuple[str, str], list[Unit]], now: dt.datetime) -> Region:
    declared = {one.id: one for one in region.departments}
    here = {unit: dated for (code, unit), dated in versions.items() if code == region.code}
    order = [*declared, *(unit for unit in here if unit not in declared)]
    found = [one for unit in order if (one := _department(declared.get(unit), here.get(unit, ()), now)) is not None]
    return msgspec.structs.replace(region, departments=_with_new_duties(found, declared))


def _with_new_duties(found: list[Department], declared: Mapping[str, Department]) -> list[Department]:
    """A duty that a later version of the pack brought is its department's, unless somebody plays it already."""
    played = {role for one in found for role in one.roles}
    missing = {unit: [role for role in one.roles if role not in played] for unit, one in declared.items()}
    return [
        msgspec.structs.replace(one, roles=[*one.roles, *missing[one.id]]) if missing.get(one.id) else one
        for one in found
    ]


def _department(declared: Department | None, dated: Iterable[Unit], now: dt.datetime) -> Department | None:
    begun = [one for one in dated if one.since <= now]
    if not begun:
        return declared
    unit = begun[-1]
    if declared is None and unit.uscc is None:
        return None  # it performs no items
    base = declared or Department(unit.id, unit.name, unit.short, unit.uscc or "")
    if not unit.stands_at(now):
        return msgspec.structs.replace(base, name=unit.name, short=unit.short, roles=[])
    if unit.by_pack and declared is not None:
        return declared
    return msgspec.structs.replace(
        base, name=unit.name, short=unit.short, uscc=unit.uscc or base.uscc, roles=list(unit.roles),
        address=unit.address, phone=unit.phone, colour=unit.colour, division=unit.division,
    )  # fmt: skip
