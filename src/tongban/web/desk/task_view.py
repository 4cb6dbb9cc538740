"""Everything that the page of one task shows, in the words of the desk.

Built anew for every answer: the page itself, a form that comes back with faults, the preview of a decision.
"""

from uuid import UUID

from litestar import Response
from msgspec import Struct

from tongban.basics.errors import TongbanError
from tongban.cases.errors import CaseNotFound
from tongban.cases.views import notices
from tongban.cases.views.desk import task_page
from tongban.cases.views.shapes import EventLine, MaterialLine, TaskPage
from tongban.parties.actions import Signed
from tongban.web.act_words import Colour
from tongban.web.desk.done import done_message
from tongban.web.desk.listing import Listing, identifier, listing_of, task_path
from tongban.web.desk.typed import EMPTY, Typed
from tongban.web.desk.words import DECISIONS, KINDS, OUTCOMES, STATES, event_words, origin_words
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class MaterialView(Struct, frozen=True):
    """One material with where it came from in words, its light, and how far to rely on it."""

    line: MaterialLine
    origin: str
    colour: Colour
    trust: str
    outcome: str | None


class EventView(Struct, frozen=True):
    """One event with its name, its light, and the names of materials it asked for."""

    line: EventLine
    text: str
    colour: Colour
    asked: list[str]

    @property
    def reasons(self) -> str:
        """What was said with it."""
        return str(self.line.detail.get("reasons") or "")


class Opened(Struct, frozen=True):
    """One task as somebody signed in opened it, with the list it was opened from."""

    signed: Signed
    seen: TaskPage
    listing: Listing

    @property
    def path(self) -> str:
        """The task's own address."""
        return task_path(self.seen.page.case.region, self.seen.page.case.id, self.seen.task.task)


async def opened(request: WebRequest, region: str, case_id: UUID, task_id: str) -> Opened:
    """The task behind an address. Raises ``CaseNotFound`` for whoever takes no part in the case."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    if region not in kernel.directory.regions or identifier(task_id) is None:
        raise CaseNotFound()
    seen = await task_page(kernel, signed.actor, region, case_id, task_id)
    return Opened(signed, seen, listing_of(request, region))


async def task_answer(
    request: WebRequest, task: Opened, *, typed: Typed = EMPTY, refused: TongbanError | None = None, spot: str = ""
) -> Response[str]:
    """The page of ``task``; with what was ``typed``, and what was ``refused`` at the element ``spot``."""
    site, seen = site_of(request), task.seen
    said = sentence(refused, site.words(request_language(request))) if refused else None
    return page(
        request,
        "desk/task.html",
        status=refused.status if refused else 200,
        task=task,
        seen=seen,
        case=seen.page,
        listing=task.listing,
        typed=typed,
        refused=refused,
        said=said,
        spot=spot,
        materials=[_material(line) for line in seen.page.materials],
        events=events_of(seen, seen.page.events),
        previous=events_of(seen, [e for e in seen.previous if e.task != seen.task.task]),
        state_words=STATES[seen.task.state],
        decision_words=DECISIONS.get(seen.task.decision or "", STATES["done"]),
        kinds=KINDS,
        done=await done_message(site.kernel, task.signed.actor, request.query_params.get("done")),
        notices=await notices.beside(site.kernel, seen.page),
    )


def _material(line: MaterialLine) -> MaterialView:
    origin, colour, trust = origin_words(line)
    missed = OUTCOMES.get(line.outcome or "") if line.state != "found" else None
    return MaterialView(line, origin, colour, trust, missed)


def events_of(seen: TaskPage, lines: list[EventLine]) -> list[EventView]:
    """Events newest first, in words."""
    names = {m.id: m.name for m in seen.page.materials}
    return [
        EventView(line, *event_words(line), [names.get(m, m) for m in line.detail.get("materials", ())])
        for line in reversed(lines)
    ]
