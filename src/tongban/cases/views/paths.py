"""What a page shows of the paths beside the plain one: promises, what follows, visits, and where a case is handled.

Pure: everything is read from the events of the case. Called by ``views.reading``.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import Struct

from tongban.cases.models import Case, PastEvent
from tongban.cases.paths import (
    Promise,
    ToleranceNow,
    VisitNow,
    commitments_now,
    tolerance_now,
    visit_now,
    visits_of,
)
from tongban.services.catalogue import JourneyVersion


class CommitmentLine(Struct, frozen=True):
    """One signed commitment: how far it has come, and until when which tasks' departments verify it."""

    commitment: str
    name: str
    state: Promise
    verify_by: Mapping[str, dt.date] = {}


class VisitLine(Struct, frozen=True):
    """One shared visit of the case. ``document``: what its combined result is called."""

    name: str
    document: str
    now: VisitNow
    departments: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()


class Elsewhere(Struct, frozen=True):
    """Another region has to do with the case: it is handled there, or was applied for there.

    ``number`` is the case's there; ``progress`` the newest event there and ``at`` when it was told here.
    """

    role: str
    region: str
    number: str | None = None
    progress: str | None = None
    outcome: str | None = None
    at: dt.datetime | None = None


class PathsLine(Struct, frozen=True):
    """Everything about the paths that one case took."""

    fast_lane: str | None = None
    tolerance: ToleranceNow = ToleranceNow("none")
    commitments: tuple[CommitmentLine, ...] = ()
    visits: tuple[VisitLine, ...] = ()
    elsewhere: Elsewhere | None = None


def paths_line(
    version: JourneyVersion, case: Case, events: Sequence[PastEvent], facts: Mapping[str, object]
) -> PathsLine:
    """The paths of ``case`` as its ``events`` tell them."""
    return PathsLine(
        fast_lane=case.fast_lane,
        tolerance=tolerance_now(events),
        commitments=tuple(_commitments(version, events)),
        visits=tuple(_visits(version, events, facts)),
        elsewhere=elsewhere(events),
    )


def _commitments(version: JourneyVersion, events: Sequence[PastEvent]) -> list[CommitmentLine]:
    lines = []
    for name, state in commitments_now(events).items():
        declared = version.journey.commitment(name)
        relied = [e for e in events if e.kind == "case.commitment_relied_on" and e.detail["commitment"] == name]
        days = {str(e.task): dt.date.fromisoformat(e.detail["verify_by"]) for e in relied}
        lines.append(CommitmentLine(name, declared.name if declared else name, state, days))
    return lines


def _visits(version: JourneyVersion, events: Sequence[PastEvent], facts: Mapping[str, object]) -> list[VisitLine]:
    lines = []
    for visit in visits_of(version, facts) if version.journey.visits else ():
        asked = [e for e in events if e.kind == "case.visit_arranged" and e.detail.get("visit") == visit.id]
        going = tuple(asked[-1].detail.get("departments", ())) if asked else ()
        lines.append(VisitLine(visit.name, visit.result, visit_now(events, visit.id), going, tuple(visit.prepare)))
    return lines


def elsewhere(events: Sequence[PastEvent]) -> Elsewhere | None:
    """The other region that has to do with a case, or None."""
    found: Elsewhere | None = None
    for event in events:
        detail = event.detail
        if event.kind == "case.submitted" and "handed_over_from" in detail:
            found = Elsewhere("from", detail["handed_over_from"], detail["number"])
        elif event.kind == "case.handed_over":
            found = Elsewhere("to", detail["region"])
        elif event.kind == "case.taken_over":
            found = Elsewhere("to", detail["region"], detail["number"])
        elif event.kind == "case.progress_returned" and found is not None:
            outcome = detail.get("outcome") if detail["kind"] == "case.closed" else found.outcome
            found = Elsewhere("to", found.region, detail["number"], detail["kind"], outcome, event.at)
    return found
