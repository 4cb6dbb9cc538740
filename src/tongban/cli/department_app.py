"""An invented departmental system as a small web application of its own.

Built by ``department``; it knows nothing of the platform but the protocol in docs/departments.md. Faults
can be switched on only where the process was started with them, for demonstrations and tests. Plain ASGI: a
demonstration starts several of these at once, and a framework would cost each half of its start.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from tongban.cli import department_api
from tongban.cli.department_store import DepartmentStore

FaultKind = Literal["slow", "wrong", "garbage", "huge", "types", "extra", "down"]
LARGEST_QUESTION = 64 * 1024  # bytes
_HUGE = 200_000  # bytes, well past what the platform reads

Plain = dict[str, str | int | float | bool | None]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
T = TypeVar("T")


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """A look-up: without case, purpose, basis and consumer it is refused."""

    match: dict[str, str]
    fields: list[str]
    case: str
    purpose: str
    basis: str
    consumer: str
    request_id: str

    def __post_init__(self) -> None:
        for name in ("match", "fields", "case", "purpose", "basis", "consumer", "request_id"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")


class Told(Struct, frozen=True, omit_defaults=True):
    """The answer; ``match`` repeats the matched key fields as the record itself has them."""

    found: bool
    match: Plain = {}
    fields: Plain = {}


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong from now on; None: nothing. ``seconds`` is for ``slow``."""

    kind: FaultKind | None = None
    seconds: float = 10.0


class Removal(Struct, frozen=True, forbid_unknown_fields=True):
    """Which records go. In a body and not in the address, because a personal number never stands in a URL."""

    match: dict[str, str]


class Removed(Struct, frozen=True):
    """The records that went, to be put back with ``POST /records``."""

    rows: list[dict[str, Any]]


class Refused(Exception):
    """A request that gets no answer but a status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Reply(Struct, frozen=True):
    """What goes back. ``content`` is a body as it is, or anything that becomes JSON; None for none."""

    content: Any = None
    status: int = 200


class Request(Struct, frozen=True):
    """What came in; its body has not been read yet. ``rest`` is the part of the path behind the route's."""

    rest: str
    resource: str | None
    headers: Mapping[str, str]
    receive: Receive

    async def read(self, kind: type[T]) -> T:
        """The body as a ``kind``. Raises ``Refused``."""
        content, more = bytearray(), True
        while more:
            message = await self.receive()
            content += message.get("body", b"")
            more = message.get("more_body", False)
            if len(content) > LARGEST_QUESTION:
                raise Refused(413, "the body is too large")
        try:
            return msgspec.json.decode(bytes(content), type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            raise Refused(400, str(fault)) from fault


Handler = Callable[[Request], Awaitable[Reply]]


class _Desk:
    """The state of one running system: a store a resource, the tokens it knows, the fault that is on.

    ``pause``: seconds that every answer takes, as an old system's does.
    """

    def __init__(
        self, stores: Mapping[str, DepartmentStore], token: str, admin_token: str | None, pause: float = 0.0
    ) -> None:
        self.stores, self.pause = stores, pause
        self.fault = Fault()
        self._token, self._admin_token = token, admin_token

    def routes(self, *, faults: bool, own_api: bool) -> dict[tuple[str, str], Handler]:
        """Method and first part of the path → who answers."""
        look_up = {("POST", "v1"): self.query} if own_api else {("POST", "look-up"): self.look_up}
        switch = {("PUT", "fault"): self.switch} if faults else {}
        kept: dict[tuple[str, str], Handler] = {
            ("GET", "health"): self.health,
            ("POST", "records"): self.records,
            ("GET", "accesses"): self.accesses,
        }
        return {**kept, **look_up, **switch}

    async def health(self, request: Request) -> Reply:
        """Ready, and for which resources."""
        return Reply({"status": "ok", "resource": ", ".join(self.stores)})

    async def look_up(self, request: Request) -> Reply:
        """A look-up in the platform's protocol."""
        _check(request.headers.get("authorization", "").removeprefix("Bearer "), self._token)
        return await self._answer(await request.read(Asked), request.rest or None)

    async def query(self, request: Request) -> Reply:
        """A look-up in the terms of the system's own interface: ``/v1/<resource>/queries``."""
        _check(request.headers.get(department_api.KEY_HEADER, ""), self._token)
        resource, _, verb = request.rest.partition("/")
        if verb != "queries":
            raise Refused(404, "no such address")
        data = department_api.asked(await request.read(dict[str, str]), self._store(resource).names())
        try:
            asked = Asked(**data)
        except ValueError as fault:
            raise Refused(400, str(fault)) from fault
        return _in_own_words(await self._answer(asked, resource))

    async def records(self, request: Request) -> Reply:
        """Add a record, or remove (``/records/remove``) what matches."""
        self._admit_administrator(request)
        store = self._store(request.resource)
        if request.rest == "remove":
            match = (await request.read(Removal)).match
            return Reply(Removed(store.remove(match) if match else []))
        store.add(await request.read(dict[str, Any]))
        return Reply(status=204)

    async def accesses(self, request: Request) -> Reply:
        """The latest accesses, newest first."""
        self._admit_administrator(request)
        return Reply(self._store(request.resource).accesses())

    async def switch(self, request: Request) -> Reply:
        """From now on this goes wrong."""
        self._admit_administrator(request)
        self.fault = await request.read(Fault)
        return Reply(status=204)

    def _admit_administrator(self, request: Request) -> None:
        _check(request.headers.get("authorization", "").removeprefix("Bearer "), self._admin_token)

    def _store(self, resource: str | None) -> DepartmentStore:
        try:
            return self.stores[resource or next(iter(self.stores))]
        except KeyError as fault:
            raise Refused(404, "no such resource") from fault

    async def _answer(self, asked: Asked, resource: str | None) -> Reply:
        """The record, as far as the fault that is on allows, after the access was written down."""
        store = self._store(resource)
        found = store.find(asked.match)
        store.note(_access(asked, found))
        await asyncio.sleep(self.fault.seconds if self.fault.kind == "slow" else self.pause)
        if self.fault.kind in ("down", "garbage", "huge"):
            return _broken(self.fault.kind)
        if self.fault.kind == "wrong":
            other = store.another(asked.match)
            return Reply(_told(asked, other) if other else Told(False))
        if len(found) > 1:
            raise Refused(409, "several records match")
        told = _told(asked, next(iter(found.values()))) if found else Told(False)
        return Reply(_distorted(told, self.fault.kind))


def department_application(
    stores: Mapping[str, DepartmentStore],
    token: str,
    admin_token: str | None,
    *,
    faults: bool,
    own_api: bool = False,
    pause: float = 0.0,
) -> Application:
    """The application that answers for the resources of ``stores``. Without ``admin_token`` nothing can be changed.

    ``own_api``: it speaks an interface of its own, see ``department_api``, instead of the platform's protocol.
    """
    routes = _Desk(stores, token, admin_token, pause).routes(faults=faults, own_api=own_api)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        first, _, rest = str(scope["path"]).strip("/").partition("/")
        handler = routes.get((scope["method"], first))
        try:
            if handler is None:
                raise Refused(404, "no such address")
            reply = await handler(_request(scope, rest, receive))
        except Refused as refusal:
            reply = Reply({"detail": refusal.detail}, refusal.status)
        await _send(send, reply)

    return application


def _request(scope: Scope, rest: str, receive: Receive) -> Request:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    resource = parse_qs(scope["query_string"].decode("latin-1")).get("resource", [None])[0]
    return Request(rest, resource, headers, receive)


async def _send(send: Send, reply: Reply) -> None:
    empty = reply.content is None
    body = b"" if empty else reply.content if isinstance(reply.content, bytes) else msgspec.json.encode(reply.content)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": [] if empty else headers})
    await send({"type": "http.response.body", "body": body})


def _check(given: str, wanted: str | None) -> None:
    """Raises ``Refused``, before a body is read."""
    if wanted is None or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Refused(401, "not authorised")


def _in_own_words(reply: Reply) -> Reply:
    told = reply.content
    if not isinstance(told, Told):
        return reply
    if not told.found:
        return Reply({"message": "没有这样的记录"}, 404)
    return Reply(department_api.told({**told.match, **told.fields}))


def _access(asked: Asked, found: Mapping[int, object]) -> dict[str, str]:
    return {
        "consumer": asked.consumer,
        "case_id": asked.case,
        "purpose": asked.purpose,
        "basis": asked.basis,
        "fields": ",".join(asked.fields),
        "request_id": asked.request_id,
        "records": ",".join(map(str, found)),
    }


def _told(asked: Asked, row: dict[str, Any]) -> Told:
    echo = {name: row.get(name) for name in asked.match}
    return Told(True, echo, {name: row[name] for name in asked.fields if name in row})


def _broken(kind: FaultKind) -> Reply:
    if kind == "down":
        return Reply({"detail": "closed for maintenance"}, 503)
    return Reply(b"x" * _HUGE if kind == "huge" else "<html>系统繁忙</html>".encode())


def _distorted(told: Told, kind: FaultKind | None) -> Told:
    if kind == "types":
        return msgspec.structs.replace(told, fields=dict.fromkeys(told.fields, 12.5))
    if kind == "extra":
        return msgspec.structs.replace(told, fields={**told.fields, "unasked_address": "不该流出的地址"})
    return told
