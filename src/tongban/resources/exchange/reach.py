"""How many different people an officer or system asked about over thirty days: slow enumeration, found from counts.

Called by the watches of ``cases.oversight``. A whole day is folded once into a few numbers and a sketch; the log itself
is not read again. A sketch is 1,024 registers of HyperLogLog (Flajolet and others 2007; linear counting where few
are used, as there): from the keyed hash of a subject its register (10 bits) and the place of the first one bit after.
It tells how many there were, within some three per cent, and not who; two sketches united count what either saw once.
"""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct

from tongban.basics.calendar import CST
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries

_queries = load_queries("tongban.resources.exchange", "reach.sql")
REGISTERS = 1024
DAYS = 30
SETTLED = dt.timedelta(minutes=10)
"""How long after midnight a day is folded: whatever was being committed stands by then."""


class Reach(Struct, frozen=True):
    """What one officer (``system`` False) or system of a department asked for one purpose over the last days.

    ``subjects``: different people and enterprises, roughly; ``of_department``: those of the whole department for that
    purpose; ``days``: on how many days it asked anything.
    """

    consumer: str
    who: str
    purpose: str
    system: bool
    days: int
    calls: int
    without_case: int
    subjects: int
    of_department: int


def sketch_of(marks: Iterable[Sequence[int]]) -> bytes:
    """A sketch from pairs of register and rank."""
    registers = bytearray(REGISTERS)
    for register, rank in marks:
        registers[register] = max(registers[register], rank)
    return bytes(registers)


def united(sketches: Iterable[bytes]) -> bytes:
    """What all of some sketches saw."""
    registers = bytes(REGISTERS)
    for sketch in sketches:
        registers = bytes(map(max, registers, sketch))
    return registers


def distinct(sketch: bytes) -> int:
    """About how many different things a sketch saw."""
    empty = sketch.count(0)
    estimate = 0.7213 / (1 + 1.079 / REGISTERS) * REGISTERS**2 / sum(2.0**-rank for rank in sketch)
    if estimate <= 2.5 * REGISTERS and empty:
        estimate = REGISTERS * math.log(REGISTERS / empty)
    return round(estimate)


async def fold(connection: Connection, region: str, now: dt.datetime) -> bool:
    """Fold the whole days of the last thirty that are not folded yet; whether there was anything in them.

    To be called in a transaction, together with what is made of it: several may call it, one of them is told so.
    """
    until = (now - SETTLED).astimezone(CST).date()
    last = await _queries.last_folded(connection, region=region)
    since = until - dt.timedelta(days=DAYS) if last is None else last + dt.timedelta(days=1)
    if since >= until:
        return False
    new = False
    for row in [row async for row in _queries.fold_days(connection, region=region, since=since, until=until)]:
        columns = row._asdict()
        sketch = sketch_of(columns.pop("marks"))
        new = await _queries.put_day(connection, region=region, **columns, sketch=sketch) is True or new
    if new:
        await _queries.drop_days(connection, before=until - dt.timedelta(days=DAYS))
    return new


async def month(connection: Connection, region: str, since: dt.date) -> list[Reach]:
    """What everybody asked on the folded days from ``since`` on, a row for each asker and purpose."""
    rows = [row async for row in _queries.days_since(connection, region=region, since=since)]
    found = []
    for (consumer, purpose), department in groupby(rows, lambda row: (row.consumer, row.purpose)):
        of_department = list(department)
        everybody = distinct(united(row.sketch for row in of_department))
        for who, own in groupby(of_department, lambda row: row.who):
            days = list(own)
            found.append(
                Reach(
                    consumer=consumer,
                    who=who,
                    purpose=purpose,
                    system=all(row.system for row in days),
                    days=len(days),
                    calls=sum(row.calls for row in days),
                    without_case=sum(row.without_case for row in days),
                    subjects=distinct(united(row.sketch for row in days)),
                    of_department=everybody,
                )
            )
    return found
