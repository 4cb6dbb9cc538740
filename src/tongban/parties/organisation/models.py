"""Units, positions, posts, leaves and officials as they are handled in memory."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from tongban.parties.models import Role

UnitKind = Literal["department", "office"]


class Unit(Struct, frozen=True):
    """A department, or an office within one, as it was called from ``since`` until ``until`` (None: still).

    ``roles``: department roles that it plays; ``uscc`` its unified social credit code (GB 32100; departments only);
    ``rank`` its place among its siblings, smallest first; ``successor`` what it was merged into at ``until``;
    ``basis`` the decision by which it is so; ``by_pack``: as the region pack declares it, never changed by hand;
    ``external_id`` what an institution's system calls it.
    """

    region: str
    id: str
    since: dt.datetime
    kind: UnitKind
    name: str
    short: str
    until: dt.datetime | None = None
    parent: str | None = None
    uscc: str | None = None
    roles: tuple[str, ...] = ()
    address: str | None = None
    phone: str | None = None
    colour: str | None = None
    division: str | None = None
    rank: int = 100
    successor: str | None = None
    basis: str | None = None
    by_pack: bool = False
    external_id: str | None = None

    def stands_at(self, moment: dt.datetime) -> bool:
        """Whether this was so at ``moment``."""
        return self.since <= moment and (self.until is None or self.until > moment)


class Position(Struct, frozen=True):
    """A seat in a unit, whoever has it: ``title`` and ``rank`` (smallest first), and the role that goes with it."""

    region: str
    id: str
    since: dt.datetime
    unit: str
    title: str
    role: Role
    until: dt.datetime | None = None
    rank: int = 100

    def stands_at(self, moment: dt.datetime) -> bool:
        """Whether this was so at ``moment``."""
        return self.since <= moment and (self.until is None or self.until > moment)


class Holding(Struct, frozen=True):
    """That somebody held an office: from ``since`` (None: before this was written down) until ``until`` (None: still).

    ``department`` is where it gives access, ``unit`` the office within it, ``acting`` 代理.
    """

    region: str
    id: UUID
    account: UUID
    name: str
    department: str
    role: Role
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    position: str | None = None
    unit: str | None = None
    title: str | None = None
    acting: bool = False
    rank: int = 100

    def held_at(self, moment: dt.datetime) -> bool:
        """Whether it was held at ``moment``."""
        return (self.since is None or self.since <= moment) and (self.until is None or self.until > moment)


class Leave(Struct, frozen=True):
    """Somebody's absence with the one who stands in. ``ended_at``: broken off before ``until``."""

    region: str
    id: UUID
    account: UUID
    name: str
    substitute: UUID
    substitute_name: str
    since: dt.datetime
    until: dt.datetime
    ended_at: dt.datetime | None = None

    def runs_at(self, moment: dt.datetime) -> bool:
        """Whether the substitute stands in at ``moment``."""
        return self.ended_at is None and self.since <= moment < self.until


class Contact(Struct, frozen=True):
    """How an official is reached. Sealed at rest. ``mobile`` is the person's own and shown to nobody but them and
    administrators; the others are the office's. ``provided``: what an institution's system said in its own words."""

    phone: str = ""
    mobile: str = ""
    email: str = ""
    room: str = ""
    provided: dict[str, Any] = {}


REACHED = ("phone", "mobile", "email", "room")
"""The ways of a ``Contact`` that people fill in."""


class Official(Struct, frozen=True):
    """Somebody who serves, or served, in a region. ``pending``: no identity number was given yet."""

    region: str
    account: UUID
    login: str
    name: str
    revision: int
    joined_at: dt.datetime
    changed_at: dt.datetime
    contact: Contact = Contact()
    pending: bool = False
    external_id: str | None = None
    invited_at: dt.datetime | None = None
    left_at: dt.datetime | None = None
    removed_at: dt.datetime | None = None
    holdings: tuple[Holding, ...] = ()


class HandOver(Struct, frozen=True):
    """What somebody who changed post or left gave to somebody else. ``open_tasks``: how many were open then."""

    region: str
    id: UUID
    giver: UUID
    giver_name: str
    receiver: UUID
    receiver_name: str
    department: str
    note: str
    open_tasks: int
    made_at: dt.datetime
    confirmed_at: dt.datetime | None = None
