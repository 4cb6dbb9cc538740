"""What PostgreSQL logged for one request, and ``pgbench`` sending the same again: the database's own speed.

``capture`` switches statement logging on for a moment; ``Script`` turns what it saw into a pgbench script with
the prepared protocol. Parameters stay what they were, but for those that must be new in every transaction.
"""

import asyncio
import re
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from tongban.connectors.postgres_folder import programs_folder

LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ \S+ \[(\d+)\] (\w+):  (.*)$")
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
LEFT_OUT = ("FROM packs", "FROM calendars", "SELECT wall_says")
"""What the watch for new packs asks, and what tells the second wall for whom a statement is: ``pgbench`` meets no wall,
so that its cost counts on our side alone."""


class Statement(NamedTuple):
    """One logged statement with ``$1`` … and their values (None is NULL)."""

    text: str
    values: Mapping[int, str | None]


async def capture(conninfo: str, log: Path, act: Callable[[], Awaitable[None]]) -> list[Statement]:
    """The statements that ``act`` caused, in order, without what is ``LEFT_OUT``."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        for setting in ("log_statement = 'all'", "log_parameter_max_length = -1", "log_line_prefix = '%m [%p] '"):
            await connection.execute(f"ALTER SYSTEM SET {setting}")
        await connection.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(0.5)
        begin = _size(log)
        await act()
        await asyncio.sleep(0.3)
        text = _since(log, begin)
        await connection.execute("ALTER SYSTEM RESET ALL")
        await connection.execute("SELECT pg_reload_conf()")
    return [one for one in parsed(text) if not any(part in one.text for part in LEFT_OUT)]


def _size(log: Path) -> int:
    return log.stat().st_size


def _since(log: Path, begin: int) -> str:
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode()


def parsed(log: str) -> list[Statement]:
    """The statements of a server log; continued lines begin with a tab."""
    found: list[Statement] = []
    for line in re.sub(r"\n\t", "\n\t", log).replace("\n\t", "\x00").splitlines():
        match = LINE.match(line.replace("\x00", "\n").split("\n", 1)[0])
        if match is None:
            continue
        rest = line[match.start(3) :].replace("\x00", "\n")
        kind = match[2]
        if kind == "LOG" and rest.startswith(("execute ", "statement: ")):
            found.append(Statement(rest.partition(": ")[2], {}))
        elif kind == "DETAIL" and found:
            values = {int(n): _value(text) for n, text in PARAMETER.findall(rest)}
            found[-1] = Statement(found[-1].text, values)
    return found


def _value(text: str) -> str | None:
    return None if text == "NULL" else text[1:-1].replace("''", "'")


class Script:
    """A pgbench script. ``fresh`` maps a logged value to the SQL that makes a new one from the number ``:k``;
    ``within`` does so for texts wherever they stand inside a value."""

    def __init__(
        self, statements: Sequence[Statement], fresh: Mapping[str, str], within: Mapping[str, str] | None = None
    ) -> None:
        self.variables: dict[str, str] = {}
        self.within = within or {}
        lines = [r"\set i :i + 1", r"\set k :base + :i * :clients + :client_id"]
        for number, statement in enumerate(statements):
            lines.append(self._line(statement, number, fresh) + ";")
        self.text = "\n".join(lines) + "\n"

    def _line(self, statement: Statement, number: int, fresh: Mapping[str, str]) -> str:
        def put(match: re.Match[str]) -> str:
            value = statement.values.get(int(match[1]))
            if value is None:
                return "NULL"
            if value in fresh:
                return fresh[value]
            name = f"s{number}p{match[1]}"
            self.variables[name] = value
            made = f":{name}"
            for text, new in self.within.items():
                if text in value:
                    made = f"replace({made}::text, '{text}', ({new})::text)"
            return made

        plain = " ".join(line.split("--")[0] for line in statement.text.splitlines())
        return re.sub(r"\$(\d+)", put, plain).rstrip("; ")

    def run(self, conninfo: str, folder: Path, clients: int, each: int, base: int) -> dict[str, Any]:
        """Run it ``each`` times a client with prepared statements: transactions a second, times in ms."""
        file = folder / "replay.sql"
        file.write_text(self.text, "utf-8")
        for old in folder.glob("replay_log.*"):
            old.unlink()
        variables = {**self.variables, "i": "-1", "base": str(base), "clients": str(clients)}
        given = [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
        command = [
            str(programs_folder() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
            "-t", str(each), "-f", str(file), *given, "-l", f"--log-prefix={folder / 'replay_log'}", conninfo,
        ]  # fmt: skip
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if done.returncode or found is None or re.search(r"failed transactions: [1-9]", done.stdout):
            raise RuntimeError(f"pgbench: {done.stderr[-1500:]}{done.stdout[-500:]}")
        times = sorted(int(line.split()[2]) / 1000 for log in folder.glob("replay_log.*") for line in log.open())
        transactions = len(times)
        ranks = {name: times[int((transactions - 1) * share)] for name, share in RANKS.items()}
        return {"rate": float(found[1]), "seconds": time.monotonic() - began, "transactions": transactions, **ranks}


RANKS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
