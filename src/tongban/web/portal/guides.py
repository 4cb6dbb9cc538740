"""The guide of a journey: everything a person is told before applying (the one-time notice)."""

from collections.abc import Sequence

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import platform_now
from tongban.cases.kernel import Kernel
from tongban.cases.line import planned_line
from tongban.cases.look_up_plans import LookUpPlan, plans_of
from tongban.cases.measures.models import JourneyEffect, Measure
from tongban.cases.measures.reading import journey_effect
from tongban.licences.definitions import LicenceType
from tongban.parties.definitions import Department
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Baseline, Item, Material, Question
from tongban.web.language import Words
from tongban.web.measure_words import Beside, beside_of_cases, beside_planned
from tongban.web.pages import page
from tongban.web.portal.parts import explain, kernel_of, region_here, words_of
from tongban.web.site import WebRequest


class MaterialPlan(Struct, frozen=True):
    """One material: where it will come from, and when it is needed, in words."""

    material: Material
    plans: list[LookUpPlan]
    upload: bool
    when: str | None


class ItemPlan(Struct, frozen=True):
    """One item with the department that performs it here."""

    item: Item
    department: Department


class After(Struct, frozen=True):
    """What the journey plans, beside the baseline: counted from the declaration, not measured."""

    steps: int
    materials: int
    days: int
    trips: int


@get("/guides/{journey:str}")
async def guide(request: WebRequest, journey: FromPath[str], region: FromQuery[str | None] = None) -> Response[str]:
    """The guide of ``journey`` in ``region``. Raises ``UnknownJourney``, ``UnknownRegion``."""
    kernel, words = kernel_of(request), words_of(request)
    version = kernel.catalogue.journey(journey)
    place = region_here(kernel, region)
    async with kernel.database.connection() as connection:
        today = local_day(await platform_now(connection))
        measured = await journey_effect(connection, version, place, today)
    materials = material_plans(kernel, version, place, words)
    items = item_plans(kernel, version, place)
    after = _after(version, materials, items)
    return page(
        request,
        "portal/guide.html",
        everybody=True,
        version=version,
        region=kernel.directory.region(place),
        regions=sorted(kernel.directory.regions.values(), key=lambda one: one.code),
        line=planned_line(version, kernel.directory, kernel.calendar_in(place), place, today),
        materials=materials,
        conditions=_conditions(version, words),
        items=items,
        results=_results(kernel, version),
        after=after,
        measured=measured,
        beside=_beside(version.journey.baseline, measured, after, words),
        appeal=list(dict.fromkeys(line for plan in items for line in plan.item.appeal)),
        questions=_questions(items),
        lead=kernel.directory.department_for(place, version.journey.lead),
    )


def material_plans(kernel: Kernel, version: JourneyVersion, region: str, words: Words) -> list[MaterialPlan]:
    """Every material of the journey with its sources."""
    return [
        MaterialPlan(
            material=material,
            plans=plans_of(kernel, version, region, material),
            upload=any(source.upload for source in material.sources),
            when=explain(version.rules[material.when], words) if material.when else None,
        )
        for material in version.journey.materials
    ]


def item_plans(kernel: Kernel, version: JourneyVersion, region: str) -> list[ItemPlan]:
    """The items of the journey in the order of its tasks, each once."""
    items = [version.items[item] for item in dict.fromkeys(task.item for task in version.journey.tasks)]
    return [ItemPlan(item, kernel.directory.department_for(region, item.department)) for item in items]


def _conditions(version: JourneyVersion, words: Words) -> list[tuple[str, str, str | None]]:
    """Each condition in words, what is told when it is not met, and its basis."""
    return [
        (words.pack(c.text) if c.text else explain(version.rules[c.rule], words), c.otherwise, c.basis)
        for c in version.journey.eligible
    ]


def _results(kernel: Kernel, version: JourneyVersion) -> list[LicenceType]:
    kinds = dict.fromkeys(task.produces.licence for task in version.journey.tasks if task.produces)
    return [kernel.licence_types[kind] for kind in kinds]


def _after(version: JourneyVersion, materials: Sequence[MaterialPlan], items: Sequence[ItemPlan]) -> After:
    brought = [plan for plan in materials if plan.upload and not plan.plans and plan.when is None]
    return After(
        # One application, whatever departments do behind it; each trip an item declares is one more.
        steps=1 + sum(plan.item.trips for plan in items),
        materials=len(brought),
        days=version.journey.promise.days,
        trips=sum(plan.item.trips for plan in items),
    )


def _beside(before: Baseline | None, measured: JourneyEffect, after: After, words: Words) -> list[Beside]:
    """Before and what really came of it; before and what is planned, while too few cases have ended."""
    if measured.cases:
        return beside_of_cases(measured.comparisons, words)
    if before is None:
        return []
    planned: dict[Measure, int] = {"trips": after.trips, "materials": after.materials, "links": after.steps}
    return beside_planned(before, {**planned, "days": after.days}, words)


def _questions(items: Sequence[ItemPlan]) -> list[Question]:
    return list({question.question: question for plan in items for question in plan.item.faq}.values())
