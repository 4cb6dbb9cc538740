"""A licence shown by its holder: what was chosen, the code, what the verifier sees, who looked."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from tongban.licences.models import PublicFact, State


class Choosable(Struct, frozen=True):
    """Something a holder may show or keep back. ``preselected``: part of the least that makes sense to show."""

    id: str
    label: str
    preselected: bool = False
    sensitive: bool = False


class MadePresentation(Struct, frozen=True):
    """A new presentation. ``code`` is told here once and kept nowhere; ``seconds``: how long it lives."""

    id: UUID
    region: str
    code: str
    fields: list[str]
    seconds: int


class Look(Struct, frozen=True):
    """One presentation as its holder reads it afterwards; never an officer's name.

    ``shown_at`` None: nobody has looked. ``office``: the department whose official looked, None: whoever held the code.
    ``open``: the code can still be used.
    """

    id: UUID
    fields: list[str]
    made_at: dt.datetime
    shown_at: dt.datetime | None
    office: str | None
    open: bool


class Presented(Struct, frozen=True):
    """What the verifier sees, once: the least, and the fields that the holder chose. ``state`` is today's.

    ``holder`` is masked for a person who did not choose to show the name; ``number`` stands where it was chosen.
    """

    type_name: str
    holder: str
    issuer_name: str
    issued_on: dt.date
    valid_until: dt.date | None
    state: State
    facts: list[PublicFact]
    number: str | None = None
