"""The copy of a person's data as it is kept and given out: machine-readable, and the source of page and workbook.

Departments speak, never an officer; names and numbers of others are left out. Moments are UTC, days are Chinese.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct


class Answer(Struct, frozen=True):
    """One named value as people read it. ``name`` is the identifier, ``label`` what the form or register calls it."""

    name: str
    label: str
    value: str


class AccountCopy(Struct, frozen=True):
    """The account and whose it is."""

    login: str
    name: str
    id_number: str
    birth_date: dt.date | None
    sex: str | None
    nationality: str
    household: str | None
    mobile: str | None
    opened_at: dt.datetime


class SessionCopy(Struct, frozen=True):
    """A sign-in that is open. ``agent``: what the device calls itself; ``source``: its network, cut short."""

    since: dt.datetime
    used_at: dt.datetime
    agent: str
    source: str


class ActingCopy(Struct, frozen=True):
    """Who acts for the person now (``for_me``), or for whom the person acts: an enterprise by name, persons without.

    ``capacity``: as the platform calls it, of a child's parents mother or father.
    """

    for_me: bool
    capacity: str
    enterprise: str | None
    until: dt.datetime | None


class DraftCopy(Struct, frozen=True):
    """An application that is not made yet."""

    journey: str
    opened_at: dt.datetime
    updated_at: dt.datetime
    form: list[Answer]


class EventCopy(Struct, frozen=True):
    """What happened to a case, in whose name, by which article, with which words to the applicant."""

    at: dt.datetime
    kind: str
    by: str
    task: str | None
    basis: str | None
    text: str | None


class MaterialCopy(Struct, frozen=True):
    """A document of a case. ``values``: what was looked up about the person; ``files``: names of what they sent."""

    name: str
    state: str
    provider: str | None
    values: list[Answer]
    files: list[str]


class CaseCopy(Struct, frozen=True):
    """An application with what was said in it and what happened to it."""

    number: str
    journey: str
    region: str
    state: str
    outcome: str | None
    submitted_at: dt.datetime
    closed_at: dt.datetime | None
    form: list[Answer]
    materials: list[MaterialCopy]
    questions: list[Answer]
    events: list[EventCopy]


class LicenceCopy(Struct, frozen=True):
    """A licence that the person holds."""

    type: str
    number: str
    issuer: str
    issued_at: dt.datetime
    valid_until: dt.date | None
    state: str
    fields: list[Answer]


class UseCopy(Struct, frozen=True):
    """Who looked up what about the person, what for and by which right."""

    id: UUID
    at: dt.datetime
    consumer: str
    provider: str
    source: str
    purpose: str
    legal: str
    basis: str
    fields: list[str]
    outcome: str
    destroyed_at: dt.datetime | None


class ConsentCopy(Struct, frozen=True):
    """What the person agreed to."""

    journey: str
    material: str
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None
    language: str | None


class MessageCopy(Struct, frozen=True):
    """What the person was told. ``kind`` is the event."""

    at: dt.datetime
    kind: str
    number: str | None
    text: str | None


class AskedCopy(Struct, frozen=True):
    """What the person asked or said about their data (``kind``), and what was answered."""

    at: dt.datetime
    kind: str
    number: str
    answered_at: dt.datetime | None
    answer: str | None


class Copy(Struct, frozen=True):
    """Everything that the node holds about one person, made at ``made_at``."""

    made_at: dt.datetime
    account: AccountCopy
    sessions: list[SessionCopy]
    drafts: list[DraftCopy]
    cases: list[CaseCopy]
    licences: list[LicenceCopy]
    uses: list[UseCopy]
    consents: list[ConsentCopy]
    messages: list[MessageCopy]
    asked: list[AskedCopy]
    acting: list[ActingCopy] = []
