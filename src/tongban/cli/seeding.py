"""Put the invented people, licences and records of the packs into a demonstration; once, never elsewhere.

Called by ``tongban run``. Everything is invented; identity numbers are valid so that every check is real.
"""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tongban.assembly.definitions import Person, Records, SeedLicence
from tongban.assembly.platform import Platform
from tongban.basics.calendar import local_day
from tongban.basics.codes import resident_id
from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.licences.actions import insert, prepare_issue
from tongban.licences.models import Holder
from tongban.parties.actions import appoint, register
from tongban.parties.models import Particulars, Post
from tongban.resources.actions import propose_grants

PASSWORD = "tongban-2026"
"""Every demonstration account's password; printed at every start, of no use anywhere else."""


async def seed_people(connection: Connection, vault: Vault, people: Iterable[Person], region: str) -> None:
    """Register people with accounts and posts in ``region``."""
    for person in people:
        account = await register(
            connection,
            vault,
            name=person.name,
            particulars=particulars_of(person),
            login=person.account,
            password=PASSWORD if person.account else None,
        )
        for department, role in person.posts.items() if account else ():
            assert account is not None
            await appoint(
                connection, account, msgspec.convert({"region": region, "department": department, "role": role}, Post)
            )


def particulars_of(person: Person) -> Particulars:
    """What the identity number says, and the rest as declared."""
    number = resident_id.parse(person.id_number)
    return Particulars(
        id_number=number.code,
        birth_date=number.birth,
        sex=number.sex,
        nationality=person.nationality,
        household=person.household,
        mobile=person.mobile,
    )


async def seed_licences(
    connection: Connection, vault: Vault, platform: Platform, licences: Iterable[SeedLicence], region: str
) -> None:
    """Issue the licences that demonstration people already hold."""
    now = await platform_now(connection)
    for seed in licences:
        kind = platform.licence_types[seed.licence]
        issuer = platform.directory.department_for(region, kind.issuer)
        holder = Holder(name=seed.holder_name, id_number=seed.holder_id)
        await insert(connection, prepare_issue(region, kind, holder, issuer, seed.data, now, vault, new_id()))


async def seed_demonstration(connection: Connection, vault: Vault, platform: Platform) -> bool:
    """Seed an empty demonstration, all or nothing; False when people are there already."""
    cursor = await connection.execute("SELECT EXISTS (SELECT 1 FROM accounts)")
    row = await cursor.fetchone()
    if row is not None and row[0]:
        return False
    region = next(iter(platform.directory.regions))
    async with connection.transaction():
        await seed_people(connection, vault, platform.seeds.people, region)
        await seed_licences(connection, vault, platform, platform.seeds.licences, region)
    return True


async def propose_all_grants(connection: Connection, platform: Platform) -> None:
    """The grants that installed journeys need, in every region; harmless when they stand."""
    now: dt.datetime = await platform_now(connection)
    for region in platform.directory.regions:
        for pack, version in platform.packs.items():
            needs = [g for g in platform.grants if platform.catalogue.journey(g.journey).pack == pack]
            await propose_grants(connection, region, needs, platform.directory, pack, version, now)


def write_records(folder: Path, records: Records) -> Path:
    """The records of one departmental system as the file that seeds its own storage."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "records.json"
    path.write_bytes(msgspec.json.encode(records.on(local_day(dt.datetime.now(dt.UTC)))))
    return path
