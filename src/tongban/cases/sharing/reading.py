"""What pages and programs see of baskets and requests; one checkpoint for both. Grants: see ``held``."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection, platform_now
from tongban.cases.kernel import Kernel
from tongban.cases.models import Light, Task
from tongban.cases.oversight.lights import DEFAULT
from tongban.cases.sharing.errors import BasketNotFound, RequestNotFound
from tongban.cases.sharing.models import Basket, BasketLine, basket_of, line_of
from tongban.cases.sharing.recording import queries, read
from tongban.cases.sharing.way import ANSWER, APPROVE
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import DECIDERS, may
from tongban.resources.definitions import Resource
from tongban.resources.granting.definitions import Theme
from tongban.resources.granting.giving import offers
from tongban.resources.granting.route import Offer, Route, default_masks, route
from tongban.resources.masks.definitions import Mask

PAGE = 50
Left = tuple[dt.datetime, UUID]


class LinePage(Struct, frozen=True):
    """A line with what people must see beside it. ``usual``: the masks that the grades ask for; ``route``: how it is
    decided, None where no pack says how."""

    line: BasketLine
    resource: Resource
    provider_name: str
    usual: Mapping[str, Mask]
    published: bool
    route: Route | None

    @property
    def masks(self) -> Mapping[str, Mask]:
        """The masks that the line gets if it is granted as it stands."""
        return {**self.usual, **self.line.asked.masks} if self.line.state == "draft" else self.line.asked.masks


class BasketPage(Struct, frozen=True):
    """A basket with its lines, and where each request stands."""

    basket: Basket
    consumer_name: str
    lines: list[LinePage]
    requests: list["RequestLine"]
    theme: Theme | None


class BasketLineCount(Struct, frozen=True):
    """A sent basket in a list."""

    basket: Basket
    consumer_name: str
    lines: int
    granted: int
    refused: int


class RequestLine(Struct, frozen=True):
    """A request to one provider in a list. ``step`` is the one that waits: answer or approve."""

    region: str
    id: UUID
    number: str
    basket: UUID
    title: str
    consumer: str
    consumer_name: str
    provider: str
    provider_name: str
    state: str
    step: str | None
    due_on: dt.date | None
    days_left: int | None
    light: Light
    lines: int
    made_at: dt.datetime
    closed_at: dt.datetime | None


class RequestEvent(Struct, frozen=True):
    """One dated event of a request. ``actor_name`` is '' for the platform."""

    id: UUID
    at: dt.datetime
    kind: str
    actor_name: str
    detail: dict[str, Any]


class RequestPage(Struct, frozen=True):
    """A request as its provider answers it and its consumer follows it."""

    line: RequestLine
    way: str
    theme: Theme | None
    lines: list[LinePage]
    answer: Task
    approve: Task
    events: list[RequestEvent]
    may_answer: bool
    may_approve: bool
    own_answer: bool


def consumers(actor: Actor, region: str) -> list[str]:
    """The departments for which ``actor`` may ask for data in ``region``. Raises ``NotAllowed`` when there is none."""
    found = sorted(set(actor.departments(region, *DECIDERS)))
    if not found:
        raise NotAllowed()
    return found


async def open_basket(kernel: Kernel, actor: Actor, region: str, consumer: str) -> BasketPage | None:
    """One's open basket for ``consumer``; None when nothing was put into it yet. Raises ``NotAllowed``."""
    if consumer not in consumers(actor, region):
        raise NotAllowed()
    async with kernel.database.connection() as connection:
        row = await queries.draft(connection, region=region, consumer=consumer, account=actor.account)
        return await _basket_page(connection, kernel, basket_of(row)) if row else None


async def basket_page(kernel: Kernel, actor: Actor, region: str, basket: UUID) -> BasketPage:
    """A basket that was sent, for the department that sent it. Raises ``BasketNotFound``."""
    async with kernel.database.connection() as connection:
        row = await queries.basket(connection, region=region, id=basket)
        if row is None or row.state == "draft":
            raise BasketNotFound()
        if not may(actor, "basket.read", Subject(region=region, departments=(row.consumer,))):
            raise BasketNotFound()
        return await _basket_page(connection, kernel, basket_of(row))


async def baskets_of(
    kernel: Kernel, actor: Actor, region: str, before: Left | None = None
) -> tuple[list[BasketLineCount], Left | None]:
    """Baskets that one's departments sent (a supervisor: all), newest first, 50 a page. Raises ``NotAllowed``."""
    everywhere, departments = _scope(actor, region)
    at, last = before or (None, None)
    async with kernel.database.connection() as connection:
        rows = queries.baskets_of(
            connection, region=region, everywhere=everywhere, departments=departments, before_at=at, before_id=last,
            most=PAGE + 1,
        )  # fmt: skip
        found = [
            BasketLineCount(basket_of(row), name_of(kernel, region, row.consumer), row.lines, row.granted, row.refused)
            async for row in rows
        ]
    more = len(found) > PAGE
    last_basket = found[PAGE - 1].basket if more else None
    after = (last_basket.sent_at, last_basket.id) if last_basket and last_basket.sent_at else None
    return found[:PAGE], after


async def requests_of(
    kernel: Kernel, actor: Actor, region: str, open_only: bool | None = None, before: Left | None = None
) -> tuple[list[RequestLine], Left | None]:
    """Requests to one's departments (a supervisor: all), newest first, 50 a page. Raises ``NotAllowed``."""
    everywhere, departments = _scope(actor, region)
    at, last = before or (None, None)
    async with kernel.database.connection() as connection:
        rows = [
            row
            async for row in queries.requests_of(
                connection, region=region, everywhere=everywhere, departments=departments, open=open_only,
                before_at=at, before_id=last, most=PAGE + 1,
            )
        ]  # fmt: skip
        today = local_day(await platform_now(connection))
    lines = [_request_line(kernel, row, today) for row in rows[:PAGE]]
    return lines, ((lines[-1].made_at, lines[-1].id) if len(rows) > PAGE else None)


def _scope(actor: Actor, region: str) -> tuple[bool, list[str]]:
    everywhere = may(actor, "region.supervise", Subject(region=region))
    departments = sorted(set(actor.departments(region, *DECIDERS)))
    if not everywhere and not departments:
        raise NotAllowed()
    return everywhere, departments


async def find_request(kernel: Kernel, actor: Actor, region: str, number: str) -> UUID:
    """The request for data with a case number. Raises ``RequestNotFound``, for somebody else's as for nobody's."""
    async with kernel.database.connection() as connection:
        row = await queries.numbered_request(connection, region=region, number=number)
    if row is None or not may(actor, "sharing.read", Subject(region=region, departments=(row.consumer, row.provider))):
        raise RequestNotFound()
    return UUID(str(row.id))


async def request_page(kernel: Kernel, actor: Actor, region: str, request: UUID) -> RequestPage:
    """One request for its provider, its consumer and a supervisor. Raises ``RequestNotFound``."""
    async with kernel.database.connection() as connection:
        held = await read(connection, region, request)
        if held is None:
            raise RequestNotFound()
        if not may(actor, "sharing.read", Subject(region=region, departments=(held.consumer, held.provider))):
            raise RequestNotFound()
        lines = await _line_pages(connection, kernel, region, held.lines)
        events = [_event(kernel, region, row) async for row in queries.events_of(connection, region=region, id=request)]
    provider = Subject(region=region, department=held.provider)
    answer, approve = held.tasks[ANSWER], held.tasks[APPROVE]
    step = next((task for task in (answer, approve) if task.state == "ready"), None)
    theme = kernel.sharing.themes.get(held.theme or "")
    return RequestPage(
        line=_request_line(kernel, _Row(held, step), local_day(held.now)),
        way=kernel.sharing.ways[held.pack, held.version].way.name,
        theme=theme.theme if theme else None,
        lines=lines,
        answer=answer,
        approve=approve,
        events=events,
        may_answer=answer.state == "ready" and may(actor, "sharing.answer", provider),
        may_approve=approve.state == "ready" and may(actor, "sharing.approve", provider),
        own_answer=answer.decided_by == actor.account,
    )


class _Row:
    """A held request in the shape of a row of the list."""

    def __init__(self, held: Any, step: Task | None) -> None:
        self._held = held
        self.lines = len(held.lines)
        self.step, self.due_on = step and step.task, step and step.due_on

    def __getattr__(self, name: str) -> Any:
        return getattr(self._held, name)


def _request_line(kernel: Kernel, row: Any, today: dt.date) -> RequestLine:
    calendar = kernel.calendar_in(row.region)
    due_on = row.due_on if row.state != "closed" else None
    return RequestLine(
        region=row.region,
        id=row.id,
        number=row.number,
        basket=row.basket,
        title=row.basket_title,
        consumer=row.consumer,
        consumer_name=name_of(kernel, row.region, row.consumer),
        provider=row.provider,
        provider_name=name_of(kernel, row.region, row.provider),
        state=row.state,
        step=row.step,
        due_on=due_on,
        days_left=calendar.workdays_between(today, due_on) if due_on else None,
        light=DEFAULT.light(due_on, today, calendar),
        lines=row.lines,
        made_at=row.made_at,
        closed_at=row.closed_at,
    )


def _event(kernel: Kernel, region: str, row: Any) -> RequestEvent:
    actor = "" if row.actor == "platform" else name_of(kernel, region, row.actor)
    return RequestEvent(row.id, row.at, row.kind, actor, row.detail)


async def _basket_page(connection: Connection, kernel: Kernel, basket: Basket) -> BasketPage:
    lines = [line_of(row) async for row in queries.lines_of(connection, region=basket.region, basket=basket.id)]
    today = local_day(await platform_now(connection))
    rows = [row async for row in queries.requests_of_basket(connection, region=basket.region, basket=basket.id)]
    counts = {row.id: sum(line.request == row.id for line in lines) for row in rows}
    theme = kernel.sharing.themes.get(basket.theme or "")
    return BasketPage(
        basket=basket,
        consumer_name=name_of(kernel, basket.region, basket.consumer),
        lines=await _line_pages(connection, kernel, basket.region, lines),
        requests=[_request_line(kernel, _OfBasket(row, basket, counts[row.id]), today) for row in rows],
        theme=theme.theme if theme else None,
    )


class _OfBasket:
    """A request read with its basket, in the shape of a row of the list."""

    def __init__(self, row: Any, basket: Basket, lines: int) -> None:
        self._row = row
        self.region, self.basket, self.basket_title = basket.region, basket.id, basket.title
        self.consumer, self.lines, self.step, self.made_at = basket.consumer, lines, None, basket.sent_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


async def _line_pages(
    connection: Connection, kernel: Kernel, region: str, lines: Sequence[BasketLine]
) -> list[LinePage]:
    known = {line.resource: kernel.resources[line.resource] for line in lines if line.resource in kernel.resources}
    offered = await offers(connection, region, known)
    today = local_day(await platform_now(connection))
    return [_line_page(kernel, line, offered[line.resource], today) for line in lines if line.resource in offered]


def _line_page(kernel: Kernel, line: BasketLine, offer: Offer, today: dt.date) -> LinePage:
    way = kernel.sharing.way
    return LinePage(
        line=line,
        resource=offer.resource,
        provider_name=name_of(kernel, line.region, line.provider),
        usual=default_masks(offer.resource, line.asked.fields, way.way, today) if way else {},
        published=offer.published,
        route=route(line.asked, offer, way.way, today) if way else None,
    )


async def offer_of(kernel: Kernel, region: str, resource: str) -> tuple[Offer, Mapping[str, Mask]] | None:
    """A resource as it is offered now, and the usual masks of all its fields; None when there is no such resource."""
    found = kernel.resources.get(resource)
    if found is None:
        return None
    async with kernel.database.connection() as connection:
        offered = (await offers(connection, region, {resource: found}))[resource]
        today = local_day(await platform_now(connection))
    way = kernel.sharing.way
    fields = [field.id for field in offered.resource.fields]
    return offered, default_masks(offered.resource, fields, way.way, today) if way else {}


def themes_for(kernel: Kernel, region: str, consumer: str) -> list[Theme]:
    """The themes that a department may ask for."""
    department = kernel.directory.department(region, consumer)
    roles = set(department.roles) if department else set()
    return [one.theme for one in kernel.sharing.themes.values() if one.theme.consumer in roles]


def name_of(kernel: Kernel, region: str, department: str) -> str:
    """The name people know a department by."""
    found = kernel.directory.department(region, department)
    return found.name if found else department
