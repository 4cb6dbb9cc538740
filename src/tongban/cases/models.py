"""Drafts, cases and tasks as they are handled in memory; rows come and go through ``queries.sql``."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from tongban.parties.models import Confirmation, Enterprise, Principal

CaseState = Literal[
    "submitted", "supplementing", "returned", "accepted",
    "closed", "refused", "withdrawn", "terminated", "lapsed", "referred", "deleted", "handed_over",
]  # fmt: skip
TaskState = Literal["waiting", "ready", "done", "not_applicable", "cancelled"]
Outcome = Literal["granted", "partly", "declined"]
Light = Literal["green", "yellow", "red", "none"]
INTAKE = "intake"
PLATFORM = "platform"
"""In whose name is recorded what nobody did: time passed, and the law or the pack says what follows."""
EDITABLE: tuple[CaseState, ...] = ("submitted", "supplementing", "returned")
WAITING: tuple[CaseState, ...] = ("supplementing", "returned")
"""The department asked its applicant for something and decides nothing before it comes."""
OPEN: tuple[CaseState, ...] = (*EDITABLE, "accepted")


class Evidence(Struct, frozen=True):
    """What was found, or not, in place of one material. ``fields`` hold only what the grant named."""

    material: str
    source: str
    found: bool
    outcome: str
    provider: str
    basis: str
    look_up: UUID
    at: dt.datetime
    asked: bytes = b""
    fresh_until: dt.datetime | None = None
    fields: dict[str, Any] = {}


class Applicant(Struct, frozen=True):
    """Who applies, as known when the application was made.

    An enterprise's ``id_number`` is its ``uscc``; ``agent_name`` and ``agent_mobile`` are those of the person who
    acts for it. What the other kind of applicant has is absent.
    """

    name: str
    id_number: str
    kind: Literal["person", "enterprise"] = "person"
    birth_date: dt.date | None = None
    sex: str | None = None
    nationality: str = "CN"
    region: str | None = None
    mobile: str | None = None
    uscc: str | None = None
    legal_representative: str | None = None
    address: str | None = None
    scope: str | None = None
    agent_name: str | None = None
    agent_mobile: str | None = None


class Window(Struct, frozen=True):
    """That a matter was taken in at a window: who helped (name and account), and how the person confirmed it."""

    clerk: str
    account: UUID
    department: str
    confirmed_as: Confirmation


class Dossier(Struct, frozen=True):
    """Everything a case is decided on; sealed at rest as one piece.

    ``commitments`` were signed instead of proof; the materials in ``tolerated`` follow after acceptance. ``window`` is
    None for what the person applied for online.
    """

    applicant: Applicant
    form: dict[str, Any]
    evidence: tuple[Evidence, ...] = ()
    commitments: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    window: Window | None = None


class File(Struct, frozen=True):
    """An uploaded document without its content."""

    id: UUID
    material: str
    name: str
    media_type: str
    size: int
    uploaded_at: dt.datetime


class Draft(Struct, frozen=True):
    """An application not yet made; its id becomes the case's. ``account`` opened it, for ``enterprise`` if any.

    ``principal`` is the person behind ``account``: who applies where no enterprise does, whoever opened it for them.
    """

    region: str
    id: UUID
    account: UUID
    principal: Principal
    pack: str
    version: str
    journey: str
    revision: int
    form: dict[str, Any]
    opened_at: dt.datetime
    updated_at: dt.datetime
    noticed_at: dt.datetime | None = None
    consents: tuple[str, ...] = ()
    commitments: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    submitted_at: dt.datetime | None = None
    abandoned_at: dt.datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    files: tuple[File, ...] = ()
    enterprise: Enterprise | None = None

    @property
    def owner(self) -> UUID:
        """Whose it is: the enterprise's, or the account's own."""
        return self.enterprise.id if self.enterprise else self.account

    @property
    def key(self) -> bytes:
        """Under which keyed hash the data of who applies is indexed, and erased."""
        return self.enterprise.key if self.enterprise else self.principal.key


class Task(Struct, frozen=True):
    """One department's part of a case. ``department`` is the department's id in the region.

    ``decided_for``: in whose place ``decided_by`` decided, when it was by a post lent while a leave ran.
    """

    task: str
    kind: Literal["intake", "step"]
    department: str
    state: TaskState
    started_at: dt.datetime | None = None
    due_on: dt.date | None = None
    decided_at: dt.datetime | None = None
    decided_by: UUID | None = None
    decided_for: UUID | None = None
    decision: str | None = None
    reasons: str | None = None
    revision: int = 1


class PastEvent(Struct, frozen=True):
    """One dated event of a case as it was recorded. ``actor``: 'applicant', 'platform' or a department's id."""

    kind: str
    at: dt.datetime
    task: str | None = None
    actor: str = ""
    basis: str | None = None
    detail: dict[str, Any] = {}


class Case(Struct, frozen=True):
    """An application or ticket from opening to its end, pinned to the version it opened under.

    ``account`` applied, for ``enterprise`` if any; whose the case is says ``owner``, and only that. ``fast_lane`` is
    the reason for which it is handled first, if it is.
    ``departments``: who takes part now, the lead and those whose task is ready or done. A department whose task
    has not begun, does not apply or was cancelled has no business with the case. ``due_on`` is absent while the
    clock stands; ``look_at`` is when the platform itself next has something to see to.
    """

    region: str
    id: UUID
    number: str
    account: UUID
    person_key: bytes
    applicant_name: str
    pack: str
    version: str
    journey: str
    state: CaseState
    revision: int
    departments: tuple[str, ...]
    submitted_at: dt.datetime
    outcome: Outcome | None = None
    finish_code: str | None = None
    accepted_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    due_on: dt.date | None = None
    look_at: dt.datetime | None = None
    enterprise: UUID | None = None
    fast_lane: str | None = None

    @property
    def owner(self) -> UUID:
        """Whose it is: the enterprise's, or the account's own. What a ``Subject`` needs."""
        return self.enterprise or self.account
