"""Whole cases through the engine itself: submitted, accepted, decided by four departments, in six durable steps.

In one process, without HTTP: the verbs that pages and programs call, on a journey of four departments in parallel.
Beside it, in the same run and on the same PostgreSQL: ``pgbench`` sending the very statements that PostgreSQL logged
for one such case, and SpiffWorkflow (a general BPMN engine) running the same journey, its state kept as JSON in a row
that is committed after each step. The figures are ratios of whole cases a second; beside them, ratios of the processor
time of a case, everything on each side counted (Python, server, pgbench): what else the machine does falls less on
those. Run by ``make bench``.
"""

import argparse
import asyncio
import gc
import io
import json
import os
import re
import resource
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import uvloop
from content import DRAFT, REGION, Content, invented, token
from replay import Script, capture
from rich.console import Console
from rich.table import Table
from run import processor_seconds

from tongban.assembly.installing import load_installed
from tongban.basics import rules
from tongban.basics.database import Database
from tongban.cases.actions.decisions import Decision, decide
from tongban.cases.actions.submission import submit
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE
from tongban.cli.compose import kernel_of
from tongban.cli.settings import read_settings
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.parties.actions import open_session, who_is
from tongban.parties.models import Actor
from tongban.services.bpmn import export

VAR = Path(__file__).parents[1] / "var"
PACK = Path(__file__).parent / "packs" / "four"
DATABASE, ENGINE = 0.6, 3.0
"""At least this share of pgbench, and this many times the general engine."""
STEPS = {"housing_part": "housing", "police_part": "police", "medical_insurance_part": "medical-insurance",
         "human_resources_part": "human-resources"}  # fmt: skip
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_began = time.monotonic()
console = Console(highlight=False, soft_wrap=True, width=150)


def say(line: str) -> None:
    """One line of progress."""
    console.print(f"[dim]{time.monotonic() - _began:6.1f} s[/] {line}")


class FourContent(Content):
    """The demonstration with the journey that is measured, and applicants whose drafts of it are ready."""

    folders = (PACK,)

    async def form(self) -> tuple[str, dict[str, Any]]:
        """The journey of four departments."""
        return "four", {"purpose": "测速"}


class Engine:
    """The platform's verbs over one kernel, with an official in each of the four departments."""

    def __init__(self, kernel: Kernel, revision: int, officials: dict[str, Actor]) -> None:
        self.kernel, self.revision, self.officials = kernel, revision, officials

    async def whole(self, number: int) -> None:
        """One case from application to its end: six commits."""
        case = invented(DRAFT, number)
        await submit(self.kernel, token(number), "token", REGION, case, self.revision)
        await self._decide(case, INTAKE, "housing", "accept", 1)
        for task, role in STEPS.items():
            done = await self._decide(case, task, role, "approve", 2)
        assert done == "closed", done

    async def _decide(self, case: UUID, task: str, role: str, kind: Any, revision: int) -> str:
        decided = await decide(self.kernel, self.officials[role], REGION, case, task, Decision(kind, revision))
        return decided.case_state

    async def rate(self, first: int, count: int, at_once: int) -> float:
        """Whole cases a second, ``at_once`` under way."""
        numbers = iter(range(first, first + count))

        async def worker() -> None:
            for number in numbers:
                await self.whole(number)

        began = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(at_once)))
        return count / (time.perf_counter() - began)


async def officials(kernel: Kernel) -> dict[str, Actor]:
    """Somebody with a post in each department that decides."""
    found = {}
    async with kernel.database.connection() as connection:
        for role in STEPS.values():
            department = kernel.directory.department_for(REGION, role).id
            cursor = await connection.execute(
                "SELECT account FROM posts WHERE department = %s AND role IN ('handler', 'head') LIMIT 1", (department,)
            )
            row = await cursor.fetchone()
            assert row is not None, f"nobody works at {department}"
            found[role] = (
                await who_is(connection, await open_session(connection, row.account, "token"), "token")
            ).actor
    return found


def replayed(statements: Sequence[Any], number: int, standing: set[str]) -> Script:
    """The statements of one case as a pgbench script: ids, tokens and the case number are new in each transaction.

    ``standing``: ids that were there before, such as officials' accounts.
    """
    import hashlib

    kept = {str(invented(DRAFT, number)): DRAFT, str(invented(0x20, number)): 0x20}
    values = [value for one in statements for value in one.values.values() if value]
    seen = dict.fromkeys(found for value in values for found in UUIDS.findall(value))
    born = [one for one in seen if one[14] == "7" and one not in kept and not one.startswith("0190a000")]
    within = {one: _made(kind) for one, kind in kept.items()}
    within |= {one: _made(0xA0 + place) for place, one in enumerate(one for one in born if one not in standing)}
    digest = "\\x" + hashlib.sha256(token(number).encode()).hexdigest()
    numbers = {value for value in values if re.fullmatch(r"330103-\d{6}-\w{7}-\w", value)}
    fresh = {digest: "sha256(convert_to('bench-token-' || (:k::bigint)::text, 'UTF8'))"}
    fresh |= dict.fromkeys(numbers, "('R' || (:k::bigint)::text)")
    fresh |= {one: f"({new})" for one, new in within.items()}
    return Script(statements, fresh, within)


def _made(kind: int) -> str:
    prefix = str(invented(kind, 0))[:-12]
    return f"('{prefix}' || lpad(to_hex(:k::bigint), 12, '0'))::uuid"


def general_engine(kernel: Kernel, conninfo: str, seconds: float) -> tuple[float, int]:
    """Whole cases a second of SpiffWorkflow, and how many there were.

    One process: read the state, do one task, write the state, commit.
    """
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
    from SpiffWorkflow.util.task import TaskState

    version = kernel.catalogue.journey("four")
    decisions = {f"{name}.decision": rules.text("决定", "the decision") for name in (INTAKE, *STEPS)}
    compiled: dict[str, rules.Rule] = {}

    class Conditions(PythonScriptEngine):
        """Reads conditions as the exported document says: as rules of the platform's language, compiled once."""

        def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
            if expression not in compiled:
                compiled[expression] = rules.compile(expression, rules.Schema(decisions))
            return compiled[expression].evaluate({**dict.fromkeys(decisions), **task.data}) is True

    conditions = Conditions()
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(export(version, {})))
    spec = parser.get_spec(f"journey-{version.journey.id}")
    serializer = BpmnWorkflowSerializer()
    whole = 0
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_engine (id int PRIMARY KEY, state text NOT NULL)")
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            workflow = BpmnWorkflow(spec, script_engine=conditions)
            workflow.do_engine_steps()
            connection.execute("INSERT INTO bench_engine VALUES (%s, %s)", (whole, serializer.serialize_json(workflow)))
            steps = 1
            while not workflow.is_completed():
                row = connection.execute("SELECT state FROM bench_engine WHERE id = %s", (whole,)).fetchone()
                assert row is not None
                workflow = serializer.deserialize_json(row[0])
                workflow.script_engine = conditions
                task = workflow.get_tasks(state=TaskState.READY, manual=True)[0]
                name = task.task_spec.name.removeprefix("task-")
                task.data[f"{name}.decision"] = "accepted" if name == INTAKE else "approved"
                task.run()
                workflow.do_engine_steps()
                text = serializer.serialize_json(workflow)
                connection.execute("UPDATE bench_engine SET state = %s WHERE id = %s", (text, whole))
                steps += 1
            assert steps == 6, f"{steps} steps"
            whole += 1
        spent = time.perf_counter() - began
        connection.execute("DROP TABLE bench_engine")
    return whole / spent, whole


class Spent:
    """Processor time of everything that works at a measurement: this process, its ended children, the server."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self.seconds = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count into ``seconds`` what is spent inside the block."""
        before = self._now()
        yield
        self.seconds = self._now() - before

    def _now(self) -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        ours = sum(one.ru_utime + one.ru_stime for one in used)
        return ours + sum(map(processor_seconds, self.postgres.processes()))


async def measured(conninfo: str, content: FourContent, given: Any, postgres: EmbeddedPostgres) -> dict[str, Any]:
    """Every round: the engine, pgbench, the general engine."""
    database = Database(conninfo, size=max(given.at_once))
    await database.open()
    try:
        async with database.connection() as connection:
            platform = await load_installed(connection)
            cursor = await connection.execute("SELECT revision FROM drafts WHERE id = %s", (invented(DRAFT, 0),))
            row = await cursor.fetchone()
            accounts = await connection.execute("SELECT id::text FROM accounts WHERE login NOT LIKE 'bench-%'")
            standing = {one[0] for one in await accounts.fetchall()}
        assert row is not None
        kernel = kernel_of(platform, database, content.vault, content.signer, {})
        engine = Engine(kernel, row.revision, await officials(kernel))
        statements = await capture(conninfo, postgres.log, lambda: engine.whole(0))
        say(f"a whole case took {len(statements)} statements")
        script = replayed(statements, 0, standing)
        gc.collect()
        gc.freeze()  # as the web process does: the collector walks no definitions, for either engine
        used, base, spent, rounds = 1, given.ready, Spent(postgres), []
        await engine.rate(used, given.cases // 4, 1)  # warm: prepared statements, caches
        used += given.cases // 4
        for number in range(given.times):
            say(f"round {number + 1} of {given.times}")
            found: dict[str, Any] = {}
            for at_once in given.at_once:
                with spent.counted():
                    rate = await engine.rate(used, given.cases, at_once)
                found[f"engine {at_once}"] = (rate, spent.seconds / given.cases)
                with spent.counted():
                    report = await asyncio.to_thread(
                        script.run, conninfo, content.home.path, at_once, given.cases // at_once, base
                    )
                found[f"pgbench {at_once}"] = (report["rate"], spent.seconds / report["transactions"])
                used, base = used + given.cases, base + given.cases
            with spent.counted():
                rate, cases = await asyncio.to_thread(general_engine, kernel, conninfo, given.seconds)
            found["general"] = (rate, spent.seconds / cases)
            rounds.append(found)
        return {"statements": len(statements), "rounds": rounds}
    finally:
        await database.close()


RATE, SPENT = 0, 1
"""What a measurement holds: whole cases a second, seconds of processor time a case."""


def told(found: dict[str, Any], at_once: Sequence[int]) -> Table:
    """Medians, and from the least to the most in brackets."""
    rounds = found["rounds"]
    table = Table("cases at once", "", "engine", "pgbench", "of pgbench", "general engine", "times as fast")
    for many in at_once:
        for name, part, scale in (("whole cases /s", RATE, 1), ("processor ms a case", SPENT, 1000)):
            figures = [
                [scale * r[who][part] for r in rounds] for who in (f"engine {many}", f"pgbench {many}", "general")
            ]
            engine, database, general = map(_spread, figures)
            shares = [_spread(ratios(rounds, many, other, part), 2) for other in (f"pgbench {many}", "general")]
            table.add_row(str(many), name, engine, database, shares[0], general, shares[1])
    return table


def ratios(rounds: Sequence[dict[str, Any]], many: int, other: str, part: int) -> list[float]:
    """How many times as well the engine does as ``other``, round by round: more cases, or less processor time."""
    ours, theirs = [r[f"engine {many}"][part] for r in rounds], [r[other][part] for r in rounds]
    return _over(ours, theirs) if part == RATE else _over(theirs, ours)


def _over(some: Sequence[float], others: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(some, others, strict=True)]


def _spread(values: Sequence[float], digits: int = 1) -> str:
    return f"{statistics.median(values):,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def main() -> int:
    """Fill, measure, tell; 0 when both targets are reached."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=400)
    options.add_argument("--times", type=int, default=5)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--at-once", type=int, nargs="+", default=[1, 4])
    given = options.parse_args()
    given.ready = 1 + given.cases // 4 + given.cases * given.times * len(given.at_once)
    home = VAR / "bench-cases"
    shutil.rmtree(home, ignore_errors=True)
    os.environ |= {"TONGBAN_HOME": str(home)}
    settings = read_settings()
    postgres = EmbeddedPostgres(home / "postgres")
    try:
        conninfo = postgres.start()
        say(f"fill: {given.ready} applicants with a draft, as many for pgbench")
        content = FourContent(conninfo, settings.home, settings.log_origin)
        asyncio.run(content.fill(1, 0, given.ready, given.ready))
        found = uvloop.run(measured(conninfo, content, given, postgres))
    finally:
        postgres.stop(immediate=True)
    console.print(told(found, given.at_once))
    (VAR / "bench-cases.json").write_text(json.dumps({"options": vars(given), **found}, indent=1), "utf-8")
    rounds = found["rounds"]
    share = max(statistics.median(ratios(rounds, many, f"pgbench {many}", RATE)) for many in given.at_once)
    times = min(statistics.median(ratios(rounds, many, "general", RATE)) for many in given.at_once)
    say(f"whole cases at {share:.0%} of pgbench, target {DATABASE:.0%}: {'reached' if share >= DATABASE else 'MISSED'}")
    say(f"{times:.1f} times the general engine, target {ENGINE:.0f}: {'reached' if times >= ENGINE else 'MISSED'}")
    return 0 if share >= DATABASE and times >= ENGINE else 1


if __name__ == "__main__":
    sys.exit(main())
