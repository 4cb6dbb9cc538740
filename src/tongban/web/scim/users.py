"""Officials as SCIM users: what is shown of one, and which verbs a change comes to.

Whatever a system says beyond what the directory needs is kept with the official in its own words and given back.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from scim2_models import GroupMembership, Meta, NotFoundException, UniquenessException

from tongban.basics.database import Connection
from tongban.basics.vault import Vault
from tongban.parties.actions import Signed
from tongban.parties.organisation import staff
from tongban.parties.organisation.errors import OfficialUnknown
from tongban.parties.organisation.models import REACHED, Contact, Holding, Official, Unit
from tongban.parties.organisation.reading import every_official, person_by_login
from tongban.parties.organisation.recording import units_of
from tongban.parties.organisation.rules import held_at, standing
from tongban.parties.organisation.staff import contact_faults
from tongban.web.scim.shapes import User
from tongban.web.scim.versions import versioned

_EXACTLY = re.compile(r'\s*userName\s+eq\s+"([^"\\]{1,64})"\s*', re.IGNORECASE)


class Users:
    """The officials of one region, for the system behind ``signed``."""

    shape = User

    def __init__(self, connection: Connection, vault: Vault, signed: Signed, region: str, base: str) -> None:
        self._connection, self._vault, self._region, self._base = connection, vault, region, base
        self._by, self._now = signed.actor, signed.now

    async def every(self, narrowed: str) -> list[User]:
        """All that were not deleted; a filter by log-in name alone reads one."""
        asked = _EXACTLY.fullmatch(narrowed)
        login = asked[1].lower() if asked else None
        found = await every_official(self._connection, self._vault, self._region, login)
        units = await self._units()
        return [self._shown(one, units) for one in found if one.removed_at is None]

    async def one(self, name: str) -> User:
        """One official. Raises ``NotFoundException``."""
        return self._shown(await self._official(name), await self._units())

    async def _official(self, name: str) -> Official:
        try:
            found = await staff.read_official(self._connection, self._vault, self._region, UUID(name))
        except (ValueError, OfficialUnknown):
            raise NotFoundException(detail=f"There is no user {name!r}") from None
        if found.removed_at is not None:
            raise NotFoundException(detail=f"There is no user {name!r}")
        return found

    async def _units(self) -> Mapping[str, Unit]:
        return standing(await units_of(self._connection, [self._region]), self._now)

    def _shown(self, one: Official, units: Mapping[str, Unit]) -> User:
        said = _said_of(one)
        held = held_at(one.holdings, self._now)
        plain: dict[str, Any] = {**said, "userName": one.login, "id": str(one.account)}
        # Who took the word back changed nothing, and reads it taken back until something has changed.
        serves = one.left_at is None
        plain["active"] = None if plain.pop("activeUnsaid", None) is serves else serves
        user = User.model_validate({**plain, "externalId": one.external_id, "schemas": [str(User.__schema__)]})
        user.title = next((post.title for post in held if post.title), None)
        user.groups = [self._membership(post, units) for post in held] or None
        address = f"{self._base}/Users/{one.account}"
        user.meta = Meta(resource_type="User", created=one.joined_at, last_modified=one.changed_at, location=address)
        shown: User = versioned(user)
        return shown

    def _membership(self, post: Holding, units: Mapping[str, Unit]) -> GroupMembership:
        at = post.unit or post.department
        address: Any = f"{self._base}/Groups/{at}"
        return GroupMembership(value=at, ref=address, display=units[at].name if at in units else at, type="direct")

    async def make(self, wanted: User) -> str:
        """Take somebody on. Raises ``UniquenessException`` for a log-in name in use."""
        login = str(wanted.user_name).lower()
        known = await person_by_login(self._connection, self._vault, self._region, login)
        if known is not None and known.removed_at is None:
            raise UniquenessException(detail=f"{login!r} is in use")
        plain = {"login": login, "name": _name_of(wanted)}
        wish = msgspec.structs.replace(staff.wish_of(plain, _contact_of(wanted)), external_id=wanted.external_id)
        taken = await staff.take_on(self._connection, self._vault, self._by, self._region, wish, self._now)
        if wanted.active is False:
            await staff.leave_office(self._connection, self._by, self._region, taken.account, self._now)
        return str(taken.account)

    async def change(self, name: str, before: User, wanted: User) -> None:
        """Make somebody as wanted; without ``active`` whether they serve stays as it is."""
        official = await self._official(name)
        account, place = official.account, (self._connection, self._by, self._region)
        login = str(wanted.user_name).lower()
        if login != official.login:
            await staff.rename_login(*place, account, login, self._now)
        contact = msgspec.structs.replace(_contact_of(wanted), room=official.contact.room)
        if wanted.active is None:
            contact = msgspec.structs.replace(
                contact, provided={**contact.provided, "activeUnsaid": official.left_at is None}
            )
        if (_name_of(wanted), contact) != (official.name, official.contact):
            await staff.change(
                self._connection, self._vault, self._by, self._region, account, self._now,
                name=_name_of(wanted), contact=contact,
            )  # fmt: skip
        if wanted.external_id != official.external_id:
            await staff.call_externally(*place, account, wanted.external_id)
        if wanted.active is False and official.left_at is None:
            await staff.leave_office(*place, account, self._now)
        if wanted.active is True and official.left_at is not None:
            await staff.come_back(*place, account, self._now)

    async def remove(self, name: str) -> None:
        """Somebody leaves at once and is not shown here any more."""
        await staff.remove(self._connection, self._by, self._region, (await self._official(name)).account, self._now)


_KEPT = ("name", "displayName", "emails", "phoneNumbers")


def _said_of(one: Official) -> dict[str, Any]:
    """What the system said of somebody; where people have said otherwise since, that."""
    if one.contact.provided:
        return dict(one.contact.provided)
    said: dict[str, Any] = {"name": {"formatted": one.name}, "displayName": one.name}
    if one.contact.email:
        said["emails"] = [{"value": one.contact.email, "type": "work", "primary": True}]
    phones = [("work", one.contact.phone), ("mobile", one.contact.mobile)]
    if any(value for _, value in phones):
        said["phoneNumbers"] = [{"value": value, "type": kind} for kind, value in phones if value]
    return said


def _name_of(wanted: User) -> str:
    """What somebody is called: as displayed, else as formatted, else family name before given name."""
    parts = wanted.name
    built = f"{parts.family_name or ''}{parts.given_name or ''}" if parts else ""
    return str(wanted.display_name or (parts.formatted if parts else "") or built or wanted.user_name)[:50]


def _contact_of(wanted: User) -> Contact:
    """How somebody is reached, as far as what was said is a number or an address."""
    plain = wanted.model_dump(exclude_none=True)
    phones = [(str(one.type or "work"), str(one.value or "")) for one in wanted.phone_numbers or ()]
    found: dict[str, Any] = {
        "phone": next((value for kind, value in phones if "mobile" not in kind), ""),
        "mobile": next((value for kind, value in phones if "mobile" in kind), ""),
        "email": next((str(one.value) for one in wanted.emails or () if one.value), ""),
    }
    wrong = {fault.field for fault in contact_faults(Contact(**found))}
    fitting: dict[str, Any] = {name: value for name, value in found.items() if name in REACHED and name not in wrong}
    return Contact(**fitting, provided={name: plain[name] for name in _KEPT if name in plain})
