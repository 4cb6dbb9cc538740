"""Back into an account that was lost, in a way that a thief can not use.

Online: the proofs of an identity, three days of waiting in which the owner is told by every channel and stops it with
one press, and then a code to the telephone on record. Whoever has only the telephone number, or only the numbers, gets
nowhere. At a window: a clerk sees the person and the card, another official confirms, and a link good for an hour is
printed. Officials are recovered by their administrator's invitation alone. Each step is a ledger entry.
"""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection, Database, platform_now
from tongban.basics.ids import new_id, new_secret
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.actions import digest_of, person_key
from tongban.parties.log_in.codes import check_code, send_code
from tongban.parties.log_in.errors import (
    NoTelephone,
    ProofsDiffer,
    RecoveryRefused,
    RecoveryUnfit,
    RecoveryWaits,
    SecondPersonNeeded,
)
from tongban.parties.log_in.invitations import invite
from tongban.parties.log_in.owners import earlier_hashes, mobile_of, owner_of, read_owner
from tongban.parties.log_in.passwords import KEPT, check_new, hash_password
from tongban.parties.log_in.proving import check_proofs
from tongban.parties.log_in.recording import note
from tongban.parties.log_in.throttling import PER_ACCOUNT, Limit, attempt, subject
from tongban.parties.log_in.verifiers import Verifiers
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import another, require, scope_of

WAITS, LASTS = timedelta(days=3), timedelta(days=7)
SLIP_LASTS = timedelta(hours=1)
"""How long the printed link of a window is good."""
_queries = load_queries("tongban.parties.log_in")


class Recovery(Struct, frozen=True):
    """A recovery that waits: from when it may be finished, and until when."""

    id: UUID
    account: UUID
    login: str
    ripe_at: datetime
    expires_at: datetime
    ripe: bool


class AtWindow(Struct, frozen=True):
    """What a second official is asked to confirm. ``own``: the reader asked for it and may not."""

    id: UUID
    login: str
    name: str
    asked_at: datetime
    own: bool


async def ask(
    database: Database,
    vault: Vault,
    verifiers: Verifiers,
    *,
    login: str,
    name: str,
    id_number: str,
    given: dict[str, str],
    source: str,
) -> str:
    """Ask to get back into ``login``; returns the secret of the page where it goes on. An earlier one is replaced.

    Raises ``RecoveryRefused`` alike for whatever does not fit, ``CodeError``, ``ProofsMissing``, ``RegisterSilent``,
    ``TooManyAttempts``.
    """
    number = resident_id.parse(id_number).code
    async with database.connection() as connection:
        await attempt(connection, [Limit(subject("recovery from", source), PER_ACCOUNT)])
        row = await _queries.owner_by_login(connection, login=login.strip().lower())
    try:
        await check_proofs(database, vault, verifiers, name.strip(), number, given, source)
    except ProofsDiffer:
        raise RecoveryRefused() from None
    owner = row is not None and row.id_key == person_key(vault, number) and row.name == name.strip()
    if row is None or not owner or row.official or mobile_of(row, vault) is None:
        raise RecoveryRefused()
    secret = new_secret()
    async with database.connection() as connection, connection.transaction():
        now = await platform_now(connection)
        await _queries.stop_recovery(connection, account=row.account, now=now)
        await _queries.put_recovery(
            connection, id=new_id(), account=row.account, way="proofs", digest=digest_of(secret), now=now, waits=WAITS,
            lasts=LASTS, region=None, department=None, asked_by=None,
        )  # fmt: skip
        await note(connection, "recovery_asked", row.account, now, way="proofs", proofs=sorted(given))
    return secret


async def read(connection: Connection, secret: str) -> Recovery:
    """The recovery behind ``secret``. Raises ``RecoveryUnfit``."""
    row = await _queries.recovery(connection, digest=digest_of(secret))
    if row is None:
        raise RecoveryUnfit()
    return Recovery(row.id, row.account, row.login, row.ripe_at, row.expires_at, row.ripe)


async def send(connection: Connection, vault: Vault, secret: str) -> None:
    """Send the code that finishing asks for. Raises ``RecoveryUnfit``, ``RecoveryWaits``, ``TooManyAttempts``."""
    found = await read(connection, secret)
    if not found.ripe:
        raise RecoveryWaits()
    mobile = mobile_of(await read_owner(connection, found.account), vault)
    if mobile is None:
        raise NoTelephone()
    bound = digest_of(secret)
    await send_code(connection, vault, mobile=mobile, bound_to=bound, use="recover", account=found.account)


async def finish(connection: Connection, vault: Vault, secret: str, code: str, password: str) -> UUID:
    """Set a new password; returns the account. Every session, code and passkey of it ends.

    Raises ``RecoveryUnfit``, ``RecoveryWaits``, ``PasswordUnfit``, ``CodeWrong``.
    """
    found = await read(connection, secret)
    if not found.ripe:
        raise RecoveryWaits()
    owner = await read_owner(connection, found.account)
    await check_new(password, owner_of(owner, vault), await earlier_hashes(connection, owner))
    await check_code(connection, vault, bound_to=digest_of(secret), use="recover", code=code)
    hashed = await hash_password(password)
    async with connection.transaction():
        now = await platform_now(connection)
        if await _queries.finish_recovery(connection, id=found.id, now=now) is None:
            raise RecoveryUnfit()
        await _queries.put_password(connection, account=found.account, password_hash=hashed, now=now, most=KEPT)
        await _queries.end_sessions(connection, account=found.account, but=None)
        await _queries.forget_second(connection, account=found.account)
        await _queries.forget_passkeys(connection, account=found.account)
        await note(connection, "recovery_done", found.account, now, way="proofs")
    return found.account


async def stop(connection: Connection, actor: Actor) -> bool:
    """The owner stops what waits; returns whether anything did."""
    async with connection.transaction():
        now = await platform_now(connection)
        stopped: int = await _queries.stop_recovery(connection, account=actor.account, now=now)
        if stopped:
            await note(connection, "recovery_stopped", actor.account, now, by=str(actor.account))
    return stopped > 0


async def waiting_for(connection: Connection, account: UUID) -> datetime | None:
    """From when somebody may finish a recovery of ``account``, or None when nobody asked."""
    row = await _queries.waiting_recovery(connection, account=account)
    return None if row is None else row.ripe_at


async def ask_at_window(
    connection: Connection, vault: Vault, clerk: Actor, subject_: Subject, *, login: str, name: str, id_number: str
) -> UUID:
    """A clerk saw the person and the card: the account is theirs, and another official is to confirm it.

    ``subject_``: the clerk's region and department. Raises ``NotAllowed``, ``CodeError``, ``RecoveryRefused``.
    """
    require(clerk, "recovery.ask", subject_)
    try:
        number = resident_id.parse(id_number).code
    except CodeError as error:
        raise type(error)("id_number", **error.data) from None
    row = await _queries.owner_by_login(connection, login=login.strip().lower())
    fits = row is not None and row.id_key == person_key(vault, number) and row.name == name.strip()
    if row is None or not fits or row.official:
        raise RecoveryRefused("login")
    recovery = new_id()
    async with connection.transaction():
        now = await platform_now(connection)
        await _queries.stop_recovery(connection, account=row.account, now=now)
        await _queries.put_recovery(
            connection, id=recovery, account=row.account, way="window", digest=None, now=now, waits=timedelta(0),
            lasts=SLIP_LASTS, region=subject_.region, department=subject_.department, asked_by=clerk.account,
        )  # fmt: skip
        await note(connection, "recovery_asked", row.account, now, way="window", by=str(clerk.account))
    return recovery


async def confirm_at_window(connection: Connection, official: Actor, recovery: UUID) -> str:
    """Another official confirms; returns the secret of the link that is printed.

    Raises ``RecoveryUnfit``, ``NotAllowed``, ``SecondPersonNeeded``.
    """
    async with connection.transaction():
        row = await _queries.one_at_window(connection, id=recovery)
        if row is None:
            raise RecoveryUnfit()
        about = Subject(region=row.region, department=row.department)
        require(official, "recovery.confirm", about)
        if not another(official, "recovery.confirm", about, row.asked_by):
            raise SecondPersonNeeded()
        now = await platform_now(connection)
        await _queries.confirm_recovery(connection, id=recovery, by=official.account, now=now)
        await note(connection, "recovery_confirmed", row.account, now, way="window", by=str(official.account))
        return await invite(connection, row.account, "recovery", official.account, SLIP_LASTS)


async def at_window(connection: Connection, actor: Actor, region: str) -> list[AtWindow]:
    """What ``actor`` may see waiting for a second official: at the own window, or in the region one administers.

    Raises ``NotAllowed``.
    """
    scope = scope_of(actor, "recovery.confirm", region)
    departments, everywhere = list(scope.departments), scope.everywhere
    rows = _queries.at_window(connection, region=region, departments=departments, everywhere=everywhere)
    return [AtWindow(r.id, r.login, r.name, r.asked_at, r.asked_by == actor.account) async for r in rows]
