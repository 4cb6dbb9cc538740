"""Do lists stay flat while past cases grow? The same pages as one restricted user, over few and over many past cases.

李伟 handles one department. His inbox, what he decided, a look for one number, his inbox by the nearest due and an
applicant's matters are asked for again and again, over one connection to each of two nodes that differ only in how
many past cases lie in their database: ``--few`` and ``--many``. Both are asked in turn, so that what else the machine
does falls on both. A past case has the three tasks of a small journey. The figure is the ratio of the median times; it
may be 1.3 at most. Run by ``make bench``.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
from content import REGION, Content, browser_session
from rich.console import Console
from rich.table import Table

from tongban.basics.calendar import local_day
from tongban.basics.codes.case import make_case_number
from tongban.cli.node_group import NodeGroup
from tongban.cli.process import Process
from tongban.cli.settings import read_settings
from tongban.cli.supervisor import free_ports
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.web.signed_in import SESSION_COOKIE

VAR = Path(__file__).parents[1] / "var"
LIMIT = 1.3
HANDLER, APPLICANT = "liwei", "wangfang"
WAITING = 300
GROWTH = Path(__file__).with_name("lists.sql").read_text("utf-8")
_began = time.monotonic()
console = Console(highlight=False, soft_wrap=True, width=150)


def say(line: str) -> None:
    """One line of progress."""
    console.print(f"[dim]{time.monotonic() - _began:6.1f} s[/] {line}")


class Page(NamedTuple):
    """One list: what it is called, its address, and who asks."""

    name: str
    path: str
    who: str


def pages(number: str) -> list[Page]:
    """The lists that are measured. ``number``: a past case in which the handler's department took part."""
    return [
        Page("inbox", "/desk", HANDLER),
        Page("inbox, nearest due only", "/desk?light=red", HANDLER),
        Page("decided", "/desk?tab=decided", HANDLER),
        Page("search by number", f"/desk/search?number={number}", HANDLER),
        Page("my matters", "/matters", APPLICANT),
    ]


class Node:
    """One database with ``size`` past cases, and a web process over it."""

    def __init__(self, folder: Path, port: int, size: int) -> None:
        self.size, self.home = size, folder / str(size)
        os.environ |= {"TONGBAN_HOME": str(self.home), "TONGBAN_PORT": str(port), "TONGBAN_WORKERS": "1"}
        self.settings = read_settings()
        self.postgres = EmbeddedPostgres(self.home / "postgres")
        self.base = f"http://127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}
        self.wanted: list[Page] = []
        self._web: Process | None = None

    def start(self) -> None:
        """Fill the database, then answer."""
        conninfo = self.postgres.start()
        say(f"fill: the demonstration, {WAITING} waiting cases and {self.size:,} past ones")
        content = Content(conninfo, self.settings.home, self.settings.log_origin)
        asyncio.run(content.fill(WAITING, WAITING, 1, 0))
        grow(conninfo, self.size)
        self.wanted, self.cookies = pages(numbered(conninfo)), asyncio.run(_cookies(conninfo))
        self._web = Process(NodeGroup(self.settings, console)._web(conninfo), self.settings.home)
        self._web.start()

    def stop(self) -> None:
        """End both processes."""
        if self._web is not None:
            self._web.stop()
        self.postgres.stop(immediate=True)


def numbered(conninfo: str) -> str:
    """A number of the real form, given to one past case: no other can be looked for."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute("SELECT platform_now()").fetchone()
        assert row is not None
        number = make_case_number(REGION, local_day(row[0]))
        changed = connection.execute("UPDATE cases SET number = %s WHERE number = 'PAST0'", (number,))
        assert changed.rowcount == 1, "no past case to look for"
    return number


def grow(conninfo: str, upto: int) -> None:
    """Add ``upto`` past cases, then settle the tables."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(GROWTH)
        step = 100_000
        for first in range(0, upto, step):
            connection.execute("CALL bench_grow(%s, %s)", (first, min(step, upto - first)))
            say(f"{min(first + step, upto):>9,} past cases")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def measure(nodes: list[Node], times: int) -> list[dict[str, list[float]]]:
    """Milliseconds of every request, by node and page, after five to get warm; every page on each node in turn."""
    found: list[dict[str, list[float]]] = [{page.name: [] for page in node.wanted} for node in nodes]
    with ExitStack() as stack:
        clients = [stack.enter_context(httpx.Client(base_url=node.base, trust_env=False)) for node in nodes]
        for number in range(times + 5):
            for page in range(len(nodes[0].wanted)):
                both = list(zip(nodes, clients, found, strict=True))
                for node, client, times_of in both if number % 2 else reversed(both):
                    spent = _asked(client, node, node.wanted[page])
                    if number >= 5:
                        times_of[node.wanted[page].name].append(spent)
    return found


def _asked(client: httpx.Client, node: Node, page: Page) -> float:
    began = time.perf_counter()
    answer = client.get(page.path, headers={"cookie": f"{SESSION_COOKIE}={node.cookies[page.who]}"})
    spent = 1000 * (time.perf_counter() - began)
    assert answer.status_code in (200, 303), f"{page.path}: {answer.status_code}"
    return spent


def told(few: dict[str, list[float]], many: dict[str, list[float]], sizes: tuple[int, int]) -> Table:
    """Median and the middle half, at both sizes, and their ratio."""
    table = Table("list", *(f"{size:,} past cases, ms" for size in sizes), "ratio")
    for name in few:
        table.add_row(name, _spread(few[name]), _spread(many[name]), f"{ratio(few[name], many[name]):.2f}")
    return table


def ratio(few: list[float], many: list[float]) -> float:
    """Of the medians."""
    return statistics.median(many) / statistics.median(few)


def _spread(values: list[float]) -> str:
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


async def _cookies(conninfo: str) -> dict[str, str]:
    return {login: await browser_session(conninfo, login) for login in (HANDLER, APPLICANT)}


def main() -> int:
    """Fill, measure at both sizes, tell; 0 when every list stays flat."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--few", type=int, default=10_000)
    options.add_argument("--many", type=int, default=1_000_000)
    options.add_argument("--times", type=int, default=60)
    given = options.parse_args()
    folder = VAR / "bench-lists"
    shutil.rmtree(folder, ignore_errors=True)
    ports = free_ports("127.0.0.1", 28100, 2)
    nodes = [Node(folder, port, size) for port, size in zip(ports, (given.few, given.many), strict=True)]
    try:
        for node in nodes:
            node.start()
        say("measure")
        few, many = measure(nodes, given.times)
    finally:
        for node in nodes:
            node.stop()
        shutil.rmtree(folder, ignore_errors=True)
    console.print(told(few, many, (given.few, given.many)))
    (VAR / "bench-lists.json").write_text(json.dumps({"options": vars(given), "few": few, "many": many}), "utf-8")
    worst = max(ratio(few[name], many[name]) for name in few)
    say(f"slowest growth {worst:.2f}, at most {LIMIT}: {'reached' if worst <= LIMIT else 'MISSED'}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    assert REGION == "330103"
    sys.exit(main())
