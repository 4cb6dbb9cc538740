"""A case as the library's records are made from it, the records, and who receives them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from tongban.cases.library.definitions import Content, RecordKind
from tongban.cases.models import Applicant, Task
from tongban.parties.definitions import Department
from tongban.services.catalogue import JourneyVersion

Way = Literal["upload", "licence", "resource"]


class HeldMaterial(Struct, frozen=True):
    """A material that the case rests on: how it came (``way``), how many files, since when."""

    id: str
    name: str
    way: Way
    count: int
    source: str | None = None


class IssuedLicence(Struct, frozen=True):
    """A licence that came out of the case. ``ended_at``: since when it is cancelled, revoked or withdrawn."""

    name: str
    number: str
    at: dt.datetime
    ended_at: dt.datetime | None = None

    def in_force(self, at: dt.datetime) -> bool:
        """Whether it was issued and not ended at ``at``; the act that ends it ends it for its own record too."""
        return self.at <= at and (self.ended_at is None or self.ended_at > at)


class DatedEvent(Struct, frozen=True):
    """One dated event of the case. ``actor``: 'applicant', a department's id, or the platform itself."""

    id: UUID
    at: dt.datetime
    kind: str
    task: str | None = None
    actor: str = ""
    basis: str | None = None
    detail: dict[str, Any] = {}


class History(Struct, frozen=True):
    """Everything about one case that its records are made from; nothing here is asked of a store again.

    ``departments`` by id; ``lead`` and ``leading`` are the department and the task that speak for the whole: those
    of the lead's first item. ``performers``: task id → department that performs it. ``events`` in their order.
    """

    region: str
    case_id: UUID
    number: str
    applicant: Applicant
    version: JourneyVersion
    departments: Mapping[str, Department]
    lead: Department
    performers: Mapping[str, Department]
    tasks: tuple[Task, ...]
    events: tuple[DatedEvent, ...]
    materials: tuple[HeldMaterial, ...] = ()
    licences: tuple[IssuedLicence, ...] = ()
    accepted_at: dt.datetime | None = None
    due_on: dt.date | None = None
    finish_code: str | None = None
    outcome: str | None = None


class Record(Struct, frozen=True):
    """One row of an exchange table. The id is made from event, kind and subject, so making it twice is harmless."""

    id: UUID
    kind: RecordKind
    event: UUID
    at: dt.datetime
    content: Content


class Receiver(Struct, frozen=True):
    """An institution that may read the feed of one region. ``acknowledged``: the position it has safely kept."""

    region: str
    id: UUID
    name: str
    registered_at: dt.datetime
    acknowledged: int = 0
    acknowledged_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    last: int = 0
