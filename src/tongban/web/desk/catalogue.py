"""The catalogue on the desk: one place where officials find data and systems, one entry, and the acts on it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.actions import Signed
from tongban.parties.models import Subject
from tongban.parties.rules import may, require
from tongban.resources.catalogue import actions, reading, uses
from tongban.resources.catalogue.definitions import KINDS, ResourceContent
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.resources.catalogue.models import Asked, Listed, Settings
from tongban.resources.catalogue.rules import grading_of
from tongban.web.desk.catalogue_acts import Act, acted, date_of, number_of, texts_of
from tongban.web.desk.catalogue_words import CYCLES, DONE, LIBRARIES, NAMES, OPEN, SHARING
from tongban.web.desk.listing import Desk, desks_of
from tongban.web.desk.places import places_of
from tongban.web.pages import page
from tongban.web.problems import faults, sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/desk/catalogue"
TABS = ("all", "own", "waiting", "idle", "elsewhere")
_CHOICES = {"kind": KINDS, "sharing": SHARING, "open": OPEN, "cycle": CYCLES, "library": LIBRARIES}


def catalogue_region(request: WebRequest, signed: Signed) -> str:
    """The region that the address names if it is served here, else the reader's first, else the node's.

    Raises ``NotAllowed``.
    """
    served = site_of(request).kernel.directory.regions
    asked: str | None = request.query_params.get("region")
    require(signed.actor, "catalogue.read", Subject(region=asked or ""))
    if asked is not None and asked in served:
        return asked
    own = [region for region in signed.actor.regions if region in served]
    return next(iter([*own, *served]))


def asked_of(request: WebRequest, region: str) -> Asked:
    """What the address asks for; unknown values are none."""
    query = request.query_params
    chosen: dict[str, Any] = {name: _known(query.get(name), known) for name, known in _CHOICES.items()}
    return Asked(
        region=region,
        words=(query.get("q") or "").strip()[: reading.MOST_WORDS],
        provider=(query.get("provider") or "")[:63] or None,
        grade=_known(query.get("grade"), ("L1", "L2", "L3", "L4")),
        after=query.get("after") or None,
        **chosen,
    )


def _known(value: str | None, known: Any) -> Any:
    return value if value in known else None


def address(path: str, asked: Asked, **changes: str | None) -> str:
    """``path`` with what is asked for, and ``changes``; a change starts at the first line."""
    names = ("region", "kind", "provider", "sharing", "open", "cycle", "library", "grade")
    values: dict[str, str | None] = {name: getattr(asked, name) for name in names}
    values |= {"q": asked.words, "after": None, **changes}
    return f"{path}?{urlencode([(name, value) for name, value in values.items() if value])}"


class Frame(Struct, frozen=True):
    """What every page of the catalogue shows around its content."""

    region: str
    regions: list[tuple[str, str]]
    desks: list[Desk]
    administers: bool


def frame_of(request: WebRequest, signed: Signed, region: str) -> Frame:
    """Regions to choose from, and what the reader may do in ``region``."""
    kernel = site_of(request).kernel
    return Frame(
        region=region,
        regions=[(code, one.name) for code, one in kernel.directory.regions.items()],
        desks=[desk for desk in desks_of(kernel, signed.actor) if desk.region == region],
        administers=may(signed.actor, "catalogue.publish", Subject(region=region)),
    )


@get(PATH)
async def show(request: WebRequest) -> Response[str]:
    """Search and filters over what governments have. Raises ``NotAllowed``, ``PlaceUnfit``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region = catalogue_region(request, signed)
    frame, tab = frame_of(request, signed, region), _known(request.query_params.get("tab"), TABS) or "all"
    asked = asked_of(request, region)
    async with kernel.database.connection() as connection:
        listed = await _tab(connection, request, signed, asked, tab)
        counts = await reading.counts(connection, region)
        chosen = await uses.settings(connection, region)
    more = listed.next and address(PATH, asked, after=listed.next, tab=tab)
    return page(
        request,
        "desk/catalogue.html",
        places=places_of(signed.actor, region, PATH),
        frame=frame,
        tab=tab,
        asked=asked,
        listed=listed,
        counts=counts,
        chosen=chosen,
        providers=[(d.id, d.name) for d in kernel.directory.region(region).departments],
        next_href=more,
        first_href=asked.after and address(PATH, asked, tab=tab),
        address=lambda **changes: address(PATH, asked, **changes),
        done=DONE.get(request.query_params.get("done", "")),
        **NAMES,
    )


async def _tab(connection: Connection, request: WebRequest, signed: Signed, asked: Asked, tab: str) -> Listed:
    directory = site_of(request).kernel.directory
    if tab == "idle":
        return Listed(await reading.idle(connection, signed.actor, directory, asked.region, asked.kind, signed.now))
    if tab == "elsewhere":
        return await reading.harvested(connection, signed.actor, asked)
    if tab == "own":
        own = await reading.unpublished(connection, signed.actor, directory, asked.region, signed.now)
        return Listed(own)
    if tab == "waiting":
        return Listed(await reading.waiting(connection, signed.actor, directory, asked.region, signed.now))
    return await reading.browse(connection, signed.actor, directory, asked, signed.now)


@get(PATH + "/entries/{region:str}/{entry:uuid}")
async def read(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str]:
    """One entry: what it is, who gets it how, how it is used, its history. Raises ``EntryUnknown``, ``NotAllowed``."""
    return await _one(request, region, entry)


async def _one(
    request: WebRequest, region: str, entry: UUID, *, refused: TongbanError | None = None, typed: str = ""
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    site.kernel.directory.region(region)
    async with site.kernel.database.connection() as connection:
        found = await reading.read_entry(connection, signed.actor, site.kernel.directory, region, entry, signed.now)
        related = await reading.named(connection, region, found.content)
    words = site.words(request_language(request))
    names = {d.id: d.name for d in site.kernel.directory.region(region).departments}
    return page(
        request,
        "desk/catalogue_entry.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, PATH),
        path=f"{PATH}/entries/{region}/{entry}",
        found=found,
        grading=grading_of(found.content),
        is_resource=isinstance(found.content, ResourceContent),
        related=related,
        consumers=[names.get(one, one) for one in found.use.consumers],
        today=local_day(signed.now),
        said=sentence(refused, words) if refused else None,
        faults=faults(refused, words) if isinstance(refused, EntryUnfit) else [],
        typed=typed,
        done=DONE.get(request.query_params.get("done", "")) if refused is None else None,
        **NAMES,
    )


async def _acted(request: WebRequest, region: str, entry: UUID, done: str, act: Act) -> Response[str] | Redirect:
    async def again(refused: TongbanError, reasons: str) -> Response[str]:
        return await _one(request, region, entry, refused=refused, typed=reasons)

    return await acted(request, f"{PATH}/entries/{region}/{entry}?done={done}", act, again)


@post(PATH + "/entries/{region:str}/{entry:uuid}/submission", status_code=200)
async def submit(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str] | Redirect:
    """Hand the newest version in; every fault comes back on the page."""
    return await _acted(
        request, region, entry, "submitted", lambda c, s, _: actions.submit(c, s.actor, region, entry, s.now)
    )


@post(PATH + "/entries/{region:str}/{entry:uuid}/publication", status_code=200)
async def publish(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str] | Redirect:
    """Publish what was handed in."""
    return await _acted(
        request, region, entry, "published", lambda c, s, _: actions.publish(c, s.actor, region, entry, s.now)
    )


@post(PATH + "/entries/{region:str}/{entry:uuid}/return", status_code=200)
async def send_back(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str] | Redirect:
    """Give what was handed in back, with reasons."""
    return await _acted(
        request,
        region,
        entry,
        "returned",
        lambda c, s, typed: actions.send_back(c, s.actor, region, entry, typed.get("reasons", ""), s.now),
    )


@post(PATH + "/entries/{region:str}/{entry:uuid}/withdrawal", status_code=200)
async def withdraw(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str] | Redirect:
    """Take a published entry away, with reasons."""
    return await _acted(
        request,
        region,
        entry,
        "withdrawn",
        lambda c, s, typed: actions.withdraw(c, s.actor, region, entry, typed.get("reasons", ""), s.now),
    )


@post(PATH + "/entries/{region:str}/{entry:uuid}/refreshment", status_code=200)
async def refresh(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str] | Redirect:
    """Say on which day the data was brought up to date."""
    return await _acted(
        request,
        region,
        entry,
        "refreshed",
        lambda c, s, typed: actions.refreshed(c, s.actor, region, entry, date_of(typed, "day"), s.now),
    )


@post(PATH + "/entries/{region:str}/{entry:uuid}/use", status_code=200)
async def report(request: WebRequest, region: FromPath[str], entry: FromPath[UUID]) -> Response[str] | Redirect:
    """Report a month's use of what does not run through the platform."""

    async def act(connection: Connection, signed: Signed, typed: dict[str, str]) -> None:
        last = date_of(typed, "last_used") if typed.get("last_used", "").strip() else None
        month = date_of({"month": f"{typed.get('month', '').strip()}-01"}, "month")
        times, users = number_of(typed, "uses"), number_of(typed, "users")
        await uses.report(connection, signed.actor, region, entry, month, times, users, last, signed.now)

    return await _acted(request, region, entry, "reported", act)


@post(PATH + "/settings", status_code=200)
async def settle(request: WebRequest) -> Response[str] | Redirect:
    """Decide what counts as idle and as alike; for data administrators."""
    signed, typed = await signed_in(request), await texts_of(request)
    region = catalogue_region(request, signed)
    chosen = Settings(number_of(typed, "idle_days"), number_of(typed, "alike"))
    async with site_of(request).kernel.database.connection() as connection:
        await uses.set_settings(connection, signed.actor, region, chosen, signed.now)
    return Redirect(f"{PATH}?region={region}&tab=idle&done=settings", status_code=303)


ROUTES = (show, read, submit, publish, send_back, withdraw, refresh, report, settle)
