"""A journey's diagram, and what its redesign came to: for everybody in short, for heads in full."""

from typing import Annotated

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from tongban.basics.calendar import local_day
from tongban.basics.database import platform_now
from tongban.cases.measures.models import JourneyEffect, JourneyMeasures
from tongban.cases.measures.reading import journey_effect, journey_measures, months_between
from tongban.services.bpmn import MEDIA_TYPE
from tongban.web.api.parameters import Identifier, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.public.diagrams import diagram
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
From = Annotated[
    str | None, QueryParameter(name="from", pattern=MONTH, description="First month; twelve up to the last by default.")
]
Until = Annotated[
    str | None, QueryParameter(name="until", pattern=MONTH, description="Last month; this one by default.")
]


@get(
    "/regions/{region:str}/journeys/{journey:str}/bpmn",
    media_type=MEDIA_TYPE,
    responses=answers(404, 409) | {200: ResponseSpec(bytes, description="BPMN 2.0.", media_type=MEDIA_TYPE)},
    tags=["guides"],
)
async def read_diagram(request: WebRequest, region: Region, journey: Identifier) -> Response[bytes]:
    """The journey as a BPMN 2.0 diagram with departments as lanes, in the language asked for."""
    kernel = site_of(request).kernel
    kernel.directory.region(region)
    return diagram(kernel, journey, region, site_of(request).words(request_language(request)))


@get("/regions/{region:str}/journeys/{journey:str}/effect", responses=answers(404, 409), tags=["guides"])
async def read_effect(request: WebRequest, region: Region, journey: Identifier) -> JourneyEffect:
    """Before (declared, with its source) and after (measured over the last twelve months); small counts left out."""
    kernel = site_of(request).kernel
    kernel.directory.region(region)
    version = kernel.catalogue.journey(journey)
    async with kernel.database.connection() as connection:
        return await journey_effect(connection, version, region, local_day(await platform_now(connection)))


@get(
    "/desk/{region:str}/journeys/{journey:str}/measures",
    responses=answers(401, 403, 404, 409, 422),
    tags=["desk"],
    **SIGNED_IN,
)
async def read_measures(
    request: WebRequest, region: Region, journey: Identifier, first: From = None, last: Until = None
) -> JourneyMeasures:
    """Everything about a journey, for heads and supervisors: stations, items, ways. At most 36 months at once."""
    signed = await signed_in(request)
    months = months_between(first, last, local_day(signed.now))
    return await journey_measures(site_of(request).kernel, signed.actor, region, journey, months)


ROUTES = [read_diagram, read_effect, read_measures]
