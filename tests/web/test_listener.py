"""The HTTP server: what is no request is refused within bounds, and leaves a trace like any other refusal."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from tests.conftest import Template
from tests.identity.served import Node, serving

from tongban.parties.access.denials import VISITOR
from tongban.web import denied, listener


@pytest.fixture(scope="module")
async def node(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node served by the real server, which writes what it refused at once and waits half a second for a head."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(denied, "SECONDS", 0.05)
        patch.setattr(listener, "HEAD_SECONDS", 0.5)
        async for found in serving(template, tmp_path_factory.mktemp("keys")):
            yield found


async def _said(node: Node, *sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(node.address).port)
    for part in sent:
        writer.write(part)
        await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()


async def _kept(node: Node, count: int) -> None:
    kept = 0
    for _ in range(200):
        rows = await node.world.rows(
            "SELECT reason, subjects, times FROM access_denials WHERE account = %(a)s AND action = 'HTTP'", a=VISITOR
        )
        assert all(tuple(row[:2]) == ("unfit", []) for row in rows)
        kept = sum(row[2] for row in rows)
        if kept == count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(kept)


HEAD = b"GET /health HTTP/1.1\r\nHost: x\r\n"


async def test_what_is_no_request_is_refused_and_kept_and_what_says_nothing_is_not(node: Node) -> None:
    assert await _said(node) == b""  # a browser that connected ahead
    assert (await _said(node, HEAD + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    refused = {
        b"400": (b"\x16\x03\x01\x02\x00", b""),
        b"431": (HEAD + b"X-A: " + b"a" * 70_000, b"\r\n\r\n"),
        b"408": (HEAD, b"X-A: a\r\n"),
    }
    for status, parts in refused.items():
        said = await _said(node, *parts)
        assert said.startswith(b"HTTP/1.1 " + status + b" ") and said.count(b"HTTP/1.1") == 1, said
    await _kept(node, len(refused))


async def test_what_came_before_on_the_same_connection_is_answered_first(node: Node) -> None:
    said = await _said(node, HEAD + b"\r\n" + b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 ") and said.count(b"HTTP/1.1") == 1
    await _kept(node, 4)


async def test_a_large_body_is_no_head_and_the_connection_goes_on(node: Node) -> None:
    body = (
        b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\n\r\n"
        + b"a" * 900_000
    )
    said = await _said(node, body, HEAD + b"Connection: close\r\n\r\n")
    assert said.count(b"HTTP/1.1 ") == 2 and b"HTTP/1.1 200 " in said
    await _kept(node, 4)


async def test_a_body_that_can_not_be_ends_its_own_request(node: Node) -> None:
    said = await _said(node, b"POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert said.startswith(b"HTTP/1.1 400 ") and said.count(b"HTTP/1.1") == 1
    await _kept(node, 5)


async def test_what_comes_after_a_body_is_no_header_and_a_bad_body_spoils_no_answer_before_it(node: Node) -> None:
    post = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    for count, name in enumerate((b"Cookie: a=b", b"Host: evil", b"X-Forwarded-For: 10.0.0.1"), start=6):
        said = await _said(node, post + b"1\r\na\r\n0\r\n" + name + b"\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 400 ") and said.count(b"HTTP/1.1") == 1, said
        await _kept(node, count)
    said = await _said(node, HEAD + b"\r\n" + post + b"zz\r\n")
    assert said.startswith(b"HTTP/1.1 200 ") and said.count(b"HTTP/1.1") == 1, said
    await _kept(node, 9)
