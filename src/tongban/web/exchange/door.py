"""The door for other nodes: a signed question is verified, asked under this node's own grants, and answered signed.

Called by ``app``. Which node stands before the door was proved by mutual TLS; who asks, by the department's signature.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from tongban.basics.errors import TongbanError
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.resources.exchange import between
from tongban.resources.exchange.calls import Call, cut
from tongban.resources.exchange.errors import CallerUnknown, CallMalformed, ExchangeRefused, OutOfTime, ServiceUnknown
from tongban.resources.exchange.models import Refusal
from tongban.web.exchange.gateway import NOWHERE, Gateway, Reply, Scope
from tongban.web.exchange.requests import json_of

T = TypeVar("T")
PAGE = 500
_queries = load_queries("tongban.resources.exchange")
_asked = msgspec.json.Decoder(between.Asked)
_wishes = msgspec.json.Decoder(between.LogWish)
_JSON = {"content-type": "application/json", "cache-control": "no-store"}


class Door:
    """Answers the nodes that speak for ``peers``: department id → that node's name.

    ``follow``: in a demonstration, whose time is moved by hand, brings this node's time to a peer's later one.
    """

    def __init__(
        self,
        gateway: Gateway,
        peers: Mapping[str, str],
        follow: Callable[[datetime], Awaitable[None]] | None = None,
    ) -> None:
        self._gateway, self._exchange, self._peers, self._follow = gateway, gateway.exchange, peers, follow

    async def answer(self, scope: Scope, body: bytes | None) -> Reply:
        """The answer to one request of another node; every fault is one. ``body`` None: larger than is read."""
        try:
            if scope["path"] == "/node/v1/calls":
                return await self._call(await self._heard(scope, body, _asked))
            if scope["path"] == "/node/v1/log":
                return await self._log(await self._heard(scope, body, _wishes))
            await self._record(refusal := ServiceUnknown(service=scope["path"][:100]))
            raise refusal
        except ExchangeRefused as refusal:
            return _problem(refusal.fault, str(refusal))
        except TongbanError as fault:
            return _problem("Server.ServerProxy.DatabaseError", str(fault))

    async def _heard(self, scope: Scope, body: bytes | None, decoder: "msgspec.json.Decoder[T]") -> T:
        """What another node sent; what is not of the agreed form is recorded as nobody's."""
        try:
            if scope["method"] != "POST":
                raise CallMalformed(reason="only POST is answered")
            if body is None:
                raise CallMalformed(reason="the body is too large")
            return _read(decoder, body)
        except CallMalformed as refusal:
            await self._record(refusal)
            raise

    async def _call(self, asked: between.Asked) -> Reply:
        try:
            call = await self._checked(asked)
        except ExchangeRefused as refusal:
            await self._record(refusal, asked)
            raise
        answered = await self._exchange.call(call)
        outcome = answered.outcome
        assert outcome.digest is not None and outcome.signed_at is not None and outcome.signature is not None
        told = between.Told(
            result=outcome.result,
            body=answered.body,
            echo=answered.echo,
            reason=outcome.reason,
            records=outcome.records,
            digest=outcome.digest,
            signed_at=outcome.signed_at,
            signature=outcome.signature,
        )
        return Reply(200, _JSON, json_of(told))

    async def _checked(self, asked: between.Asked) -> Call:
        peer = self._peer(asked.consumer)
        await self._in_time(asked.signed_at)
        if asked.records != 1:
            raise CallMalformed(reason="nodes ask for one record at a time")
        place = self._gateway.place(asked.provider, asked.resource)
        if place is None or place.region != asked.region:
            raise ServiceUnknown(service=f"{asked.provider}/{asked.resource}"[:150])
        return Call(
            region=asked.region,
            message=asked.message,
            consumer=asked.consumer,
            subsystem=asked.subsystem,
            provider=asked.provider,
            resource=place.resource,
            match=asked.match,
            fields=asked.fields,
            purpose=asked.purpose,
            officer=asked.officer,
            issue=asked.issue,
            represented=asked.represented,
            side="provider",
            peer=peer,
            salt=asked.salt,
            signed_at=asked.signed_at,
            signature=asked.signature,
        )

    async def _log(self, wish: between.LogWish) -> Reply:
        try:
            self._peer(wish.consumer)
            await self._in_time(wish.signed_at)
            text = between.wish_text(wish.region, wish.consumer, wish.since, wish.after, wish.signed_at)
            self._exchange.keys.check(wish.consumer, wish.signature, text)
        except ExchangeRefused as refusal:
            await self._record(refusal, wish)
            raise
        async with self._exchange.database.connection() as connection:
            found = _queries.lines(
                connection, region=wish.region, consumer=wish.consumer, peer=None, since=wish.since, after=wish.after,
                sides=["provider"], limit=PAGE,
            )  # fmt: skip
            lines = [between.LogLine(*row) async for row in found]
        after = lines[-1].message if len(lines) == PAGE else None
        return Reply(200, _JSON, json_of(between.LogPage(lines, after)))

    def _peer(self, consumer: str) -> str:
        peer = self._peers.get(consumer)
        if peer is None:
            raise CallerUnknown(reason="no node speaks for this department")
        return peer

    async def _in_time(self, signed_at: datetime) -> None:
        if signed_at.tzinfo is None:
            raise CallMalformed(reason="a time without zone")
        window = timedelta(seconds=between.WINDOW_SECONDS)
        if self._follow is not None and signed_at - self._exchange.now() > window:
            await self._follow(signed_at)
        if abs(signed_at - self._exchange.now()) > window:
            raise OutOfTime(seconds=between.WINDOW_SECONDS)

    async def _record(self, refusal: ExchangeRefused, heard: between.Asked | between.LogWish | None = None) -> None:
        """Keep that it was refused, with what was said of the call; nobody has proved any of it."""
        asked = heard if isinstance(heard, between.Asked) else None
        place = self._gateway.place(asked.provider, asked.resource) if asked else None
        await self._exchange.log.refuse(
            Refusal(
                region=place.region if place else NOWHERE,
                id=new_id(),
                code=refusal.code,
                reason=str(cut(str(refusal))),
                known=False,
                consumer=cut(heard.consumer) if heard else None,
                resource=cut(asked.resource) if asked else None,
                officer=cut(asked.officer) if asked else None,
                issue=cut(asked.issue) if asked else None,
                message=cut(asked.message) if asked else None,
            )
        )


def _read(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise CallMalformed(reason="the body is not of the agreed form") from error


def _problem(fault: str, message: str) -> Reply:
    status = 400 if fault.startswith("Client.") else 500
    body = json_of({"type": fault, "message": message, "detail": ""})
    return Reply(status, _JSON | {"x-road-error": fault}, body)
