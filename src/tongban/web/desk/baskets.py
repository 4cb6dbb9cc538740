"""The basket on the desk: what is asked for together, the themes, what was sent and what each provider answered."""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.cases.kernel import Kernel
from tongban.cases.sharing import asking
from tongban.cases.sharing.errors import BasketNotFound
from tongban.cases.sharing.reading import (
    basket_page,
    baskets_of,
    consumers,
    name_of,
    offer_of,
    open_basket,
    themes_for,
)
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.resources.catalogue.models import Asked, Line
from tongban.resources.catalogue.reading import browse
from tongban.resources.definitions import Resource
from tongban.web.desk import sharing_words as words
from tongban.web.desk.places import places_of
from tongban.web.desk.sharing_forms import EMPTY, Typed, line_typed, typed_of
from tongban.web.desk.tickets import region_asked
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

HERE = "/desk/basket"
FOUND = 20  # resources shown for one search
UNCONNECTED = 5


@get(HERE)
async def show(request: WebRequest) -> Response[str]:
    """One's open basket; with ``resource`` the form for that one. Raises ``NotAllowed``."""
    return await _shown(request, request.query_params.get("resource", ""))


async def _shown(
    request: WebRequest, resource: str, typed: Typed = EMPTY, refused: TongbanError | None = None
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    kernel = site.kernel
    region = region_asked(request, signed)
    own = consumers(signed.actor, region)
    consumer = _consumer(request, own)
    basket = await open_basket(kernel, signed.actor, region, consumer)
    sent, _ = await baskets_of(kernel, signed.actor, region)
    asked = request.query_params.get("q", "").strip()[:50]
    chosen = {one.line.resource: one for one in basket.lines} if basket else {}
    return page(
        request,
        "desk/sharing/basket.html",
        status=refused.status if refused else 200,
        places=places_of(signed.actor, region, HERE),
        region=region,
        consumer=consumer,
        own=[(one, name_of(kernel, region, one)) for one in own],
        basket=basket,
        sent=sent,
        themes=themes_for(kernel, region, consumer),
        searched=asked,
        results=_found(kernel, asked),
        unconnected=await _unconnected(kernel, signed, region, asked) if asked else [],
        offer=await offer_of(kernel, region, resource),
        present=chosen.get(resource),
        typed=typed,
        refused=refused,
        said=sentence(refused, site.words(request_language(request))) if refused else None,
        moved=request.query_params.get("moved"),
        words=words,
        here=urlencode({"region": region, "department": consumer}),
    )


def _consumer(request: WebRequest, own: Sequence[str]) -> str:
    asked = request.query_params.get("department")
    return asked if asked is not None and asked in own else own[0]


def _found(kernel: Kernel, asked: str) -> list[Resource]:
    """Resources whose name, summary or fields hold every word that was typed."""
    parts = asked.lower().split()
    found = [one for one in kernel.resources.values() if _speaks_of(one, parts)]
    return sorted(found, key=lambda one: one.name)[:FOUND] if parts else []


async def _unconnected(kernel: Kernel, signed: Signed, region: str, asked: str) -> list[Line]:
    """What the catalogue has of it that can not be asked for here, because no pack declares how it is reached."""
    wanted = Asked(region=region, words=asked, kind="resource")
    async with kernel.database.connection() as connection:
        listed = await browse(connection, signed.actor, kernel.directory, wanted, signed.now)
    return [one for one in listed.items if one.state == "published" and not one.connected][:UNCONNECTED]


def _speaks_of(resource: Resource, parts: Sequence[str]) -> bool:
    labels = " ".join(field.label for field in resource.fields)
    text = f"{resource.name} {resource.id} {resource.summary or ''} {labels}".lower()
    return all(part in text for part in parts)


async def _place(request: WebRequest) -> tuple[Signed, str, str]:
    """Who acts, where, and for which department; an address that names none of one's own is refused."""
    signed = await signed_in(request)
    region = request.query_params.get("region", "")
    consumer = request.query_params.get("department", "")
    if region not in site_of(request).kernel.directory.regions or consumer not in consumers(signed.actor, region):
        raise NotAllowed()
    return signed, region, consumer


def _address(region: str, consumer: str, moved: str) -> str:
    return f"{HERE}?{urlencode({'region': region, 'department': consumer, 'moved': moved})}"


@post(HERE + "/lines", status_code=200)
async def put(request: WebRequest) -> Response[str] | Redirect:
    """Put a resource into the basket; what is refused comes back with everything that was typed."""
    signed, region, consumer = await _place(request)
    typed = await typed_of(request)
    try:
        await asking.put_line(site_of(request).kernel, signed.actor, region, consumer, line_typed(typed))
    except TongbanError as error:
        return await _back(request, typed.text("resource"), typed, error)
    return Redirect(_address(region, consumer, "put"), status_code=303)


@post(HERE + "/drop", status_code=200)
async def drop(request: WebRequest) -> Redirect:
    """Take a resource out of the basket."""
    signed, region, consumer = await _place(request)
    resource = (await typed_of(request)).text("resource")
    await asking.drop_line(site_of(request).kernel, signed.actor, region, consumer, resource)
    return Redirect(_address(region, consumer, "dropped"), status_code=303)


@post(HERE + "/theme", status_code=200)
async def theme(request: WebRequest) -> Response[str] | Redirect:
    """Fill the basket with what a theme needs."""
    signed, region, consumer = await _place(request)
    typed = await typed_of(request)
    try:
        await asking.take_theme(site_of(request).kernel, signed.actor, region, consumer, typed.text("theme"))
    except TongbanError as error:
        return await _back(request, "", typed, error)
    return Redirect(_address(region, consumer, "put"), status_code=303)


@post(HERE + "/send", status_code=200)
async def send(request: WebRequest) -> Response[str] | Redirect:
    """Send the basket to every provider at once."""
    signed, region, consumer = await _place(request)
    typed = await typed_of(request)
    try:
        done = await asking.send(site_of(request).kernel, signed.actor, region, consumer, typed.text("title"))
    except TongbanError as error:
        return await _back(request, "", typed, error)
    return Redirect(f"/desk/baskets/{region}/{done.basket}?moved=sent", status_code=303)


async def _back(request: WebRequest, resource: str, typed: Typed, error: TongbanError) -> Response[str]:
    if error.status >= 500 or error.status == 403:
        raise error
    return await _shown(request, resource, typed, error)


@get("/desk/baskets/{region:str}/{basket:uuid}")
async def answers(request: WebRequest, region: FromPath[str], basket: FromPath[UUID]) -> Response[str]:
    """What was sent, and all answers on one page. Raises ``BasketNotFound``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    if region not in kernel.directory.regions:
        raise BasketNotFound()
    return page(
        request,
        "desk/sharing/sent.html",
        places=places_of(signed.actor, region, ""),
        region=region,
        found=await basket_page(kernel, signed.actor, region, basket),
        moved=request.query_params.get("moved"),
        words=words,
    )


ROUTES = (show, put, drop, theme, send, answers)
