"""One node attacks another over mutual TLS: what is forged, altered, old, huge or not its own is refused and recorded.

The attacker has a certificate that the other node accepts, and signed questions of 李伟's police that it could see;
what it lacks is the department's key.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tongban.resources.exchange import between
from tongban.resources.exchange.models import Signature

from .stage import CIVIL, MARKET, MEI, POLICE, REGION
from .test_two_nodes import Two, asked, two

__all__ = ["two"]
pytestmark = pytest.mark.long
CALLS, LOG = "/node/v1/calls", "/node/v1/log"


@dataclass(frozen=True)
class Try:
    """One request. ``body`` makes it of what the attacker holds; ``None`` for the method's own."""

    what: str
    body: Callable[[Two], bytes]
    path: str = CALLS
    method: str = "POST"


def _good(two: Two, **changes: Any) -> Any:
    """A question that would be answered, as plain data, with ``changes`` made after it was signed."""
    return msgspec.to_builtins(asked(two)) | changes


def _sent(plain: Any) -> bytes:
    return msgspec.json.encode(plain)


ALTERED: dict[str, Any] = {
    "message": "another", "subsystem": "other", "officer": "CNsomebody", "issue": "2", "represented": "x/y/z",
    "purpose": "闲聊", "match": {"id_number": MEI}, "fields": ["name", "spouse"], "records": 100,
    "salt": base64.b64encode(bytes(32)).decode(), "consumer": MARKET, "provider": POLICE, "resource": "police.secrets",
    "region": "330102",
}  # fmt: skip
SIGNATURES: dict[str, Callable[[Signature], Signature]] = {
    "noughts": lambda s: msgspec.structs.replace(s, value=bytes(64)),
    "nothing": lambda s: msgspec.structs.replace(s, value=b""),
    "half": lambda s: msgspec.structs.replace(s, value=s.value[:32]),
    "one sign more": lambda s: msgspec.structs.replace(s, value=s.value + b"\0"),
    "one bit": lambda s: msgspec.structs.replace(s, value=bytes([s.value[0] ^ 1]) + s.value[1:]),
    "turned round": lambda s: msgspec.structs.replace(s, value=s.value[32:] + s.value[:32]),
    "another algorithm": lambda s: msgspec.structs.replace(s, algorithm="ECDSA-P256-SHA256"),
    "no algorithm": lambda s: msgspec.structs.replace(s, algorithm="none"),
    "an algorithm of a shared secret": lambda s: msgspec.structs.replace(s, algorithm="HS256"),
    "an unknown key": lambda s: msgspec.structs.replace(s, key_id="0" * 16),
    "a key's name like a path": lambda s: msgspec.structs.replace(s, key_id="../../civil"),
    "no key": lambda s: msgspec.structs.replace(s, key_id=""),
}
SKEWS = (-86400 * 365, -3600, -120, -62, 62, 120, 3600, 86400 * 365)
BODIES: dict[str, bytes] = {
    "nothing": b"", "null": b"null", "a list": b"[]", "an empty object": b"{}", "half": b'{"region":',
    "no text": b"\xff\xfe", "deep": b"[" * 30_000, "a nought": b"\0" * 100, "huge": b"x" * 200_000,
    "huge and right": b'{"region":"' + b"a" * 90_000,
}  # fmt: skip


def tries() -> Iterator[Try]:
    """All of them."""
    for name, value in ALTERED.items():
        yield Try(f"altered {name}", lambda two, n=name, v=value: _sent(_good(two, **{n: v})))  # type: ignore[misc]
    for name, forge in SIGNATURES.items():

        def forged(two: Two, forge: Callable[[Signature], Signature] = forge) -> bytes:
            good = asked(two)
            return _sent(msgspec.structs.replace(good, signature=forge(good.signature)))

        yield Try(f"signature: {name}", forged)
    for who in (MARKET, CIVIL):
        yield Try(f"signed by {who}", lambda two, w=who: _sent(asked(two, signed_by=w)))  # type: ignore[misc]
        yield Try(f"in the name of {who}", lambda two, w=who: _sent(asked(two, consumer=w, signed_by=w)))  # type: ignore[misc]
    for seconds in SKEWS:
        ago = timedelta(seconds=-seconds)
        yield Try(f"{seconds} s from now", lambda two, a=ago: _sent(asked(two, signed_ago=a)))  # type: ignore[misc]
    yield from _shapes()
    yield from _wishes()


def _shapes() -> Iterator[Try]:
    for name, body in BODIES.items():
        for path in (CALLS, LOG):
            yield Try(f"{name} at {path}", lambda _, b=body: b, path)  # type: ignore[misc]
    for name, change in {
        "a field more": {"grant": "x"}, "no zone": {"signed_at": "2026-11-23T03:00:00"},
        "a list of numbers": {"fields": [1]},
        "many keys": {"match": {"id_number": [MEI, MEI]}}, "any value": {"match": {"id_number": {"$ne": ""}}},
        "a negative number": {"records": "x"}, "an unknown member": {"consumer": "d-nobody"},
        "a member like a path": {"consumer": "../d-police"}, "a statement": {"consumer": "d-police' OR 1=1 --"},
    }.items():  # fmt: skip
        yield Try(name, lambda two, c=change: _sent(_good(two, **c)))  # type: ignore[misc]
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        yield Try(f"{method} calls", lambda two: _sent(_good(two)), CALLS, method)
    for path in ("/node/v1/", "/node/v2/calls", "/node/v1/calls/x", "/node/v1/..%2f..%2fr1", "/node/v1/LOG"):
        yield Try(f"at {path}", lambda two: _sent(_good(two)), path)


def _wishes() -> Iterator[Try]:
    """Somebody else's log."""

    def wish(signer: str = POLICE, consumer: str = POLICE, ago: float = 0, **changes: Any) -> Callable[[Two], bytes]:
        def made(two: Two) -> bytes:
            now = datetime.now(UTC) - timedelta(seconds=ago)
            since = now - timedelta(days=1)
            text = between.wish_text(REGION, consumer, since, "", now)
            signed = between.LogWish(REGION, consumer, since, "", now, two.stage.exchange.keys.sign(signer, text))
            return _sent(msgspec.to_builtins(signed) | changes)

        return made

    for name, body in {
        "signed by another": wish(MARKET), "for another": wish(MARKET, MARKET),
        "in another's name": wish(POLICE, CIVIL),
        "old": wish(ago=300), "too early": wish(ago=-300), "since longer ago": wish(since="2020-01-01T00:00:00Z"),
        "for another region": wish(region="330102"), "after another message": wish(after="0"),
        "nobody's": wish(consumer="x"),
    }.items():  # fmt: skip
        yield Try(f"log: {name}", body, LOG)


TRIES = [*tries()]


async def test_nothing_forged_altered_old_or_huge_is_answered_by_another_node_and_each_is_recorded(two: Two) -> None:
    client, wrong = two.provider._client, []
    for one in TRIES:
        before = await _refusals(two)
        answer = await client.request(one.method, f"{two.there.url}{one.path}", content=one.body(two))
        if answer.status_code < 400 or "王芳" in answer.text:
            wrong.append(f"{one.what}: {answer.status_code} {answer.text[:100]}")
        if await _refusals(two) != before + 1:
            wrong.append(f"{one.what}: recorded {await _refusals(two) - before} times, {answer.text[:100]}")
    assert wrong == [] and len(TRIES) >= 80
    assert await two.there_rows("SELECT 1 FROM exchange_intents") == []
    assert (await client.post(f"{two.there.url}{CALLS}", content=_sent(_good(two)))).status_code == 200


async def test_a_question_that_was_seen_is_answered_to_nobody_a_second_time(two: Two) -> None:
    """Neither again, nor with another's grant, nor to many at once, nor after the node was killed and begun again."""
    client, address = two.provider._client, f"{two.there.url}{CALLS}"
    seen = _sent(_good(two))
    assert (await client.post(address, content=seen)).status_code == 200
    for _ in range(3):
        assert (await client.post(address, content=seen)).json()["type"] == "Client.DuplicateMessage"
    two.there.kill()
    two.there.start()
    answer = await client.post(address, content=seen)
    assert answer.json()["type"] == "Client.DuplicateMessage"
    assert len(await two.there_rows("SELECT 1 FROM exchange_outcomes WHERE result = 'found'")) == 1


async def _refusals(two: Two) -> int:
    return len(await two.there_rows("SELECT 1 FROM exchange_refusals"))
