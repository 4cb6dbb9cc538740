"""By which path an application enters: fast lane, commitments, materials that follow. Called by submission only.

On the plain path nothing is read here, so that a plain submission stays two round trips.
"""

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.cases.actions.assisted import taken_in
from tongban.cases.actions.events import Event
from tongban.cases.actions.pledges import pledge_events
from tongban.cases.kernel import Kernel
from tongban.cases.models import Applicant, Dossier, Draft
from tongban.cases.paths import fast_lane
from tongban.cases.readiness import Readiness
from tongban.parties.models import Actor
from tongban.services.catalogue import JourneyVersion


class Entrance(Struct, frozen=True):
    """What the path makes of an application: its dossier, the reason to handle it first, and what is recorded."""

    dossier: Dossier
    fast_lane: str | None = None
    events: tuple[Event, ...] = ()


async def entrance(
    connection: Connection,
    kernel: Kernel,
    actor: Actor,
    draft: Draft,
    version: JourneyVersion,
    applicant: Applicant,
    readiness: Readiness,
) -> Entrance:
    """The path of ``draft`` as it is made now. Raises ``Barred`` and ``NoSuchPath`` for promises that do not hold, and
    ``ConfirmationMissing`` for what nobody but a clerk said."""
    window = taken_in(actor, draft)
    dossier = Dossier(applicant, readiness.form, draft.evidence, window=window)
    tolerated = tuple(s.material.id for s in readiness.materials if s.state == "tolerated")
    if version.journey.fast_lane is None and not draft.commitments and not tolerated:
        return Entrance(dossier)
    facts = readiness.facts
    lane = fast_lane(version, facts)
    events = [Event("case.fast_laned", None, lane.basis, {"reasons": lane.reason})] if lane else []
    if draft.commitments or tolerated:
        events += await pledge_events(connection, kernel, actor, draft, facts, tolerated)
    dossier = Dossier(applicant, readiness.form, draft.evidence, draft.commitments, tolerated, window)
    return Entrance(dossier, lane.reason if lane else None, tuple(events))
