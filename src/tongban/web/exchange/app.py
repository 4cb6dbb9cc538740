"""The exchange process's ASGI application: reads bodies within their limit, routes, sends.

Called by the server. Routes: ``/r1/…`` the gateway, ``/node/…`` the door for other nodes, ``/health/ready``.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from tongban.web.exchange.gateway import Gateway, Receive, Reply, Scope, Send
from tongban.web.exchange.requests import LARGEST_BODY, flat, json_of
from tongban.web.listener import REFUSED

Door = Callable[[Scope, bytes | None], Awaitable[Reply]]
_READY = Reply(200, {"content-type": "application/json"}, b'{"status":"ok"}')


def create_app(gateway: Gateway, door: Door | None = None) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The application. ``door``: who answers other nodes, if this node has any."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == REFUSED:
            await gateway.unread()
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        body = await _body(receive)
        if path.startswith("/r1/"):
            reply = await gateway.answer(scope, body)
        elif path.startswith("/node/") and door is not None:
            reply = await door(scope, body)
        elif body is None:
            reply = _problem(413, "Client.BadRequest", "the body is too large")
        elif path == "/health/ready":
            reply = _READY
        else:
            reply = _problem(404, "Client.BadRequest", "no such address")
        await _send(send, reply)

    return app


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None when it is larger than anything we read."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _send(send: Send, reply: Reply) -> None:
    headers: Any = [*flat(reply.headers)]
    if reply.more is None:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": reply.more is not None})
    if reply.more is not None:
        async for part in reply.more:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _problem(status: int, fault: str, message: str) -> Reply:
    return Reply(
        status,
        {"content-type": "application/json;charset=utf-8", "x-road-error": fault},
        json_of({"type": fault, "message": message, "detail": ""}),
    )
