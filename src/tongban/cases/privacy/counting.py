"""Count what was done with personal data in a year. Read by the report; no person is named by any count."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.privacy.models import AskedCount, Denied, Destroyed, UseCount
from tongban.resources.grades import highest

_queries = load_queries("tongban.cases.privacy")
Within = Mapping[str, object]
"""The parameters of every count: since, until (moments), region (None: all)."""


def department(kernel: Kernel, region: str, name: str) -> str:
    """What people call a department; its id where the region is not known here."""
    found = kernel.directory.department(region, name) if region in kernel.directory.regions else None
    return found.name if found else name


def source_name(kernel: Kernel, source: str) -> str:
    """What a resource or a kind of licence is called."""
    kind, _, name = source.partition("#")[0].partition(":")
    if kind == "resource" and name in kernel.resources:
        return kernel.resources[name].name
    return kernel.licence_types[name].name if name in kernel.licence_types else name


def grade_of(kernel: Kernel, source: str, fields: Sequence[str]) -> str:
    """The highest grade of ``fields`` of a resource; '' for what is not graded."""
    kind, _, name = source.partition("#")[0].partition(":")
    if kind != "resource" or name not in kernel.resources:
        return ""
    found = [field for field in kernel.resources[name].fields if field.id in fields]
    return highest(found).grade if found else ""


async def uses(connection: Connection, kernel: Kernel, within: Within) -> list[UseCount]:
    """Look-ups by purpose, right, source and departments, the most frequent first."""
    outcomes: dict[tuple[str, ...], Counter[str]] = {}
    grades: dict[tuple[str, ...], str] = {}
    async for row in _queries.uses(connection, **within):
        consumer, provider = (department(kernel, row.region, name) for name in (row.consumer, row.provider))
        key = (row.purpose, row.legal, row.basis, source_name(kernel, row.source), consumer, provider)
        outcomes.setdefault(key, Counter())[row.outcome] += row.n
        grades[key] = max(grades.get(key, ""), grade_of(kernel, row.source, row.fields))
    found = [_use(key, grades[key], counted) for key, counted in outcomes.items()]
    return sorted(found, key=lambda one: (-one.total, one.purpose, one.source, one.consumer))


def _use(key: tuple[str, ...], grade: str, counted: Counter[str]) -> UseCount:
    purpose, legal, basis, source, consumer, provider = key
    return UseCount(
        purpose=purpose,
        legal=legal,
        basis=basis,
        source=source,
        grade=grade,
        consumer=consumer,
        provider=provider,
        found=counted["found"],
        missing=counted["missing"],
        failed=counted["unavailable"] + counted["invalid"],
        refused=counted["refused"],
    )


async def consents(connection: Connection, within: Within) -> tuple[int, int]:
    """Consents given and taken back."""
    row = await _queries.consents(connection, **within)
    return row.given, row.withdrawn


async def asked(connection: Connection, kernel: Kernel, within: Within) -> list[AskedCount]:
    """Objections and requests, kind by kind, with the working days that answers took."""
    rows = [row async for row in _queries.asked(connection, **within)]
    return [_asked(kernel, kind, list(some)) for kind, some in groupby(rows, lambda row: str(row.kind))]


def _asked(kernel: Kernel, kind: str, rows: Sequence[Any]) -> AskedCount:
    answered = [row for row in rows if row.answered_at is not None]
    days = [
        kernel.calendar_in(row.region).workdays_between(local_day(row.at), local_day(row.answered_at))
        for row in answered
    ]
    return AskedCount(
        kind=kind,
        asked=len(rows),
        granted=sum(row.decision == "corrected" for row in answered),
        refused=sum(row.decision == "explained" for row in answered),
        waiting=len(rows) - len(answered),
        late=sum(_late(row) for row in rows),
        mean_days=round(sum(days) / len(days), 1) if days else None,
        most_days=max(days, default=None),
    )


def _late(row: Any) -> bool:
    ended: dt.datetime = row.answered_at or row.now
    return row.due_on is not None and local_day(ended) > row.due_on


async def destroyed(connection: Connection, within: Within) -> list[Destroyed]:
    """What was destroyed, by kind and basis."""
    return [Destroyed(**row._asdict()) async for row in _queries.destroyed(connection, **within)]


async def denied(connection: Connection, within: Within) -> list[Denied]:
    """What was refused, the most frequent reason first."""
    return [Denied(**row._asdict()) async for row in _queries.denied(connection, **within)]
