"""Who belongs: take on an official, say how they are reached, and let them leave, after which nothing opens any more.

Called by the administrators' pages, the API, the import and SCIM. Leaving ends posts, leaves, sessions and tokens in
one transaction: the next request is refused. Whoever had an account as a citizen keeps that, and only that.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.faults import Fault
from tongban.basics.ids import new_id
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.actions import person_key
from tongban.parties.models import Particulars, Subject
from tongban.parties.organisation.errors import LoginTaken, OfficialUnknown, Unfit, unfit
from tongban.parties.organisation.models import Contact, Holding, Official
from tongban.parties.organisation.posts import (
    Giving,
    OpenWork,
    hand_over,
    nothing_open,
    one_official,
    spare_last_administrator,
)
from tongban.parties.organisation.recording import By, holdings_of, lock, must, note, queries
from tongban.parties.rules import may

NO_PASSWORD = "!"
"""Stored until an invitation is taken up: no password gives this hash."""
_PHONE = re.compile(r"[0-9+\-() ]{0,30}")
_EMAIL = re.compile(r"[^@\s\x00]{1,64}@[^@\s\x00]{1,190}")
_identities = load_queries("tongban.parties")

Login = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._@-]{1,62}$")]
PersonName = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^\u0000]*$")]


class OfficialWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to be taken on. Without ``id_number`` the account serves the office alone, until one is given.

    ``external_id`` is what an institution's system calls the person.
    """

    login: Login
    name: PersonName
    id_number: str | None = None
    contact: Contact = Contact()
    external_id: str | None = None


class TakenOn(Struct, frozen=True):
    """Who was taken on. ``new``: the account was opened now, so an invitation is due."""

    account: UUID
    new: bool


def contact_faults(contact: Contact) -> list[Fault]:
    """What is wrong with how somebody is reached."""
    found = [
        Fault(name, f"“{value}”不是电话号码", f"“{value}” is no telephone number")
        for name, value in (("phone", contact.phone), ("mobile", contact.mobile))
        if not _PHONE.fullmatch(value)
    ]
    if contact.email and not _EMAIL.fullmatch(contact.email):
        found.append(Fault("email", f"“{contact.email}”不是邮箱地址", f"“{contact.email}” is no mail address"))
    if len(contact.room) > 100:
        found.append(Fault("room", "房间最多 100 字", "At most 100 characters"))
    return found


def _context(region: str, account: UUID) -> bytes:
    return f"staff {region} {account}".encode()


SEALED = SealedColumn("staff", "sealed", ("region", "account"), lambda row: _context(row.region, row.account))


def seal_contact(vault: Vault, region: str, account: UUID, contact: Contact) -> bytes:
    """How somebody is reached, as it is stored."""
    return vault.seal(msgspec.json.encode(contact), _context(region, account))


def open_contact(vault: Vault, region: str, account: UUID, sealed: bytes | None) -> Contact:
    """How somebody is reached; nothing where nothing was said."""
    return msgspec.json.decode(vault.open(sealed, _context(region, account)), type=Contact) if sealed else Contact()


async def take_on(
    connection: Connection, vault: Vault, by: By, region: str, wish: OfficialWish, now: dt.datetime
) -> TakenOn:
    """Take somebody on: an account with this log-in name, or the one the person has. Posts are given apart.

    Raises ``NotAllowed``, ``Unfit`` for a wrong number, ``LoginTaken``.
    """
    must(by, "staff.register", region)
    particulars = _particulars(wish)
    if faults := contact_faults(wish.contact):
        raise Unfit(faults)
    async with connection.transaction():
        await lock(connection, region)
        account, new = await _account(connection, vault, wish, particulars, region)
        contact = None if wish.contact == Contact() else seal_contact(vault, region, account, wish.contact)
        await queries.put_staff(
            connection, region=region, account=account, sealed=contact, external=wish.external_id,
            pending=particulars is None, now=now,
        )  # fmt: skip
        await queries.enable_account(connection, account=account)
        await note(connection, by, region, "staff.registered", account, now, new=new)
    return TakenOn(account, new)


def _particulars(wish: OfficialWish) -> Particulars | None:
    if not wish.id_number:
        return None
    try:
        number = resident_id.parse(wish.id_number.upper())
    except CodeError:
        raise unfit("id_number", "身份证号不对，请核对 18 位数字和校验码", "The identity number is wrong") from None
    return Particulars(number.code, number.birth, number.sex)


async def _account(
    connection: Connection, vault: Vault, wish: OfficialWish, particulars: Particulars | None, region: str
) -> tuple[UUID, bool]:
    """The account behind the log-in name, which must be the same person's if it is there.

    Without a number only an office's own account or one of the region's staff is meant: nobody takes a citizen's
    account on by knowing what she is called and how she signs in.
    """
    named = await queries.account_named(connection, login=wish.login, region=region)
    nameless = person_key(vault, f"OFFICE {region} {wish.login}")
    key = person_key(vault, particulars.id_number) if particulars else nameless
    if named is None:
        return await _open_account(connection, vault, wish, key, particulars), True
    if particulars is None and named.name == wish.name and (named.here or named.id_key == nameless):
        return named.id, False
    if particulars is None or named.id_key not in (key, nameless):
        raise LoginTaken("login", login=wish.login)
    if named.id_key == nameless:
        await _identify(connection, vault, named.id, wish.name, key, particulars)
    return named.id, False


async def _open_account(
    connection: Connection, vault: Vault, wish: OfficialWish, key: bytes, particulars: Particulars | None
) -> UUID:
    """An account that only an invitation opens. Who has no number yet is known by region and log-in name."""
    person = await _put_person(connection, vault, wish.name, key, particulars or Particulars(id_number=""))
    account: UUID = await _identities.put_account(
        connection, id=new_id(), login=wish.login, person=person, password_hash=NO_PASSWORD
    )
    if particulars is None:
        await queries.declared_only(connection, account=account)
    return account


async def _put_person(connection: Connection, vault: Vault, name: str, key: bytes, particulars: Particulars) -> UUID:
    sealed = vault.seal(msgspec.json.encode(particulars), key)
    person: UUID = await _identities.put_person(connection, id=new_id(), id_key=key, name=name, sealed=sealed)
    return person


async def _identify(
    connection: Connection, vault: Vault, account: UUID, name: str, key: bytes, particulars: Particulars
) -> None:
    """The number of somebody who had none: the account is that person's from now on."""
    person = await _put_person(connection, vault, name, key, particulars)
    await queries.identify(connection, account=account, person=person)


def wish_of(plain: Mapping[str, object], contact: Contact) -> OfficialWish:
    """What a form asks for. Raises ``Unfit`` for a log-in name or name that can not be."""
    try:
        return msgspec.structs.replace(msgspec.convert(plain, OfficialWish), contact=contact)
    except msgspec.ValidationError as error:
        if "$.login" in str(error):
            zh = "登录名至少 2 位，只含小写字母、数字和 . _ @ -"
            raise unfit("login", zh, "A log-in name: letters, digits and . _ @ -") from None
        raise unfit("name", "请填写姓名，最多 50 字", "Give the name, at most 50 characters") from None


async def note_invited(connection: Connection, region: str, account: UUID, now: dt.datetime) -> None:
    """Remember that somebody was sent a link for the first sign-in."""
    await queries.invited(connection, region=region, account=account, now=now)


async def read_official(connection: Connection, vault: Vault, region: str, account: UUID) -> Official:
    """One official with every post held, past ones too. Raises ``OfficialUnknown``."""
    rows = [row async for row in queries.officials(connection, **one_official(region, account))]
    if not rows:
        raise OfficialUnknown()
    held = await holdings_of(connection, region, account=account)
    return to_official(vault, rows[0], held)


def to_official(vault: Vault, row: object, held: list[Holding]) -> Official:
    """An official of a row of ``officials``."""
    columns: Mapping[str, object] = row._asdict()  # type: ignore[attr-defined]
    plain = {name: value for name, value in columns.items() if name not in ("sealed", "id_key")}
    official = Official(**plain)  # type: ignore[arg-type]
    sealed: bytes | None = columns["sealed"]  # type: ignore[assignment]
    contact = open_contact(vault, official.region, official.account, sealed)
    return msgspec.structs.replace(official, contact=contact, holdings=tuple(held))


async def change(
    connection: Connection,
    vault: Vault,
    by: By,
    region: str,
    account: UUID,
    now: dt.datetime,
    *,
    name: str | None = None,
    contact: Contact | None = None,
    external_id: str | None = None,
) -> None:
    """Say how somebody is reached (oneself may), or what they are called (administrators). What is None stays.

    Raises ``NotAllowed``, ``OfficialUnknown``, ``Unfit``.
    """
    own = by is not None and by.account == account
    if not own or name is not None or external_id is not None:
        must(by, "staff.register", region)
    if contact is not None and (faults := contact_faults(contact)):
        raise Unfit(faults)
    async with connection.transaction():
        before = await read_official(connection, vault, region, account)
        sealed = seal_contact(vault, region, account, contact) if contact is not None else None
        await queries.touch_staff(
            connection, region=region, account=account, now=now, sealed=sealed, external=external_id
        )
        if name and name != before.name:
            await queries.rename_person(connection, account=account, name=name)
        await note(connection, by, region, "staff.changed", account, now, renamed=bool(name and name != before.name))


async def leave_office(
    connection: Connection,
    by: By,
    region: str,
    account: UUID,
    now: dt.datetime,
    giving: Giving | None = None,
    open_work: OpenWork = nothing_open,
) -> None:
    """Let somebody leave: posts, substitutions, sessions and tokens end now; what is open is handed over.

    Raises ``NotAllowed`` (also for oneself), ``OfficialUnknown``, ``ReceiverNeeded``, ``LastAdministrator``.
    """
    held = [
        one for one in await holdings_of(connection, region, account=account) if one.until is None or one.until > now
    ]
    departments = sorted({one.department for one in held})
    for department in departments or ("",):
        must(by, "staff.leave", region, department)
    provisions = by is not None and may(by, "directory.provision", Subject(region=region))
    # A system of record that says somebody left is believed at once; an official needs the right over such posts.
    if any(one.role in ("administrator", "supervisor") for one in held) and not provisions:
        must(by, "post.govern", region)
    async with connection.transaction():
        await lock(connection, region)
        if not [row async for row in queries.officials(connection, **one_official(region, account))]:
            raise OfficialUnknown()
        await spare_last_administrator(connection, region, account, held)
        await queries.end_posts(connection, region=region, account=account, at=now)
        await queries.end_leaves_with(connection, region=region, account=account, at=now)
        await queries.left_office(connection, region=region, account=account, at=now)
        await queries.end_sessions(connection, account=account)
        await note(connection, by, region, "staff.left", account, now, posts=[str(one.id) for one in held])
        for department in departments:
            await hand_over(connection, by, region, account, department, giving, now, open_work)


async def come_back(connection: Connection, by: By, region: str, account: UUID, now: dt.datetime) -> None:
    """Somebody who left belongs again, without any post. Raises ``NotAllowed``."""
    must(by, "staff.register", region)
    async with connection.transaction():
        await queries.put_staff(
            connection, region=region, account=account, sealed=None, external=None, pending=False, now=now
        )
        await queries.enable_account(connection, account=account)
        await note(connection, by, region, "staff.returned", account, now)


async def rename_login(
    connection: Connection, by: By, region: str, account: UUID, login: str, now: dt.datetime
) -> None:
    """Give somebody another log-in name. Raises ``NotAllowed``, ``LoginTaken``, ``Unfit``."""
    must(by, "staff.register", region)
    wanted = wish_of({"login": login, "name": "-"}, Contact()).login
    async with connection.transaction():
        if await queries.rename_login(connection, account=account, login=wanted) is None:
            raise LoginTaken("login", login=wanted)
        await note(connection, by, region, "staff.changed", account, now, login=True)


async def remove(connection: Connection, by: By, region: str, account: UUID, now: dt.datetime) -> None:
    """Somebody leaves and is gone from the system that provisions the directory; what they did stays known.

    Raises as ``leave_office`` does.
    """
    async with connection.transaction():
        await leave_office(connection, by, region, account, now)
        await queries.removed(connection, region=region, account=account, at=now)


async def call_externally(connection: Connection, by: By, region: str, account: UUID, external: str | None) -> None:
    """Note what an institution's system calls somebody. Raises ``NotAllowed``."""
    must(by, "staff.register", region)
    await queries.set_external(connection, region=region, account=account, external=external)
