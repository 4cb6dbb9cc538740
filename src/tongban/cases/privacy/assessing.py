"""The impact assessment: one section a journey, each flow of data with what protects it and what is missing. Pure.

Law followed: Personal Information Protection Law 个人信息保护法 articles 55 and 56 (what is handled for which purpose
by which right, what harm it may do, what protects it). Nothing is written by hand: flows are what packs declare, masks
and purposes beside journeys what grants in force say.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tongban.cases.kernel import Kernel
from tongban.cases.look_up_plans import LookUpPlan, plans_of
from tongban.cases.privacy.counting import department, grade_of
from tongban.cases.privacy.models import Gap, Line, Section
from tongban.parties.errors import RoleUnbound
from tongban.resources.grades import GRADES
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material, Source

HIGH = GRADES[GRADES.index("L3") :]
BESIDE = "一件事以外的授权"


class Granted(Struct, frozen=True):
    """A grant in force. ``masks``: field → how it is masked."""

    region: str
    resource: str
    consumer: str
    purpose: str
    basis: str
    fields: list[str]
    journey: str | None
    masks: Mapping[str, object]


def assess(kernel: Kernel, region: str, grants: Sequence[Granted]) -> list[Section]:
    """Every journey that is offered, as it is done in ``region``, then the grants beside journeys."""
    sections = [
        _journey(kernel, version, region, [one for one in grants if one.journey == version.journey.id])
        for version in kernel.catalogue.active.values()
    ]
    beside = tuple(_beside(kernel, one) for one in grants if one.journey is None)
    return [*sections, *([Section(BESIDE, "", "", beside)] if beside else [])]


def _journey(kernel: Kernel, version: JourneyVersion, region: str, grants: Sequence[Granted]) -> Section:
    journey = version.journey
    try:
        lines = [line for material in journey.materials for line in _lines(kernel, version, region, material, grants)]
    except RoleUnbound:
        return Section(journey.name, version.pack, version.version, (), ("no-role",))
    return Section(journey.name, version.pack, version.version, tuple(lines))


def _lines(
    kernel: Kernel, version: JourneyVersion, region: str, material: Material, grants: Sequence[Granted]
) -> list[Line]:
    sources = {_name(kernel, source): source for source in reversed(material.sources) if not source.upload}
    plans = plans_of(kernel, version, region, material)
    return [_line(kernel, plan, sources[plan.name], grants) for plan in plans]


def _name(kernel: Kernel, source: Source) -> str:
    if source.resource:
        return kernel.resources[source.resource].name
    return kernel.licence_types[source.licence or ""].name


def _line(kernel: Kernel, plan: LookUpPlan, source: Source, grants: Sequence[Granted]) -> Line:
    """The flow of one source of a material; a grant that masks a field protects it."""
    theirs = [one for one in grants if one.resource == source.resource]
    masked = {field for one in theirs for field in one.masks}
    asked = f"resource:{source.resource}" if source.resource else f"licence:{source.licence}"
    bare = [field for field in source.shows if field not in masked]
    gaps: list[Gap] = []
    if not plan.basis:
        gaps.append("no-basis")
    if not source.shows:
        gaps.append("no-fields")
    if plan.legal != "consent" and grade_of(kernel, asked, bare) in HIGH:
        gaps.append("bare")
    grade = grade_of(kernel, asked, source.shows)
    if source.shows and not grade:
        gaps.append("no-grade")
    if source.resource and not theirs:
        gaps.append("no-grant")
    return Line(
        material=plan.material.name,
        source=plan.name,
        provider=plan.provider,
        consumer=plan.consumer,
        fields=tuple(plan.fields),
        grade=grade,
        legal=plan.legal,
        basis=plan.basis,
        masked=tuple(sorted(masked)),
        gaps=tuple(gaps),
    )


def _beside(kernel: Kernel, one: Granted) -> Line:
    """A grant for no journey: asked for in a basket, or by the platform itself of a register."""
    resource, asked = kernel.resources.get(one.resource), f"resource:{one.resource}"
    labels = {field.id: field.label for field in resource.fields} if resource else {}
    role = kernel.directory.regions[one.region].department_for(resource.provider) if resource else None
    gaps: list[Gap] = [] if one.basis else ["no-basis"]
    if grade_of(kernel, asked, [field for field in one.fields if field not in one.masks]) in HIGH:
        gaps.append("bare")
    if resource is None:
        gaps.append("no-grade")
    return Line(
        material=one.purpose,
        source=resource.name if resource else one.resource,
        provider=role.name if role else "",
        consumer=department(kernel, one.region, one.consumer),
        fields=tuple(labels.get(field, field) for field in one.fields),
        grade=grade_of(kernel, asked, one.fields),
        legal="duty",
        basis=one.basis,
        masked=tuple(sorted(one.masks)),
        gaps=tuple(gaps),
    )
