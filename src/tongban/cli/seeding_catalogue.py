"""Propose the resources of packs in the catalogue, and fill the catalogue of a demonstration.

Called by ``seeding``. What packs declare is proposed everywhere; invented entries are entered and published once, in
a demonstration, as if that had happened a year before, so that what nobody uses shows as idle.
"""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

import msgspec

from tongban.assembly.platform import Platform
from tongban.basics.calendar import local_day
from tongban.basics.database import Connection, platform_now
from tongban.resources.catalogue import rules
from tongban.resources.catalogue.actions import (
    Doer,
    hand_in,
    locked,
    newest,
    propose,
    propose_resources,
    put_published,
    queries,
    revise,
)
from tongban.resources.catalogue.definitions import ResourceContent, SeedEntry, Used
from tongban.resources.catalogue.uses import first_month

YEAR_BEFORE = dt.timedelta(days=400)
NOBODY = UUID(int=0)
"""Who reported the invented use."""


async def propose_catalogue(connection: Connection, platform: Platform, now: dt.datetime) -> None:
    """The resources that packs declare, as entries of the catalogue of every region; harmless when they stand."""
    for region in platform.directory.regions:
        for pack, resources in platform.declared.items():
            await propose_resources(connection, region, resources, platform.directory, pack, now)


async def seed_catalogue(connection: Connection, platform: Platform, seats: Mapping[str, str]) -> None:
    """Enter the invented entries of the packs; ``seats`` says in which region each department is."""
    now = await platform_now(connection)
    before = now - YEAR_BEFORE
    await propose_catalogue(connection, platform, before)
    doer = Doer(pack="demonstration")
    for seed in platform.seeds.catalogue:
        if seed.describes is not None:
            for region in platform.directory.regions:
                await _describe(connection, region, seed, doer, before)
        else:
            await _enter(connection, seats[seed.provider], seed, doer, before, now)
    for region in platform.directory.regions:
        for resource in platform.resources:
            await _publish(connection, region, resource, doer, before)


async def _describe(connection: Connection, region: str, seed: SeedEntry, doer: Doer, at: dt.datetime) -> None:
    row = await queries.entry_of_resource(connection, region=region, resource=seed.describes)
    if row is not None:
        entry = await locked(connection, region, row.id)
        content = await newest(connection, entry)
        assert isinstance(content, ResourceContent)
        classed = msgspec.structs.replace(content, category=seed.category or "")
        await revise(connection, entry, classed, doer, "proposed", at)


async def _enter(
    connection: Connection, region: str, seed: SeedEntry, doer: Doer, at: dt.datetime, now: dt.datetime
) -> None:
    (content,) = seed.contents
    entry_id = await propose(connection, region, seed.provider, content, doer, "proposed", at)
    if seed.state == "waiting":
        await hand_in(connection, await locked(connection, region, entry_id), doer, now)
    if seed.state == "published":
        await put_published(connection, await locked(connection, region, entry_id), doer, at)
    if seed.updated_days_ago is not None:
        day = local_day(now) - dt.timedelta(days=seed.updated_days_ago)
        await queries.put_updated(connection, region=region, id=entry_id, day=day)
    if seed.used is not None:
        await _report(connection, region, entry_id, seed.used, now)


async def _report(connection: Connection, region: str, entry_id: UUID, used: Used, now: dt.datetime) -> None:
    """A year of monthly use, a little more and a little less, the last in the month ``last`` months ago."""
    today = local_day(now)
    for back in range(used.last, 12):
        month = first_month(today, back)
        last = min(today, month + dt.timedelta(days=20))
        values = {"uses": used.monthly + used.monthly * (back * 7 % 5 - 2) // 40, "users": used.users}
        place = {"region": region, "entry": entry_id, "month": month, "last_used": last}
        await queries.put_report(connection, **place, **values, person=NOBODY, now=now)


async def _publish(connection: Connection, region: str, resource: str, doer: Doer, at: dt.datetime) -> None:
    """Publish a pack's resource where nothing is missing in its description."""
    row = await queries.entry_of_resource(connection, region=region, resource=resource)
    if row is None or row.published is not None:
        return
    entry = await locked(connection, region, row.id)
    if not rules.faults(await newest(connection, entry)):
        await put_published(connection, entry, doer, at)
