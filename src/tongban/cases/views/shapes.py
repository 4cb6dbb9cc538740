"""The shapes in which people and programs see cases: what a page shows, an API answer carries.

Names of officers never appear: a department speaks.
"""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct, field

from tongban.basics.calendar import CalendarDay
from tongban.cases.line import Line
from tongban.cases.measures.models import Effect
from tongban.cases.models import File, Light, Task
from tongban.cases.oversight.shapes import UrgingLine
from tongban.cases.readiness import Count, MaterialState
from tongban.cases.views.clock_line import ClockLine
from tongban.cases.views.paths import PathsLine


class CaseLine(Struct, frozen=True):
    """One case in a list. ``on_behalf_of``: the enterprise that applied, if one did.

    ``provisional``: ``due_on`` rests on a year whose holidays are not published yet.
    """

    region: str
    id: UUID
    number: str
    journey: str
    name: str
    state: str
    outcome: str | None
    submitted_at: dt.datetime
    due_on: dt.date | None
    closed_at: dt.datetime | None
    light: Light
    on_behalf_of: str | None = None
    provisional: bool = False


class FormLine(Struct, frozen=True):
    """One answered field: label, value as people read it, and where it was filled in from, if it was."""

    id: str
    label: str
    value: str
    source: str | None = None
    sensitive: bool = False


class MaterialLine(Struct, frozen=True):
    """One material: where it came from. ``shown`` are the values that flowed, for those entitled to them.

    ``of_another``: it was found by the own consent of another person, whose data it is.
    """

    id: str
    name: str
    state: MaterialState
    provider: str | None = None
    source: str | None = None
    basis: str | None = None
    looked_up_at: dt.datetime | None = None
    look_up: UUID | None = None
    outcome: str | None = None
    shown: list[FormLine] = []
    files: tuple[File, ...] = ()
    of_another: bool = False


class NotAsked(Struct, frozen=True):
    """A document or field the person did not have to bring, with its proof."""

    kind: Literal["material", "field"]
    name: str
    provider: str
    basis: str
    at: dt.datetime
    look_up: UUID


class EventLine(Struct, frozen=True):
    """One dated event. ``id`` is its ledger entry's: the receipt is found under it."""

    id: UUID
    at: dt.datetime
    kind: str
    task: str | None
    task_name: str | None
    actor: str
    actor_name: str
    basis: str | None
    detail: dict[str, Any]


class QuestionLine(Struct, frozen=True):
    """A question of the applicant and its answer."""

    id: UUID
    at: dt.datetime
    text: str
    answer: str | None = None
    answered_at: dt.datetime | None = None
    answered_by: str | None = None


class LicenceLine(Struct, frozen=True):
    """A licence that came out of the case."""

    region: str
    id: UUID
    type: str
    name: str
    number: str
    holder_name: str
    code: str
    state: str
    document: bool


class CasePage(Struct, frozen=True):
    """Everything about one case that its reader may see. ``effect``: of a finished case, before and after.

    ``agent_name``: who submitted it for the person whose it is, if another did. ``channel``: whether the person applied
    online or at a window, where ``helper_name`` helped.
    """

    case: CaseLine
    applicant_name: str
    finish_code: str | None
    accepted_at: dt.datetime | None
    revision: int
    line: Line
    used_days: int | None
    count: Count
    not_asked: list[NotAsked]
    materials: list[MaterialLine]
    form: list[FormLine]
    events: list[EventLine]
    questions: list[QuestionLine]
    licences: list[LicenceLine]
    editable: bool
    withdrawable: bool
    now: dt.datetime
    effect: Effect | None = None
    paths: PathsLine = PathsLine()
    clock: ClockLine = field(default_factory=ClockLine)
    agent_name: str | None = None
    channel: Literal["online", "window"] = "online"
    helper_name: str | None = None


class InboxLine(Struct, frozen=True):
    """One task in a department's inbox. ``ticket``: nobody applied, and ``applicant_name`` is what it is about: a
    ticket, or (``sharing``) a request for data."""

    region: str
    case_id: UUID
    task: str
    task_name: str
    kind: str
    number: str
    journey: str
    journey_name: str
    applicant_name: str
    department: str
    started_at: dt.datetime | None
    due_on: dt.date | None
    light: Light
    days_left: int | None
    revision: int
    questions_open: int = 0
    ticket: bool = False
    sharing: bool = False
    decision: str | None = None
    decided_at: dt.datetime | None = None
    provisional: bool = False


class Inbox(Struct, frozen=True):
    """A page of tasks, nearest due day first; ``next`` continues it. Counts are over the whole scope.

    ``to_verify``: commitments that one's departments have to verify, ``verify_late`` of them too late.
    """

    tasks: list[InboxLine]
    open: int
    late: int
    soon: int
    next: str | None = None
    to_verify: int = 0
    verify_late: int = 0


class TaskPage(Struct, frozen=True):
    """One task with its case, as its department sees it. ``computation``: the due date day by day.

    ``appeal``: what the applicant will be told if the task is decided against them. ``urgings``: what superiors
    demanded about the case. ``decided_by`` and ``in_place_of``: who decided, and for whom if somebody was on leave;
    ``standing_in``: in whose place the reader would decide now.
    """

    page: CasePage
    task: Task
    task_name: str
    department_name: str
    decisions: list[str]
    computation: list[CalendarDay]
    light: Light
    days_left: int | None
    previous: list[EventLine]
    appeal: list[str] = []
    urgings: list[UrgingLine] = []
    provisional: bool = False
    decided_by: str | None = None
    in_place_of: str | None = None
    standing_in: str | None = None
