"""Guardians who are no parents, of children and of adults without full capacity: entered at a window by two officials.

One sees the persons' cards and the judgment or certificate and enters it, another of the same window confirms; neither
is ward or guardian. It ends on the day it was given, a child's when it is of age at the latest, or when an official of
the window ends it. Called by the desk's page, the API and the tests; who may says the checkpoint.
"""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from tongban.basics.calendar_file import NATION
from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.codes.resident_id import ResidentId
from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.parties.assisting.actions import throttle
from tongban.parties.assisting.errors import CardNotSeen, NameDiffers
from tongban.parties.guarding.errors import Concerned, GuardianStands, GuardianUnknown, WardUnfit
from tongban.parties.guarding.rules import appointed_until
from tongban.parties.keeping.actions import Kept, account_for
from tongban.parties.log_in.errors import SecondPersonNeeded
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import another, require, scope_of

Basis = Literal["court-order", "certificate"]
"""What appoints: a court's judgment, or the certificate of a body that may appoint."""
Reason = Literal["capacity", "replaced", "mistaken"]
"""Why it ends: the ward has capacity again, somebody else was appointed, it should never have been entered."""
WAITS = dt.timedelta(days=1)
"""How long what was entered waits for the second official."""
SHORTEST, LONGEST = 4, 60
"""Characters of a judgment's or certificate's number."""
SEALED = SealedColumn("appointed_guardians", "sealed", ("id",), lambda row: bytes(row.id.bytes))
_queries = load_queries("tongban.parties.guarding")
_basics = load_queries("tongban.basics")


class Proposal(Struct, frozen=True, forbid_unknown_fields=True):
    """What an official enters: ward and guardian as on their cards, ``document`` the number of what appoints.

    ``last_day``: until which day, in China. ``seen``: cards and document were seen.
    """

    ward_name: str
    ward_number: str
    guardian_name: str
    guardian_number: str
    basis: Basis
    document: str
    last_day: dt.date
    seen: bool = False


class Appointed(Struct, frozen=True):
    """A guardian at a window. ``document`` is shown while it waits; ``own``: the reader entered it."""

    id: UUID
    department: str
    ward: str
    guardian: str
    basis: Basis
    until: dt.datetime
    asked_at: dt.datetime
    stands: bool
    own: bool
    document: str | None = None


class Guardian(Struct, frozen=True):
    """Who acts for a person now. ``source``: the register that said so, or the basis of an appointment."""

    name: str
    relation: Literal["mother", "father", "guardian"]
    source: str
    until: dt.datetime


async def propose(
    connection: Connection, vault: Vault, official: Actor, window: Subject, said: Proposal, now: dt.datetime
) -> UUID:
    """Enter a guardian at ``window`` (region and department); returns the id that another official confirms.

    Raises ``NotAllowed``, ``CardNotSeen``, ``CodeError``, ``NameDiffers``, ``WardUnfit``, ``Concerned``,
    ``TooManyAttempts``.
    """
    require(official, "guardian.propose", window)
    if not said.seen:
        raise CardNotSeen("seen")
    ward_number, guardian_number = _number(said.ward_number, "ward"), _number(said.guardian_number, "guardian")
    document = said.document.strip()
    if not SHORTEST <= len(document) <= LONGEST:
        raise WardUnfit("document", zh="请照文书填写编号", en="Give the number as on the document")
    until = appointed_until(ward_number, guardian_number, said.last_day, now)
    await throttle(connection, official)
    async with connection.transaction():
        ward = await _person(connection, vault, ward_number, said.ward_name, "ward")
        guardian = await _person(connection, vault, guardian_number, said.guardian_name, "guardian")
        if official.person in (ward.person, guardian.person):
            raise Concerned()
        identifier = new_id()
        await _queries.propose(
            connection, id=identifier, region=window.region, department=window.department, ward=ward.person,
            guardian=guardian.person, basis=said.basis, sealed=vault.seal(document.encode(), identifier.bytes),
            until=until, by=official.account, now=now, waits=WAITS,
        )  # fmt: skip
        row = await _queries.appointed(connection, id=identifier, now=now)
        await _note(connection, official, "proposed", row, now)
    return identifier


def _number(given: str, who: str) -> ResidentId:
    try:
        return resident_id.parse(given)
    except CodeError as error:
        raise type(error)(f"{who}_number", **error.data) from None


async def _person(connection: Connection, vault: Vault, number: ResidentId, name: str, who: str) -> Kept:
    """Whoever has ``number``, with an account kept for them if they have none. Raises ``NameDiffers``."""
    given = "".join(name.split())
    if not given:
        raise NameDiffers(f"{who}_name")
    found = await account_for(connection, vault, number, given)
    if found.name != given:
        raise NameDiffers(f"{who}_name")
    return found


async def confirm(connection: Connection, official: Actor, appointed: UUID, now: dt.datetime) -> None:
    """Another official of the same window confirms; the guardian acts from this moment.

    Raises ``GuardianUnknown``, ``NotAllowed``, ``SecondPersonNeeded``, ``Concerned``, ``GuardianStands``.
    """
    async with connection.transaction():
        row = await _open(connection, official, "guardian.confirm", appointed, now)
        if row.confirmed_at is not None:
            raise GuardianUnknown()
        window = Subject(region=row.region, department=row.department)
        if not another(official, "guardian.confirm", window, row.asked_by):
            raise SecondPersonNeeded()
        await _queries.confirm(connection, id=row.id, by=official.account, now=now)
        made = await _queries.appoint(
            connection, id=row.id, ward=row.ward, guardian=row.guardian, basis=row.basis, now=now, until=row.until
        )
        if made is None:
            raise GuardianStands()
        await _note(connection, official, "confirmed", row, now)


async def end(connection: Connection, official: Actor, appointed: UUID, reason: Reason, now: dt.datetime) -> None:
    """An official of the window ends it, or takes back what waits: at once; open drafts stay the ward's.

    Raises ``GuardianUnknown``, ``NotAllowed``, ``Concerned``.
    """
    async with connection.transaction():
        row = await _open(connection, official, "guardian.end", appointed, now)
        await _queries.end_appointed(connection, id=row.id, by=official.account, now=now, reason=reason)
        await _note(connection, official, "ended" if row.confirmed_at else "taken_back", row, now, reason=reason)


async def _open(connection: Connection, official: Actor, action: str, appointed: UUID, now: dt.datetime) -> Any:
    """What ``official`` may do ``action`` to, locked. Raises ``GuardianUnknown``, ``NotAllowed``, ``Concerned``."""
    row = await _queries.appointed(connection, id=appointed, now=now)
    if row is None or not row.open:
        raise GuardianUnknown()
    require(official, action, Subject(region=row.region, department=row.department))
    if official.person in (row.ward, row.guardian):
        raise Concerned()
    return row


async def _note(connection: Connection, official: Actor, act: str, row: Any, now: dt.datetime, **more: object) -> None:
    """Record ``guardianship.<act>`` about the ward, without names or numbers; tell both once it stands or ends."""
    facts: dict[str, object] = {
        "appointed": str(row.id),
        "guardian": str(row.guardian_account),
        "by": str(official.account),
    }
    facts |= {"basis": row.basis, "until": row.until.isoformat(), **more}
    entry = prepare(NATION, f"guardianship.{act}", row.ward_account, facts, now, person_key=row.ward_key)
    await record(connection, entry)
    if act in ("confirmed", "ended"):
        told: dict[str, object] = {"accounts": [str(one) for one in (row.ward_account, row.guardian_account) if one]}
        told |= {"subject": str(row.ward_account), "enterprise": False, "capacity": "guardian"}
        told |= {"for_name": row.ward_name, "name": row.guardian_name}
        await _basics.put_message(connection, region=NATION, id=entry.id, topic=entry.kind, payload=Jsonb(told))


async def at_window(connection: Connection, vault: Vault, actor: Actor, region: str) -> list[Appointed]:
    """What waits and stands at the windows of ``region`` where ``actor`` receives people. Raises ``NotAllowed``."""
    scope = scope_of(actor, "guardian.confirm", region)
    rows = _queries.at_window(connection, region=region, departments=list(scope.departments))
    return [
        Appointed(
            row.id, row.department, row.ward, row.guardian, row.basis, row.until, row.asked_at, row.stands,
            row.asked_by == actor.account,
            None if row.stands else vault.open(row.sealed, row.id.bytes).decode(),
        )
        async for row in rows
    ]  # fmt: skip


async def guardians_of(connection: Connection, account: UUID) -> list[Guardian]:
    """Who acts for the person with ``account`` now, as parent or guardian: for that person's own page."""
    rows = _queries.guardians_of(connection, account=account)
    return [Guardian(row.name, row.relation, row.source, row.until) async for row in rows]
