"""The first page and the search box: what can be done here, and what waits for me."""

from typing import Any

from litestar import Response, get
from litestar.params import FromQuery
from msgspec import Struct

from tongban.cases.actions.drafts import my_drafts
from tongban.cases.views.reading import my_cases
from tongban.services.catalogue import JourneyVersion
from tongban.services.search import Hit, highlight, index_of
from tongban.web.pages import page
from tongban.web.portal.parts import kernel_of, words_of
from tongban.web.signed_in import has_session, perhaps_signed_in
from tongban.web.site import WebRequest

MOST_FOUND = 10
MOST_SHOWN = 3
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
    mine: dict[str, Any] = {"drafts": [], "waiting": [], "running": []}
    if signed is not None:
        cases, _ = await my_cases(kernel, signed.actor)
        mine = {
            "drafts": [(d, kernel.catalogue.pinned(d.pack, d.version, d.journey)) for d in
                       (await my_drafts(kernel, signed.actor))[:MOST_SHOWN]],
            "waiting": [case for case in cases if case.state in ACTION][:MOST_SHOWN],
            "running": [case for case in cases if case.closed_at is None and case.state not in ACTION][:MOST_SHOWN],
        }  # fmt: skip
    return page(request, "portal/home.html", everybody=signed is None, journeys=journeys, signed=signed, **mine)


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
