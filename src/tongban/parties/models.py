"""Who acts: the signed-in actor with posts and mandates; what is sealed about a person or an enterprise."""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

Role = Literal["handler", "head", "clerk", "administrator", "supervisor", "provisioner"]
"""``provisioner`` is an institution's system that keeps the directory; no person holds it."""
Capacity = Literal["legal-representative", "administrator", "handler"]
"""In which capacity a person acts for an enterprise; an administrator may appoint handlers."""
Standing = Literal["agent", "guardian"]
"""In which capacity a person acts for another: let by that person, or as a child's parent or guardian."""
Confirmation = Literal["signature", "code"]
"""How somebody who applied at a window confirmed it: on paper, or by a code to their own telephone."""
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
    """That a person may act for an enterprise now: as its legal representative, or as somebody whom it appointed.

    ``key`` is the keyed hash under which the enterprise's licences and data are indexed; ``until`` the moment it
    ends, if it was given one; ``services`` the journeys that it covers, None for all matters.
    """

    enterprise: UUID
    name: str
    key: bytes
    capacity: Capacity
    until: dt.datetime | None = None
    services: tuple[str, ...] | None = None

    @property
    def owner(self) -> UUID:
        """Under which id the matters stand."""
        return self.enterprise

    @property
    def kind(self) -> Literal["enterprise", "person"]:
        """What kind of party it is for whom one acts."""
        return "enterprise"


class Representation(Struct, frozen=True):
    """That a person may act for another person now: ``account`` is that person's, ``name`` and ``key`` whose it is.

    ``services``: the journeys covered, None for all matters (a guardian's).
    """

    account: UUID
    name: str
    key: bytes
    capacity: Standing
    until: dt.datetime | None = None
    services: tuple[str, ...] | None = None

    @property
    def owner(self) -> UUID:
        """Under which id the matters stand."""
        return self.account

    @property
    def kind(self) -> Literal["enterprise", "person"]:
        """What kind of party it is for whom one acts."""
        return "person"


class Assistance(Struct, frozen=True):
    """That a clerk who saw person and card fills in one matter for them today: ``matter`` is the draft's and case's id.

    ``account`` and ``name`` are the person's, ``service`` the journey. ``confirmed_as``: how the person confirmed what
    was filled in at ``revision`` of the draft, None as long as they did not.
    """

    region: str
    matter: UUID
    department: str
    account: UUID
    name: str
    service: str
    until: dt.datetime
    confirmed_as: Confirmation | None = None
    revision: int | None = None


class Enterprise(Struct, frozen=True):
    """An enterprise as stored; ``sealed`` opens to ``EnterpriseParticulars``."""

    id: UUID
    name: str
    key: bytes
    sealed: bytes


class Principal(Struct, frozen=True):
    """A person as an applicant: ``account`` is theirs, ``sealed`` opens to ``Particulars``."""

    account: UUID
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

    ``mandates`` are those in force now, one an enterprise; ``represented`` the persons for whom the actor may act;
    ``assisting`` the single matters that the actor took in at a window today.
    ``assurance`` is that of this session; ``session`` its id,
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
    represented: tuple[Representation, ...] = ()
    assisting: tuple[Assistance, ...] = ()
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
    def hats(self) -> tuple[Mandate | Representation, ...]:
        """Everybody else for whom the actor may act now."""
        return (*self.mandates, *self.represented)

    @property
    def owners(self) -> list[UUID]:
        """Whose matters the actor may see: the own account's, and those of everybody whom the actor may act for."""
        return [self.account, *(hat.owner for hat in self.hats)]

    def reaching(self, only: UUID | None = None) -> tuple[list[UUID], list[str | None]]:
        """Whose matters lists show, and for each the journeys to which that is limited (joined by commas, or None).

        ``only`` one of them, when the actor acts for somebody now.
        """
        limits = [(self.account, None), *((hat.owner, hat.services) for hat in self.hats)]
        shown = [
            (owner, None if scope is None else ",".join(scope)) for owner, scope in limits if only in (None, owner)
        ]
        return [owner for owner, _ in shown], [scope for _, scope in shown]

    def covers(self, owner: UUID, service: str | None) -> bool:
        """Whether the actor may see to matters of ``owner`` that belong to ``service`` (a journey)."""
        if owner == self.account:
            return True
        scopes = [hat.services for hat in self.hats if hat.owner == owner]
        return any(scope is None or service in scope for scope in scopes)

    def assists(self, region: str, matter: UUID | None) -> Assistance | None:
        """By which assistance the actor sees to one matter of somebody else today, or None."""
        return next((one for one in self.assisting if (one.region, one.matter) == (region, matter)), None)

    @property
    def keys(self) -> list[bytes]:
        """Under which keyed hashes the licences and data are indexed that the actor may see: those of all matters."""
        return [self.id_key, *(hat.key for hat in self.hats if hat.services is None)]

    def owner_behind(self, key: bytes) -> UUID | None:
        """Which of ``owners`` is indexed under ``key``, or None when it is somebody else."""
        if key == self.id_key:
            return self.account
        return next((hat.owner for hat in self.hats if hat.services is None and hat.key == key), None)

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

    ``owner``: who applied, an account or the enterprise it acted for; ``service``: to which journey it belongs, for
    whom an appointment covers some only; ``departments``: those with a task in the case; ``department``: the one
    whose task it is; ``matter``: the draft's or case's id, for whom one matter alone is open.
    """

    region: str
    owner: UUID | None = None
    department: str | None = None
    departments: tuple[str, ...] = ()
    service: str | None = None
    matter: UUID | None = None
