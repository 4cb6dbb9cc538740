"""Is an application ready: eligible, complete, with every material found or uploaded? Pure.

The review page shows what is missing; submission refuses with the same list.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from tongban.cases.facts import best, form_facts, known_facts
from tongban.cases.models import Applicant, Dossier, Draft, Evidence, File
from tongban.cases.paths import replaced
from tongban.resources.definitions import Resource
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material
from tongban.services.forms import validate_form

MaterialState = Literal["found", "uploaded", "promised", "tolerated", "missing", "optional", "not_needed"]
"""Where a material came from; promised: a signed commitment replaces it; tolerated: it may follow after acceptance."""


class MaterialStatus(Struct, frozen=True):
    """One material of one application: whether it applies and where it came from."""

    material: Material
    state: MaterialState
    evidence: Evidence | None = None
    files: tuple[File, ...] = ()

    @property
    def uploadable(self) -> bool:
        """Whether the person may bring it as a file."""
        return any(source.upload for source in self.material.sources)


class Readiness(Struct, frozen=True):
    """The whole of it. ``faults`` are dictionaries with ``field``, ``zh``, ``en`` (and ``basis``).

    ``facts`` is what rules read of the application.
    """

    form: dict[str, Any]
    form_faults: list[dict[str, Any]]
    eligibility_faults: list[dict[str, Any]]
    material_faults: list[dict[str, Any]]
    materials: list[MaterialStatus]
    prefilled: dict[str, str]
    facts: dict[str, object]

    @property
    def ready(self) -> bool:
        """Nothing is missing."""
        return not (self.form_faults or self.eligibility_faults or self.material_faults)


def english(version: JourneyVersion, text: str) -> str:
    """The pack's English for ``text``; the Chinese where there is none."""
    return version.strings.get("en", {}).get(text, text)


def assess(
    version: JourneyVersion,
    draft: Draft,
    applicant: Applicant,
    resources: Mapping[str, Resource],
    today: dt.date,
) -> Readiness:
    """Assess ``draft`` on ``today`` (China Standard Time)."""
    known = known_facts(version, applicant, draft.evidence, resources, today)
    form, faults = checked_form(version, draft.form, known)
    facts = {**known, **form_facts(version, form)}
    materials = material_statuses(version, facts, draft.evidence, draft.files, draft.commitments, draft.tolerated)
    return Readiness(
        form=form,
        form_faults=faults,
        eligibility_faults=_eligibility(version, facts),
        material_faults=_missing(version, materials),
        materials=materials,
        prefilled=prefilled(version, form, known),
        facts=facts,
    )


def checked_form(
    version: JourneyVersion, form: Mapping[str, Any], known: Mapping[str, object]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The form without fields whose guard is not true, and its faults."""
    result = validate_form(version, form, known)
    faults = [{"field": f.field, "code": f.code, "zh": f.zh, "en": f.en} for f in result.faults]
    return dict(result.values), faults


def _eligibility(version: JourneyVersion, facts: Mapping[str, object]) -> list[dict[str, Any]]:
    # Unknown is not eligible: the person is told which condition could not be confirmed.
    return [
        {"field": c.id, "zh": c.otherwise, "en": english(version, c.otherwise), "basis": c.basis}
        for c in version.journey.eligible
        if not version.holds(c.rule, facts)
    ]


def material_statuses(
    version: JourneyVersion,
    facts: Mapping[str, object],
    evidence: tuple[Evidence, ...],
    files: tuple[File, ...],
    commitments: Sequence[str] = (),
    tolerated: Collection[str] = (),
) -> list[MaterialStatus]:
    """Every material of the journey with its state, given the signed ``commitments`` and what may follow."""
    found = best(evidence)
    statuses = [_status(version, m, facts, found.get(m.id), files) for m in version.journey.materials]
    promised = replaced(version.journey, commitments)
    return [_pledged(status, promised, tolerated) for status in statuses]


def _pledged(status: MaterialStatus, promised: Collection[str], tolerated: Collection[str]) -> MaterialStatus:
    if status.state in ("missing", "optional") and status.material.id in promised:
        return replace(status, state="promised")
    if status.state == "missing" and status.material.tolerable and status.material.id in tolerated:
        return replace(status, state="tolerated")
    return status


def _status(
    version: JourneyVersion,
    material: Material,
    facts: Mapping[str, object],
    evidence: Evidence | None,
    files: tuple[File, ...],
) -> MaterialStatus:
    own = tuple(f for f in files if f.material == material.id)
    state: MaterialState = "missing" if material.required else "optional"
    if not version.holds(material.when, facts):
        state = "not_needed"
    elif evidence is not None and evidence.found:
        state = "found"
    elif own:
        state = "uploaded"
    return MaterialStatus(material, state, evidence, own)


def _missing(version: JourneyVersion, materials: list[MaterialStatus]) -> list[dict[str, Any]]:
    return [
        {
            "field": status.material.id,
            "zh": f"请上传{status.material.name}",
            "en": f"Please upload: {english(version, status.material.name)}",
        }
        for status in materials
        if status.state == "missing"
    ]


def prefilled(version: JourneyVersion, form: Mapping[str, Any], known: Mapping[str, object]) -> dict[str, str]:
    """Field id → the name its value was filled in from, for fields whose value still is what was looked up."""
    return {
        field.id: field.prefill
        for field in version.fields.values()
        if field.prefill and known.get(field.prefill) is not None and form.get(field.id) == _plain(known[field.prefill])
    }


def with_prefill(version: JourneyVersion, form: Mapping[str, Any], known: Mapping[str, object]) -> dict[str, Any]:
    """``form`` with every empty field filled in that has a known prefill."""
    filled = dict(form)
    for field in version.fields.values():
        if field.prefill and filled.get(field.id) in (None, "") and known.get(field.prefill) is not None:
            filled[field.id] = _plain(known[field.prefill])
    return filled


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


class Count(Struct, frozen=True):
    """What was and was not asked of the person, counted from the evidence of the case itself."""

    materials_asked: int
    materials_not_asked: int
    fields_prefilled: int


def count(
    version: JourneyVersion,
    dossier: Dossier,
    files: tuple[File, ...],
    resources: Mapping[str, Resource],
    today: dt.date,
) -> Count:
    """Count over a submitted dossier."""
    known = known_facts(version, dossier.applicant, dossier.evidence, resources, today)
    facts = {**known, **form_facts(version, dossier.form)}
    statuses = material_statuses(version, facts, dossier.evidence, files, dossier.commitments, dossier.tolerated)
    states = [s.state for s in statuses]
    asked = sum(state in ("uploaded", "missing", "tolerated") for state in states)
    return Count(asked, states.count("found"), len(prefilled(version, dossier.form, known)))
