"""What stands in front of the application: assets and shared pages from memory, headers on everything.

A plain ASGI layer, because a page from memory must not pay for a framework. A handler declares a page shared
(``pages.page(everybody=True)``); it is then kept for a minute per address, language and letter size, and only
for visitors without a session. Also here, because both concern every path: HEAD is answered like GET without
its body, and a refused upload is read to its end so that the answer arrives.
"""

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct

from tongban.basics.second_wall import a_request
from tongban.cases.kernel import Kernel
from tongban.parties.access.trail import listening
from tongban.web import denied, tripwire
from tongban.web.asset_files import PREFIX
from tongban.web.headers import Headers, secured
from tongban.web.listener import REFUSED
from tongban.web.pages import FOR_EVERYBODY, everybodys
from tongban.web.reading import LARGE_COOKIE, language_of, theme_of
from tongban.web.signed_in import API, SESSION_COOKIE
from tongban.web.site import Site
from tongban.web.sources import Sources

SECONDS = 60
MOST_PAGES = 512
MOST_DRAINED = 64_000_000
_FOR_EVER = b"public, max-age=31536000, immutable"
_REVALIDATE = b"no-cache"
_VARY = (b"vary", b"Accept-Encoding, Accept-Language, Cookie")

Key = tuple[str, str, bool, str]


class Stored(Struct, frozen=True):
    """A page in memory, plain and packed, with the kernel it was made from and when (monotonic seconds)."""

    headers: tuple[tuple[bytes, bytes], ...]
    plain: bytes
    packed: bytes
    tag: str
    kernel: Kernel
    made: float


class SharedPages:
    """The newest shared pages; one is made anew when it is a minute old or the kernel changed."""

    def __init__(self) -> None:
        self._held: OrderedDict[Key, Stored] = OrderedDict()

    def get(self, key: Key, kernel: Kernel) -> Stored | None:
        """The page under ``key`` if it is still good."""
        found = self._held.get(key)
        if found is None or found.kernel is not kernel or time.monotonic() - found.made > SECONDS:
            return None
        self._held.move_to_end(key)
        return found

    def put(self, key: Key, headers: Headers, body: bytes, kernel: Kernel) -> Stored:
        """Keep a page; the one unused longest goes."""
        kept = tuple(pair for pair in headers if pair[0] in (b"content-type", b"content-language"))
        tag = hashlib.sha256(body).hexdigest()[:20]
        stored = Stored(kept, body, gzip.compress(body, 6, mtime=0), tag, kernel, time.monotonic())
        self._held[key] = stored
        self._held.move_to_end(key)
        if len(self._held) > MOST_PAGES:
            self._held.popitem(last=False)
        return stored


class _Asked:
    """The few request headers that the layer reads."""

    def __init__(self, scope: HTTPScope) -> None:
        self._headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self.cookies = _cookies(self._headers.get(b"cookie", ""))
        self.encodings = {part.split(";")[0].strip() for part in self.header(b"accept-encoding").split(",")}
        self.session = SESSION_COOKIE in self.cookies

    def header(self, name: bytes) -> str:
        return self._headers.get(name, "")

    def has(self, tag: str) -> bool:
        """Whether the asker holds the version ``tag`` (If-None-Match, RFC 9110 section 13.1.2)."""
        held = {part.strip().removeprefix("W/") for part in self.header(b"if-none-match").split(",")}
        return f'"{tag}"' in held or "*" in held


def _cookies(header: str) -> Mapping[str, str]:
    if not header:
        return {}
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


class FrontDoor:
    """The ASGI callable that the server runs. ``litestar`` is the application behind it."""

    def __init__(self, application: Litestar, site: Site) -> None:
        self.litestar = application
        self.site = site
        self.shared = SharedPages()
        self._sources = Sources(site.settings.proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory where possible, else hand on."""
        if str(scope["type"]) == REFUSED:
            denied.unread(self.site)
        elif scope["type"] == ScopeType.HTTP:
            with a_request(), listening():
                await self._answer(self._sources.told(scope), receive, send)
        else:
            await self.litestar(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        reading = scope["method"] in ("GET", "HEAD")
        asked = _Asked(scope)
        if reading and scope["path"].startswith(PREFIX):
            await self._asset(scope, asked, send)
            return
        key = self._key(scope, asked) if reading else None
        found = self.shared.get(key, self.site.kernel) if key else None
        if found is not None:
            await self._shared(found, scope, asked, send)
            return
        await self._application(scope, receive, send, asked, key)

    def _key(self, scope: HTTPScope, asked: _Asked) -> Key | None:
        if asked.session or scope["query_string"] or scope["path"].startswith(API):
            return None
        language = language_of(None, asked.cookies, asked.header(b"accept-language"))
        return (scope["path"], language, asked.cookies.get(LARGE_COOKIE) == "1", theme_of(asked.cookies))

    async def _asset(self, scope: HTTPScope, asked: _Asked, send: Send) -> None:
        file = self.site.assets.find(scope["path"].removeprefix(PREFIX))
        if file is None:
            await self._send(scope, send, 404, [(b"content-type", b"text/plain")], b"")
            return
        encoding = next((name for name in ("br", "gzip") if name in file.variants and name in asked.encodings), None)
        headers = [(b"content-type", file.media_type.encode()), (b"vary", b"Accept-Encoding")]
        headers += [(b"content-encoding", encoding.encode())] if encoding else []
        body = file.variants[encoding] if encoding else file.content
        await self._send(scope, send, 200, [*headers, (b"cache-control", _FOR_EVER)], body)

    async def _shared(self, page: Stored, scope: HTTPScope, asked: _Asked, send: Send) -> None:
        packed = "gzip" in asked.encodings
        tag = page.tag + ("-gz" if packed else "")
        headers = [*page.headers, _VARY, (b"etag", f'"{tag}"'.encode()), (b"cache-control", _REVALIDATE)]
        if asked.has(tag):
            await self._send(scope, send, 304, headers, b"")
            return
        headers += [(b"content-encoding", b"gzip")] if packed else []
        await self._send(scope, send, 200, headers, page.packed if packed else page.plain)

    async def _send(self, scope: HTTPScope, send: Send, status: int, headers: Headers, body: bytes) -> None:
        sized = headers if status == 304 else [*headers, (b"content-length", str(len(body)).encode())]
        secure = secured(sized, https=self.site.settings.secure, cache=_REVALIDATE)
        await send({"type": "http.response.start", "status": status, "headers": secure})
        sent = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": sent, "more_body": False})

    async def _application(
        self, scope: HTTPScope, receive: Receive, send: Send, asked: _Asked, key: Key | None
    ) -> None:
        answer = _Answer(self, scope, receive, send, asked, key)
        inner: Any = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await self.litestar(inner, answer.receive, answer)
        denied.watch(self.site, inner, answer.status, hostile=answer.hostile)


class _Answer:
    """Passes one answer of the application on: headers added, shared pages kept, HEAD without a body."""

    def __init__(
        self, door: FrontDoor, scope: HTTPScope, receive: Receive, send: Send, asked: _Asked, key: Key | None
    ) -> None:
        self._door, self._scope, self._receive, self._send = door, scope, receive, send
        self._asked, self._key = asked, key
        self._keeps: Headers | None = None
        self._received = False
        self._body = bytearray()
        self._sent = bytearray()
        self._type = asked.header(b"content-type").encode("latin-1")
        self._reads = scope["method"] not in ("GET", "HEAD") and tripwire.is_text(self._type)
        self.status = 200

    @property
    def hostile(self) -> bool:
        """Whether what was sent looks like an attack: address, headers, the body as far as it was read."""
        path: bytes = self._scope.get("raw_path") or self._scope["path"].encode()
        return (
            tripwire.in_address(path, self._scope["query_string"])
            or tripwire.in_headers(list(self._scope["headers"]))
            or (bool(self._sent) and tripwire.in_body(self._type, bytes(self._sent)))
        )

    async def receive(self) -> Any:
        """The next part of the request; notes when it was the last."""
        part: Any = await self._receive()
        self._received = not (part["type"] == "http.request" and part.get("more_body", False))
        if self._reads and len(self._sent) < tripwire.MOST:
            self._sent += part.get("body", b"")[: tripwire.MOST]
        return part

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif message["type"] == "http.response.body":
            await self._part(message)
        else:
            await self._send(message)

    async def _start(self, message: Any) -> None:
        self.status = message["status"]
        headers = [(name.lower(), value) for name, value in message["headers"]]
        said = dict(headers).get(FOR_EVERYBODY.encode(), b"").decode()
        headers = [pair for pair in headers if pair[0] != FOR_EVERYBODY.encode()]
        if said and self._key is not None and said == everybodys(*self._key[1:]):
            self._keeps = [pair for pair in headers if pair[0] != b"set-cookie"]
            return
        if message["status"] == 413:
            await self._drain()
        cache = b"no-store" if self._asked.session or self._scope["path"].startswith(API) else _REVALIDATE
        secure = secured(headers, https=self._door.site.settings.secure, cache=cache)
        message["headers"] = secure
        await self._send(message)

    async def _part(self, message: Any) -> None:
        if self._keeps is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._keep(self._keeps)
        elif self._scope["method"] == "HEAD":
            message["body"] = b""
            await self._send(message)
        else:
            await self._send(message)

    async def _keep(self, headers: Headers) -> None:
        assert self._key is not None
        stored = self._door.shared.put(self._key, headers, bytes(self._body), self._door.site.kernel)
        await self._door._shared(stored, self._scope, self._asked, self._send)

    async def _drain(self) -> None:
        # A browser that is still sending shows a broken connection instead of the answer.
        # A body that was read to its end has no more parts: asking for one would wait for ever.
        drained = 0
        while not self._received and drained < MOST_DRAINED:
            drained += len((await self.receive()).get("body", b""))
