"""Dated limits say one thing a day and region, in a unit that the law knows, and no region outlasts the nation; office
hours are spans in order.

Law: periods are working days and a local rule may shorten them; it lengthens them only where a law says so
(Administrative Licensing Law, articles 42 and 82).
"""

import re
from collections.abc import Iterator
from datetime import date

from tongban.assembly.checks.scope import Scope
from tongban.assembly.definitions import Pack
from tongban.assembly.faults import Fault
from tongban.cases.clock.hours import spans_of
from tongban.cases.clock.limits import CLOCK_UNITS
from tongban.cases.definitions import DatedLimit
from tongban.parties.definitions import Region

LONGEST = 1000
REGION = re.compile(r"\d{2}(\d{2}(\d{2})?)?")


def check(scope: Scope) -> Iterator[Fault]:
    """Wrong units, days, dates and regions; two limits for one day; a region's limit past the wider one."""
    for index, limit in enumerate(scope.pack.limits):
        yield from _alone(scope, limit)
        yield from _overlaps(scope, index, limit)
        yield from _outlasts(scope, limit)
    for region in scope.pack.regions:
        yield from _office(scope, region)


def _office(scope: Scope, region: Region) -> Iterator[Fault]:
    """Spans of office hours that are no spans, or not in order."""
    for index in range(len(region.office)):
        try:
            spans_of(region.office[: index + 1])
        except ValueError:
            yield scope.fault(region, "office", index, code="region.office", found=region.office[index])
            return


def _alone(scope: Scope, limit: DatedLimit) -> Iterator[Fault]:
    if limit.days < 1 and scope.was_read(limit, "days"):
        yield scope.fault(limit, "days", code="limit.zero", found=limit.days)
    if limit.days > LONGEST:
        yield scope.fault(limit, "days", code="limit.long", found=limit.days, most=LONGEST)
    units = CLOCK_UNITS.get(limit.id)
    if units and limit.unit not in units:
        yield scope.fault(limit, "unit", code="limit.unit", found=limit.unit, id=limit.id, units=", ".join(units))
    if limit.until is not None and limit.until < limit.since:
        yield scope.fault(limit, "until", code="limit.dates", found=limit.until, since=limit.since)
    if limit.region is not None and not REGION.fullmatch(limit.region):
        yield scope.fault(limit, "region", code="limit.region", found=limit.region)


def _overlaps(scope: Scope, index: int, limit: DatedLimit) -> Iterator[Fault]:
    """The limit declared later is at fault; one of another pack always stands before."""
    for other in (*_of(scope.others), *scope.pack.limits[:index]):
        day = _common(limit, other)
        if (other.id, other.region) == (limit.id, limit.region) and day is not None:
            place = scope.places.at(other)
            where = f"{place.file}:{place.line}" if place.file else _owner(scope, other)
            yield scope.fault(limit, "since", code="limit.overlap", found=limit.id, day=day, other=where)
            return


def _owner(scope: Scope, limit: DatedLimit) -> str:
    return next((pack.manifest.id for pack in scope.others if any(limit is one for one in pack.limits)), "")


def _outlasts(scope: Scope, limit: DatedLimit) -> Iterator[Fault]:
    if limit.region is None or limit.id not in CLOCK_UNITS:
        return
    wider = [other for other in (*_of(scope.others), *scope.pack.limits) if _is_wider(other, limit)]
    if not wider:
        yield scope.fault(limit, "id", code="limit.nothing_wider", found=limit.id)
    longest = [other for other in wider if limit.days > other.days or limit.unit != other.unit]
    if longest and not limit.note.strip():
        most = min(longest, key=lambda other: other.days)
        yield scope.fault(limit, "days", code="limit.longer", found=limit.days, most=most.days, basis=most.basis)


def _is_wider(other: DatedLimit, limit: DatedLimit) -> bool:
    region = limit.region or ""
    inside = other.region is None or (other.region != region and region.startswith(other.region))
    return other.id == limit.id and inside and _common(other, limit) is not None


def _common(one: DatedLimit, other: DatedLimit) -> date | None:
    """The first day on which both hold."""
    first = max(one.since, other.since)
    return first if all(first <= (limit.until or date.max) for limit in (one, other)) else None


def _of(packs: tuple[Pack, ...]) -> list[DatedLimit]:
    return [limit for pack in packs for limit in pack.limits]
