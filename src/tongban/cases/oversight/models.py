"""What a watch looks at: one case with everything its rules may ask about, and no personal data.

Made by ``oversight.reading`` from the store; ``oversight.names`` turns it into the names of rules.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct

from tongban.cases.models import INTAKE, PastEvent, Task

TicketState = Literal["open", "answered", "closed"]
Verdict = Literal["cured", "excused"]
Key = tuple[str, UUID]


class OpenUrging(Struct, frozen=True):
    """A demand that has not been answered. ``task`` None: about the whole case."""

    task: str | None
    due_on: dt.date


class Watched(Struct, frozen=True):
    """One case as the watches see it. ``documents``: licence type → documents made; ``asked_at``: the oldest
    question without an answer."""

    region: str
    id: UUID
    number: str
    pack: str
    version: str
    journey: str
    state: str
    outcome: str | None
    submitted_at: dt.datetime
    accepted_at: dt.datetime | None
    closed_at: dt.datetime | None
    due_on: dt.date | None
    tasks: tuple[Task, ...]
    events: tuple[PastEvent, ...]
    documents: Mapping[str, int] = {}
    urgings: tuple[OpenUrging, ...] = ()
    asked_at: dt.datetime | None = None

    @property
    def lead(self) -> str:
        """The department that leads the case: it has the intake."""
        return next(task.department for task in self.tasks if task.task == INTAKE)

    def task(self, task: str) -> Task | None:
        """The task named ``task``, or None."""
        return next((one for one in self.tasks if one.task == task), None)


class Finding(Struct, frozen=True):
    """What a watch found: ``task`` '' for the case as a whole. ``facts``: what was so, in both languages."""

    watch: str
    task: str
    department: str
    facts: tuple["Fact", ...]


class UseSubject(Struct, frozen=True):
    """What stands in a case's place where a ticket is about data. ``number``: what its list shows."""

    region: str
    id: UUID
    number: str
    lead: str
    about: Literal["exchange", "objection", "rights"]
    of: tuple[str, ...]


class Fact(Struct, frozen=True):
    """One thing that was found, in words."""

    zh: str
    en: str


class Ticket(Struct, frozen=True):
    """A ticket beside the case that it is. ``task`` '' stands for the whole watched case.

    ``about`` other than ``case``: ``case_id`` is that of a use, of an officer's or system's day, or of a person's
    request; ``about_of`` says which: its number, or consumer and who asked; nothing for a request.
    """

    region: str
    id: UUID
    number: str
    watch: str
    pack: str
    version: str
    case_id: UUID
    task: str
    department: str
    verifier: str
    severity: str
    facts: tuple[Fact, ...]
    state: TicketState
    opened_at: dt.datetime
    verdict: Verdict | None = None
    reopened: int = 0
    closed_at: dt.datetime | None = None
    due_on: dt.date | None = None
    about: str = "case"
    about_of: tuple[str, ...] = ()
