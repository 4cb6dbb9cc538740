"""What a department wishes to do with a licence that it issued, and what became of it."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct, field

ChangeKind = Literal["suspend", "resume", "revoke", "withdraw", "cancel", "correct", "reissue"]
"""暂停, 恢复, 吊销, 撤销, 注销, 更正, 换发."""


class Wish(Struct, frozen=True):
    """What is asked for, why, and by which provision. ``facts``: fields with their right values, for ``correct``."""

    kind: ChangeKind
    reasons: str
    basis: str
    facts: Mapping[str, str] = field(default_factory=dict)


class Change(Struct, frozen=True):
    """A wish on record. ``outcome`` None: it waits for a second person. ``facts``: what is to be corrected, opened."""

    region: str
    id: UUID
    licence: UUID
    department: str
    kind: ChangeKind
    reasons: str
    basis: str
    facts: dict[str, str]
    asked_by: UUID
    asked_person: UUID
    asked_at: dt.datetime
    outcome: Literal["done", "declined"] | None
    answer: str | None
    decided_at: dt.datetime | None
    successor: UUID | None


class Waiting(Struct, frozen=True):
    """A wish that waits for a second person, as a list shows it."""

    region: str
    id: UUID
    licence: UUID
    kind: ChangeKind
    type_name: str
    number: str
    asked_at: dt.datetime
    asked_by: UUID
