"""``make bench``: how fast is the platform beside its own database? Told as ratios, in one run.

Three pairs are measured in turn, each several times: the HTTP path as people use it, then ``pgbench`` replaying
the very statements that PostgreSQL logged for one such request. One machine carries all of it: database, web
server and load generator. See docs/performance.md.
"""

import argparse
import asyncio
import dataclasses
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from content import DRAFT as DRAFT_KIND
from content import REGION, Content, browser_session, invented, token
from replay import Script, capture
from rich.console import Console
from rich.table import Table

from tongban.cli.node_group import NodeGroup
from tongban.cli.process import Process, leftovers
from tongban.cli.settings import Settings, read_settings
from tongban.cli.supervisor import free_ports
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.web.signed_in import SESSION_COOKIE

HERE = Path(__file__).parent
VAR = HERE.parent / "var"
HANDLER = "liwei"
GUIDE, INBOX = "/guides/birth", "/desk"
TARGET = 0.30
SUBMISSIONS, REPLAYED = 2400, 4800
"""Requests and transactions of one measurement, so that the drafts that were prepared suffice."""
_began = time.monotonic()
console = Console(highlight=False, soft_wrap=True, width=150)


def say(line: str) -> None:
    """One line of progress."""
    console.print(f"[dim]{time.monotonic() - _began:6.1f} s[/] {line}")


@dataclasses.dataclass
class Bench:
    """One run. ``past`` cases lie there; each measurement lasts ``seconds`` and is repeated ``times``."""

    settings: Settings
    postgres: EmbeddedPostgres
    past: int
    seconds: int
    times: int
    connections: int
    copies: int = 0
    ready: int = 0
    used: int = 0
    replayed: int = 0
    conninfo: str = ""

    @property
    def database_connections(self) -> int:
        """As many as the web processes' pools hold together."""
        return 8 * self.settings.workers

    def fill(self) -> str:
        """Start the database and fill it."""
        conninfo = self.postgres.start()
        ready, self.copies = SUBMISSIONS * (self.times + 2), REPLAYED * (self.times + 1)
        say(f"fill: {self.past} past cases, {ready} applicants with a draft, {self.copies} more for pgbench")
        content = Content(conninfo, self.settings.home, self.settings.log_origin)
        asyncio.run(content.fill(self.past, 300, ready, self.copies))
        self.ready = ready
        return conninfo

    def measure(self, conninfo: str) -> dict[str, Any]:
        """All pairs, in turn."""
        self.conninfo = conninfo
        base = f"http://127.0.0.1:{self.settings.port}"
        cookie = asyncio.run(browser_session(conninfo, HANDLER))
        submit, statements = self._submission(base)
        inbox_request = request("GET", INBOX, {"cookie": f"{SESSION_COOKIE}={cookie}"})
        inbox, inbox_statements = self._page(base, INBOX, {SESSION_COOKIE: cookie})
        self._page(base, GUIDE, {})
        rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("submission", "inbox", "guide")}
        say(f"a submission took {statements} statements, the inbox {inbox_statements}")
        self._load(submission_request(), 2)  # warm: prepared statements, caches
        self._load(inbox_request, 1)
        for number in range(self.times):
            say(f"round {number + 1} of {self.times}")
            rounds["submission"].append(
                {"http": self._load(submission_request()), "pgbench": self._replay(submit, REPLAYED)}
            )
            rounds["inbox"].append({"http": self._load(inbox_request), "pgbench": self._replay(inbox, REPLAYED // 4)})
            rounds["guide"].append({"http": self._load(request("GET", GUIDE, {})), "pgbench": None})
        return {"statements": {"submission": statements, "inbox": inbox_statements, "guide": 0}, "rounds": rounds}

    def _submission(self, base: str) -> tuple[Script, int]:
        number, answers = self._take(1), []

        async def act() -> None:
            async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
                headers = {"authorization": f"Bearer {token(number)}", "idempotency-key": "bench-key-0"}
                path = f"/api/v1/drafts/{REGION}/{invented(DRAFT_KIND, number)}/submission"
                answer = await client.post(path, json={"revision": REVISION}, headers=headers)
                assert answer.status_code == 201, answer.text
                answers.append(answer.json())

        statements = asyncio.run(capture(self.conninfo, self.postgres.log, act))
        return Script(statements, fresh_values(statements, number, answers[0])), len(statements)

    def _page(self, base: str, path: str, cookies: Mapping[str, str]) -> tuple[Script, int]:
        async def act() -> None:
            async with httpx.AsyncClient(base_url=base, trust_env=False, cookies=dict(cookies)) as client:
                answer = await client.get(path)
                assert answer.status_code == 200, f"{path}: {answer.status_code}"

        statements = asyncio.run(capture(self.conninfo, self.postgres.log, act))
        return Script(statements, {}), len(statements)

    def _take(self, wanted: int) -> int:
        self.used += wanted
        assert self.used <= self.ready, "more submissions than drafts"
        return self.used - wanted

    def _load(self, template: str, seconds: float | None = None) -> dict[str, Any]:
        """One measurement over HTTP; submissions end when their share of drafts is used up."""
        posts = template.startswith("POST")
        first, share = (self._take(SUBMISSIONS), SUBMISSIONS) if posts else (0, 10**9)
        load = {"port": self.settings.port, "connections": self.connections, "seconds": seconds or self.seconds,
                "template": template, "first": first, "requests": share}  # fmt: skip
        before = self._spent()
        done = subprocess.run(
            [sys.executable, str(HERE / "load.py")], input=json.dumps(load), capture_output=True, text=True, check=True
        )
        report: dict[str, Any] = json.loads(done.stdout)
        wrong = {status: n for status, n in report["statuses"].items() if status not in ("200", "201")}
        assert not wrong, f"{wrong}: {report['refusal']}"
        return report | {"cpu_ms": 1000 * (self._spent() - before) / sum(report["statuses"].values())}

    def _replay(self, script: Script, transactions: int) -> dict[str, Any]:
        """The same statements from pgbench, over as many connections."""
        clients, before = self.database_connections, self._spent()
        first = self.ready + self.replayed
        report = script.run(self.conninfo, self.settings.home, clients, transactions // clients, first)
        self.replayed += transactions
        return report | {"cpu_ms": 1000 * (self._spent() - before) / report["transactions"]}

    def _spent(self) -> float:
        """Seconds of processor time that server, web processes and ended load generators have used."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        pids = [*self.postgres.processes(), *leftovers(self.settings.home)]
        return used.ru_utime + used.ru_stime + sum(map(processor_seconds, pids))


def processor_seconds(pid: int) -> float:
    """What a process and its ended children have used so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


REVISION = 0


def request(method: str, path: str, headers: Mapping[str, str], body: str = "") -> str:
    """One HTTP/1.1 request as text."""
    sent = {"host": "bench", "accept-encoding": "gzip", **headers}
    if body:
        sent |= {"content-type": "application/json", "content-length": str(len(body))}
    return f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in sent.items()) + f"\r\n{body}"


def submission_request() -> str:
    """The submission of the ``{d}``-th applicant."""
    draft = str(invented(DRAFT_KIND, 0))[:-12] + "{n}"
    headers = {"authorization": f"Bearer {token(0)[:-1]}{{d}}", "idempotency-key": "bench-key-{n}"}
    return request("POST", f"/api/v1/drafts/{REGION}/{draft}/submission", headers, f'{{"revision":{REVISION}}}')


def fresh_values(statements: Sequence[Any], number: int, answer: Mapping[str, Any]) -> dict[str, str]:
    """Logged values that must differ in each transaction, and the SQL that makes them from ``:k``."""
    import hashlib

    def made(kind: int) -> str:
        prefix = str(invented(kind, 0))[:-12]
        return f"(('{prefix}' || lpad(to_hex(:k::bigint), 12, '0'))::uuid)"

    digest = hashlib.sha256(token(number).encode()).hexdigest()
    return {
        "\\x" + digest: "sha256(convert_to('bench-token-' || (:k::bigint)::text, 'UTF8'))",
        str(invented(DRAFT_KIND, number)): made(DRAFT_KIND),
        str(invented(0x20, number)): made(0x20),
        answer["entry"]: made(0x60),
        answer["number"]: "('R' || (:k::bigint)::text)",
    }


def told(found: Mapping[str, Any]) -> Table:
    """The result as one table: medians, and from the least to the most in brackets."""
    table = Table("", "HTTP /s", "p50 ms", "p99 ms", "pgbench /s", "ratio", "processor ratio", "statements")
    for name, rounds in found["rounds"].items():
        pairs = [(r["http"], r["pgbench"]) for r in rounds if r["pgbench"]]
        table.add_row(
            name,
            spread([r["http"]["rate"] for r in rounds]),
            spread([r["http"]["p50"] for r in rounds], 1),
            spread([r["http"]["p99"] for r in rounds], 1),
            spread([pgbench["rate"] for _, pgbench in pairs]),
            spread([http["rate"] / pgbench["rate"] for http, pgbench in pairs], 2),
            spread([pgbench["cpu_ms"] / http["cpu_ms"] for http, pgbench in pairs], 2),
            str(found["statements"][name]),
        )
    return table


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Median, least and most; a dash where nothing was measured."""
    if not values:
        return "–"
    shown: Callable[[float], str] = lambda value: f"{value:,.{digits}f}"  # noqa: E731
    return f"{shown(statistics.median(values))} ({shown(min(values))}–{shown(max(values))})"


def main() -> int:
    """Fill, measure, tell; 0 when submissions reach their target."""
    global REVISION
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--past", type=int, default=100_000)
    options.add_argument("--seconds", type=int, default=6)
    options.add_argument("--times", type=int, default=5)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--serve", action="store_true", help="fill and serve until Ctrl-C, for profiling")
    given = options.parse_args()
    home = VAR / "bench"
    shutil.rmtree(home, ignore_errors=True)
    (port,) = free_ports("127.0.0.1", 28000, 1)
    os.environ |= {"TONGBAN_HOME": str(home), "TONGBAN_PORT": str(port), "TONGBAN_WORKERS": "2"}
    settings = read_settings()
    bench = Bench(
        settings, EmbeddedPostgres(home / "postgres"), given.past, given.seconds, given.times, given.connections
    )
    try:
        conninfo = bench.fill()
        REVISION = revision(conninfo)
        say("start the web processes")
        web = Process(NodeGroup(settings, console)._web(conninfo), home)
        try:
            web.start()
            if given.serve:
                say(f"{conninfo} {submission_request()!r}")
                while True:
                    time.sleep(1)
            found = bench.measure(conninfo)
        finally:
            web.stop()
    finally:
        bench.postgres.stop(immediate=True)
    console.print(told(found))
    (VAR / "bench.json").write_text(json.dumps({"options": vars(given), **found}, indent=1), "utf-8")
    ratio = statistics.median(r["http"]["rate"] / r["pgbench"]["rate"] for r in found["rounds"]["submission"])
    say(f"submission at {ratio:.0%} of pgbench, target {TARGET:.0%}: {'reached' if ratio >= TARGET else 'MISSED'}")
    return 0 if ratio >= TARGET else 1


def revision(conninfo: str) -> int:
    """The revision at which the applicants' drafts stand."""
    import psycopg

    with closing(psycopg.connect(conninfo)) as connection:
        row = connection.execute("SELECT revision FROM drafts WHERE id = %s", (invented(DRAFT_KIND, 0),)).fetchone()
    assert row is not None
    return int(row[0])


if __name__ == "__main__":
    sys.exit(main())
