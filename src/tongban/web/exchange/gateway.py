"""The gateway: a plain ASGI application that speaks the consumer's side of the X-Road REST message protocol.

Started by ``tongban exchange serve`` as a process of its own. Departments are members, resources are services; what
is covered of the protocol stands in docs/exchange.md. Handlers parse, ask the exchange, answer.
"""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from msgspec import Struct

from tongban.basics.errors import TongbanError
from tongban.basics.ids import new_id
from tongban.parties.directory import Directory
from tongban.resources.definitions import Resource
from tongban.resources.exchange import subsystems
from tongban.resources.exchange.calls import Answered, Call, Exchange, cut
from tongban.resources.exchange.errors import (
    CallerUnknown,
    CallMalformed,
    ExchangeRefused,
    ServiceFailed,
    ServiceUnknown,
)
from tongban.resources.exchange.models import Refusal
from tongban.resources.exchange.subsystems import Subsystem
from tongban.web.exchange import requests
from tongban.web.exchange.requests import ClientId, Headers, ServiceId

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
NOWHERE = "000000"
TOKEN_SECONDS = 1.0
"""How long a token that was found is not looked for again: an ended one is refused at the latest after this."""
_JSON = "application/json;charset=utf-8"
_log = logging.getLogger(__name__)


class Place(Struct, frozen=True):
    """What an address leads to."""

    region: str
    provider: str
    resource: Resource


class Reply(Struct, frozen=True):
    """What goes back: ``body``, and after it ``more`` as it comes."""

    status: int
    headers: dict[str, str]
    body: bytes
    more: AsyncIterator[bytes] | None = None


class Told(Struct):
    """What is known of a request while it is read, for its answer's headers and for the record of a refusal."""

    request_id: str = ""
    client: ClientId | None = None
    service: ServiceId | None = None
    message: str | None = None
    officer: str | None = None
    issue: str | None = None
    request_hash: str | None = None
    listed: int = 0


class Gateway:
    """Answers for the departments of ``directory``. ``instance``: this network's name in identifiers."""

    def __init__(self, exchange: Exchange, directory: Directory, resources: dict[str, Resource], instance: str) -> None:
        self.exchange, self.instance = exchange, instance
        self.learn(directory, resources)
        self._callers: dict[str, tuple[float, Subsystem]] = {}

    def learn(self, directory: Directory, resources: dict[str, Resource]) -> None:
        """Take up packs that came while serving."""
        self._places = {
            (department.id, resource.id): Place(code, department.id, resource)
            for code, region in directory.regions.items()
            for department in region.departments
            for resource in resources.values()
            if resource.provider in department.roles
        }

    def place(self, provider: str, resource: str) -> Place | None:
        """Where ``provider``'s ``resource`` is, or None when this node does not offer it."""
        return self._places.get((provider, resource))

    async def answer(self, scope: Scope, body: bytes | None) -> Reply:
        """The answer to one request; every fault is one. ``body`` None: larger than anything that is read."""
        told = Told()
        try:
            return await self._answer(scope, body, told)
        except ExchangeRefused as refusal:
            return _error(told, refusal.fault, str(refusal))
        except TongbanError as fault:
            return _error(told, "Server.ServerProxy.DatabaseError", str(fault))
        except Exception as fault:
            # The text may hold what was asked; its kind is enough to find the place.
            _log.exception("exchange %s failed: %s", told.request_id, type(fault).__name__)
            return _error(told, "Server.ServerProxy.InternalError", "the node failed")

    async def unread(self) -> None:
        """Record that the server refused what was no request."""
        await self._record(Told(), CallMalformed(reason="HTTP"))

    async def _answer(self, scope: Scope, body: bytes | None, told: Told) -> Reply:
        try:
            call = await self._call(scope, body, told)
        except ExchangeRefused as refusal:
            await self._record(told, refusal)
            raise
        answered = await self.exchange.call(call)
        more = None
        if call.limit is not None and answered.after is not None:
            more = self._pages(call, answered, told.listed - call.limit)
        if answered.outcome.result in ("unavailable", "invalid"):
            raise ServiceFailed(reason=answered.outcome.reason)
        told.request_id = str(answered.intent.id)
        if call.limit is not None:
            headers = _headers(told) | {"content-type": "application/x-ndjson"}
            return Reply(200, headers, answered.body + b"\n", more)
        return Reply(200, _headers(told) | _proof(answered), answered.body)

    async def _pages(self, call: Call, answered: Answered, left: int) -> AsyncIterator[bytes]:
        """The pages after the first, one line each; each is a call of its own, committed before it leaves."""
        number = 1
        while answered.after is not None and left > 0:
            number += 1
            following = msgspec.structs.replace(
                call,
                message=f"{call.message}#{number}",
                after=answered.after,
                limit=min(left, requests.PAGE),
            )
            try:
                answered = await self.exchange.call(following)
            except TongbanError as fault:
                yield requests.json_of({"error": fault.code}) + b"\n"
                return
            if answered.outcome.result != "found":
                yield requests.json_of({"error": answered.outcome.result}) + b"\n"
                return
            left -= requests.PAGE
            yield answered.body + b"\n"

    async def _call(self, scope: Scope, body: bytes | None, told: Told) -> Call:
        """The question of a proven caller. Raises ``ExchangeRefused``."""
        address, method = _address(scope), scope["method"]
        headers = Headers(scope["headers"])
        told.message = headers.words(b"x-road-id") or str(new_id())
        told.officer, told.issue = headers.words(b"x-road-userid"), headers.words(b"x-road-issue")
        told.client, told.service = headers.client(), requests.service_of(address)
        caller = await self._caller(headers, told.client)
        if body is None:
            raise CallMalformed(reason="the body is too large")
        if method not in ("GET", "POST"):
            raise CallMalformed(reason="only GET and POST are answered")
        told.request_hash = requests.request_hash(method, _whole(scope, address), headers, body)
        place = self._place(told.service)
        limit, after, query = None, None, scope["query_string"].decode("latin-1")
        if told.service.path == requests.LISTS:
            asked = requests.list_of(method, query, body)
            question, after = requests.Question(asked.match, asked.fields), asked.after
            told.listed, limit = asked.limit, min(asked.limit, requests.PAGE)
        else:
            question = requests.question_of(method, query, body)
        return Call(
            region=place.region,
            message=told.message,
            consumer=caller.member,
            subsystem=caller.code,
            provider=place.provider,
            resource=place.resource,
            match=question.match,
            fields=question.fields,
            purpose=headers.words(b"tongban-purpose"),
            officer=told.officer,
            issue=told.issue,
            represented=headers.words(b"x-road-represented-party"),
            limit=limit,
            after=after,
        )

    async def _caller(self, headers: Headers, client: ClientId) -> Subsystem:
        token = headers.bearer()
        if token is None:
            raise CallerUnknown(reason="no token")
        found = await self._known(token)
        if found is None:
            raise CallerUnknown(reason="unknown or ended token")
        named = ClientId(self.instance, requests.MEMBER_CLASS, found.member, found.code)
        if client != named:
            raise CallerUnknown(reason="X-Road-Client names another system than the token's")
        return found

    async def _known(self, token: str) -> Subsystem | None:
        held = self._callers.get(token)
        if held is not None and time.monotonic() - held[0] < TOKEN_SECONDS:
            return held[1]
        async with self.exchange.database.connection() as connection:
            found = await subsystems.by_token(connection, token)
        if found is None:
            self._callers.pop(token, None)
        else:
            self._callers[token] = (time.monotonic(), found)
        return found

    def _place(self, service: ServiceId) -> Place:
        path = "" if service.path == requests.LISTS else service.path
        named = (service.instance, service.member_class, service.subsystem, path)
        place = self._places.get((service.member, service.service))
        if place is None or named != (self.instance, requests.MEMBER_CLASS, requests.PROVIDER_SUBSYSTEM, ""):
            raise ServiceUnknown(service=str(service))
        return place

    async def _record(self, told: Told, refusal: ExchangeRefused) -> None:
        """What was refused before the exchange knew of it; a caller who proved nothing is recorded as unproven."""
        place = None
        if told.service is not None:
            place = self._places.get((told.service.member, told.service.service))
        await self.exchange.log.refuse(
            Refusal(
                region=place.region if place else NOWHERE,
                id=new_id(),
                code=refusal.code,
                reason=str(cut(str(refusal))),
                known=told.request_hash is not None,
                consumer=cut(str(told.client)) if told.client else None,
                resource=cut(told.service.service) if told.service else None,
                officer=told.officer,
                issue=told.issue,
                message=told.message,
            )
        )


def _address(scope: Scope) -> str:
    raw = scope.get("raw_path")
    address: str = raw.decode("latin-1") if raw else scope["path"]
    return address


def _whole(scope: Scope, address: str) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{address}?{query}" if query else address


def _headers(told: Told) -> dict[str, str]:
    """What the protocol puts into every answer, as far as it is known."""
    headers = {"content-type": _JSON, "cache-control": "no-store", "x-road-request-id": told.request_id}
    if told.message:
        headers["x-road-id"] = told.message
    if told.client:
        headers["x-road-client"] = str(told.client)
    if told.service:
        headers["x-road-service"] = str(told.service)
    if told.request_hash:
        headers["x-road-request-hash"] = told.request_hash
    return headers


def _proof(answered: Answered) -> dict[str, str]:
    """The provider's signature over the answer, for whoever keeps it."""
    signature = answered.outcome.signature
    if signature is None or answered.outcome.digest is None:
        return {}
    shown = f"{signature.algorithm};{signature.key_id};{answered.outcome.digest.hex()};{signature.value.hex()}"
    return {"tongban-signature": shown}


def _error(told: Told, fault: str, message: str) -> Reply:
    """An error in the protocol's form: 400 for what the client did, 500 for everything else (PR-REST 4.6)."""
    status = 400 if fault.startswith("Client.") else 500
    told.request_id = told.request_id or str(new_id())
    body = requests.json_of({"type": fault, "message": message, "detail": told.request_id})
    return Reply(status, _headers(told) | {"x-road-error": fault}, body)
