"""Gather what replaces paper: licences and shared data, tried in the order the pack declares.

Only after the notice was read, only under a grant, every look-up recorded before its values are used. Called
when a draft is opened and whenever a saved form makes a further look-up possible or an earlier one moot.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import CST, local_day
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.facts import form_facts, known_facts
from tongban.cases.kernel import Kernel
from tongban.cases.models import Applicant, Draft, Evidence
from tongban.cases.readiness import checked_form
from tongban.licences import actions as licences
from tongban.parties.actions import person_key
from tongban.parties.enterprises import enterprise_key
from tongban.resources import actions as resources
from tongban.resources.consenting import actions as consenting
from tongban.resources.errors import NotGranted
from tongban.resources.models import LicenceUse, LookUp, LookUpRequest
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material, Source

_queries = load_queries("tongban.cases")
TIMEOUT_SECONDS = 3.0
RETRY_AFTER = dt.timedelta(minutes=1)
OWN_NUMBER: Mapping[str, Mapping[str, str]] = {
    "person": {"id_number": "applicant.id_number"},
    "enterprise": {"uscc": "applicant.uscc"},
}
"""What a licence is looked up by: the applicant's own number, under the name it has."""


class _Search(Struct, frozen=True):
    """One draft being searched for: what is known so far."""

    kernel: Kernel
    version: JourneyVersion
    draft: Draft
    applicant: Applicant
    facts: Mapping[str, object]
    now: dt.datetime


def facts_of(
    kernel: Kernel, version: JourneyVersion, draft: Draft, applicant: Applicant, now: dt.datetime
) -> dict[str, object]:
    """Every name a rule of this journey may read, from what the draft holds now; a faulty answer counts as none,
    so that nobody is asked about with a number that is half typed."""
    known = known_facts(version, applicant, draft.evidence, kernel.resources, local_day(now))
    form, faults = checked_form(version, draft.form, known)
    faulty = {fault["field"] for fault in faults}
    sound = {name: value for name, value in form.items() if name not in faulty}
    return {**known, **form_facts(version, sound)}


async def gather(
    kernel: Kernel, version: JourneyVersion, draft: Draft, applicant: Applicant, now: dt.datetime
) -> tuple[Evidence, ...]:
    """Look up what can be looked up and is not known yet; returns the draft's evidence afterwards.

    Evidence whose material no longer applies, or that was asked with a value since changed, is dropped.
    A source that is down, slow or wrong leaves its material to be uploaded; it is tried again later.
    """
    search = _Search(kernel, version, draft, applicant, facts_of(kernel, version, draft, applicant, now), now)
    kept: dict[tuple[str, str], Evidence] = {(e.material, e.source): e for e in draft.evidence}
    for material in version.journey.materials:
        await _for_material(search, material, kept)
    return tuple(kept.values())


async def _for_material(search: _Search, material: Material, kept: dict[tuple[str, str], Evidence]) -> None:
    applies = search.version.holds(material.when, search.facts)
    wanted = _matches(search, material) if applies else {}
    await _drop_moot(search, material, wanted, kept)
    for name, source in named_sources(material):
        match = wanted.get(name)
        if match is None:
            continue
        known = kept.get((material.id, name))
        if known is None or _again(known, search.now):
            found = await _ask(search, material, name, source, match)
            if found is not None:
                kept[(material.id, name)] = found
        if (known := kept.get((material.id, name))) is not None and known.found:
            return


def named_sources(material: Material) -> list[tuple[str, Source]]:
    """Each look-up source under a name of its own: ``resource:<id>`` or ``licence:<type>``, and ``#2`` where the
    same one is asked a second time with other values. Uploads are no look-up."""
    named: list[tuple[str, Source]] = []
    for source in material.sources:
        if source.upload:
            continue
        name = f"resource:{source.resource}" if source.resource else f"licence:{source.licence}"
        times = sum(known.partition("#")[0] == name for known, _ in named)
        named.append((f"{name}#{times + 1}" if times else name, source))
    return named


def by_consent(material: Material) -> frozenset[str]:
    """The look-ups of ``material``, by name, that rest on consent."""
    return frozenset(name for name, source in named_sources(material) if source.legal == "consent")


def _again(known: Evidence, now: dt.datetime) -> bool:
    """An unavailable source is asked again after a minute; a found one when it is no longer fresh."""
    if known.found:
        return known.fresh_until is not None and now >= known.fresh_until
    return known.outcome in ("unavailable", "invalid") and now - known.at > RETRY_AFTER


def _matches(search: _Search, material: Material) -> dict[str, dict[str, str]]:
    """Source name → values to ask with, for sources whose values are all known and whose consent was given."""
    matches = {}
    for name, source in named_sources(material):
        if source.legal == "consent" and material.id not in search.draft.consents:
            continue
        names = source.match or OWN_NUMBER[search.applicant.kind]
        values = {key: search.facts.get(dotted) for key, dotted in names.items()}
        if all(values.values()):
            matches[name] = {key: str(value) for key, value in values.items()}
    return matches


def _digest(search: _Search, match: Mapping[str, str]) -> bytes:
    return search.kernel.vault.keyed_hash("match", msgspec.json.encode(match, order="sorted").decode())


async def _drop_moot(
    search: _Search,
    material: Material,
    wanted: Mapping[str, dict[str, str]],
    kept: dict[tuple[str, str], Evidence],
) -> None:
    held = [e for e in kept.values() if e.material == material.id]
    moot = [e for e in held if e.source not in wanted or e.asked != _digest(search, wanted[e.source])]
    if not moot:
        return
    async with search.kernel.database.connection() as connection:
        await _queries.drop_evidence(
            connection, region=search.draft.region, case_id=search.draft.id, materials=[material.id]
        )
    for one in held:
        del kept[(one.material, one.source)]


async def _ask(
    search: _Search, material: Material, name: str, source: Source, match: dict[str, str]
) -> Evidence | None:
    if material.consent_of and source.legal == "consent" and not await _agreed_now(search, material, match):
        return None  # Nobody is asked about who did not agree, nor is it told to them as if somebody had tried.
    use = await (_from_resource if source.resource else _from_licence)(search, material, source, match)
    if use is None:
        return None
    evidence = Evidence(
        material=material.id,
        source=name,
        found=use.found,
        outcome=use.outcome,
        provider=use.provider,
        basis=use.basis,
        look_up=use.id,
        at=use.asked_at,
        asked=_digest(search, match),
        fresh_until=use.fresh_until,
        fields=dict(use.values),
    )
    async with search.kernel.database.transaction() as connection:
        key, _ = _subject(search, match)
        draft = search.draft
        if source.legal == "consent" and not await consenting.holds(
            connection, draft.region, draft.id, material.id, key
        ):
            # Taken back while the other side was thinking: what it said is not kept.
            await consenting.destroy(connection, search.draft.region, search.draft.id, [material.id], search.now)
            return None
        await _bind(connection, search.draft.region, search.draft.id, evidence)
    return evidence


async def _agreed(connection: Connection, search: _Search, material: Material, match: Mapping[str, str]) -> bool:
    """Whether whose data is asked for agreed to it, up to this moment."""
    draft, (key, _) = search.draft, _subject(search, match)
    return await consenting.stands(connection, draft.region, draft.id, material.id, key)


async def _agreed_now(search: _Search, material: Material, match: Mapping[str, str]) -> bool:
    async with search.kernel.database.connection() as connection:
        return await _agreed(connection, search, material, match)


async def _bind(connection: Connection, region: str, case_id: UUID, evidence: Evidence) -> None:
    names = [name for name in Evidence.__struct_fields__ if name != "fields"]
    await _queries.put_evidence(
        connection, region=region, case_id=case_id, **{name: getattr(evidence, name) for name in names}
    )


def _consumer(search: _Search, material: Material, resource: str) -> str:
    """The department in whose name the look-up is made: one that uses the material and holds the grant."""
    kernel, journey = search.kernel, search.version.journey
    roles = [task.department for task in journey.tasks if task.id in material.tasks] + [journey.lead]
    granted = {g.consumer for g in kernel.grants if g.resource == resource and g.journey == journey.id}
    role = next((r for r in roles if r in granted), roles[0])
    return kernel.directory.department_for(search.draft.region, role).id


def _subject(search: _Search, match: Mapping[str, str]) -> tuple[bytes, UUID | None]:
    """Whose data it is: the person or enterprise whose number is asked with, who need not be the applicant; and the
    account, where it is that person's own."""
    vault, applicant = search.kernel.vault, search.applicant
    id_number, code = _number(match, "id_number"), _number(match, "uscc")
    if code or (applicant.uscc and not id_number):
        return enterprise_key(vault, code or str(applicant.uscc)), None
    id_number = id_number or applicant.id_number
    own = id_number.upper() == applicant.id_number.upper()
    return person_key(vault, id_number), search.draft.account if own else None


def _number(match: Mapping[str, str], name: str) -> str | None:
    """The number that a look-up asks with: the key called ``name``, else one whose name ends so."""
    return match.get(name) or next((value for key, value in match.items() if key.endswith(name)), None)


async def _from_resource(search: _Search, material: Material, source: Source, match: dict[str, str]) -> LookUp | None:
    kernel, region = search.kernel, search.draft.region
    resource = kernel.resources[source.resource or ""]
    key, account = _subject(search, match)
    request = LookUpRequest(
        region=region,
        case_id=search.draft.id,
        resource=resource,
        consumer=_consumer(search, material, resource.id),
        provider=kernel.directory.department_for(region, resource.provider).id,
        journey=search.version.journey.id,
        match=match,
        fields=source.shows,
        legal=source.legal,
        person_key=key,
        person_account=account,
        material=material.id,
        basis=source.basis,
        timeout=TIMEOUT_SECONDS,
    )
    try:
        return await resources.look_up(
            kernel.database,
            kernel.providers.get(resource.id),
            request,
            search.now,
            kernel.vault,
            kernel.exchange_keys,
        )
    except NotGranted:
        # The refusal is recorded; for the person it means that this source can not help: upload.
        return None


async def _from_licence(search: _Search, material: Material, source: Source, match: dict[str, str]) -> LookUp | None:
    kernel = search.kernel
    key, account = _subject(search, match)
    async with kernel.database.connection() as connection:
        if source.legal == "consent" and not await _agreed(connection, search, material, match):
            return None
        licence = await licences.find(connection, kernel.vault, key, source.licence or "")
        if licence is None:
            return None
        stated: dict[str, Any] = {f.id: f.value for f in licence.fields if f.id in source.shows}
        until = licence.valid_until
        use = LicenceUse(
            region=search.draft.region,
            case_id=search.draft.id,
            licence_type=licence.type,
            consumer=kernel.directory.department_for(search.draft.region, search.version.journey.lead).id,
            provider=licence.issuer.id,
            purpose=search.version.journey.name,
            basis=source.basis or material.basis or "",
            legal=source.legal,
            values=stated | {"number": licence.number},
            person_key=key,
            person_account=account,
            material=material.id,
            fresh_until=dt.datetime.combine(until, dt.time.max, CST) if until else None,
        )
        return await resources.record_licence_use(connection, use, search.now, kernel.vault)
