"""Put data into the basket, and send it: checked at once, split by provider, granted where no one need decide.

An official asks for the own department. What goes to a provider is a case on the same clock: its days are limits that
packs declare. Data that is not shared is refused on the spot, with its law.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.types.json import Jsonb

from tongban.basics.calendar import local_day
from tongban.basics.codes.case import make_case_number
from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id
from tongban.cases.actions.events import Event
from tongban.cases.kernel import Kernel
from tongban.cases.sharing.errors import BasketEmpty, BasketInUse, BasketUnfit, SharingUndeclared, ThemeUnknown
from tongban.cases.sharing.models import Basket, BasketLine, basket_of, line_of
from tongban.cases.sharing.recording import PLATFORM, About, give_lines, queries, record_events, settle
from tongban.cases.sharing.way import CHECK, PinnedWay
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import require
from tongban.resources.granting.definitions import Line, Theme
from tongban.resources.granting.giving import offers
from tongban.resources.granting.route import LineFault, Offer, Route, line_faults, masks_of, route

TITLE = 60  # characters of a basket's title


async def put_line(
    kernel: Kernel, actor: Actor, region: str, consumer: str, line: Line, renews: UUID | None = None
) -> None:
    """Put one resource into one's open basket for ``consumer``, or change what is asked of it.

    Raises ``NotAllowed``, ``BasketUnfit`` with everything that is wrong with the line.
    """
    _may_change(actor, region, consumer)
    _fit(kernel, [line], None)
    async with kernel.database.transaction() as connection:
        basket = await _open(connection, actor, region, consumer)
        await _put(connection, kernel, basket, line, renews)


async def drop_line(kernel: Kernel, actor: Actor, region: str, consumer: str, resource: str) -> None:
    """Take a resource out of one's open basket; nothing happens when it is not in it. Raises ``NotAllowed``."""
    _may_change(actor, region, consumer)
    async with kernel.database.transaction() as connection:
        basket = await _draft(connection, actor, region, consumer)
        if basket is not None:
            await queries.drop_line(connection, region=region, basket=basket.id, resource=resource)


async def take_theme(kernel: Kernel, actor: Actor, region: str, consumer: str, theme_id: str) -> None:
    """Fill one's empty basket with exactly what a theme needs.

    Raises ``NotAllowed``, ``ThemeUnknown``, ``BasketInUse``.
    """
    _may_change(actor, region, consumer)
    theme = theme_for(kernel, region, consumer, theme_id)
    async with kernel.database.transaction() as connection:
        basket = await _open(connection, actor, region, consumer)
        if [row async for row in queries.lines_of(connection, region=region, basket=basket.id)]:
            raise BasketInUse()
        for line in lines_of_theme(theme):
            await _put(connection, kernel, basket, line, None)
        await queries.set_theme(connection, region=region, id=basket.id, theme=theme.id, title=theme.name[:TITLE])


def theme_for(kernel: Kernel, region: str, consumer: str, theme_id: str) -> Theme:
    """A theme that ``consumer`` works in. Raises ``ThemeUnknown``."""
    pinned = kernel.sharing.themes.get(theme_id)
    department = kernel.directory.department(region, consumer)
    if pinned is None or department is None or pinned.theme.consumer not in department.roles:
        raise ThemeUnknown()
    return pinned.theme


def lines_of_theme(theme: Theme) -> list[Line]:
    """What a theme asks for, as lines of a basket."""
    return [
        Line(
            resource=line.resource,
            fields=line.fields,
            purpose=theme.purpose,
            basis=theme.basis,
            days=theme.days,
            rows=line.rows,
            masks=line.masks,
            quota=line.quota,
            lists=line.lists,
        )
        for line in theme.lines
    ]


class Sent(Struct, frozen=True):
    """A basket that was sent. ``granted`` and ``refused`` were decided by the check, ``waiting`` by nobody yet."""

    region: str
    basket: UUID
    granted: int
    refused: int
    waiting: int


async def send(kernel: Kernel, actor: Actor, region: str, consumer: str, title: str) -> Sent:
    """Send one's open basket: one request to each provider, all at once or none.

    Raises ``NotAllowed``, ``SharingUndeclared``, ``BasketEmpty``, ``BasketUnfit``, ``LimitUnknown``.
    """
    _may_change(actor, region, consumer)
    way = kernel.sharing.way
    if way is None:
        raise SharingUndeclared()
    async with kernel.database.transaction() as connection:
        basket = await _draft(connection, actor, region, consumer)
        found = basket and [line_of(row) async for row in queries.lines_of(connection, region=region, basket=basket.id)]
        if basket is None or not found:
            raise BasketEmpty()
        theme = theme_for(kernel, region, consumer, basket.theme) if basket.theme else None
        _fit(kernel, [line.asked for line in found], theme)
        sending = await _sending(connection, kernel, basket, way, title.strip()[:TITLE] or basket.title)
        await queries.send_basket(connection, region=region, id=basket.id, now=sending.now, title=sending.title)
        routes = await _routes(connection, kernel, sending, found)
        done = [
            line for lines in _by_provider(found) for line in await _request(connection, kernel, sending, lines, routes)
        ]
        await queries.close_basket(connection, region=region, id=basket.id, now=sending.now)
    states = [line.state for line in done]
    return Sent(region, basket.id, states.count("granted"), states.count("refused"), states.count("asked"))


class _Sending(Struct, frozen=True):
    basket: Basket
    way: PinnedWay
    title: str
    now: dt.datetime
    today: dt.date


async def _sending(connection: Connection, kernel: Kernel, basket: Basket, way: PinnedWay, title: str) -> _Sending:
    now = await platform_now(connection)
    department = kernel.directory.department(basket.region, basket.consumer)
    return _Sending(basket, way, title or (department.name if department else basket.consumer), now, local_day(now))


def _may_change(actor: Actor, region: str, consumer: str) -> None:
    require(actor, "basket.change", Subject(region=region, department=consumer))


def _fit(kernel: Kernel, lines: Sequence[Line], theme: Theme | None) -> None:
    faults: list[LineFault] = []
    for line in lines:
        faults += line_faults(line, kernel.resources.get(line.resource), theme)
    if faults:
        raise BasketUnfit(faults, {name: resource.name for name, resource in kernel.resources.items()})


async def _open(connection: Connection, actor: Actor, region: str, consumer: str) -> Basket:
    row = await queries.open_draft(connection, region=region, id=new_id(), consumer=consumer, account=actor.account)
    return basket_of(row)


async def _draft(connection: Connection, actor: Actor, region: str, consumer: str) -> Basket | None:
    row = await queries.draft(connection, region=region, consumer=consumer, account=actor.account)
    return basket_of(row) if row else None


async def _put(connection: Connection, kernel: Kernel, basket: Basket, line: Line, renews: UUID | None) -> None:
    provider = kernel.directory.department_for(basket.region, kernel.resources[line.resource].provider)
    await queries.put_line(
        connection,
        region=basket.region,
        basket=basket.id,
        id=new_id(),
        resource=line.resource,
        provider=provider.id,
        asked=Jsonb(msgspec.to_builtins(line)),
        renews=renews,
    )


def _by_provider(lines: Sequence[BasketLine]) -> list[list[BasketLine]]:
    providers = dict.fromkeys(line.provider for line in lines)
    return [[line for line in lines if line.provider == provider] for provider in providers]


async def _routes(
    connection: Connection, kernel: Kernel, sending: _Sending, lines: Sequence[BasketLine]
) -> Mapping[UUID, tuple[Route, Offer]]:
    wanted = {line.resource: kernel.resources[line.resource] for line in lines}
    offered = await offers(connection, sending.basket.region, wanted)
    way, today = sending.way.way, sending.today
    return {line.id: (route(line.asked, offered[line.resource], way, today), offered[line.resource]) for line in lines}


async def _request(
    connection: Connection,
    kernel: Kernel,
    sending: _Sending,
    lines: Sequence[BasketLine],
    routes: Mapping[UUID, tuple[Route, Offer]],
) -> list[BasketLine]:
    """The request to one provider: opened, checked, and closed again where nothing is left to be decided."""
    basket, now, request = sending.basket, sending.now, new_id()
    checked = [_checked(sending, line, *routes[line.id], request) for line in lines]
    waiting = [line for line in checked if line.state == "asked" and routes[line.id][0].kind == "provider"]
    number = await _open_request(
        connection, kernel, sending, checked, [routes[line.id][0] for line in waiting], request
    )
    for line in checked:
        await settle(connection, line)
    automatic = [line for line in checked if routes[line.id][0].kind == "automatic"]
    given = await give_lines(connection, basket.consumer, basket.theme, automatic, now)
    about = About(basket.region, request, number, sending.way.way.id, basket.consumer, now)
    await record_events(connection, about, [_asked_event(sending, checked, routes)])
    about = msgspec.structs.replace(about, actor=PLATFORM)
    await record_events(connection, about, [_check_event(sending, given, checked, waiting)])
    return [*given, *(line for line in checked if line not in automatic)]


def _checked(sending: _Sending, line: BasketLine, found: Route, offer: Offer, request: UUID) -> BasketLine:
    """A line after the check: with the masks that it will get, or refused with the law."""
    masks = masks_of(line.asked, offer.resource, sending.way.way, sending.today)
    asked = msgspec.structs.replace(line.asked, masks=masks)
    line = msgspec.structs.replace(line, asked=asked, request=request, state="asked")
    if found.kind != "refused":
        return line
    return msgspec.structs.replace(line, state="refused", reasons=found.law, decided_at=sending.now)


async def _open_request(
    connection: Connection,
    kernel: Kernel,
    sending: _Sending,
    lines: Sequence[BasketLine],
    waiting: Sequence[Route],
    request: UUID,
) -> str:
    basket = sending.basket
    number = make_case_number(basket.region, sending.today)
    answer_by = max((_due(kernel, sending, found.limit) for found in waiting), default=None)
    await queries.open_request(
        connection,
        region=basket.region,
        id=request,
        number=number,
        title=sending.title,
        way_pack=sending.way.pack,
        way_version=sending.way.version,
        way=sending.way.way.id,
        now=sending.now,
        open=bool(waiting),
        due_on=answer_by,
        check_by=_due(kernel, sending, "sharing-check"),
        basket=basket.id,
        consumer=basket.consumer,
        provider=lines[0].provider,
    )
    return number


def _due(kernel: Kernel, sending: _Sending, limit: str) -> dt.date:
    """The last working day of a declared limit, counted from the check, which is done at once."""
    region = sending.basket.region
    found = kernel.limits.at(limit, region, sending.today)
    return kernel.calendar_in(region).add_workdays(sending.today, found.days).day


def _asked_event(sending: _Sending, lines: Sequence[BasketLine], routes: Mapping[UUID, tuple[Route, Offer]]) -> Event:
    detail = {
        "basket": str(sending.basket.id),
        "theme": sending.basket.theme,
        "department": lines[0].provider,
        "lines": [
            {**msgspec.to_builtins(line.asked), "route": routes[line.id][0].kind, "head": routes[line.id][0].head}
            for line in lines
        ],
    }
    return Event("sharing.requested", None, sending.way.way.basis, detail)


def _check_event(
    sending: _Sending, given: Sequence[BasketLine], checked: Sequence[BasketLine], waiting: Sequence[BasketLine]
) -> Event:
    detail = {
        "department": sending.basket.consumer,
        "granted": {line.resource: str(line.grant_id) for line in given},
        "refused": {line.resource: line.reasons for line in checked if line.state == "refused"},
        "waiting": [line.resource for line in waiting],
    }
    return Event("sharing.checked", CHECK, sending.way.way.basis, detail)
