"""Who acts: the signed-in actor with posts and mandates; what is sealed about a person or an enterprise."""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

Role = Literal["handler", "head", "clerk", "administrator", "supervisor", "provisioner"]
"""``provisioner`` is an institution's system that keeps the directory; no person holds it."""
Capacity = Literal["legal-representative", "handler"]
Assurance = Literal["declared", "real-name", "strong"]
"""How sure it is who acts: by the own word alone; proved; proved and signed in with a passkey or certificate."""
LEVELS: tuple[Assurance, ...] = ("declared", "real-name", "strong")
Factor = Literal["password", "totp", "code", "recovery-code", "passkey", "certificate", "invitation", "upper"]


class Post(Struct, frozen=True):
    """An office held in one department of one region.

    ``acting`` (代理): held for somebody who is not appointed yet, until a fixed day. ``substitute_for``: whose it is,
    an account, when the actor only stands in while a leave runs (休假代办); ``in_place_of`` is that person's name and
    ``leave`` the leave by which it is so. ``title`` is what the position is called.
    """

    region: str
    department: str
    role: Role
    substitute_for: UUID | None = None
    acting: bool = False
    title: str = ""
    in_place_of: str | None = None
    leave: UUID | None = None


class Particulars(Struct, frozen=True):
    """What is encrypted at rest about a person. ``household``: six-digit region of the household register."""

    id_number: str
    birth_date: dt.date | None = None
    sex: Literal["male", "female"] | None = None
    nationality: str = "CN"
    household: str | None = None
    mobile: str | None = None


class Mandate(Struct, frozen=True):
    """That a person may act for an enterprise now: as its legal representative or as a handler it appointed.

    ``key`` is the keyed hash under which the enterprise's licences and data are indexed; ``until`` the moment it
    ends, if it was given one.
    """

    enterprise: UUID
    name: str
    key: bytes
    capacity: Capacity
    until: dt.datetime | None = None


class Enterprise(Struct, frozen=True):
    """An enterprise as stored; ``sealed`` opens to ``EnterpriseParticulars``."""

    id: UUID
    name: str
    key: bytes
    sealed: bytes


class EnterpriseParticulars(Struct, frozen=True):
    """What is encrypted at rest about an enterprise. ``uscc``: its unified social credit code (GB 32100).

    ``legal_representative`` is a person's name, ``address`` the domicile (住所), ``scope`` the business scope as
    registered.
    """

    uscc: str
    legal_representative: str
    address: str
    scope: str


class Actor(Struct, frozen=True):
    """Somebody signed in. ``id_key`` is the keyed hash under which the person's data is indexed.

    ``mandates`` are those in force now, one an enterprise. ``assurance`` is that of this session; ``session`` its id,
    never its secret; ``factors`` what opened it; ``proved_at`` when that was last done.
    """

    account: UUID
    login: str
    person: UUID
    name: str
    id_key: bytes
    sealed: bytes
    posts: tuple[Post, ...] = ()
    mandates: tuple[Mandate, ...] = ()
    assurance: Assurance = "real-name"
    session: UUID | None = None
    factors: tuple[Factor, ...] = ()
    proved_at: dt.datetime | None = None

    def assured(self, level: Assurance) -> bool:
        """Whether it is at least as sure as ``level`` who acts."""
        return LEVELS.index(self.assurance) >= LEVELS.index(level)

    def mandate(self, enterprise: UUID | None) -> Mandate | None:
        """By which mandate the actor may act for ``enterprise`` now, or None."""
        return next((m for m in self.mandates if m.enterprise == enterprise), None)

    @property
    def owners(self) -> list[UUID]:
        """Whose matters are the actor's: the own account's, and those of every enterprise the actor may act for."""
        return [self.account, *(m.enterprise for m in self.mandates)]

    @property
    def keys(self) -> list[bytes]:
        """Under which keyed hashes the licences and data of ``owners`` are indexed, in the same order."""
        return [self.id_key, *(m.key for m in self.mandates)]

    def owner_behind(self, key: bytes) -> UUID | None:
        """Which of ``owners`` is indexed under ``key``, or None when it is somebody else."""
        return dict(zip(self.keys, self.owners, strict=True)).get(key)

    def departments(self, region: str, *roles: Role) -> list[str]:
        """Departments of ``region`` in which the actor holds one of ``roles`` (any role when none is named)."""
        held = (p.department for p in self.posts if p.region == region and (not roles or p.role in roles))
        return list(dict.fromkeys(held))

    def standing_in(self, region: str, department: str, *roles: Role) -> Post | None:
        """The lent post by which the actor has one of ``roles`` there; None for whoever has one of their own.

        What was done by a lent post was done in somebody's place, and counts as that person's where two are needed.
        """
        fitting = [
            p for p in self.posts if (p.region, p.department) == (region, department) and (not roles or p.role in roles)
        ]
        lent = [p for p in fitting if p.substitute_for is not None]
        return lent[0] if lent and len(lent) == len(fitting) else None

    @property
    def official(self) -> bool:
        """Whether the actor holds any post."""
        return bool(self.posts)

    @property
    def regions(self) -> list[str]:
        """Regions in which the actor holds posts."""
        return sorted({p.region for p in self.posts})


class Subject(Struct, frozen=True):
    """What an action is about, as far as permission needs to know.

    ``owner``: who applied, an account or the enterprise it acted for; ``departments``: those with a task in the case;
    ``department``: the one whose task it is.
    """

    region: str
    owner: UUID | None = None
    department: str | None = None
    departments: tuple[str, ...] = ()
