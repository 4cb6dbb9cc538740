"""What a department decided on a signed promise and has to verify afterwards: the list, and how much there is.

Called by the desk's page, by the inbox that leads there, and by programs. Whoever decides for a department sees all of
the department's, its head included; nobody sees another's.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.sql import load_queries
from tongban.cases.kernel import Kernel
from tongban.cases.models import Light
from tongban.cases.views.reading import task_name, version_of
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import desk_scope, may

_queries = load_queries("tongban.cases", "paths.sql")
PAGE = 50
Place = tuple[dt.date, UUID, str]


class VerificationLine(Struct, frozen=True):
    """One commitment to be verified by ``verify_by``. ``days_left``: working days, negative when it is late.

    ``may_break``: the reader may find it false, which the law leaves to the head.
    """

    region: str
    case_id: UUID
    task: str
    task_name: str
    commitment: str
    commitment_name: str
    number: str
    journey_name: str
    applicant_name: str
    department: str
    department_name: str
    verify_by: dt.date
    light: Light
    days_left: int
    may_break: bool
    provisional: bool = False


class Verifications(Struct, frozen=True):
    """A page of them, nearest day first; ``after`` continues it. ``open`` and ``late`` are over the whole scope."""

    lines: list[VerificationLine]
    open: int
    late: int
    after: Place | None = None


class Due(Struct, frozen=True):
    """How much there is to verify, and how much of it too late."""

    open: int
    late: int


async def verifications(
    kernel: Kernel, actor: Actor, region: str, today: dt.date, after: Place | None = None
) -> Verifications:
    """What one's departments have to verify, 50 a page. Raises ``NotAllowed`` for somebody without such a post."""
    due = await verifications_due(kernel, actor, region, today)
    departments = list(desk_scope(actor, region).departments)
    day, case, task = after or (None, None, None)
    async with kernel.database.connection() as connection:
        found = _queries.verifications(
            connection,
            region=region,
            departments=departments,
            after_day=day,
            after_case=case,
            after_task=task,
            most=PAGE + 1,
        )
        rows = [row async for row in found]
    lines = [_line(kernel, actor, row, today) for row in rows[:PAGE]]
    last = lines[-1] if len(rows) > PAGE else None
    more = (last.verify_by, last.case_id, last.task) if last else None
    return Verifications(lines, due.open, due.late, more)


async def verifications_due(kernel: Kernel, actor: Actor, region: str, today: dt.date) -> Due:
    """How much one's departments have to verify. Raises ``NotAllowed``."""
    departments = list(desk_scope(actor, region).departments)
    async with kernel.database.connection() as connection:
        row = await _queries.verifications_counted(connection, region=region, departments=departments, today=today)
    return Due(row.open, row.late)


def _line(kernel: Kernel, actor: Actor, row: Any, today: dt.date) -> VerificationLine:
    version, calendar = version_of(kernel, row), kernel.calendar_in(row.region)
    declared = version.journey.commitment(row.commitment)
    department = kernel.directory.department(row.region, row.department)
    days = declared.verify_days if declared else 0
    marks = kernel.oversight.lights.of_task(row.region, version.journey, row.task, days)
    return VerificationLine(
        region=row.region,
        case_id=row.case_id,
        task=row.task,
        task_name=task_name(version, row.task) or row.task,
        commitment=row.commitment,
        commitment_name=declared.name if declared else row.commitment,
        number=row.number,
        journey_name=version.journey.name,
        applicant_name=row.applicant_name,
        department=row.department,
        department_name=department.name if department else row.department,
        verify_by=row.verify_by,
        light=marks.light(row.verify_by, today, calendar),
        days_left=calendar.workdays_between(today, row.verify_by),
        may_break=may(actor, "case.break_commitment", Subject(region=row.region, department=row.department)),
        provisional=calendar.assumed(row.verify_by),
    )
