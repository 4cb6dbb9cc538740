"""Raw bytes at the server that runs in production: what one side could read as another request than the other side.

Nothing in front of it and no client library that would tidy up. Whatever could be read in two ways never has an answer
for the second of them.
"""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from tests.conftest import Template
from tests.identity.served import Node, serving

from tongban.parties.access.denials import VISITOR
from tongban.web import denied

pytestmark = pytest.mark.long
SMUGGLED = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /sign-in HTTP/1.1\r\nHost: tongban.test\r\nContent-Type: text/plain\r\n"

REQUESTS: dict[str, bytes] = {
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 60\r\n\r\nhello" + SMUGGLED,
    "two lengths in one": POST + b"Content-Length: 5, 60\r\n\r\nhello" + SMUGGLED,
    "length and chunks": POST + b"Content-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "hidden chunks": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunks twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a folded header": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nhello" + SMUGGLED,
    "a length in another base": POST + b"Content-Length: 0x5\r\n\r\nhello" + SMUGGLED,
    "a chunk too large to count": POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
    "bare line ends": b"GET / HTTP/1.1\nHost: x\n\n\x00",
    "a nought in a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
    "a line end in a name": b"GET / HTTP/1.1\r\nHost: x\r\nX-A\rB: c\r\n\r\n",
    "no host": b"GET /matters HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /matters HTTP/1.1\r\nHost: a\r\nHost: evil.example\r\n\r\n",
    "a header without end": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 2_000_000,
    "headers without end": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: a\r\n" * 100_000,
    "an address without end": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    "a method of one's own": b"EVIL / HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address of another": b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n",
}


ORDINARY = ("an upgrade",)
"""What is answered as if the odd part were not there: it asks for nothing that is not given."""


@pytest.fixture(scope="module")
async def node(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """The real server, which writes what it refused at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(denied, "SECONDS", 0.05)
        async for found in serving(template, tmp_path_factory.mktemp("keys")):
            yield found


@pytest.fixture(scope="module")
def port(node: Node) -> int:
    """Where it listens."""
    return urlsplit(node.address).port or 0


async def _refused(node: Node) -> int:
    """How many tries of visitors are kept for whoever watches."""
    count: int = await node.world.one(
        "SELECT coalesce(sum(times), 0)::int FROM access_denials WHERE account = %(a)s", a=VISITOR
    )
    return count


async def _answered(port: int, sent: bytes, seconds: float = 3) -> bytes:
    """Everything that comes back before the server closes or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        writer.write(sent)
        async with asyncio.timeout(seconds):
            await writer.drain()
            while part := await reader.read(65_536):
                said += part
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return said


@pytest.mark.parametrize("what", REQUESTS)
async def test_nothing_is_read_as_two_requests_by_the_server_and_each_try_leaves_a_trace(
    node: Node, port: int, what: str
) -> None:
    before = await _refused(node)
    said = await _answered(port, REQUESTS[what])
    statuses = [line.split()[1] for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    assert len(statuses) <= 2 and b"evil.example" not in said
    assert b"200" not in statuses[1:], said[:400]
    assert (await _answered(port, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).startswith(
        b"HTTP/1.1 200"
    )
    for _ in range(100):
        if what in ORDINARY or await _refused(node) > before:
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError(f"no trace of {what}: {said[:200]!r}")


async def test_many_slow_senders_keep_nobody_waiting(port: int) -> None:
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
    for _, writer in slow:
        writer.write(POST + b"Content-Length: 100000\r\n\r\na")
    began = asyncio.get_running_loop().time()
    said = await _answered(port, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200") and asyncio.get_running_loop().time() - began < 2
    for _, writer in slow:
        writer.close()
