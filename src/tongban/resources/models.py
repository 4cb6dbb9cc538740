"""Grants as they stand, look-ups as they are asked and recorded, uses as the person sees them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.resources.definitions import Resource
from tongban.resources.masks.definitions import Mask

Outcome = Literal["found", "missing", "unavailable", "invalid", "refused"]
Legal = Literal["duty", "consent"]


class Grant(Struct, frozen=True):
    """``consumer`` (a department id) may see ``fields`` of ``resource`` for ``purpose``.

    Valid from ``valid_from`` until before ``valid_until``, unless revoked. It comes from a pack (``need``, ``pack``,
    ``version``, for one ``journey``) or from a ``basket``, perhaps of a ``theme``. ``rows``: a condition in the rule
    language over the resource's fields, None for every row. ``masks``: field → mask. ``quota``: records a day in
    China. ``lists``: whether pages of rows may be read, not only one record at a time. Every change raises
    ``revision``.
    """

    region: str
    id: UUID
    need: str | None
    resource: str
    consumer: str
    purpose: str
    basis: str
    fields: list[str]
    journey: str | None
    pack: str | None
    version: str | None
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None = None
    basket: UUID | None = None
    theme: str | None = None
    rows: str | None = None
    masks: Mapping[str, Mask] = {}
    quota: int | None = None
    lists: bool = False
    revision: int = 1


def grant_of(row: Any) -> Grant:
    """A row of ``grants``, whose columns stand in the order of ``Grant``."""
    columns = row._asdict()
    return Grant(**{**columns, "masks": msgspec.convert(columns["masks"], dict[str, Mask])})


class LookUpRequest(Struct, frozen=True):
    """A question for one record.

    ``consumer`` and ``provider`` are department ids; ``match`` maps key fields to the values asked for;
    ``person_key`` is the keyed hash of the person whose data it is (not always the applicant), and
    ``person_account`` that person's account, if any. ``legal`` says by which right (duty or consent);
    ``basis`` is more exact than the grant's where given. ``timeout`` in seconds. ``officer``: whose act it was, if an
    official asked. ``case_id`` and ``journey`` are None where the platform itself asks, for ``purpose``. ``kept``:
    whether the values stay sealed with the use, as evidence does, or are gone once the question is answered.
    """

    region: str
    case_id: UUID | None
    resource: Resource
    consumer: str
    provider: str
    journey: str | None
    match: Mapping[str, str]
    fields: Sequence[str]
    legal: Legal
    person_key: bytes
    person_account: UUID | None = None
    material: str = ""
    basis: str | None = None
    timeout: float = 3.0
    officer: str | None = None
    purpose: str | None = None
    kept: bool = True


class LicenceUse(Struct, frozen=True):
    """An own licence that serves as evidence: ``licence_type`` of ``provider`` (its issuer's department id).

    ``values`` are the facts that flow; ``fresh_until`` the end of the licence's validity, if any.
    """

    region: str
    case_id: UUID
    licence_type: str
    consumer: str
    provider: str
    purpose: str
    basis: str
    legal: Legal
    values: Mapping[str, Any]
    person_key: bytes
    person_account: UUID | None = None
    material: str = ""
    fresh_until: datetime | None = None


class LookUp(Struct, frozen=True):
    """A recorded use. ``values`` is filled only when ``outcome`` is found and nothing was purged.

    ``source`` is ``resource:<id>`` or ``licence:<type>``; ``case_id`` is ``id`` where there is no case. ``digest`` is
    salted, the salt lies sealed with the values; ``answered_ms`` milliseconds; ``fresh_until`` when it must be asked
    again.
    """

    region: str
    id: UUID
    case_id: UUID
    material: str
    person_key: bytes | None
    person_account: UUID | None
    consumer: str
    provider: str
    source: str
    purpose: str
    basis: str
    legal: Legal
    fields: list[str]
    outcome: Outcome
    reason: str | None
    digest: bytes | None
    asked_at: datetime
    answered_ms: int
    fresh_until: datetime | None
    values: Mapping[str, Any]
    purged_at: datetime | None = None

    @property
    def found(self) -> bool:
        """Whether it replaces a document: a record was found and its values are still kept."""
        return self.outcome == "found" and self.purged_at is None

    def fresh(self, now: datetime) -> bool:
        """Whether it may still serve at ``now`` without being asked again."""
        return self.found and (self.fresh_until is None or now < self.fresh_until)


class Use(Struct, frozen=True):
    """One line of "my data": who asked whom about me, what for, by which right, and what came of it.

    Departments are ids that the caller names; no officer and no value appears. ``peer``: the other node through which
    the provider was asked.
    """

    region: str
    id: UUID
    case_id: UUID
    provider: str
    consumer: str
    source: str
    purpose: str
    basis: str
    legal: Legal
    fields: list[str]
    outcome: Outcome
    asked_at: datetime
    purged_at: datetime | None
    peer: str | None = None
