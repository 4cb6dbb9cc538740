"""How much of what one identity may do in a while: exports, searches by number, copies, verifications.

A stolen session or a curious official who may do each of these things once may still not do all of them: what is read
by the thousand is a leak, whoever reads it. Counted by account, for visitors by the address they come from; only
digests are kept. Called by the web floor through guards on routes.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.parties.access.errors import TooOften

_queries = load_queries("tongban.parties.access")


class Allowance(Struct, frozen=True):
    """At most ``most`` within ``stretch``; what it is called in Chinese and English."""

    most: int
    stretch: dt.timedelta
    zh: str
    en: str


_HOUR, _TEN = dt.timedelta(hours=1), dt.timedelta(minutes=10)
ALLOWANCES: Mapping[str, Allowance] = {
    "export": Allowance(30, _HOUR, "导出", "exports"),
    "search": Allowance(300, _HOUR, "按编号或姓名查找", "searches by number or name"),
    "copy": Allowance(300, _HOUR, "下载文件", "downloads"),
    "verify": Allowance(300, _TEN, "核验证照", "verifications of licences"),
    "verify-document": Allowance(40, _TEN, "核验文件", "verifications of files"),
}


FEWEST, MOST = 1, 10_000
"""Fewer than one would shut a door that people have a right to; more than this limits nobody."""


def read_allowances(text: str) -> dict[str, int]:
    """Purpose → how often within its stretch, from ``export=30, search=300``. Raises ``ValueError`` with the repair."""
    found: dict[str, int] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        purpose, _, times = (side.strip() for side in part.partition("="))
        if purpose not in ALLOWANCES or purpose in found:
            raise ValueError(f"“{part}”: name each of {', '.join(ALLOWANCES)} at most once, as in export=30")
        if not (times.isascii() and times.isdecimal() and FEWEST <= int(times) <= MOST):
            raise ValueError(f"“{part}”: give a whole number from {FEWEST} to {MOST}")
        found[purpose] = int(times)
    return found


async def spend(connection: Connection, purpose: str, who: str, most: int | None = None) -> None:
    """Count one more for ``who`` (an account's id, or where a visitor comes from). Raises ``TooOften``.

    ``most``: what this deployment allows; None for the usual.
    """
    allowed = ALLOWANCES[purpose]
    most = allowed.most if most is None else most
    subject = hashlib.sha256(f"{purpose}\n{who}".encode()).digest()
    row = await _queries.spend(connection, subject=subject, stretch=allowed.stretch)
    if row.times > most:
        minutes = allowed.stretch // dt.timedelta(minutes=1)
        raise TooOften(zh=allowed.zh, en=allowed.en, minutes=minutes, most=most, seconds=max(row.seconds, 1))


async def purge(connection: Connection) -> None:
    """Forget what is more than a day old."""
    await _queries.purge_allowances(connection)
