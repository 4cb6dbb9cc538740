"""What listens: uvicorn, whose HTTP protocol is told here how long a request's head may be and take, and what to say
when it refuses one.

A request that is none never reaches an application, so nobody would see that somebody tries. Here the application is
told of it, with a scope of a type of its own (``REFUSED``), and counts it beside what it refuses itself. Follows RFC
9112. Called by the command line, which starts servers with these settings, and by tests.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REFUSED = "tongban.refused"
LONGEST_HEAD = 64 * 1024
"""Bytes of a request's first line and headers; browsers send a few thousand."""
HEAD_SECONDS = 30.0
"""How long a head may take, and how long a connection may say nothing before its first request."""
IDLE_SECONDS = 75
"""How long a connection waits for another request: longer than proxies do, so that none is closed under them."""
ENDING_SECONDS = 4
"""What running requests get at the end; a browser that keeps a connection open must not keep the node."""
PROTOCOL = "tongban.web.listener:Listener"
SETTINGS: dict[str, Any] = {
    "http": PROTOCOL,
    "ws": "none",
    "interface": "asgi3",
    "access_log": False,
    "proxy_headers": False,
    "server_header": False,
    "log_level": "warning",
    "timeout_keep_alive": IDLE_SECONDS,
    "timeout_graceful_shutdown": ENDING_SECONDS,
}


class HeadTooLong(Exception):
    """First line and headers together are longer than ``LONGEST_HEAD``."""


class TrailerSent(Exception):
    """A header came after a chunked body. Nothing here uses any, and it would be taken for one of the request's own."""


class HostUnfit(Exception):
    """A request of HTTP/1.1 names no host, or two (RFC 9112 section 3.2)."""


def arguments(factory: str, host: str, port: int) -> list[str]:
    """How a server process is started with uvicorn's command line; ``factory`` makes the application."""
    flags = ["--factory", factory, "--host", host, "--port", str(port), "--loop", "uvloop", "--lifespan", "on"]
    for name, value in SETTINGS.items():
        flag = name.replace("_", "-")
        flags += [f"--no-{flag}"] if value is False else [f"--{flag}", str(value)]
    return flags


class Embedded(uvicorn.Server):
    """A server inside a loop of somebody else's, who ends it with ``stop``; it listens for no signals."""

    @classmethod
    def of(cls, application: Any, port: int) -> "Embedded":
        """Serve ``application`` on this machine alone."""
        return cls(uvicorn.Config(application, host="127.0.0.1", port=port, **SETTINGS))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None of ours."""
        yield

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Until ``stop``. Raises ``OSError`` when the port is taken."""
        listening = sockets or [socket.create_server((self.config.host, self.config.port), backlog=2048)]
        await super().serve(listening)

    def stop(self) -> None:
        """End soon; running requests end first."""
        self.should_exit = True


class Listener(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._heads = True  # whether a head is what comes next, or is coming
        self._passed = False  # whether the head or the body of a request ended in what came last
        self._head = self._size = self._hosts = 0
        self._refused = False
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn's; the first head is awaited from now on."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, or refuse what is no request."""
        if self._refused:
            return
        self._unset_keepalive_if_required()
        if self._heads and self._late is None:
            self._await_head()
        fault: Exception | None = None
        self._passed = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Another protocol is not spoken here: the request is answered, and what follows it is not read.
            self.cycle.keep_alive = False
            self._refused = True
        except httptools.HttpParserError as error:
            fault = error
        self._head = self._head + len(data) if self._heads and not self._passed else 0
        if fault is None and self._head > LONGEST_HEAD:
            fault = HeadTooLong()
        if fault is not None:
            self._refuse(fault)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._heads, self._size, self._hosts = True, 0, 0

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        super().on_url(url)
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, never one that comes after the body (RFC 9110 section 6.5.1 lets a server refuse those)."""
        if not self._heads:
            raise TrailerSent
        super().on_header(name, value)
        self._grow(len(name) + len(value) + 4)
        self._hosts += self.headers[-1][0] == b"host"

    def on_headers_complete(self) -> None:
        """The head is there: hand the request on."""
        if self._hosts != 1 and (self._hosts or self.parser.get_http_version() == "1.1"):
            raise HostUnfit
        self._heads, self._passed = False, True
        self._stop_waiting()
        if not self.url.startswith((b"/", b"*")):
            self._count()  # the address of another, as one asks a proxy: answered as ours (section 3.2.2), and counted
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there: the next head may come."""
        self._heads = self._passed = True
        super().on_message_complete()

    def _grow(self, by: int) -> None:
        self._size += by
        if self._size > LONGEST_HEAD:
            raise HeadTooLong

    def _await_head(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if self._head:
            self._refuse(TimeoutError())
        elif not self.transport.is_closing():
            self.transport.close()  # a browser that connected ahead, and needed nothing

    def on_response_complete(self) -> None:
        """An answer is out; after a refusal the last one before it closes the connection."""
        last = not self.pipeline
        super().on_response_complete()
        if self._refused and last and not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, fault: Exception) -> None:
        """Read no further, answer if nobody else will, close, and tell the application."""
        self._refused = True
        self._stop_waiting()
        running = self.cycle is not None and not self.cycle.response_complete
        if self.pipeline:
            if self.cycle.more_body:
                self.pipeline.popleft()  # the newest, whose own body it is; those before it are answered
        elif running and not self.cycle.more_body:
            self.cycle.keep_alive = False  # the request before it is answered, then the connection is closed
        else:
            if running:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            if not running or not self.cycle.response_started:
                self.transport.write(_answer(_status(fault)))
            self.transport.close()
        self._count()

    def _count(self) -> None:
        task = self.loop.create_task(self._tell())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _tell(self) -> None:
        scope: Any = {"type": REFUSED, "client": self.client}
        await self.app(scope, _nothing, _nothing)


async def _nothing(*_: Any) -> Any:
    """Nothing comes, and nothing goes."""


def _status(fault: Exception) -> HTTPStatus:
    if isinstance(fault, TimeoutError):
        return HTTPStatus.REQUEST_TIMEOUT
    if HeadTooLong in (type(fault), type(fault.__context__)):
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    return HTTPStatus.BAD_REQUEST


def _answer(status: HTTPStatus) -> bytes:
    text = f"{status.value} {status.phrase}\n".encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain\r\ncontent-length: {len(text)}\r\n"
        "cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + text
