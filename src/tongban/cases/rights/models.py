"""What a person asked about their data, what came of it, and what keeps data from being deleted."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Kind = Literal["copy", "deletion", "restriction"]
Outcome = Literal["granted", "refused"]
What = Literal["draft", "open-case", "case", "look-up-values", "use", "message", "licence"]
"""Kinds of records that a deletion looks at."""
Why = Literal["may-go", "open", "rule", "held", "in-force"]
"""Why a kind stays: the case has not ended; its rule of retention runs; an entry that must be kept or a ticket holds
it; a licence is in force until it is revoked. ``may-go``: it does not stay."""


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person asks for in which region, and in their own words why (may be empty).

    ``ward``: the account of somebody whose guardian they are and whose data it is about; None: their own.
    """

    kind: Kind
    region: Annotated[str, Meta(pattern="^[0-9]{6}$")]
    text: Annotated[str, Meta(max_length=1000, pattern=r"^[^\u0000]*$")] = ""
    ward: UUID | None = None


class Found(Struct, frozen=True):
    """How many records of a kind may go, or stay and why. ``years`` and ``basis``: of the rule that keeps them;
    ``until``: the last day on which it keeps the youngest of them."""

    what: What
    why: Why
    count: int
    years: int | None = None
    basis: str = ""
    until: dt.date | None = None


class Whose(Struct, frozen=True):
    """Whose request it is: the account and the keyed hash under which the person's data are indexed."""

    region: str
    ticket: UUID
    kind: Kind
    account: UUID
    person_key: bytes


class Told(Struct, frozen=True):
    """What whoever answers a request sees: who asks, what they wrote, and what a deletion would find now or found.

    ``outcome`` None: not answered yet. ``guardian``: who asks for the person ``name``; None: that person.
    """

    kind: Kind
    name: str
    text: str
    outcome: Outcome | None
    found: tuple[Found, ...] = ()
    guardian: str | None = None


class Request(Struct, frozen=True):
    """Where a request stands, for the person. ``outcome``: granted or refused, None while it waits (again).

    ``found``: what was destroyed and what stays by which rule; ``appeal``: what can be done against the answer;
    ``copy_until``: until when the copy can be downloaded, None while there is none. ``ward``, ``ward_name``: whose data
    it is about where that is not the reader; ``by_guardian``: a guardian asked.
    """

    region: str
    id: UUID
    kind: Kind
    number: str
    at: dt.datetime
    department: str
    answer_due: dt.date | None
    state: str
    outcome: Outcome | None
    answered_at: dt.datetime | None
    answer_text: str | None
    basis: str
    appeal: str
    found: tuple[Found, ...] = ()
    copy_until: dt.datetime | None = None
    ward: UUID | None = None
    ward_name: str = ""
    by_guardian: bool = False


def context(region: str, ticket: UUID) -> bytes:
    """What binds a request's words to it."""
    return f"rights/{region}/{ticket}".encode()
