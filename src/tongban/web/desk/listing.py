"""Which part of which inbox is open. It lives in the address, so it survives reloading, sharing and deciding.

Called by every page of the desk: each link back or onwards carries the same choice.
"""

import datetime as dt
import re
from typing import Literal, get_args
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Light
from tongban.cases.views.desk import Left, Narrowing, Place
from tongban.cases.views.shapes import InboxLine
from tongban.parties.models import Actor
from tongban.parties.rules import DECIDERS
from tongban.web.desk.errors import PlaceUnfit
from tongban.web.site import WebRequest

Tab = Literal["open", "decided"]
LIGHTS: tuple[Light, ...] = ("red", "yellow", "green")
INBOX = "/desk"
# What packs call journeys and tasks; nothing else need ever reach the store.
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class Listing(Struct, frozen=True):
    """A part of an inbox: where, which tab, narrowed to what, and from which row on (``after``)."""

    region: str
    department: str | None = None
    tab: Tab = "open"
    journey: str | None = None
    task: str | None = None
    light: Light | None = None
    after: str | None = None

    @property
    def narrowing(self) -> Narrowing:
        """The part as the case noun understands it."""
        return Narrowing(self.department, self.journey, self.task, self.light)

    @property
    def narrowed(self) -> bool:
        """Whether a filter hides anything."""
        return any((self.journey, self.task, self.light))

    def query(self, **changes: str | None) -> str:
        """The choice as a query string, with ``changes``; a change of anything starts at the first row."""
        values = {"after": None, **changes}
        kept = {name: getattr(self, name) for name in self.__struct_fields__ if name not in values} | values
        return urlencode([(name, value) for name, value in kept.items() if value and (name, value) != ("tab", "open")])

    def address(self, **changes: str | None) -> str:
        """The inbox with this choice and ``changes``."""
        return f"{INBOX}?{self.query(**changes)}"

    def task_address(self, line: InboxLine, **changes: str | None) -> str:
        """One task's page, or the ticket's, from which this list can be found again."""
        path = task_path(line.region, line.case_id, line.task)
        if line.sharing:
            path = f"{INBOX}/requests/{line.region}/{line.case_id}"
        elif line.ticket:
            path = f"{INBOX}/tickets/{line.region}/{line.case_id}"
        return f"{path}?{self.query(**changes)}"

    def place(self) -> Place | None:
        """The row after which the open list goes on. Raises ``PlaceUnfit``."""
        if self.after is None:
            return None
        try:
            due, case, task = self.after.split("~")
            return dt.date.fromisoformat(due), UUID(case), identifier(task) or ""
        except ValueError as error:
            raise PlaceUnfit() from error

    def left(self) -> Left | None:
        """The row after which the list of decided tasks goes on. Raises ``PlaceUnfit``."""
        if self.after is None:
            return None
        try:
            at, case, task = self.after.split("~")
            place = dt.datetime.fromisoformat(at), UUID(case), identifier(task) or ""
        except ValueError as error:
            raise PlaceUnfit() from error
        if place[0].tzinfo is None:
            raise PlaceUnfit()
        return place


def identifier(text: str | None) -> str | None:
    """``text`` if it could name a journey or a task, else None."""
    return text if text and _IDENTIFIER.fullmatch(text) else None


def task_path(region: str, case_id: UUID, task: str) -> str:
    """The address of one task's page."""
    return f"/desk/tasks/{region}/{case_id}/{task}"


class Desk(Struct, frozen=True):
    """A department of a region for which somebody decides."""

    region: str
    region_name: str
    department: str
    department_name: str


def desks_of(kernel: Kernel, actor: Actor) -> list[Desk]:
    """Where ``actor`` decides; empty for everybody else, whatever other posts they hold."""
    held = sorted({(p.region, p.department) for p in actor.posts if p.role in DECIDERS})
    return [desk for region, department in held if (desk := _desk(kernel, region, department))]


def _desk(kernel: Kernel, region: str, department: str) -> Desk | None:
    served = kernel.directory.regions.get(region)
    found = kernel.directory.department(region, department) if served else None
    return Desk(region, served.name, department, found.name) if served and found else None


def listing_of(request: WebRequest, region: str) -> Listing:
    """The choice that the address of ``request`` carries, ``region`` where it names none; unknown values are none."""
    asked = request.query_params
    light, tab = asked.get("light"), asked.get("tab")
    listing = Listing(
        region=asked.get("region") or region,
        department=asked.get("department") or None,
        tab="decided" if tab in get_args(Tab)[1:] else "open",
        journey=identifier(asked.get("journey")),
        task=identifier(asked.get("task")),
        light=next((known for known in LIGHTS if known == light), None),
        after=asked.get("after") or None,
    )
    return listing if listing.tab == "open" else msgspec.structs.replace(listing, light=None)


class Choices(Struct, frozen=True):
    """What a list can be narrowed to: ids with names."""

    journeys: list[tuple[str, str]]
    tasks: list[tuple[str, str]]


def choices_of(kernel: Kernel, desks: list[Desk], listing: Listing) -> Choices:
    """The journeys in which these departments take part, and their tasks in the chosen one (or in all)."""
    own = {d.department for d in desks if d.region == listing.region and listing.department in (None, d.department)}
    journeys: dict[str, str] = {}
    tasks: dict[str, str] = {}
    for version in kernel.catalogue.active.values():
        journey = version.journey
        parts = [(INTAKE, "受理审查", journey.lead), *((t.id, t.name, t.department) for t in journey.tasks)]
        mine = {task: name for task, name, role in parts if _plays(kernel, listing.region, role, own)}
        if mine:
            journeys[journey.id] = journey.name
        if listing.journey in (None, journey.id):
            tasks |= mine
    return Choices(sorted(journeys.items()), list(tasks.items()))


def _plays(kernel: Kernel, region: str, role: str, departments: set[str]) -> bool:
    served = kernel.directory.regions.get(region)
    found = served.department_for(role) if served else None
    return found is not None and found.id in departments
