"""Calendars as they are handled in memory."""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

from tongban.basics.calendar_errors import CalendarFault
from tongban.basics.calendar_file import CalendarFile, Kind

State = Literal["proposed", "published", "declined"]


class Proposal(Struct, frozen=True):
    """One file that somebody proposed, and what became of it.

    ``proposed_by`` and ``decided_by`` are names, for administrators only. ``edition`` is given when it is published;
    ``own``: the reader proposed it. ``warnings`` are for whoever approves; ``in_force``: no newer edition stands.
    """

    region: str
    id: UUID
    kind: Kind
    year: int
    state: State
    file: CalendarFile
    proposed_by: str
    proposed_at: dt.datetime
    own: bool = False
    edition: int | None = None
    in_force: bool = False
    decided_by: str | None = None
    decided_at: dt.datetime | None = None
    reasons: str | None = None
    warnings: list[CalendarFault] = []


class Published(Struct, frozen=True):
    """What came of an approval. ``since``: the first day that is decided otherwise now; ``basis``: the document."""

    region: str
    id: UUID
    kind: Kind
    year: int
    edition: int
    since: dt.date
    basis: str
