"""The load generator: keep-alive connections over raw sockets, in a process of its own.

Reads one JSON object from standard input (see ``Load``), writes one to standard output: how many answers of
which status, over how many seconds, and the times they took. Every connection sends its next request when the
last is answered. It ends by itself after ``seconds`` or when the requests are used up.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import uvloop


class Load(NamedTuple):
    """``requests`` counts from ``first`` where ``{n}`` in ``template`` stands for the number as hexadecimal of
    twelve digits, ``{d}`` for the number itself and ``{k}`` for its last six digits. ``port`` is on this machine."""

    port: int
    connections: int
    seconds: float
    template: str
    first: int = 0
    requests: int = 10**9


class Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, requests: Iterator[bytes], results: "Results") -> None:
        self.requests, self.results = requests, results
        self.buffer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self.requests, None) if time.monotonic() < self.results.until else None
        if request is None:
            self.transport.close()
            return
        self.began = time.monotonic()
        self.transport.write(request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Read on until the answer is whole."""
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self.buffer) < end + 4 + length:
            return
        self.results.add(int(head[9:12]), time.monotonic() - self.began, self.buffer)
        self.buffer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, wished for or not."""
        if exc is not None or self.buffer:
            self.results.statuses["lost"] += 1
        if not self.done.done():
            self.done.set_result(None)


class Results:
    """What was answered."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.statuses: Counter[str] = Counter()
        self.times: list[float] = []
        self.refusal = ""

    def add(self, status: int, seconds: float, answer: bytes) -> None:
        """One answer; the first refusal is kept to be shown."""
        self.statuses[str(status)] += 1
        self.times.append(seconds)
        if status >= 400 and not self.refusal:
            self.refusal = answer[-600:].decode(errors="replace")


async def main(load: Load) -> dict[str, object]:
    """Run ``load`` and report."""
    numbers = range(load.first, load.first + load.requests)
    requests = (
        load.template.replace("{n}", f"{n:012x}").replace("{d}", str(n)).replace("{k}", f"{n % 10**6:06d}").encode()
        for n in numbers
    )
    began = time.monotonic()
    results = Results(began + load.seconds)
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(requests, results), "127.0.0.1", load.port)
        for _ in range(load.connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(protocol.done for _, protocol in made)), load.seconds + 30)
    return report(results, time.monotonic() - began)


def report(results: Results, seconds: float) -> dict[str, object]:
    """Counts, rate and the times at some ranks, in milliseconds."""
    times = sorted(results.times) or [0.0]
    ranks = {name: 1000 * times[min(len(times) - 1, int(len(times) * share))] for name, share in RANKS.items()}
    rate = len(results.times) / seconds
    return {"rate": rate, "seconds": seconds, "statuses": results.statuses, "refusal": results.refusal, **ranks}


RANKS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

if __name__ == "__main__":
    uvloop.install()
    print(json.dumps(asyncio.run(main(Load(**json.load(sys.stdin))))))
