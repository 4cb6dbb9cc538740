"""What is offered: journeys with forms, materials, limits and the planned line. For everybody."""

from typing import Any

from litestar import get
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import platform_now
from tongban.cases.line import Line, planned_line
from tongban.services.definitions import Form, Item, Journey
from tongban.web.api.parameters import Identifier, Region
from tongban.web.api.problems import answers
from tongban.web.site import WebRequest, site_of


class GuideLine(Struct):
    """One journey in a list."""

    id: str
    name: str
    summary: str
    theme: str | None
    version: str


class GuidePage(Struct):
    """A journey as offered now. ``schema`` is its form as JSON Schema 2020-12."""

    journey: Journey
    version: str
    form: Form
    items: list[Item]
    schema: dict[str, Any]
    line: Line


@get("/regions/{region:str}/journeys", responses=answers(404), tags=["guides"])
async def list_journeys(request: WebRequest, region: Region) -> list[GuideLine]:
    """The journeys offered in a region."""
    kernel = site_of(request).kernel
    kernel.directory.region(region)
    return [
        GuideLine(v.journey.id, v.journey.name, v.journey.summary, v.journey.theme, f"{v.pack}@{v.version}")
        for v in kernel.catalogue.active.values()
    ]


@get("/regions/{region:str}/journeys/{journey:str}", responses=answers(404, 409), tags=["guides"])
async def read_journey(request: WebRequest, region: Region, journey: Identifier) -> GuidePage:
    """One journey: what will be asked, what will not, and what will happen when."""
    kernel = site_of(request).kernel
    version = kernel.catalogue.journey(journey)
    kernel.directory.region(region)
    async with kernel.database.connection() as connection:
        today = local_day(await platform_now(connection))
    return GuidePage(
        journey=version.journey,
        version=f"{version.pack}@{version.version}",
        form=version.form,
        items=list(version.items.values()),
        schema=dict(version.schema),
        line=planned_line(version, kernel.directory, kernel.calendar_in(region), region, today),
    )


ROUTES = [list_journeys, read_journey]
