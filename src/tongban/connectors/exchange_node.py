"""A resource that another Tongban node holds: the question goes out signed, the answer comes back signed.

Called by the list of connectors. Mutual TLS proves the nodes to each other; the signatures prove the departments, and
what each of them said stays provable from either log.
"""

import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec

from tongban.connectors.asking import within
from tongban.connectors.breaker import Breaker
from tongban.resources.exchange import between
from tongban.resources.exchange.errors import AnswerUntrue, ExchangeRefused
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.exchange.models import Intent, Outcome, Signature
from tongban.resources.exchange.statements import answer_text, digest_of, question
from tongban.resources.provider import (
    Answer,
    CallContext,
    Found,
    Invalid,
    Missing,
    Proof,
    SignedQuestion,
    Unavailable,
)

LARGEST_ANSWER = 4 * 1024 * 1024
_told = msgspec.json.Decoder(between.Told)
_pages = msgspec.json.Decoder(between.LogPage)
_bodies = msgspec.json.Decoder(dict[str, Any])


def _clock() -> datetime:
    return datetime.now(UTC)


class NodeProvider:
    """The node ``peer`` at ``url``; ``keys`` hold the public keys of its departments.

    ``client`` carries this node's certificate and is closed by its owner.
    """

    takes_signed = True

    def __init__(
        self, peer: str, url: str, keys: KeyRing, client: httpx.AsyncClient, breaker: Breaker | None = None
    ) -> None:
        self.peer, self._url, self._keys, self._client = peer, url.rstrip("/"), keys, client
        self._breaker = breaker or Breaker()

    async def fetch(
        self,
        match: Mapping[str, str],
        fields: Sequence[str],
        timeout: float,  # noqa: ASYNC109 - part of the port
        context: CallContext,
    ) -> Answer:
        """Ask the other node within ``timeout`` seconds. Raises nothing: every fault is an answer."""
        if context.signed is None:
            return Unavailable("the question is not signed")
        signed = context.signed
        return await within(timeout, self._breaker, lambda: self._ask(match, context, signed, timeout))

    async def _ask(
        self, match: Mapping[str, str], context: CallContext, signed: SignedQuestion, seconds: float
    ) -> Answer:
        asked = between.Asked(
            region=signed.region,
            message=signed.message,
            consumer=context.consumer,
            subsystem=signed.subsystem,
            provider=signed.provider,
            resource=signed.resource,
            officer=signed.officer,
            issue=signed.issue,
            represented=signed.represented,
            purpose=context.purpose,
            match=dict(match),
            fields=list(signed.fields),
            records=signed.records,
            signed_at=signed.signed_at,
            salt=signed.salt,
            signature=Signature(signed.algorithm, signed.key_id, signed.signature),
        )
        response = await self._client.post(
            f"{self._url}/node/v1/calls", content=msgspec.json.encode(asked), timeout=seconds, follow_redirects=False
        )
        if response.status_code != 200 or len(response.content) > LARGEST_ANSWER:
            return Unavailable(f"the other node refused ({response.headers.get('x-road-error', response.status_code)})")
        try:
            return self._checked(asked, _told.decode(response.content))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Invalid("the answer is not of the agreed form")
        except (AnswerUntrue, ExchangeRefused) as fault:
            return Invalid(f"the answer can not be verified ({fault.code})")

    def _checked(self, asked: between.Asked, told: between.Told) -> Answer:
        """The answer, if its digest and signature are what the provider's department made of this very question."""
        if digest_of(asked.salt, told.body) != told.digest:
            raise AnswerUntrue(reason="digest")
        intent, outcome = _statement(asked, told)
        self._keys.check(asked.provider, told.signature, answer_text(intent, outcome))
        proof = Proof(
            told.signed_at, told.digest, told.signature.algorithm, told.signature.key_id, told.signature.value
        )
        if told.result == "found":
            return Found(_bodies.decode(told.body)["fields"], told.echo, proof)
        if told.result == "missing":
            return Missing(proof)
        reason = told.reason or told.result
        return Invalid(reason) if told.result == "invalid" else Unavailable(reason)

    async def log(
        self, region: str, consumer: str, since: datetime, clock: Callable[[], datetime] = _clock
    ) -> list[between.LogLine]:
        """What the other node's log has of ``consumer``'s calls since a moment. ``clock``: this node's time, by which
        a wish is signed. Raises ``httpx.HTTPError``.
        """
        lines: list[between.LogLine] = []
        after: str | None = ""
        while after is not None:
            now = clock()
            signature = self._keys.sign(consumer, between.wish_text(region, consumer, since, after, now))
            wish = between.LogWish(region, consumer, since, after, now, signature)
            response = await self._client.post(f"{self._url}/node/v1/log", content=msgspec.json.encode(wish))
            response.raise_for_status()
            page = _pages.decode(response.content)
            lines += page.lines
            after = page.after
        return lines

    async def probe(self, seconds: float) -> str | None:
        """None when the other node answers within ``seconds``, else the reason."""
        try:
            response = await self._client.get(f"{self._url}/health/ready", timeout=seconds)
        except httpx.HTTPError as fault:
            return f"not reachable ({type(fault).__name__})"
        return None if response.status_code == 200 else f"status {response.status_code}"

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()


def _statement(asked: between.Asked, told: between.Told) -> tuple[Intent, Outcome]:
    """What the provider's department signed, put together again from what this node asked."""
    intent = Intent(
        region=asked.region,
        id=UUID(int=0),
        at=None,
        message=asked.message,
        consumer=asked.consumer,
        provider=asked.provider,
        resource=asked.resource,
        purpose=asked.purpose,
        basis="",
        grant=UUID(int=0),
        revision=0,
        fields=asked.fields,
        digest=digest_of(asked.salt, question(asked.match, asked.fields)),
        signed_at=asked.signed_at,
    )
    return intent, between.told_outcome(told, Outcome(asked.region, UUID(int=0), None, told.result))


def node_client(authority: Path | None, certificate: Path | None, key: Path | None) -> httpx.AsyncClient:
    """A client that trusts ``authority`` alone and shows this node's certificate. Raises ``OSError``."""
    if authority is None:
        return httpx.AsyncClient(trust_env=False)
    context = ssl.create_default_context(cafile=str(authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if certificate is not None:
        context.load_cert_chain(str(certificate), None if key is None else str(key))
    return httpx.AsyncClient(trust_env=False, verify=context)
