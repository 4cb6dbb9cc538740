"""Ask again for evidence whose freshness has lapsed, before anybody decides on it.

A look-up serves for the days its resource declares. Called before the lock of a decision: no transaction waits
for another department's system, and no look-up's record is lost with a decision that is then refused.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from tongban.basics.sql import load_queries
from tongban.cases.actions.evidence import by_consent, gather
from tongban.cases.actions.locked import LockedCase
from tongban.cases.errors import CaseNotFound, EvidenceLapsed
from tongban.cases.facts import best
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Dossier, Draft, Evidence
from tongban.cases.readiness import english
from tongban.cases.rows import open_dossier, to_case, to_draft
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.resources.consenting import actions as consenting
from tongban.services.catalogue import JourneyVersion

_queries = load_queries("tongban.cases")


def lapsed(evidence: Sequence[Evidence], now: dt.datetime) -> bool:
    """Whether anything of it was looked up too long ago."""
    return any(one.found and one.fresh_until is not None and one.fresh_until <= now for one in evidence)


async def asked_again(
    kernel: Kernel, actor: Actor, region: str, case_id: UUID, task_id: str
) -> tuple[Evidence, ...] | None:
    """The case's evidence, asked again where it lapsed; None when all of it is fresh.

    Raises ``CaseNotFound``, and ``EvidenceLapsed`` when what the task rests on is not found any more and was not
    uploaded either.
    """
    async with kernel.database.connection() as connection:
        if not await _queries.lapsed(connection, region=region, case_id=case_id):
            return None
        row = await _queries.case(connection, region=region, id=case_id)
        if row is None or not may(actor, "task.read", Subject(region=region, departments=to_case(row).departments)):
            raise CaseNotFound()
        draft = to_draft(kernel.vault, await _queries.draft(connection, region=region, id=case_id), row.account)
    dossier = open_dossier(kernel.vault, region, case_id, row.dossier)
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    draft = msgspec.structs.replace(draft, form=dossier.form)
    evidence = await gather(kernel, version, draft, dossier.applicant, row.now)
    _still_there(version, task_id, dossier, draft, evidence)
    return evidence


async def still_agreed(held: LockedCase, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """``evidence`` that was asked again, as far as it may be kept under the lock of ``held``.

    What rests on a consent that was taken back while the others were asked is as the case holds it now: gone, or as it
    was decided on before.
    """
    about = await consenting.consents_about(held.connection, held.case.region, held.case.id)
    standing = {one.material for one in about if one.withdrawn_at is None}
    ended = {
        (material.id, source)
        for material in held.version.journey.materials
        if material.id not in standing
        for source in by_consent(material)
    }
    kept = (one for one in evidence if (one.material, one.source) not in ended)
    return (*kept, *(one for one in held.dossier.evidence if (one.material, one.source) in ended))


def _still_there(
    version: JourneyVersion, task_id: str, dossier: Dossier, draft: Draft, evidence: tuple[Evidence, ...]
) -> None:
    before, after = best(dossier.evidence), best(evidence)
    uploaded = {file.material for file in draft.files}
    gone = [
        material
        for material in version.journey.materials
        if (task_id == INTAKE or task_id in material.tasks)
        and material.id in before
        and before[material.id].found
        and not (material.id in after and after[material.id].found)
        and material.id not in uploaded
    ]
    if gone:
        names = [(m.name, english(version, m.name)) for m in gone]
        raise EvidenceLapsed(
            field=gone[0].id, materials="、".join(zh for zh, _ in names), materials_en=", ".join(en for _, en in names)
        )
