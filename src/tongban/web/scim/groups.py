"""Units as SCIM groups: a member has the handler's post there. Posts that govern are neither given nor ended here."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from scim2_models import InvalidValueException, Meta, NotFoundException

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.parties.actions import Signed
from tongban.parties.organisation import posts, units
from tongban.parties.organisation.models import Holding, Unit
from tongban.parties.organisation.recording import holdings_of, units_of
from tongban.parties.organisation.rules import standing
from tongban.web.scim.shapes import Group, Member
from tongban.web.scim.versions import versioned


class Groups:
    """The units of one region, for the system behind ``signed``."""

    shape = Group

    def __init__(self, connection: Connection, vault: Vault, signed: Signed, region: str, base: str) -> None:
        self._connection, self._region, self._base = connection, region, base
        self._by, self._now = signed.actor, signed.now

    async def every(self, narrowed: str) -> list[Group]:
        """All units that stand now."""
        known = standing(await units_of(self._connection, [self._region]), self._now)
        held = await self._held()
        return [self._shown(unit, held) for unit in sorted(known.values(), key=lambda one: (one.rank, one.id))]

    async def one(self, name: str) -> Group:
        """One unit. Raises ``NotFoundException``."""
        return self._shown(await self._unit(name), await self._held())

    async def _unit(self, name: str) -> Unit:
        found = standing(await units_of(self._connection, [self._region]), self._now).get(name)
        if found is None:
            raise NotFoundException(detail=f"There is no group {name!r}")
        return found

    async def _held(self) -> list[Holding]:
        return [one for one in await holdings_of(self._connection, self._region) if one.held_at(self._now)]

    def _shown(self, unit: Unit, held: Sequence[Holding]) -> Group:
        group = Group(id=unit.id, external_id=unit.external_id, display_name=unit.name)
        members = sorted({one.account for one in _in(unit, held)})
        group.members = [self._member(account) for account in members] or None
        address = f"{self._base}/Groups/{unit.id}"
        group.meta = Meta(resource_type="Group", created=unit.since, last_modified=unit.since, location=address)
        shown: Group = versioned(group)
        return shown

    def _member(self, account: UUID) -> Member:
        address: Any = f"{self._base}/Users/{account}"
        return Member(value=str(account), ref=address, type="User")

    async def make(self, wanted: Group) -> str:
        """Enter a unit. Its id is the external one where that can be an id, else a new one."""
        offered = (wanted.external_id or "").lower()
        name = offered if units.is_id(offered) and not await self._ever(offered) else f"u-{new_id().hex[-12:]}"
        await self._put(name, wanted, None)
        await self._members(await self._unit(name), wanted, [])
        return name

    async def _ever(self, name: str) -> bool:
        return any(one.id == name for one in await units_of(self._connection, [self._region]))

    async def _put(self, name: str, wanted: Group, current: Unit | None) -> None:
        called = str(wanted.display_name or "").strip()
        if not 1 <= len(called) <= 100:
            raise InvalidValueException(detail="displayName has 1 to 100 characters")
        wish = units.wish_from(name, called, current)
        await units.put_unit(
            self._connection, self._by, self._region, wish, self._now, self._now, external_id=wanted.external_id
        )

    async def change(self, name: str, before: Group, wanted: Group) -> None:
        """Rename a unit from now on, and give or end its handlers' posts."""
        unit = await self._unit(name)
        if (wanted.display_name, wanted.external_id) != (unit.name, unit.external_id):
            await self._put(name, wanted, unit)
        await self._members(await self._unit(name), wanted, _in(unit, await self._held()))

    async def _members(self, unit: Unit, wanted: Group, held: Iterable[Holding]) -> None:
        listed = {_account(one.value) for one in wanted.members or ()}
        known = list(held)
        for account in sorted(listed - {one.account for one in known}):
            wish = posts.PostWish(unit=unit.id, role="handler")
            await posts.give_post(self._connection, self._by, self._region, account, wish, self._now)
        for one in known:
            if one.account not in listed and one.role in ("handler", "clerk"):
                await posts.end_post(self._connection, self._by, self._region, one.id, self._now)

    async def remove(self, name: str) -> None:
        """End a unit with its handlers' posts. Raises ``UnitInUse`` when it has duties, offices or heads."""
        unit = await self._unit(name)
        await self._members(unit, Group(display_name=unit.name), _in(unit, await self._held()))
        await units.end_unit(self._connection, self._by, self._region, name, self._now, self._now)


def _in(unit: Unit, held: Iterable[Holding]) -> list[Holding]:
    """The posts of the unit itself: of a department those in none of its offices."""
    if unit.kind == "department":
        return [one for one in held if one.department == unit.id and one.unit is None]
    return [one for one in held if one.unit == unit.id]


def _account(value: str | None) -> UUID:
    try:
        return UUID(value or "")
    except ValueError:
        raise InvalidValueException(detail="members are users of this service") from None
