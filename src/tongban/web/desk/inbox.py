"""The inbox: what waits for one's departments, nearest due day first, and what they decided."""

import datetime as dt
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import replace

from tongban.basics.calendar import local_day
from tongban.cases.kernel import Kernel
from tongban.cases.views.desk import INBOX_PAGE, decided, inbox
from tongban.parties.actions import Signed
from tongban.parties.models import Actor
from tongban.web.desk.done import done_message
from tongban.web.desk.listing import Desk, Listing, choices_of, desks_of, listing_of
from tongban.web.desk.places import places_of, places_of_official, regions_of
from tongban.web.desk.words import DECISIONS
from tongban.web.pages import page
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

NOBODY = "desk/nobody.html"


@get("/desk")
async def show(request: WebRequest) -> Response[str] | Redirect:
    """One's inbox; who only watches over others goes to the tickets, who decides nowhere sees where else
    they may go and whom to ask.

    Raises ``NotAllowed`` for other departments.
    """
    signed, kernel = await signed_in(request), site_of(request).kernel
    desks = desks_of(kernel, signed.actor)
    if not desks and regions_of(kernel, signed.actor):
        return Redirect("/desk/tickets", status_code=303)
    if not desks:
        return page_without_desk(request, signed, 200 if signed.actor.official else 403)
    listing = listing_of(request, desks[0].region)
    context = await _listed(kernel, signed, listing)
    return page(
        request,
        "desk/inbox.html",
        desks=desks,
        here=_here(desks, listing),
        listing=listing,
        choices=choices_of(kernel, desks, listing),
        done=await done_message(kernel, signed.actor, request.query_params.get("done")),
        decisions=DECISIONS,
        places=places_of(signed.actor, listing.region, "/desk"),
        local_lights=bool(kernel.oversight.lights.rules),
        today=local_day(signed.now),
        **context,
    )


def page_without_desk(request: WebRequest, signed: Signed, status: int) -> Response[str]:
    """For who decides nothing: where else they may go, and whom to ask."""
    actor = signed.actor
    places = places_of_official(site_of(request).kernel, actor)
    return page(request, NOBODY, status=status, official=actor.official, places=places)


def _here(desks: list[Desk], listing: Listing) -> list[Desk]:
    return [d for d in desks if d.region == listing.region and listing.department in (None, d.department)]


async def _listed(kernel: Kernel, signed: Signed, listing: Listing) -> dict[str, Any]:
    today, only = local_day(signed.now), listing.narrowing
    if listing.tab == "open":
        held = await inbox(kernel, signed.actor, listing.region, today, listing.place(), INBOX_PAGE, only)
        return {"inbox": held, "next_href": held.next and listing.address(after=held.next)}
    tasks = await decided(kernel, signed.actor, listing.region, today, listing.left(), only)
    counts = await inbox(kernel, signed.actor, listing.region, today, None, 1, only)
    last = tasks[-1] if len(tasks) == INBOX_PAGE else None
    at = last.decided_at.astimezone(dt.UTC) if last and last.decided_at else None
    more = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}~{last.case_id}~{last.task}" if last and at else None
    held = replace(counts, tasks=tasks, next=None)
    return {"inbox": held, "next_href": more and listing.address(after=more)}


class Onward(Struct, frozen=True):
    """From where to look for the next task: the row that was just left, and what was done there."""

    due_on: dt.date | None
    case_id: UUID
    task: str
    done: str | None = None


async def next_address(kernel: Kernel, actor: Actor, today: dt.date, listing: Listing, left: Onward) -> str:
    """The task that follows ``left`` in the list, else the first of the list, else the empty list."""
    after = (left.due_on, left.case_id, left.task) if left.due_on else None
    for place in dict.fromkeys((after, None)):
        found = await inbox(kernel, actor, listing.region, today, place, 2, listing.narrowing)
        others = [line for line in found.tasks if (line.case_id, line.task) != (left.case_id, left.task)]
        if others:
            return listing.task_address(others[0], done=left.done)
    return listing.address(done=left.done)
