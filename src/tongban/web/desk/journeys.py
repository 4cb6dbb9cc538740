"""What the redesign came to, journey by journey: before and after, where cases wait, which ways they take."""

import asyncio
from collections.abc import Mapping

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.cases.measures.models import JourneyMeasures, StationMeasures
from tongban.cases.measures.reading import journey_measures, months_between
from tongban.parties.models import Subject
from tongban.parties.rules import require
from tongban.web.allowing import allowed
from tongban.web.desk.export import excel_file
from tongban.web.desk.journeys_book import workbook
from tongban.web.desk.places import places_of
from tongban.web.desk.tickets import region_asked
from tongban.web.measure_words import PHASES, beside_of_cases, step_words, way_words
from tongban.web.pages import page
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/desk/journeys"


class Stretch(Struct, frozen=True):
    """One phase in a station's bar: from ``x`` on, in hundredths of the longest bar."""

    phase: str
    x: float
    width: float


@get(PATH)
async def listed(request: WebRequest) -> Response[str]:
    """The journeys whose measures one may read. Raises ``NotAllowed``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region = region_asked(request, signed)
    require(signed.actor, "measures.read", Subject(region=region))
    journeys = [version.journey for version in kernel.catalogue.active.values()]
    places = places_of(signed.actor, region, PATH)
    return page(request, "desk/journeys.html", places=places, region=region, journeys=journeys)


@get(PATH + "/{journey:str}")
async def show(request: WebRequest, journey: FromPath[str]) -> Response[str]:
    """The measures of one journey. Raises ``NotAllowed``, ``UnknownJourney``, ``MonthsUnfit``."""
    signed, site = await signed_in(request), site_of(request)
    region, found = await _asked(request, journey)
    words = site.words(request_language(request))
    return page(
        request,
        "desk/journey.html",
        places=places_of(signed.actor, region, PATH),
        region=region,
        found=found,
        query=f"region={region}&from={found.first:%Y-%m}&until={found.last:%Y-%m}",
        beside=beside_of_cases(found.comparisons, words),
        bars=bars(found.stations),
        phases=PHASES,
        ways=[(path, *way_words(path, words), [step_words(s, words) for s in path.steps]) for path in found.paths],
    )


@get(PATH + "/{journey:str}/export.xlsx", guards=[allowed("export")])
async def download(request: WebRequest, journey: FromPath[str]) -> Response[bytes]:
    """The same as an Excel file. Raises what ``show`` raises."""
    _, found = await _asked(request, journey)
    content = await asyncio.to_thread(workbook, found, site_of(request).words(request_language(request)))
    name = f"tongban-{journey}-{found.first:%Y%m}-{found.last:%Y%m}.xlsx"
    return excel_file(content, name)


async def _asked(request: WebRequest, journey: str) -> tuple[str, JourneyMeasures]:
    signed, kernel = await signed_in(request), site_of(request).kernel
    region, query = region_asked(request, signed), request.query_params
    months = months_between(query.get("from") or None, query.get("until") or None, local_day(signed.now))
    return region, await journey_measures(kernel, signed.actor, region, journey, months)


def bars(stations: list[StationMeasures]) -> Mapping[str, list[Stretch]]:
    """Each station's phases as stretches of one bar; all bars have the same scale."""
    longest = max((sum(getattr(one, phase) for phase in PHASES) for one in stations), default=0) or 1
    made: dict[str, list[Stretch]] = {}
    for one in stations:
        x, made[one.task] = 0.0, []
        for phase in PHASES:
            width = round(100 * getattr(one, phase) / longest, 2)
            made[one.task].append(Stretch(phase, round(x, 2), width))
            x += width
    return made


ROUTES = (listed, show, download)
