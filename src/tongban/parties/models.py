"""Who acts: the signed-in actor with posts, and a person's sealed particulars once opened."""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

Role = Literal["handler", "head", "clerk", "administrator"]


class Post(Struct, frozen=True):
    """An office held in one department of one region."""

    region: str
    department: str
    role: Role


class Particulars(Struct, frozen=True):
    """What is encrypted at rest about a person. ``household``: six-digit region of the household register."""

    id_number: str
    birth_date: dt.date | None = None
    sex: Literal["male", "female"] | None = None
    nationality: str = "CN"
    household: str | None = None
    mobile: str | None = None


class Actor(Struct, frozen=True):
    """Somebody signed in. ``id_key`` is the keyed hash under which the person's data is indexed."""

    account: UUID
    login: str
    person: UUID
    name: str
    id_key: bytes
    sealed: bytes
    posts: tuple[Post, ...] = ()

    def departments(self, region: str, *roles: Role) -> list[str]:
        """Departments of ``region`` in which the actor holds one of ``roles`` (any role when none is named)."""
        return [p.department for p in self.posts if p.region == region and (not roles or p.role in roles)]

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

    ``owner``: the account that applied; ``departments``: those with a task in the case;
    ``department``: the one whose task it is.
    """

    region: str
    owner: UUID | None = None
    department: str | None = None
    departments: tuple[str, ...] = ()
