"""The HTTP connector against systems that answer well, badly, late or never."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.connectors.breaker import Breaker
from tongban.connectors.departmental import HttpProvider
from tongban.resources.provider import Answer, CallContext, Found, Invalid, Missing, Unavailable

CONTEXT = CallContext("case-1", "办理新生儿落户", "户口登记条例 第七条", "d-police", "request-1")
GOOD = {"found": True, "match": {"id_number": "1"}, "fields": {"name": "王芳"}}


class Wire:
    """A server on a real socket that answers every request with the same bytes, and keeps what it was sent."""

    def __init__(self, reply: bytes, delay: float = 0) -> None:
        self.reply, self.delay = reply, delay
        self.requests: list[bytes] = []
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:")
        self.requests.append(head + await reader.readexactly(length))
        await asyncio.sleep(self.delay)
        writer.write(self.reply)
        writer.close()


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(reply: bytes, delay: float = 0) -> AsyncIterator[Wire]:
    wire = Wire(reply, delay)
    server = await asyncio.start_server(wire.answer, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/look-up"
    try:
        yield wire
    finally:
        server.close()


async def ask(provider: HttpProvider, seconds: float = 2.0) -> Answer:
    return await provider.fetch({"id_number": "1"}, ["name"], seconds, CONTEXT)


async def answer_to(reply: bytes) -> Answer:
    async with serving(reply) as wire, httpx.AsyncClient() as client:
        return await ask(HttpProvider(wire.url, "secret-token", client))


async def test_the_question_names_case_purpose_basis_and_consumer_and_shows_the_token() -> None:
    async with serving(http(json.dumps(GOOD).encode())) as wire, httpx.AsyncClient() as client:
        assert await ask(HttpProvider(wire.url, "secret-token", client)) == Found({"name": "王芳"}, {"id_number": "1"})
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    assert b"authorization: bearer secret-token" in head.lower() and b"POST /look-up HTTP/1.1" in head
    assert json.loads(body) == {
        "match": {"id_number": "1"},
        "fields": ["name"],
        "case": "case-1",
        "purpose": "办理新生儿落户",
        "basis": "户口登记条例 第七条",
        "consumer": "d-police",
        "request_id": "request-1",
    }


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (http(b'{"found": false}'), Missing()),
        (http(b"<html>busy</html>"), Invalid("the answer is not of the agreed form")),
        (http(b""), Invalid("the answer is not of the agreed form")),
        (http(b"\xff\xfe"), Invalid("the answer is not of the agreed form")),
        (http(b'{"found": "yes"}'), Invalid("the answer is not of the agreed form")),
        (http(b'{"found": true, "fields": {"a": {"b": 1}}}'), Invalid("the answer is not of the agreed form")),
        (http(b'{"found": true, "extra": 1}'), Invalid("the answer is not of the agreed form")),
        (http(b" " * 70_000), Invalid("the answer is too large or packed")),
        (
            http(gzip.compress(b'{"found": false}', mtime=0), "200 OK", "Content-Encoding: gzip"),
            Invalid("the answer is too large or packed"),
        ),
        (http(b"{}", "409 Conflict"), Invalid("several records match")),
        (http(b"{}", "401 Unauthorized"), Unavailable("it does not accept our token")),
        (http(b"{}", "503 Busy"), Unavailable("it answered with status 503")),
        (
            http(b"", "302 Found", "Location: http://127.0.0.1:1/"),
            Unavailable("it answered with status 302"),
        ),
        (b"SSH-2.0-OpenSSH\r\n", Unavailable("the connection broke")),
        (b"", Unavailable("the connection broke")),
        (http(b"{}", "200 OK", "Content-Length: 50"), Unavailable("the connection broke")),
    ],
)
async def test_every_reply_becomes_one_of_four_answers(reply: bytes, expected: Answer) -> None:
    assert await answer_to(reply) == expected


@settings(max_examples=60, deadline=None)
@given(reply=st.binary(max_size=200), with_head=st.booleans())
async def test_no_reply_at_all_makes_the_connector_raise(reply: bytes, with_head: bool) -> None:
    answer = await answer_to(http(reply) if with_head else reply)
    assert isinstance(answer, Found | Missing | Invalid | Unavailable)
    assert not (with_head and isinstance(answer, Unavailable))


async def test_a_slow_system_is_left_in_time() -> None:
    async with serving(http(b"{}"), delay=5) as wire, httpx.AsyncClient() as client:
        began = asyncio.get_running_loop().time()
        assert await ask(HttpProvider(wire.url, "t", client), 0.2) == Unavailable("no answer in time")
        assert asyncio.get_running_loop().time() - began < 1


async def test_a_system_that_dribbles_is_left_in_time_too() -> None:
    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            writer.write(b" ")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(dribble, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with httpx.AsyncClient() as client:
        began = asyncio.get_running_loop().time()
        assert await ask(HttpProvider(url, "t", client), 0.3) == Unavailable("no answer in time")
        assert asyncio.get_running_loop().time() - began < 1
    server.close()


async def test_after_five_silences_a_system_is_spared_and_then_tried_once() -> None:
    moment = [0.0]
    async with serving(http(b"{}", "503 Busy")) as wire, httpx.AsyncClient() as client:
        provider = HttpProvider(wire.url, "t", client, Breaker(clock=lambda: moment[0]))
        answers = [await ask(provider) for _ in range(7)]
        assert len(wire.requests) == 5
        assert answers[6] == Unavailable("it has not answered lately; asked again in a few seconds")
        moment[0] = 10.0
        await ask(provider)
        await ask(provider)
        assert len(wire.requests) == 6
        moment[0], wire.reply = 20.0, http(b'{"found": false}')
        assert [await ask(provider) for _ in range(2)] == [Missing(), Missing()]


async def test_a_system_nobody_listens_for_is_unavailable() -> None:
    async with httpx.AsyncClient() as client:
        answer = await ask(HttpProvider("http://127.0.0.1:1/", "t", client))
    assert answer == Unavailable("not reachable (ConnectError)")
