"""What people and programs see of measures: from the monthly counts alone, with small counts left out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.measures.errors import MonthsUnfit
from tongban.cases.measures.models import (
    MEASURES,
    Comparison,
    ItemMeasures,
    JourneyEffect,
    JourneyMeasures,
    Measure,
    PathMeasures,
    PathStep,
    Spread,
    StationMeasures,
)
from tongban.cases.measures.suppressing import LEAST, enough, keep_common
from tongban.cases.models import INTAKE
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import require
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Baseline, Item

_queries = load_queries("tongban.cases.measures")
MOST_MONTHS = 36
USUAL_MONTHS = 12
MOST_PATHS = 200
DAY_MINUTES = 1440
Months = tuple[dt.date, dt.date]
Found = Mapping[tuple[str, str, str], Any]
_BEFORE: Mapping[Measure, str] = {"links": "steps", "materials": "materials", "days": "days", "trips": "trips"}


def months_until(today: dt.date, count: int = USUAL_MONTHS) -> Months:
    """The first days of the first and last of ``count`` months that end with this one."""
    place = today.year * 12 + today.month - count
    return dt.date(place // 12, place % 12 + 1, 1), today.replace(day=1)


def months_between(first: str | None, last: str | None, today: dt.date) -> Months:
    """Months as written (``2026-11``), the usual ones where nothing is. Raises ``MonthsUnfit``."""
    usual = months_until(today)
    try:
        begin = dt.date.fromisoformat(f"{first}-01") if first else None
        end = dt.date.fromisoformat(f"{last}-01") if last else usual[1]
        begin = begin or months_until(end)[0]
    except (ValueError, OverflowError) as error:
        raise MonthsUnfit(field="from", most=MOST_MONTHS) from error
    if not 0 <= (end.year - begin.year) * 12 + end.month - begin.month < MOST_MONTHS:
        raise MonthsUnfit(field="from", most=MOST_MONTHS)
    return begin, end


async def journey_measures(
    kernel: Kernel, actor: Actor, region: str, journey_id: str, months: Months
) -> JourneyMeasures:
    """Everything about a journey, for heads. Raises ``NotAllowed``, ``UnknownJourney``, ``UnknownRegion``."""
    kernel.directory.region(region)
    require(actor, "measures.read", Subject(region=region))
    version = kernel.catalogue.journey(journey_id)
    async with kernel.database.connection() as connection:
        found = await _spreads(connection, region, journey_id, months, ["journey", "station", "item"])
        rows = _queries.paths(
            connection, region=region, journey=journey_id, first=months[0], last=months[1], most=MOST_PATHS
        )
        paths = [row async for row in rows]
    shown, others = _paths(version, paths)
    effect = _effect(version, months, found)
    return JourneyMeasures(
        region=region,
        journey=journey_id,
        name=version.journey.name,
        first=months[0],
        last=months[1],
        least=LEAST,
        cases=effect.cases,
        baseline=effect.baseline,
        comparisons=effect.comparisons,
        stations=_stations(kernel, version, region, found),
        items=_items(kernel, version, region, found),
        paths=shown,
        other_paths=others,
        materials_not_asked=_total(found, "materials_not_asked"),
        fields_not_asked=_total(found, "fields_not_asked"),
    )


async def journey_effect(connection: Connection, version: JourneyVersion, region: str, today: dt.date) -> JourneyEffect:
    """Before and after over the last twelve months, for everybody."""
    months = months_until(today)
    found = await _spreads(connection, region, version.journey.id, months, ["journey"])
    return _effect(version, months, found)


async def _spreads(connection: Connection, region: str, journey: str, months: Months, kinds: Sequence[str]) -> Found:
    rows = _queries.spreads(
        connection, region=region, journey=journey, first=months[0], last=months[1], kinds=list(kinds)
    )
    return {(row.kind, row.subject, row.measure): row async for row in rows}


def _spread(row: Any) -> Spread | None:
    return Spread(row.cases, row.median, row.low, row.high) if row is not None and enough(row.cases) else None


def _total(found: Found, measure: str) -> int | None:
    row = found.get(("journey", "", measure))
    return row.added if row is not None and enough(row.cases) else None


def _effect(version: JourneyVersion, months: Months, found: Found) -> JourneyEffect:
    baseline = version.journey.baseline
    comparisons = [
        Comparison(one, _before(baseline, one), _spread(found.get(("journey", "", one)))) for one in MEASURES
    ]
    cases = next((c.after.cases for c in comparisons if c.after is not None), None)
    return JourneyEffect(version.journey.id, months[0], months[1], LEAST, cases, baseline, comparisons)


def _before(baseline: Baseline | None, measure: Measure) -> int | None:
    return None if baseline is None else getattr(baseline, _BEFORE[measure])


def _stations(kernel: Kernel, version: JourneyVersion, region: str, found: Found) -> list[StationMeasures]:
    journey = version.journey
    places = [(INTAKE, "受理审查", journey.lead, journey.acceptance.days)]
    places += [(task.id, task.name, task.department, task.days) for task in journey.tasks]
    whole = found.get(("journey", "", "links"))
    shown = [_station(kernel, region, place, found, whole.cases if whole else 0) for place in places]
    stations = [one for one in shown if one is not None]
    longest = max((one.idle for one in stations), default=0)
    return [replace(one, bottleneck=True) if one.idle == longest > 0 else one for one in stations]


def _station(
    kernel: Kernel, region: str, place: tuple[str, str, str, int], found: Found, whole: int
) -> StationMeasures | None:
    task, name, role, limit = place
    idle = found.get(("station", task, "idle"))
    if idle is None or not enough(idle.cases):
        return None
    return StationMeasures(
        task=task,
        name=name,
        department=kernel.directory.department_for(region, role).name,
        limit=limit,
        # Who can subtract would learn of the few cases that did not come here.
        cases=idle.cases if whole == idle.cases or enough(whole - idle.cases) else None,
        waiting=_days(found["station", task, "waiting"].median),
        untouched=_days(found["station", task, "untouched"].median),
        standing=_days(found["station", task, "standing"].median),
        worked=_days(found["station", task, "worked"].median),
        idle=_days(idle.median),
        idle_low=_days(idle.low),
        idle_high=_days(idle.high),
    )


def _days(minutes: int) -> float:
    """Minutes of working days as working days, to a hundredth."""
    return round(minutes / DAY_MINUTES, 2)


def _items(kernel: Kernel, version: JourneyVersion, region: str, found: Found) -> list[ItemMeasures]:
    items = [version.items[name] for name in dict.fromkeys(task.item for task in version.journey.tasks)]
    shown = [_item(kernel, region, item, found) for item in items]
    return [one for one in shown if one is not None]


def _item(kernel: Kernel, region: str, item: Item, found: Found) -> ItemMeasures | None:
    days, materials, trips = (_spread(found.get(("item", item.id, one))) for one in ("days", "materials", "trips"))
    if days is None or materials is None or trips is None:
        return None
    return ItemMeasures(
        item=item.id,
        name=item.name,
        department=kernel.directory.department_for(region, item.department).name,
        promise=item.promise.days,
        statutory=item.statutory.days,
        days=days,
        materials=materials,
        trips=trips,
        before=item.baseline,
    )


def _paths(version: JourneyVersion, rows: Sequence[Any]) -> tuple[list[PathMeasures], int]:
    """The common ways, and the cases on all others."""
    total = rows[0].total if rows else 0
    rare = total - sum(row.cases for row in rows)
    groups: list[tuple[tuple[str, ...] | None, int]] = [(tuple(row.steps), row.cases) for row in rows]
    shown, others = keep_common([*groups, *([(None, rare)] if rare else [])])
    told = [PathMeasures(_steps(version, steps), cases) for steps, cases in shown if steps is not None]
    return told, others + sum(cases for steps, cases in shown if steps is None)


def _steps(version: JourneyVersion, path: Sequence[str]) -> tuple[PathStep, ...]:
    return tuple(_step(version, mark) for mark in path)


def _step(version: JourneyVersion, mark: str) -> PathStep:
    kind, _, rest = mark.partition(":")
    if kind != "task":
        return PathStep("end" if kind == "end" else "event", rest)
    task, _, result = rest.partition(":")
    definition = version.journey.task(task)
    return PathStep("task", definition.name if definition else task, result)
