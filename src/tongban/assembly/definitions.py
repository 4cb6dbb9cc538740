"""The manifest of a pack, and the pack as a whole once every file is read (frozen)."""

import datetime as dt
import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from tongban.cases.definitions import DatedLimit
from tongban.cases.oversight.definitions import LightRule, TicketJourney, Watch
from tongban.licences.definitions import LicenceType
from tongban.parties.definitions import Region
from tongban.resources.catalogue.definitions import SeedEntry
from tongban.resources.definitions import GrantNeed, Resource
from tongban.resources.granting.definitions import SharingWay, Theme
from tongban.services.definitions import Form, Item, Journey

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Version = Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$")]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """``pack.yaml``: id (= folder), version, name, owner, what it requires, its legal basis."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    version: Version
    name: str
    owner: str
    summary: str = ""
    requires: list[str] = []
    basis: list[str] = []
    languages: list[Literal["en"]] = field(default_factory=lambda: ["en"])


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """An invented person of the demonstration (``seed/people.yaml``).

    ``account``: log-in name; ``posts``: ``{department: role}`` where role is handler, head, clerk,
    administrator or supervisor (watches over the whole region); ``household`` the 6-digit region of the
    household register.
    """

    name: str
    id_number: str
    account: str | None = None
    mobile: str | None = None
    household: str | None = None
    nationality: str = "CN"
    posts: dict[str, Literal["handler", "head", "clerk", "administrator", "supervisor"]] = {}


class Records(Struct, frozen=True, forbid_unknown_fields=True):
    """Invented records of one departmental system (``seed/records/<resource id>.yaml``).

    ``as_of``: the day as of which they were written. On a later day their dates lie later by as much, so that a
    child born a month before is a month old whenever a demonstration begins.
    """

    resource: str
    rows: list[dict[str, Any]]
    as_of: dt.date | None = None

    def on(self, day: dt.date) -> "Records":
        """The records as a demonstration that begins on ``day`` holds them."""
        later = day - (self.as_of or day)
        if later <= dt.timedelta(0):
            return self
        moved = [{name: _moved(value, later) for name, value in row.items()} for row in self.rows]
        return Records(self.resource, moved, day)


def _moved(value: Any, later: dt.timedelta) -> Any:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return value
    return (dt.date.fromisoformat(value) + later).isoformat()


class Appointed(Struct, frozen=True, forbid_unknown_fields=True):
    """A person of ``seed/people.yaml``, by name, whom an invented enterprise lets act for it.

    ``since`` is the first day, ``until`` the last.
    """

    person: str
    since: dt.date
    until: dt.date | None = None


class SeedEnterprise(Struct, frozen=True, forbid_unknown_fields=True):
    """An invented enterprise of the demonstration (``seed/enterprises.yaml``).

    ``uscc`` is its unified social credit code, valid in form; ``legal_representative`` the name of a person of
    ``seed/people.yaml``, who acts for it since it was ``established``; ``handlers`` are those it appointed.
    """

    name: str
    uscc: str
    legal_representative: str
    established: dt.date
    address: str
    scope: str
    handlers: list[Appointed] = []


class SeedLicence(Struct, frozen=True, forbid_unknown_fields=True):
    """A licence that a person or enterprise of the demonstration already holds (``seed/licences.yaml``).

    ``holder_id``: an identity number, or an enterprise's unified social credit code.
    """

    licence: str
    holder_id: str
    holder_name: str
    data: dict[str, str]
    holder_kind: Literal["person", "enterprise"] = "person"


class SeedCredit(Struct, frozen=True, forbid_unknown_fields=True):
    """Invented bad credit of a person or enterprise (``seed/credit.yaml``): bars from commitment and tolerance.

    ``department`` recorded it, in whose region it counts; ``repaired_on`` the day from which it counts no longer.
    """

    holder_id: str
    kind: str
    department: str
    reasons: str
    recorded_on: dt.date
    repaired_on: dt.date | None = None
    holder_kind: Literal["person", "enterprise"] = "person"


class Seed(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything invented for the demonstration; never loaded in production."""

    people: list[Person] = []
    records: list[Records] = []
    licences: list[SeedLicence] = []
    enterprises: list[SeedEnterprise] = []
    credit: list[SeedCredit] = []
    catalogue: list[SeedEntry] = []


class SystemFault(Struct, frozen=True, forbid_unknown_fields=True):
    """The system behind ``resource`` is ``slow`` (it does not answer in time), ``down``, or ``wrong``."""

    resource: str
    kind: Literal["slow", "down", "wrong"]


class Story(Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence of ``tests/*.yaml``: who does what, and what must be true afterwards.

    ``applicant`` is a person; ``enterprise`` the one in whose name that person applies, if any. ``steps`` run in
    order. Each is a mapping with one verb as its key; see docs/packs.md. ``faults`` go wrong from the beginning to
    the end: the system of a resource is slow, down, or answers with another record.
    """

    it: str
    applicant: str
    enterprise: str | None = None
    journey: str | None = None
    on: dt.date | None = None
    remove: list[dict[str, Any]] = []
    faults: list[SystemFault] = []
    steps: list[dict[str, Any]] = []
    then: list[str] = []


class Pack(Struct, frozen=True):
    """A pack read from its folder or from the database: content only, no code."""

    manifest: Manifest
    items: list[Item]
    forms: list[Form]
    journeys: list[Journey]
    licences: list[LicenceType]
    resources: list[Resource]
    grants: list[GrantNeed]
    regions: list[Region]
    strings: dict[str, dict[str, str]]
    layouts: dict[str, str]
    seed: Seed
    stories: dict[str, list[Story]]
    limits: list[DatedLimit] = []
    watches: list[Watch] = []
    tickets: list[TicketJourney] = []
    sharing: list[SharingWay] = []
    themes: list[Theme] = []
    lights: list[LightRule] = []
