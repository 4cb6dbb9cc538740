"""The shapes in which tickets, demands and clocks are seen by pages and programs."""

import datetime as dt
from typing import Any
from uuid import UUID

from msgspec import Struct, field

from tongban.cases.models import Light
from tongban.cases.oversight.models import Fact, TicketState, Verdict
from tongban.cases.rights.models import Told
from tongban.cases.views.clock_line import ClockLine


class TicketLine(Struct, frozen=True):
    """One ticket in a list. ``step``: whose turn it is (correct, verify), with its day and light."""

    region: str
    id: UUID
    number: str
    title: str
    about_number: str
    department: str
    department_name: str
    severity: str
    state: TicketState
    verdict: Verdict | None
    reopened: int
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    step: str | None
    due_on: dt.date | None
    light: Light
    days_left: int | None
    provisional: bool = False


class TicketEvent(Struct, frozen=True):
    """One dated event of a ticket, in whose name, with what was said."""

    id: UUID
    at: dt.datetime
    kind: str
    actor: str
    actor_name: str
    detail: dict[str, Any]


class StepLine(Struct, frozen=True):
    """One of a ticket's two steps."""

    id: str
    name: str
    help: str
    department_name: str
    state: str
    due_on: dt.date | None
    decided_at: dt.datetime | None
    decision: str | None
    text: str | None
    revision: int


class TicketPage(Struct, frozen=True):
    """One ticket with all its reader may see. ``still_true``: whether the watch is set off now; None when the
    ticket is closed. ``case_task``: the task under which the reader may open the case; None: not theirs to see.
    ``about``: a case, an objection to a use of data (``objection``: what the person wrote), use of the exchange, or
    what a person asks about their data (``asked``; ``appeal``: what can be done against a refusal).

    ``own_answer``: the reader gave the answer, so a colleague confirms it; giving it back is open to the reader."""

    line: TicketLine
    way: str
    text: str
    basis: str
    rule: str
    facts: tuple[Fact, ...]
    about_journey: str
    about_task: str | None
    about_state: str
    case_id: UUID
    case_task: str | None
    steps: list[StepLine]
    events: list[TicketEvent]
    may_answer: bool
    may_verify: bool
    head_needed: bool
    still_true: bool | None
    about: str = "case"
    objection: str | None = None
    asked: Told | None = None
    appeal: str = ""
    own_answer: bool = False


class UrgingLine(Struct, frozen=True):
    """One demand about a case, and its answer."""

    id: UUID
    task: str | None
    task_name: str | None
    department: str
    department_name: str
    urged_by: str
    at: dt.datetime
    text: str
    due_on: dt.date
    answer: str | None
    answered_at: dt.datetime | None
    late: bool


class ClockTask(Struct, frozen=True):
    """One task of a case by its clock alone."""

    task: str
    name: str
    department: str
    department_name: str
    state: str
    due_on: dt.date | None
    light: Light
    days_left: int | None
    provisional: bool = False


class ClockPage(Struct, frozen=True):
    """A case by its clock alone: nothing about whose it is. What a superior needs to urge.

    ``clock``: the computation, day by day, of the case's periods and of each step's.
    """

    region: str
    id: UUID
    number: str
    journey: str
    state: str
    submitted_at: dt.datetime
    due_on: dt.date | None
    light: Light
    tasks: list[ClockTask]
    urgings: list[UrgingLine]
    may_urge: bool
    open: bool
    proposed_on: dt.date
    latest_on: dt.date
    case_task: str | None
    provisional: bool = False
    clock: ClockLine = field(default_factory=ClockLine)


class OverdueLine(Struct, frozen=True):
    """One task that is overdue, by its clock alone."""

    region: str
    case_id: UUID
    number: str
    journey: str
    task_name: str
    department: str
    department_name: str
    due_on: dt.date
    days_over: int
