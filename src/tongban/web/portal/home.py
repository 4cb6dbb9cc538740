"""The first page and the search box: what can be done here, and what waits for me."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from litestar import Response, get
from litestar.params import FromQuery
from msgspec import Struct

from tongban.cases.actions.drafts import my_drafts
from tongban.cases.kernel import Kernel
from tongban.cases.views.reading import my_cases
from tongban.licences import actions as licences
from tongban.licences.models import Licence
from tongban.services.catalogue import JourneyVersion
from tongban.services.search import Hit, highlight, index_of
from tongban.web.hats import Hat, hat_of
from tongban.web.pages import page
from tongban.web.portal.parts import kernel_of, words_of
from tongban.web.signed_in import has_session, perhaps_signed_in
from tongban.web.site import WebRequest

MOST_FOUND = 10
MOST_SHOWN = 3
MOST_READ = 50
ACTION = ("supplementing", "returned")


class Found(Struct, frozen=True):
    """A guide that fits, with what fits marked: pieces of text, each with whether it is marked."""

    version: JourneyVersion
    name: list[tuple[str, bool]]
    why: list[tuple[str, bool]]


@get("/")
async def home(request: WebRequest) -> Response[str]:
    """Search, life events, and for who is signed in what waits."""
    kernel = kernel_of(request)
    journeys = sorted(kernel.catalogue.active.values(), key=lambda version: version.journey.id)
    signed = await perhaps_signed_in(request) if has_session(request) else None
    hat = hat_of(request, signed.actor) if signed else None
    only = hat.owner if hat else None
    mine: dict[str, Any] = {"drafts": [], "waiting": [], "running": [], "licences": []}
    if signed is not None:
        cases, _ = await my_cases(kernel, signed.actor, only=only)
        mine = {
            "drafts": [(d, kernel.catalogue.pinned(d.pack, d.version, d.journey)) for d in
                       (await my_drafts(kernel, signed.actor, only))[:MOST_SHOWN]],
            "waiting": [case for case in cases if case.state in ACTION][:MOST_SHOWN],
            "running": [case for case in cases if case.closed_at is None and case.state not in ACTION][:MOST_SHOWN],
            "licences": await _licences(kernel, hat) if hat else [],
        }  # fmt: skip
    if hat is not None:
        journeys = [one for one in journeys if one.journey.audience == hat.kind and _covered(hat, one.journey.id)]
    return page(request, "portal/home.html", everybody=signed is None, journeys=journeys, signed=signed, **mine)


async def _licences(kernel: Kernel, hat: Hat) -> Sequence[Licence]:
    """The licences in force of whom one acts for, if that is for all matters; those that end first before others."""
    if hat.services is not None:
        return []
    async with kernel.database.connection() as connection:
        held = await licences.mine(connection, kernel.vault, [hat.key], None, MOST_READ)
    standing = [one for one in held if one.state == "valid"]
    return sorted(standing, key=lambda one: one.valid_until or dt.date.max)[:MOST_SHOWN]


def _covered(hat: Hat, journey: str) -> bool:
    return hat.services is None or journey in hat.services


@get("/search", sync_to_thread=False)
def search(request: WebRequest, q: FromQuery[str] = "") -> Response[str]:
    """The guides that fit ``q``: a fragment for a page that asks while one types, else a page."""
    kernel, words = kernel_of(request), words_of(request)
    hits = index_of(kernel.catalogue).search(q, MOST_FOUND)
    found = [_found(hit, q, words) for hit in hits]
    fragment = request.headers.get("hx-target", "").endswith("search-results")
    template = "portal/search_results.html" if fragment else "portal/search.html"
    journeys = sorted(kernel.catalogue.active.values(), key=lambda version: version.journey.id)
    return page(request, template, query=q.strip()[:100], found=found, journeys=journeys)


def _found(hit: Hit, query: str, words: Any) -> Found:
    why = words.pack(hit.text if hit.where != "name" else hit.version.journey.summary)
    return Found(hit.version, highlight(words.pack(hit.version.journey.name), query), highlight(why, query))
