"""Put the invented people, enterprises, licences and records of the packs into a demonstration; once, never elsewhere.

Called by ``tongban run``. Everything is invented; identity numbers are valid so that every check is real.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from tongban.assembly.definitions import Person, Records, SeedCredit, SeedEnterprise, SeedLicence
from tongban.assembly.platform import Platform
from tongban.basics.calendar import CST, local_day
from tongban.basics.codes import resident_id
from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.cases.actions.pledges import record_bad_credit
from tongban.cli.seeding_catalogue import propose_catalogue, seed_catalogue
from tongban.licences.actions import insert, prepare_issue
from tongban.licences.models import Holder, HolderKind
from tongban.parties.actions import appoint, person_key, register
from tongban.parties.enterprises import authorise, party_key, register_enterprise
from tongban.parties.log_in.passwords import hash_password
from tongban.parties.models import EnterpriseParticulars, Particulars, Post
from tongban.parties.organisation.units import adopt
from tongban.resources.actions import propose_grants

PASSWORD = "tongban-2026"
"""Every demonstration account's password; printed at every start, of no use anywhere else."""


async def seed_people(
    connection: Connection, vault: Vault, people: Iterable[Person], regions: Mapping[str, str]
) -> None:
    """Register people with accounts and posts; ``regions`` says in which region each department is."""
    hashed = await hash_password(PASSWORD)  # the same for all, as the password is: one costs a tenth of a second
    for person in people:
        account = await register(
            connection,
            vault,
            name=person.name,
            particulars=particulars_of(person),
            login=person.account,
            password_hash=hashed if person.account else None,
        )
        for department, role in person.posts.items() if account else ():
            assert account is not None
            await appoint(
                connection,
                account,
                msgspec.convert({"region": regions[department], "department": department, "role": role}, Post),
            )


async def seed_enterprises(
    connection: Connection, vault: Vault, enterprises: Iterable[SeedEnterprise], people: Iterable[Person]
) -> None:
    """Register enterprises, with the people who may act for them. The people were registered before."""
    numbers = {person.name: person.id_number for person in people}
    for one in enterprises:
        particulars = EnterpriseParticulars(one.uscc, one.legal_representative, one.address, one.scope)
        enterprise = await register_enterprise(connection, vault, name=one.name, particulars=particulars)
        key = person_key(vault, numbers[one.legal_representative])
        await authorise(connection, enterprise, key, "legal-representative", _midnight(one.established))
        for handler in one.handlers:
            key, until = person_key(vault, numbers[handler.person]), handler.until
            ends = _midnight(until + dt.timedelta(days=1)) if until else None
            await authorise(connection, enterprise, key, "handler", _midnight(handler.since), ends)


def _midnight(day: dt.date) -> dt.datetime:
    """The beginning of ``day`` in China."""
    return dt.datetime.combine(day, dt.time(), CST)


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
    """Issue the licences that the people and enterprises of the demonstration already hold."""
    now = await platform_now(connection)
    for seed in licences:
        kind = platform.licence_types[seed.licence]
        issuer = platform.directory.department_for(region, kind.issuer)
        held_by: HolderKind = "organisation" if seed.holder_kind == "enterprise" else "person"
        holder = Holder(name=seed.holder_name, id_number=seed.holder_id, kind=held_by)
        await insert(connection, prepare_issue(region, kind, holder, issuer, seed.data, now, vault, new_id()))


async def seed_credit(
    connection: Connection, vault: Vault, records: Iterable[SeedCredit], regions: Mapping[str, str]
) -> None:
    """Record the bad credit of invented parties where the department that recorded it is."""
    for record in records:
        kind: HolderKind = "person" if record.holder_kind == "person" else "organisation"
        await record_bad_credit(
            connection,
            region=regions[record.department],
            person_key=party_key(vault, kind, record.holder_id),
            kind=record.kind,
            department=record.department,
            reasons=record.reasons,
            recorded_on=record.recorded_on,
            repaired_on=record.repaired_on,
        )


async def seed_demonstration(connection: Connection, vault: Vault, platform: Platform) -> bool:
    """Seed an empty demonstration, all or nothing; False when people are there already."""
    cursor = await connection.execute("SELECT EXISTS (SELECT 1 FROM accounts)")
    row = await cursor.fetchone()
    if row is not None and row[0]:
        return False
    region = next(iter(platform.directory.regions))
    async with connection.transaction():
        await seed_people(connection, vault, platform.seeds.people, seats(platform))
        await seed_enterprises(connection, vault, platform.seeds.enterprises, platform.seeds.people)
        await seed_licences(connection, vault, platform, platform.seeds.licences, region)
        await seed_credit(connection, vault, platform.seeds.credit, seats(platform))
        await seed_catalogue(connection, platform, seats(platform))
    return True


def seats(platform: Platform) -> dict[str, str]:
    """Department → region. The first region of several in which a department of that id stands."""
    found = [(d.id, code) for code, region in platform.directory.regions.items() for d in region.departments]
    return dict(reversed(found))


async def propose_all_grants(connection: Connection, platform: Platform) -> None:
    """What follows from installed packs in every region: their departments in the organisation, their resources in the
    catalogue, the grants they need.

    Harmless when it stands.
    """
    now: dt.datetime = await platform_now(connection)
    await adopt(connection, platform.directory, now)
    await propose_catalogue(connection, platform, now)
    for region in platform.directory.regions:
        for pack, version in platform.packs.items():
            await propose_grants(
                connection, region, platform.needs.get(pack, ()), platform.directory, pack, version, now
            )


def write_records(folder: Path, records: Records) -> Path:
    """The records of one departmental system as the file that seeds its own storage."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "records.json"
    path.write_bytes(msgspec.json.encode(records.on(local_day(dt.datetime.now(dt.UTC)))))
    return path
