"""How many people sign in a second, beside the bare check of a password? Told as a ratio, in one run.

A password is checked with argon2id, slow on purpose; everything else that a sign-in does (counting the attempt, reading
the account, opening the session) should cost little beside it. The same number of
checks runs at the same width twice: the bare library in threads, and whole sign-ins over a real database. The figure is
sign-ins per second divided by bare checks per second; at least 0.7 is expected. Run by ``make bench``.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console

from tongban.basics.database import Database
from tongban.basics.migrate import migrate
from tongban.basics.vault import Vault
from tongban.connectors.embedded_postgres import temporary_postgres
from tongban.parties.actions import register
from tongban.parties.log_in import passwords
from tongban.parties.log_in.signing_in import sign_in
from tongban.parties.models import Particulars

VAR = Path(__file__).parents[1] / "var"
LEAST = 0.7
PASSWORD = "purple lantern on the river"
WIDTH = os.cpu_count() or 1
console = Console(highlight=False, soft_wrap=True, width=150)


async def timed(count: int, act: Callable[[int], Awaitable[object]]) -> float:
    """Times a second that ``act`` was done, ``WIDTH`` at a time."""
    turn = iter(range(count))

    async def work() -> None:
        for number in turn:
            await act(number)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(WIDTH)))
    return count / (time.perf_counter() - began)


async def measure(conninfo: str, count: int, times: int) -> tuple[list[float], list[float]]:
    """Bare checks and whole sign-ins a second, in turn, ``times`` times."""
    database = Database(conninfo, size=WIDTH + 2)
    await database.open()
    hashed = await passwords.hash_password(PASSWORD)
    vault = Vault({"k1": b"k" * 32}, "k1", b"l" * 32)
    async with database.connection() as connection:
        await register(
            connection, vault, name="王芳", particulars=Particulars("330103199405160523"), login="wangfang",
            password_hash=hashed,
        )  # fmt: skip

    async def bare(_: int) -> object:
        return await passwords.matches(hashed, PASSWORD)

    async def whole(number: int) -> object:
        async with database.connection() as connection:
            source = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            return await sign_in(connection, login="wangfang", password=PASSWORD, source=source, kind="token")

    checks, sign_ins = [], []
    for _ in range(times):
        checks.append(await timed(count, bare))
        sign_ins.append(await timed(count, whole))
    await database.close()
    return checks, sign_ins


def main() -> int:
    """Measure, tell, keep the figures; returns 1 where the ratio is too small."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="sign-ins of one measurement")
    parser.add_argument("--times", type=int, default=5, help="measurements, in turn")
    arguments = parser.parse_args()
    with temporary_postgres() as conninfo:
        migrate(conninfo, "demonstration")
        checks, sign_ins = asyncio.run(measure(conninfo, arguments.count, arguments.times))
    bare, whole = statistics.median(checks), statistics.median(sign_ins)
    ratio = statistics.median(one / other for one, other in zip(sign_ins, checks, strict=True))
    how = f"argon2id, {passwords.MEMORY_KIB // 1024} MiB, {passwords.PASSES} passes, {passwords.LANES} lanes"
    console.print(f"{how}, {WIDTH} at a time: {bare:.1f} bare checks/s, {whole:.1f} sign-ins/s, ratio {ratio:.2f}")
    VAR.mkdir(exist_ok=True)
    figures = {"bare": checks, "sign_ins": sign_ins, "ratio": ratio, "parameters": how, "width": WIDTH}
    (VAR / "bench-sign-in.json").write_text(json.dumps(figures, indent=1), "utf-8")
    if ratio < LEAST:
        console.print(f"[red]below {LEAST}[/]")
    return int(ratio < LEAST)


if __name__ == "__main__":
    sys.exit(main())
