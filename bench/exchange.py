"""``make bench BENCH=exchange``: one look-up in a million records, bare and through the whole exchange, in one run.

Bare: Starlette and one statement. The exchange: the caller's token, grant, mask, the consumer's signature and the
committed intent, the same statement, the provider's signature and the committed outcome, four ledger rows. Each has
one worker of the same server; they take turns. Ed25519 counts; P-256 and SM2 are reported apart.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
from exchange_servers import CONSUMER, INSTANCE, PROVIDER, REGION, RESOURCE
from psycopg.rows import namedtuple_row
from rich.console import Console
from rich.table import Table
from run import processor_seconds

from tongban.basics.ids import new_id
from tongban.basics.migrate import migrate
from tongban.cli.supervisor import free_ports
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.resources.exchange import subsystems
from tongban.resources.exchange.signing import ED25519, P256, SM2
from tongban.web.listener import arguments

HERE = Path(__file__).parent
HOME = HERE.parent / "var" / "bench-exchange"
TARGET = 0.25
RECORDS = 1_000_000
_began = time.monotonic()
console = Console(highlight=False, soft_wrap=True, width=150)


def say(line: str) -> None:
    """One line of progress."""
    console.print(f"[dim]{time.monotonic() - _began:6.1f} s[/] {line}")


class Server:
    """One process of uvicorn; ``factory`` is a function of ``exchange_servers``."""

    def __init__(self, factory: str, port: int, **settings: str) -> None:
        self.factory, self.port = factory, port
        command = [sys.executable, "-m", "uvicorn", *arguments(f"exchange_servers:{factory}", "127.0.0.1", port)]
        self.process = subprocess.Popen(
            command, cwd=HERE, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(400):
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{factory} does not answer")

    def processes(self) -> list[int]:
        """The server and its worker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)


def fill(conninfo: str) -> str:
    """A million records, one grant with a mask, one system with a token."""
    migrate(conninfo, "demonstration")
    now = datetime.now(UTC)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE bench_enterprises AS SELECT lpad(n::text, 18, '0') AS code, '企业' || n AS name,"
            " '2020-01-01' AS registered_on, '1390000' || lpad((n %% 10000)::text, 4, '0') AS phone,"
            " n %% 1000 AS capital FROM generate_series(0, %s) n", [RECORDS - 1],
        )  # fmt: skip
        connection.execute("ALTER TABLE bench_enterprises ADD PRIMARY KEY (code)")
        connection.execute("ANALYZE bench_enterprises")
        connection.execute(
            "INSERT INTO grants (region, id, resource, consumer, purpose, basis, fields, masks, basket, valid_from,"
            " valid_until) VALUES (%s, %s, %s, %s, '核对企业登记', '行政许可法', %s, %s::jsonb, %s, %s, %s)",
            [REGION, new_id(), RESOURCE.id, CONSUMER, ["name", "registered_on", "phone", "capital"],
             '{"phone": {"kind": "partial", "form": "phone"}}', new_id(), now - timedelta(days=1),
             now + timedelta(days=9)],
        )  # fmt: skip
    return asyncio.run(_token(conninfo, now))


async def _token(conninfo: str, now: datetime) -> str:
    async with await psycopg.AsyncConnection.connect(
        conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        return await subsystems.register(connection, REGION, CONSUMER, "bench", now)


def request(path: str, headers: dict[str, str]) -> str:
    """One request as text; its key's last six digits stand for themselves."""
    body = json.dumps({"match": {"code": "0" * 12 + "{k}"}, "fields": ["name", "registered_on", "phone", "capital"]})
    length = len(body) - 3 + 6
    sent = {"host": "bench", "content-type": "application/json", "content-length": str(length), **headers}
    return f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in sent.items()) + f"\r\n{body}"


class Bench:
    """The measurements over one filled database."""

    def __init__(self, postgres: EmbeddedPostgres, conninfo: str, token: str, seconds: float) -> None:
        self.postgres, self.conninfo, self.seconds, self.sent = postgres, conninfo, seconds, 0
        self.bare = request("/look-up", {})
        self.asked = request(
            f"/r1/{INSTANCE}/GOV/{PROVIDER}/data/{RESOURCE.id}",
            {"x-road-client": f"{INSTANCE}/GOV/{CONSUMER}/bench", "authorization": f"Bearer {token}",
             "x-road-id": "bench-{n}", "x-road-userid": "CNliwei", "x-road-issue": "3301032026000017"},
        )  # fmt: skip

    def load(self, server: Server, connections: int, seconds: float | None = None) -> dict[str, Any]:
        """One measurement; every request has a message id of its own."""
        template = self.bare if server.factory == "bare" else self.asked
        given = {"port": server.port, "connections": connections, "seconds": seconds or self.seconds,
                 "template": template, "first": 100_000 + self.sent}  # fmt: skip
        before = self._spent(server)
        done = subprocess.run(
            [sys.executable, str(HERE / "load.py")], input=json.dumps(given), capture_output=True, text=True, check=True
        )
        report: dict[str, Any] = json.loads(done.stdout)
        wrong = {status: n for status, n in report["statuses"].items() if status != "200"}
        assert not wrong, f"{wrong}: {report['refusal']}"
        self.sent += report["statuses"]["200"]
        return report | {"cpu_ms": 1000 * (self._spent(server) - before) / report["statuses"]["200"]}

    def _spent(self, server: Server) -> float:
        """Seconds of processor time that the server and the database have used."""
        return sum(map(processor_seconds, [*server.processes(), *self.postgres.processes()]))

    def complete(self) -> tuple[int, int, int, int]:
        """Intents, outcomes and their ledger entries: nothing may be missing."""
        with psycopg.connect(self.conninfo) as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM exchange_intents), (SELECT count(*) FROM exchange_outcomes),"
                " (SELECT count(*) FROM ledger_entries WHERE kind = 'exchange.intended'),"
                " (SELECT count(*) FROM ledger_entries WHERE kind = 'exchange.answered')"
            ).fetchone()
        assert row is not None
        return row


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Median, least and most."""
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def measure(bench: Bench, conninfo: str, times: int) -> dict[str, Any]:
    """All servers stand; they are measured in turn."""
    common = {"BENCH_DATABASE": conninfo, "BENCH_HOME": str(HOME)}
    algorithms = [ED25519, P256]
    with suppress(ImportError):
        __import__("tongsuopy")
        algorithms.append(SM2)
    first = free_ports("127.0.0.1", 29000, len(algorithms) + 2)
    servers = {"bare": Server("bare", first[0], **common)}
    for place, algorithm in enumerate(algorithms):
        folder = HOME / algorithm
        folder.mkdir(parents=True, exist_ok=True)
        settings = common | {"BENCH_HOME": str(folder), "BENCH_ALGORITHM": algorithm}
        servers[algorithm] = Server("exchange", first[place + 1], **settings)
    try:
        return _rounds(bench, servers, times)
    finally:
        for server in servers.values():
            server.stop()


def _rounds(bench: Bench, servers: dict[str, Server], times: int) -> dict[str, Any]:
    found: dict[str, Any] = {name: {"many": [], "one": []} for name in servers}
    served = 0
    for server in servers.values():
        served += 0 if server.factory == "bare" else _sum(bench.load(server, 16, 1.0))
    for number in range(times):
        say(f"round {number + 1} of {times}")
        for name, server in servers.items():
            many = bench.load(server, 16)
            found[name]["many"].append(many)
            one = bench.load(server, 1, bench.seconds / 2)
            found[name]["one"].append(one)
            served += 0 if name == "bare" else _sum(many) + _sum(one)
    rows = bench.complete()
    assert set(rows) == {served}, f"{served} calls were answered, the log holds {rows}"
    say(f"{served} calls answered; as many intents, outcomes and entries of each stand in the log")
    return found


def _sum(report: dict[str, Any]) -> int:
    return int(sum(report["statuses"].values()))


def told(found: dict[str, Any]) -> Table:
    """Medians, and from the least to the most in brackets."""
    table = Table("", "calls/s at 16", "p50 ms", "p99 ms", "p50 ms at 1", "added p50", "cpu ms", "share of bare")
    bare = found["bare"]
    for name, one in found.items():
        share = [a["rate"] / b["rate"] for a, b in zip(one["many"], bare["many"], strict=True)]
        added = [a["p50"] - b["p50"] for a, b in zip(one["one"], bare["one"], strict=True)]
        table.add_row(
            name,
            spread([r["rate"] for r in one["many"]]),
            spread([r["p50"] for r in one["many"]], 1),
            spread([r["p99"] for r in one["many"]], 1),
            spread([r["p50"] for r in one["one"]], 2),
            "–" if name == "bare" else spread(added, 2),
            spread([r["cpu_ms"] for r in one["many"]], 2),
            "–" if name == "bare" else spread(share, 2),
        )
    return table


def main() -> int:
    """Fill, measure, tell; 0 when the exchange reaches its share with Ed25519."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=6)
    options.add_argument("--times", type=int, default=5)
    given = options.parse_args()
    shutil.rmtree(HOME, ignore_errors=True)
    postgres = EmbeddedPostgres(HOME / "postgres")
    try:
        conninfo = postgres.start()
        say(f"fill: {RECORDS:,} records")
        token = fill(conninfo)
        found = measure(Bench(postgres, conninfo, token, given.seconds), conninfo, given.times)
    finally:
        postgres.stop(immediate=True)
    console.print(told(found))
    (HOME.parent / "bench-exchange.json").write_text(json.dumps({"options": vars(given), **found}, indent=1), "utf-8")
    pairs = zip(found[ED25519]["many"], found["bare"]["many"], strict=True)
    share = statistics.median(a["rate"] / b["rate"] for a, b in pairs)
    say(
        f"the exchange at {share:.0%} of the bare look-up, target {TARGET:.0%}: "
        f"{'reached' if share >= TARGET else 'MISSED'}"
    )
    return 0 if share >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
