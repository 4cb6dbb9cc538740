"""The names a journey's rules may read, built from what is known of one application.

``today``; ``applicant.*``; ``form.<field>``; ``evidence.<material>.found`` and ``.<field>``.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tongban.cases.models import Applicant, Evidence
from tongban.cases.rules import typed
from tongban.parties.models import Actor, Enterprise, EnterpriseParticulars, Particulars
from tongban.resources.definitions import Resource
from tongban.services.catalogue import JourneyVersion


class Agent(Struct, frozen=True):
    """Who acts for a person: the name, and the telephone number on record."""

    name: str
    mobile: str | None


def applicant_of(name: str, particulars: Particulars, agent: Agent | None = None) -> Applicant:
    """The applicant as the rules see them. ``region`` is the household register's; ``agent``: who acts for them."""
    return Applicant(
        name=name,
        id_number=particulars.id_number,
        birth_date=particulars.birth_date,
        sex=particulars.sex,
        nationality=particulars.nationality,
        region=particulars.household,
        mobile=particulars.mobile,
        agent_name=agent.name if agent else None,
        agent_mobile=agent.mobile if agent else None,
    )


def enterprise_applicant(
    enterprise: Enterprise, registered: EnterpriseParticulars, actor: Actor, particulars: Particulars
) -> Applicant:
    """The enterprise as the rules see it, with the person (``actor``) who acts for it."""
    return Applicant(
        kind="enterprise",
        name=enterprise.name,
        id_number=registered.uscc,
        uscc=registered.uscc,
        legal_representative=registered.legal_representative,
        address=registered.address,
        scope=registered.scope,
        agent_name=actor.name,
        agent_mobile=particulars.mobile,
    )


def best(evidence: Sequence[Evidence]) -> dict[str, Evidence]:
    """For each material the evidence that counts: the first found, else the last tried."""
    chosen: dict[str, Evidence] = {}
    for one in evidence:
        if one.material not in chosen or (one.found and not chosen[one.material].found):
            chosen[one.material] = one
    return chosen


def known_facts(
    version: JourneyVersion,
    applicant: Applicant,
    evidence: Sequence[Evidence],
    resources: Mapping[str, Resource],
    today: dt.date,
) -> dict[str, object]:
    """Everything but the form: what a form's own guards and prefills may read."""
    values: dict[str, object] = {"today": today}
    values |= {f"applicant.{k}": v for k, v in msgspec.structs.asdict(applicant).items()}
    values |= {f"evidence.{material.id}.found": False for material in version.journey.materials}
    for material, one in best(evidence).items():
        values[f"evidence.{material}.found"] = one.found
        kinds = _kinds(resources, one.source)
        for name, value in one.fields.items():
            values[f"evidence.{material}.{name}"] = typed(kinds.get(name, "text"), value)
    return values


def _kinds(resources: Mapping[str, Resource], source: str) -> dict[str, str]:
    resource = resources.get(source.partition("#")[0].removeprefix("resource:"))
    return {field.id: field.kind for field in resource.fields} if resource else {}


def form_facts(version: JourneyVersion, form: Mapping[str, Any]) -> dict[str, object]:
    """``form.<field>`` for every field, None where nothing was entered."""
    return {f"form.{name}": typed(field.kind, form.get(name)) for name, field in version.fields.items()}
