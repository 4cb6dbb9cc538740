"""Do lists stay flat while past cases grow? The same pages as one restricted user, over few and over many past cases.

李伟 handles one department. His inbox, what he decided, a look for one number, his inbox by the API and an
applicant's matters are asked for again and again over one connection, first with ``--few`` past cases in the
database, then with ``--many``. A past case has the three tasks of a small journey. The figure is the ratio of the
median times; it may be 1.3 at most. Run by ``make bench``.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
from content import REGION, Content, browser_session
from rich.console import Console
from rich.table import Table

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


def grow(conninfo: str, upto: int) -> None:
    """Add past cases until there are ``upto``."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(GROWTH)
        have = connection.execute("SELECT count(*) FROM cases WHERE number LIKE 'PAST%'").fetchone()
        assert have is not None
        step = 100_000
        for first in range(int(have[0]), upto, step):
            connection.execute("CALL bench_grow(%s, %s)", (first, min(step, upto - first)))
            say(f"{min(first + step, upto):>9,} past cases")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def measure(base: str, wanted: list[Page], cookies: dict[str, str], times: int) -> dict[str, list[float]]:
    """Milliseconds of every request, by page, after five to get warm; the pages in turn."""
    found: dict[str, list[float]] = {page.name: [] for page in wanted}
    with httpx.Client(base_url=base, trust_env=False) as client:
        for number in range(times + 5):
            for page in wanted:
                began = time.perf_counter()
                answer = client.get(page.path, headers={"cookie": f"{SESSION_COOKIE}={cookies[page.who]}"})
                spent = 1000 * (time.perf_counter() - began)
                assert answer.status_code in (200, 303), f"{page.path}: {answer.status_code}"
                if number >= 5:
                    found[page.name].append(spent)
    return found


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
    home = VAR / "bench-lists"
    shutil.rmtree(home, ignore_errors=True)
    (port,) = free_ports("127.0.0.1", 28100, 1)
    os.environ |= {"TONGBAN_HOME": str(home), "TONGBAN_PORT": str(port), "TONGBAN_WORKERS": "1"}
    settings = read_settings()
    postgres = EmbeddedPostgres(home / "postgres")
    try:
        conninfo = postgres.start()
        say("fill: the demonstration and 300 waiting cases")
        asyncio.run(Content(conninfo, settings.home, settings.log_origin).fill(WAITING, WAITING, 1, 0))
        found = _both(postgres, conninfo, settings, given)
    finally:
        postgres.stop(immediate=True)
        shutil.rmtree(home, ignore_errors=True)
    few, many = found
    console.print(told(few, many, (given.few, given.many)))
    (VAR / "bench-lists.json").write_text(json.dumps({"options": vars(given), "few": few, "many": many}), "utf-8")
    worst = max(ratio(few[name], many[name]) for name in few)
    say(f"slowest growth {worst:.2f}, at most {LIMIT}: {'reached' if worst <= LIMIT else 'MISSED'}")
    return 0 if worst <= LIMIT else 1


def _both(postgres: EmbeddedPostgres, conninfo: str, settings: Any, given: Any) -> tuple[Any, Any]:
    web = Process(NodeGroup(settings, console)._web(conninfo), settings.home)
    base, cookies = f"http://127.0.0.1:{settings.port}", asyncio.run(_cookies(conninfo))
    try:
        web.start()
        results = []
        for size in (given.few, given.many):
            grow(conninfo, size)
            with psycopg.connect(conninfo) as connection:
                row = connection.execute("SELECT number FROM cases WHERE number LIKE 'PAST%' LIMIT 1").fetchone()
            assert row is not None
            say(f"measure with {size:,} past cases")
            results.append(measure(base, pages(row[0]), cookies, given.times))
        return results[0], results[1]
    finally:
        web.stop()


if __name__ == "__main__":
    assert REGION == "330103"
    sys.exit(main())
