"""What data governments have, for anybody: only what may be public, without signing in; and the same as DCAT-AP."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from tongban.basics.database import Connection
from tongban.resources.catalogue import dcat, reading
from tongban.resources.catalogue.models import Asked
from tongban.resources.catalogue.rules import grading_of
from tongban.web.desk.catalogue import address
from tongban.web.desk.catalogue_words import CYCLES, LIBRARIES, NAMES
from tongban.web.pages import page
from tongban.web.site import Site, WebRequest, site_of

PATH = "/catalogue"
LINKED_DATA = "application/ld+json"


async def _asked(request: WebRequest, connection: Connection) -> Asked:
    """What the address asks for, by default of the region that shows the most."""
    served, query = site_of(request).kernel.directory.regions, request.query_params
    region: str = query.get("region") or ""
    return Asked(
        region=region if region in served else await reading.most_public(connection, served),
        words=(query.get("q") or "").strip()[: reading.MOST_WORDS],
        open=_known(query.get("open"), ("open", "restricted")),
        cycle=_known(query.get("cycle"), CYCLES),
        library=_known(query.get("library"), LIBRARIES),
        after=query.get("after") or None,
    )


def _known(value: str | None, known: Any) -> Any:
    return value if value in known else None


@get(PATH)
async def show(request: WebRequest) -> Response[str]:
    """Search over the data that the public may know of. Raises ``PlaceUnfit``."""
    site = site_of(request)
    async with site.kernel.database.connection() as connection:
        asked = await _asked(request, connection)
        now = await reading.moment(connection)
        listed = await reading.browse_public(connection, site.kernel.directory, asked, now)
    return page(
        request,
        "public/catalogue.html",
        asked=asked,
        listed=listed,
        regions=[(code, one.name) for code, one in site.kernel.directory.regions.items()],
        next_href=listed.next and address(PATH, asked, after=listed.next),
        first_href=asked.after and address(PATH, asked),
        **NAMES,
    )


@get(PATH + "/{region:str}/{entry:uuid}")
async def read(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str]:
    """One resource as the public may know it. Raises ``EntryUnknown``, also for what is not public."""
    site = site_of(request)
    async with site.kernel.database.connection() as connection:
        now = await reading.moment(connection)
        found = await reading.read_public(connection, site.kernel.directory, region, entry, now)
    return page(request, "public/catalogue_entry.html", found=found, grading=grading_of(found.content), **NAMES)


async def linked_data(site: Site, region: str) -> dict[str, Any]:
    """The public part of a region's catalogue as DCAT-AP. Raises ``UnknownRegion``."""
    served = site.kernel.directory.region(region)
    async with site.kernel.database.connection() as connection:
        entries = await reading.everything(connection, region, "resource", public_only=True)
    names = {d.id: d.name for d in served.departments}
    title, base = f"{served.name}公共数据目录", site.settings.base_url
    return dcat.catalogue(entries, names, base=base, region=region, title=title, publisher=served.name)


ROUTES = (show, read)
