"""Appointments as they are handled in memory: what is wished, and what stands."""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

AppointedAs = Literal["administrator", "handler", "agent"]
"""An administrator of an enterprise may appoint handlers; an agent acts for a person."""
AppointmentState = Literal["offered", "standing", "declined", "ended"]


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom somebody wishes to let act, and how far.

    ``id_number`` or ``mobile`` says who it is, one of them, together with ``name`` as registered. ``services``: journey
    ids, none for all matters. ``last_day``: the last day, if it ends by itself.
    """

    name: str
    capacity: AppointedAs = "handler"
    id_number: str = ""
    mobile: str = ""
    services: tuple[str, ...] = ()
    last_day: dt.date | None = None


class Appointment(Struct, frozen=True):
    """One appointment. ``services`` None: all matters. ``by_mobile``: the person is known by telephone and name only.

    ``for_name``: the enterprise or person for whom; ``offered_by`` the name of who offered, if that was a person.
    """

    id: UUID
    enterprise: UUID | None
    principal: UUID | None
    for_name: str
    capacity: AppointedAs
    name: str
    services: tuple[str, ...] | None
    until: dt.datetime | None
    offered_at: dt.datetime
    offered_by: str | None
    by_mobile: bool
    state: AppointmentState
