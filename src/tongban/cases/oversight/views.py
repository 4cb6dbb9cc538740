"""Read tickets: those of one's departments, or of the region one watches over; one ticket with all it needs."""

import datetime as dt
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.calendar import local_day
from tongban.basics.database import platform_now
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Task
from tongban.cases.oversight.errors import TicketNotFound
from tongban.cases.oversight.lights import DEFAULT
from tongban.cases.oversight.models import Ticket
from tongban.cases.oversight.objections import told_objection
from tongban.cases.oversight.rechecking import still_true
from tongban.cases.oversight.recording import CORRECT, VERIFY, to_ticket
from tongban.cases.oversight.shapes import StepLine, TicketEvent, TicketLine, TicketPage
from tongban.cases.oversight.tickets import may_confirm, subject_of
from tongban.cases.oversight.watching import CompiledWatch
from tongban.cases.rights.answering import told
from tongban.cases.views.reading import task_name
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import DECIDERS, may

_queries = load_queries("tongban.cases.oversight")
PAGE = 50
Left = tuple[dt.datetime, UUID]
_WORKED_OUT = frozenset({"department_name", "light", "days_left", "provisional"})


def _beside_the_case() -> AbstractContextManager[None]:
    """Who verifies a ticket takes no part in the case: its number and state are read for them, no more."""
    return as_platform("a ticket names the case that it is about")


def department_name(kernel: Kernel, region: str, department: str) -> str:
    """The name people know a department by."""
    found = kernel.directory.department(region, department)
    return found.name if found else department


async def tickets_of(
    kernel: Kernel, actor: Actor, region: str, open_only: bool | None = None, before: Left | None = None
) -> tuple[list[TicketLine], Left | None]:
    """Tickets of one's departments, or of the whole region for a supervisor; newest first, 50 a page.

    ``open_only`` False: closed ones, None: all. The second value continues the list. Raises ``NotAllowed``.
    """
    everywhere = may(actor, "region.supervise", Subject(region=region))
    departments = sorted(set(actor.departments(region, *DECIDERS)))
    if not everywhere and not departments:
        raise NotAllowed()
    at, last = before or (None, None)
    wanted = {"everywhere": everywhere, "departments": departments, "open": open_only}
    async with kernel.database.connection() as connection:
        with _beside_the_case():
            found = _queries.tickets_of(
                connection, region=region, **wanted, before_at=at, before_id=last, most=PAGE + 1
            )
            rows = [row async for row in found]
        today = local_day(await platform_now(connection))
    lines = [_line(kernel, row, today) for row in rows[:PAGE]]
    return lines, ((lines[-1].opened_at, lines[-1].id) if len(rows) > PAGE else None)


def _line(kernel: Kernel, row: Any, today: dt.date) -> TicketLine:
    running = row.state != "closed" and row.due_on is not None
    names = [name for name in TicketLine.__struct_fields__ if name not in _WORKED_OUT]
    return TicketLine(
        **{name: getattr(row, name) for name in names},
        department_name=department_name(kernel, row.region, row.department),
        light=DEFAULT.light(row.due_on if running else None, today, kernel.calendar_in(row.region)),
        days_left=kernel.calendar_in(row.region).workdays_between(today, row.due_on) if running else None,
        provisional=kernel.calendar_in(row.region).assumed(row.due_on),
    )


async def ticket_page(kernel: Kernel, actor: Actor, region: str, ticket_id: UUID) -> TicketPage:
    """One ticket for the department concerned, for who verifies it, and for a supervisor. Raises ``TicketNotFound``."""
    async with kernel.database.connection() as connection:
        with _beside_the_case():
            row = await _queries.ticket(connection, region=region, id=ticket_id)
        if row is None:
            raise TicketNotFound()
        ticket = to_ticket(row)
        if not may(actor, "ticket.read", subject_of(ticket)):
            raise TicketNotFound()
        watch = kernel.oversight.every[ticket.pack, ticket.version, ticket.watch]
        holds = await still_true(connection, kernel, ticket, row.now) if ticket.state != "closed" else None
        objection = await told_objection(connection, kernel, ticket)
        asked = await told(connection, kernel, ticket, row.now) if ticket.about == "rights" else None
    made = _page(kernel, actor, row, ticket, watch, holds)
    return msgspec.structs.replace(made, objection=objection, asked=asked, appeal=watch.watch.appeal)


def _page(
    kernel: Kernel, actor: Actor, row: Any, ticket: Ticket, watch: CompiledWatch, holds: bool | None
) -> TicketPage:
    tasks = {task.task: task for task in msgspec.convert(row.tasks, list[Task])}
    about_case = ticket.about == "case"
    version = kernel.catalogue.pinned(row.about_pack, row.about_version, row.about_journey) if about_case else None
    concerned = Subject(region=ticket.region, department=ticket.department)
    answers = tasks[CORRECT].state == "ready" and may(actor, "ticket.answer", concerned)
    severe = ticket.severity == "severe" and not may(actor, "ticket.answer_severe", concerned)
    verifying = Subject(region=ticket.region, department=ticket.verifier)
    verifies = tasks[VERIFY].state == "ready" and may(actor, "ticket.verify", verifying)
    steps = [_step(kernel, row, tasks[name]) for name in (CORRECT, VERIFY)]
    return TicketPage(
        line=_line(kernel, _with_step(row, tasks), local_day(row.now)),
        way=kernel.oversight.ways[row.way_pack, row.way_version].journey.name,
        text=watch.watch.text,
        basis=watch.watch.basis,
        rule=watch.watch.rule,
        facts=ticket.facts,
        about_journey=version.journey.name if version else "",
        about_task=task_name(version, ticket.task) if version else None,
        about_state=row.about_state or "",
        about=ticket.about,
        case_id=ticket.case_id,
        case_task=_case_task(actor, row, ticket),
        steps=steps,
        events=[_event(kernel, ticket.region, one) for one in row.events],
        may_answer=answers and not severe,
        may_verify=verifies,
        head_needed=answers and severe,
        own_answer=verifies and not may_confirm(actor, ticket, tasks[CORRECT]),
        still_true=holds,
    )


class _Stepped:
    """A ticket's row beside the step whose turn it is."""

    def __init__(self, row: Any, step: Task | None) -> None:
        self._row, self.step, self.due_on = row, step and step.task, step and step.due_on

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def _with_step(row: Any, tasks: dict[str, Task]) -> Any:
    return _Stepped(row, next((task for task in tasks.values() if task.state == "ready"), None))


def _step(kernel: Kernel, row: Any, task: Task) -> StepLine:
    way = kernel.oversight.ways[row.way_pack, row.way_version].journey
    declared = way.correct if task.task == CORRECT else way.verify
    return StepLine(
        id=task.task,
        name=declared.name,
        help=declared.help,
        department_name=department_name(kernel, row.region, task.department),
        state=task.state,
        due_on=task.due_on,
        decided_at=task.decided_at,
        decision=task.decision,
        text=task.reasons,
        revision=task.revision,
    )


def _case_task(actor: Actor, row: Any, ticket: Ticket) -> str | None:
    subject = Subject(region=ticket.region, departments=tuple(row.about_departments))
    return (ticket.task or INTAKE) if may(actor, "task.read", subject) else None


def _event(kernel: Kernel, region: str, event: dict[str, Any]) -> TicketEvent:
    return TicketEvent(
        id=UUID(event["id"]),
        at=dt.datetime.fromisoformat(event["at"]),
        kind=event["kind"],
        actor=event["actor"],
        actor_name="" if event["actor"] == "platform" else department_name(kernel, region, event["actor"]),
        detail=event["detail"],
    )


async def find_ticket(kernel: Kernel, actor: Actor, region: str, number: str) -> UUID:
    """The ticket with a case number. Raises ``CaseNotFound`` alike for nobody's and for somebody else's."""
    async with kernel.database.connection() as connection:
        row = await _queries.numbered_ticket(connection, region=region, number=number)
        if row is None or not may(actor, "ticket.read", subject_of(to_ticket(row))):
            raise CaseNotFound()
    return UUID(str(row.id))
