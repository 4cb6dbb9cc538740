"""What will be looked up for a journey, told beforehand: from whom, which fields, why, by which right.

Called by the guide, by the notice that comes before the first look-up, and to keep what that notice said.
"""

from typing import Literal

from msgspec import Struct, to_builtins

from tongban.cases.kernel import Kernel
from tongban.resources.consenting.actions import Shown
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material, Source


class LookUpPlan(Struct, frozen=True):
    """One look-up of one material. ``fields`` are labels; departments are named as people know them."""

    material: Material
    kind: Literal["resource", "licence"]
    name: str
    provider: str
    consumer: str
    fields: list[str]
    purpose: str
    basis: str
    legal: Literal["duty", "consent"]


def plans_of(kernel: Kernel, version: JourneyVersion, region: str, material: Material) -> list[LookUpPlan]:
    """The look-ups that may replace ``material``, in the order in which they are tried, each data set once."""
    plans = [_plan(kernel, version, region, material, s) for s in material.sources if not s.upload]
    return list({(plan.kind, plan.name): plan for plan in reversed(plans)}.values())[::-1]


def all_plans(kernel: Kernel, version: JourneyVersion, region: str) -> list[LookUpPlan]:
    """Every look-up that the journey may lead to."""
    return [plan for m in version.journey.materials for plan in plans_of(kernel, version, region, m)]


def shown_notice(kernel: Kernel, version: JourneyVersion, region: str, language: str) -> Shown:
    """The notice of a journey in a region as it is shown now, as data; ``language`` is the reader's.

    The texts of other languages are the pack's translations of these terms in the same version.
    """
    plans = [
        {**{name: getattr(plan, name) for name in LookUpPlan.__struct_fields__ if name != "material"},
         "material": plan.material.id}
        for plan in all_plans(kernel, version, region)
    ]  # fmt: skip
    content = {"look_ups": to_builtins(plans), "notice": list(version.journey.notice), "region": region}
    return Shown(version.journey.id, version.pack, version.version, language, content)


def _plan(kernel: Kernel, version: JourneyVersion, region: str, material: Material, source: Source) -> LookUpPlan:
    if source.resource:
        return _from_resource(kernel, version, region, material, source)
    kind = kernel.licence_types[source.licence or ""]
    labels = {field.id: field.label for field in kind.fields}
    return LookUpPlan(
        material=material,
        kind="licence",
        name=kind.name,
        provider=kernel.directory.department_for(region, kind.issuer).name,
        consumer=kernel.directory.department_for(region, version.journey.lead).name,
        fields=[labels.get(name, name) for name in source.shows],
        purpose=version.journey.name,
        basis=source.basis or material.basis or kind.basis or "",
        legal=source.legal,
    )


def _from_resource(
    kernel: Kernel, version: JourneyVersion, region: str, material: Material, source: Source
) -> LookUpPlan:
    resource = kernel.resources[source.resource or ""]
    needs = [g for g in kernel.grants if g.resource == resource.id and g.journey == version.journey.id]
    roles = [task.department for task in version.journey.tasks if task.id in material.tasks] + [version.journey.lead]
    consumer = next((role for role in roles if role in {need.consumer for need in needs}), roles[0])
    need = next((need for need in needs if need.consumer == consumer), None)
    labels = {field.id: field.label for field in resource.fields}
    return LookUpPlan(
        material=material,
        kind="resource",
        name=resource.name,
        provider=kernel.directory.department_for(region, resource.provider).name,
        consumer=kernel.directory.department_for(region, consumer).name,
        fields=[labels.get(name, name) for name in source.shows],
        purpose=need.purpose if need else version.journey.name,
        basis=source.basis or (need.basis if need else material.basis or ""),
        legal=source.legal,
    )
