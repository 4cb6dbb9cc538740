"""Installing the doors, and one's own licences and receipts where no network is.

Nothing is kept unless the person asks: the service worker is registered by that very button, keeps one page without
anything personal, and what is kept is sealed in the browser with a code that never leaves it (``static/offline.js``).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import segno
from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from tongban.cases.views.reading import my_cases
from tongban.cases.views.shapes import CaseLine
from tongban.licences import actions
from tongban.licences.models import Licence
from tongban.web.allowing import allowed
from tongban.web.errors import PageMissing, SharedDevice
from tongban.web.language import Words, mark
from tongban.web.pages import page
from tongban.web.portal.parts import kernel_of, words_of
from tongban.web.signed_in import is_shared, signed_in
from tongban.web.site import WebRequest, site_of

SHELL = (
    "tabler.css", "tongban.css", "portal.css", "dark.css", "htmx.js", "tongban.js", "portal.js", "offline.js",
    "icons.svg", "mark.svg",
)  # fmt: skip
DOORS: Mapping[str, tuple[str, str, str]] = {
    "portal": (mark("我要办事"), "/", "mark"),
    "desk": (mark("工作台"), "/desk", "mark-desk"),
    "cockpit": (mark("领导看板"), "/desk/journeys", "mark-cockpit"),
}
"""Each door's name, start page and mark."""
ICONS = (
    (".svg", "any", "image/svg+xml", "any"),
    ("-192.png", "192x192", "image/png", "any"),
    ("-512.png", "512x512", "image/png", "any"),
    ("-full.png", "512x512", "image/png", "maskable"),
)
"""What is offered of a mark: the end of its name, size, media type, purpose."""
MOST = 20


class Card(Struct, frozen=True):
    """One licence or receipt as it is kept: a title, lines of facts, a QR code (data address) and what it says."""

    title: str
    facts: Sequence[tuple[str, str]]
    qr: str
    code: str


class Mine(Struct, frozen=True):
    """What one keeps: when, in words, and the cards."""

    at: str
    cards: Sequence[Card]


@get("/manifest/{door:str}", sync_to_thread=False)
def manifest(request: WebRequest, door: FromPath[str]) -> Response[bytes]:
    """By which a browser installs one door. Raises ``PageMissing``."""
    if door not in DOORS:
        raise PageMissing()
    label, start, icon = DOORS[door]
    site, words = site_of(request), words_of(request)
    said: dict[str, Any] = {
        "id": f"/manifest/{door}",
        "name": f"{words.say(site.settings.node_name)} · {words.say(label)}",
        "short_name": words.say(label),
        "lang": words.language,
        "start_url": start,
        "scope": "/",
        "display": "standalone",
        "theme_color": "#1a56a8",
        "background_color": "#f5f7fa",
        "icons": [
            {"src": site.assets.url(f"{icon}{kind}"), "sizes": size, "type": media, "purpose": purpose}
            for kind, size, media, purpose in ICONS
        ],
    }
    content = json.dumps(said, ensure_ascii=False).encode()
    return Response(content, media_type="application/manifest+json", headers={"vary": "Accept-Language, Cookie"})


@get("/service-worker.js", sync_to_thread=False)
def worker(request: WebRequest) -> Response[bytes]:
    """The service worker, with the addresses of its shell in front. Raises ``PageMissing``."""
    assets = site_of(request).assets
    found = assets.find(assets.url("service-worker.js").rpartition("/")[2])
    if found is None:
        raise PageMissing()
    shell = ["/offline", *(assets.url(name) for name in SHELL)]
    version = hashlib.sha256("\n".join(shell).encode() + found.content).hexdigest()[:12]
    head = f"const SHELL = {json.dumps(shell)}, VERSION = {json.dumps(version)};\n".encode()
    return Response(head + found.content, media_type="text/javascript; charset=utf-8")


@get("/offline", sync_to_thread=False)
def offline(request: WebRequest) -> Response[str]:
    """What is shown without a network: what one kept, once one's code is given."""
    return page(request, "portal/offline.html", everybody=True)


@get("/offline/mine", guards=[allowed("copy")])
async def mine(request: WebRequest) -> Response[Mine]:
    """One's own licences and receipts, to be kept by the browser that asked. No cache keeps this answer.

    Raises ``SharedDevice`` where others use the device too.
    """
    if is_shared(request):
        raise SharedDevice()
    signed, kernel, words = await signed_in(request), kernel_of(request), words_of(request)
    base = site_of(request).settings.base_url
    async with kernel.database.connection() as connection:
        held = await actions.mine(connection, kernel.vault, signed.actor.keys, None, MOST)
    cases, _ = await my_cases(kernel, signed.actor, None)
    cards = [*(_licence(one, words, base) for one in held), *(_receipt(one, words, base) for one in cases[:MOST])]
    answer = Response(Mine(words.moment(signed.now, year=True), cards), media_type="application/json")
    answer.headers["cache-control"] = "no-store"
    return answer


def _licence(one: Licence, words: Words, base: str) -> Card:
    until = words.day(one.valid_until, year=True) if one.valid_until else words.say("长期")
    facts = [
        (words.say("持有人"), one.holder_name),
        *((words.pack(field.label), field.value) for field in one.fields),
        (words.say("证照编号"), one.number),
        (words.say("颁发部门"), words.pack(one.issuer.name)),
        (words.say("有效期至"), until),
    ]
    return Card(words.pack(one.type_name), facts, _qr(f"{base}/verify/{one.code}"), one.code)


def _receipt(one: CaseLine, words: Words, base: str) -> Card:
    facts = [
        (words.say("办件编号"), one.number),
        (words.say("提交时间"), words.moment(one.submitted_at, year=True)),
    ]
    address = f"{base}/matters/{one.region}/{one.id}/receipt"
    return Card(f"{words.say('申请回执')} · {words.pack(one.name)}", facts, _qr(address), one.number)


def _qr(content: str) -> str:
    return segno.make(content, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#ffffff", dark="#16202c")


ROUTES = (manifest, worker, offline, mine)
