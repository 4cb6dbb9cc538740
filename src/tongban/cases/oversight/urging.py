"""Urging (督办): a superior asks a department to act on a case or task, and to answer by a day.

The head of the department that leads a case, or a supervisor of the region, urges; the department that has the
task answers. Both are events of the case: the applicant, the task page and the journey line show them.
"""

import datetime as dt
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from tongban.basics.calendar import local_day
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.cases.actions.events import Event
from tongban.cases.actions.locked import LockedCase, locked_case
from tongban.cases.errors import CaseNotFound, ReasonsNeeded
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, OPEN, Task
from tongban.cases.oversight.errors import NothingToUrge, UrgedAlready, UrgingAnswered, UrgingDay
from tongban.ledger.models import Promise
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may, require

_queries = load_queries("tongban.cases.oversight")
LEAST_TEXT = 5
MOST_DAYS = 30
USUAL_DAYS = 3
"""Working days to answer: the most, and what a form proposes."""

Text = Annotated[str, Meta(max_length=1000, pattern=r"^[^\u0000]*$")]


class Demand(Struct, frozen=True, forbid_unknown_fields=True):
    """What a superior asks: of ``task`` (None: of the case as a whole), with an answer due by ``due_on``."""

    text: Text
    due_on: dt.date
    task: str | None = None


async def urge(kernel: Kernel, actor: Actor, region: str, case_id: UUID, demand: Demand) -> UUID:
    """Urge a case or a task; returns the demand's id.

    Raises ``CaseNotFound``, ``NotAllowed``, ``NothingToUrge``, ``UrgedAlready``, ``UrgingDay``, ``ReasonsNeeded``.
    """
    urging = new_id()
    async with locked_case(kernel, region, case_id) as held:
        _may_urge(actor, held)
        task = _urged(held, demand.task)
        _check(held.kernel, demand, local_day(held.now))
        held.actor = _office(actor, held)
        made = await _queries.put_urging(
            held.connection,
            region=region,
            case_id=case_id,
            id=urging,
            task=demand.task,
            department=task.department,
            urged_by=held.actor,
            account=actor.account,
            now=held.now,
            text=demand.text.strip(),
            due_on=demand.due_on,
        )
        if made is None:
            raise UrgedAlready()
        detail = {"urging": str(urging), "department": task.department, "due_on": demand.due_on.isoformat()}
        held.events.append(Event("case.urged", demand.task, None, detail))
    return urging


def _may_urge(actor: Actor, held: LockedCase) -> None:
    region, lead = held.case.region, held.tasks[INTAKE].department
    if not may(actor, "clock.read", Subject(region=region, departments=held.case.departments)):
        raise CaseNotFound()
    require(actor, "case.urge", Subject(region=region, department=lead))


def _urged(held: LockedCase, task: str | None) -> Task:
    """Whose turn it is to answer: the task's department, or for the whole case the one that leads it."""
    found = held.tasks.get(task or INTAKE)
    if found is None:
        raise CaseNotFound()
    if held.case.state not in OPEN or (task is not None and found.state != "ready"):
        raise NothingToUrge()
    return found


def _check(kernel: Kernel, demand: Demand, today: dt.date) -> None:
    if len(demand.text.strip()) < LEAST_TEXT:
        raise ReasonsNeeded(field="text")
    most = kernel.calendar.add_workdays(today, MOST_DAYS).day
    if not today < demand.due_on <= most or not kernel.calendar.is_workday(demand.due_on):
        raise UrgingDay(field="due_on", most=most.isoformat())


def _office(actor: Actor, held: LockedCase) -> str:
    """In whose name is urged: the leading department by its head, else the supervisor's own."""
    region, lead = held.case.region, held.tasks[INTAKE].department
    heading = actor.departments(region, "head")
    return lead if lead in heading else actor.departments(region, "supervisor")[0]


async def answer_urging(
    kernel: Kernel, actor: Actor, region: str, case_id: UUID, urging: UUID, text: str
) -> list[Promise]:
    """Answer a demand in the department's name, once.

    Raises ``CaseNotFound``, ``NotAllowed``, ``UrgingAnswered``, ``ReasonsNeeded``.
    """
    async with locked_case(kernel, region, case_id) as held:
        if not may(actor, "task.read", Subject(region=region, departments=held.case.departments)):
            raise CaseNotFound()
        row = await _queries.urging(held.connection, region=region, case_id=case_id, id=urging)
        if row is None:
            raise CaseNotFound()
        require(actor, "urging.answer", Subject(region=region, department=row.department))
        if row.answered_at is not None:
            raise UrgingAnswered()
        if len(text.strip()) < LEAST_TEXT:
            raise ReasonsNeeded(field="text")
        await _queries.answer_urging(
            held.connection,
            region=region,
            case_id=case_id,
            id=urging,
            text=text.strip()[:1000],
            now=held.now,
            account=actor.account,
        )
        held.actor = row.department
        late = local_day(held.now) > row.due_on
        held.events.append(Event("case.urging_answered", row.task, None, {"urging": str(urging), "late": late}))
    return held.promises
