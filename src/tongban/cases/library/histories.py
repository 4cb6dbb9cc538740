"""From rows to histories: what the records of a case are made from, opened and named. Called by ``writing``."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.facts import form_facts, known_facts
from tongban.cases.kernel import Kernel
from tongban.cases.library.models import DatedEvent, HeldMaterial, History, IssuedLicence, Way
from tongban.cases.models import Dossier, Task
from tongban.cases.readiness import MaterialStatus, material_statuses
from tongban.cases.rows import open_dossier, to_files
from tongban.licences import actions as licences
from tongban.licences.models import Licence
from tongban.services.catalogue import JourneyVersion

_queries = load_queries("tongban.cases.library")


async def read_rows(connection: Connection, region: str, cases: Sequence[UUID]) -> dict[UUID, Any]:
    """The rows of ``cases`` of one region by id. What nobody applied for (a ticket) is left out."""
    found = {row.id: row async for row in _queries.histories(connection, region=region, cases=list(cases))}
    return {case_id: row for case_id, row in found.items() if row.dossier is not None}


async def to_history(connection: Connection, kernel: Kernel, row: Any, now: dt.datetime) -> History:
    """The history behind a row. Raises ``UnknownJourney``, ``SealBroken``, ``RoleUnbound``."""
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    dossier = open_dossier(kernel.vault, row.region, row.id, row.dossier)
    directory, region = kernel.directory, row.region
    issued = await licences.of_source(connection, kernel.vault, region, row.id) if row.finish_code else []
    return History(
        region=region,
        case_id=row.id,
        number=row.number,
        applicant=dossier.applicant,
        version=version,
        departments={department.id: department for department in directory.region(region).departments},
        lead=directory.department_for(region, version.journey.lead),
        performers={t.id: directory.department_for(region, t.department) for t in version.journey.tasks},
        tasks=tuple(msgspec.convert(task, Task) for task in row.tasks),
        events=tuple(msgspec.convert(event, DatedEvent) for event in row.events),
        materials=tuple(_materials(kernel, version, dossier, row, local_day(now))),
        licences=tuple(map(_issued, issued)),
        accepted_at=row.accepted_at,
        due_on=row.due_on,
        finish_code=row.finish_code,
        outcome=row.outcome,
    )


def _issued(one: Licence) -> IssuedLicence:
    ended = one.state in ("revoked", "withdrawn", "cancelled")
    return IssuedLicence(one.type_name, one.number, one.issued_at, one.state_at if ended else None)


def _materials(
    kernel: Kernel, version: JourneyVersion, dossier: Dossier, row: Any, today: dt.date
) -> list[HeldMaterial]:
    known = known_facts(version, dossier.applicant, dossier.evidence, kernel.resources, today)
    facts: Mapping[str, object] = {**known, **form_facts(version, dossier.form)}
    statuses = material_statuses(version, facts, dossier.evidence, to_files(row.files))
    return [_held(kernel, one) for one in statuses if one.state in ("found", "uploaded")]


def _held(kernel: Kernel, status: MaterialStatus) -> HeldMaterial:
    material, evidence = status.material, status.evidence
    if status.state == "uploaded" or evidence is None:
        return HeldMaterial(material.id, material.name, "upload", len(status.files))
    kind, _, name = evidence.source.partition("#")[0].partition(":")
    way: Way = "licence" if kind == "licence" else "resource"
    known = kernel.licence_types.get(name) if way == "licence" else kernel.resources.get(name)
    return HeldMaterial(material.id, material.name, way, 1, known.name if known else name)
