"""From rows to an ended case as it is measured. Called by ``counting`` and by the page of a finished case."""

import datetime as dt
from typing import Any

import msgspec

from tongban.basics.calendar import local_day
from tongban.cases.facts import form_facts, known_facts
from tongban.cases.kernel import Kernel
from tongban.cases.measures.models import Ended
from tongban.cases.models import Dossier, File, Task
from tongban.cases.readiness import material_statuses, prefilled
from tongban.cases.rows import open_dossier, to_events, to_files
from tongban.services.catalogue import JourneyVersion

Openings = dict[str, tuple[dt.datetime, ...]]


def ended(kernel: Kernel, row: Any) -> Ended:
    """The ended case behind a row of ``ended_case``. Raises ``UnknownJourney``, ``SealBroken``."""
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    dossier = open_dossier(kernel.vault, row.region, row.id, row.dossier)
    openings: Openings = {}
    for one in row.openings:
        openings[one["task"]] = (*openings.get(one["task"], ()), dt.datetime.fromisoformat(one["at"]))
    return to_ended(kernel, version, dossier, to_files(row.files), row, openings)


def to_ended(
    kernel: Kernel,
    version: JourneyVersion,
    dossier: Dossier,
    files: tuple[File, ...],
    row: Any,
    openings: Openings | None = None,
) -> Ended:
    """A case from its row and what is known of it. ``row`` has state, outcome, times, tasks and events."""
    known = known_facts(version, dossier.applicant, dossier.evidence, kernel.resources, local_day(row.closed_at))
    facts = {**known, **form_facts(version, dossier.form)}
    statuses = material_statuses(version, facts, dossier.evidence, files, dossier.commitments, dossier.tolerated)
    return Ended(
        version=version,
        state=row.state,
        outcome=row.outcome,
        submitted_at=row.submitted_at,
        accepted_at=row.accepted_at,
        closed_at=row.closed_at,
        tasks=tuple(msgspec.convert(row.tasks, list[Task])),
        events=to_events(row.events),
        asked=frozenset(s.material.id for s in statuses if s.state in ("uploaded", "missing", "tolerated")),
        materials_not_asked=sum(s.state == "found" for s in statuses),
        fields_not_asked=len(prefilled(version, dossier.form, known)),
        openings=openings or {},
    )
