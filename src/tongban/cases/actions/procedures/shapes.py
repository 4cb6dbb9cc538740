"""What an act says, what the table says about its kind, and what its verb is handed."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tongban.cases.actions.events import Event
from tongban.cases.actions.locked import LockedCase
from tongban.cases.course import Cause
from tongban.cases.models import CaseState, Task
from tongban.ledger.models import Promise
from tongban.parties.models import Actor

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Text = Annotated[str, Meta(max_length=2000, pattern=r"^[^\u0000]*$")]
Line = Annotated[str, Meta(max_length=200, pattern=r"^[^\u0000]*$")]
Region = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]
Scalar = Line | int | float | bool | None


class Act(Struct, frozen=True, forbid_unknown_fields=True):
    """One special act as its maker wishes it.

    ``revision``: the task's if ``task`` is named, else the case's, on the page the actor saw. ``cause``: the kind of
    suspension, the ground, the way, as the act's kind asks. ``days``: working days. ``until``: the day something is
    announced to end. ``basis``: the article, where the actor must name it.
    """

    kind: Name
    revision: int
    task: Name | None = None
    reasons: Text = ""
    cause: Name | None = None
    days: Annotated[int, Meta(ge=1, le=250)] | None = None
    department: Name | None = None
    region: Region | None = None
    materials: Annotated[list[Name], Meta(max_length=100)] = []
    until: dt.date | None = None
    basis: Line = ""
    detail: dict[Name, Scalar] = {}


class Performed(Struct, frozen=True):
    """What came of an act. ``revision`` and ``due_on`` are the case's afterwards."""

    region: str
    case_id: UUID
    kind: str
    task: str | None
    case_state: str
    due_on: dt.date | None
    promises: list[Promise]


@dataclass(frozen=True)
class Doing:
    """One act under way: the locked case, who acts, what is wished and on which task, if any."""

    held: LockedCase
    actor: Actor
    procedure: "Procedure"
    act: Act
    task: Task | None

    @property
    def reasons(self) -> str:
        """The reasons, trimmed."""
        return self.act.reasons.strip()

    def record(self, kind: str | None = None, basis: str | None = None, whole: bool = False, **detail: Any) -> None:
        """Note one event: the procedure's own unless ``kind`` is given. What is None or empty is left out.

        ``whole``: it is about the whole case, although the act was on one task.
        """
        task = self.task.task if self.task and not whole else None
        said = {name: value for name, value in detail.items() if value not in (None, "", [])}
        plain: dict[str, Any] = msgspec.to_builtins(said)
        self.held.events.append(Event(kind or self.procedure.event, task, basis or self.procedure.basis, plain))


Need = Literal["reasons", "cause", "days", "department", "region", "materials", "until", "basis"]
Verb = Callable[[Doing], Awaitable[None]]


class Procedure(Struct, frozen=True):
    """One row of the table.

    ``action``: the row of ``parties.rules.ACTIONS`` that says who. ``states``: of the case; ``task_states``: of the
    task. ``task``: whether the act is about one task. ``causes``: what ``Act.cause`` may be, if anything.
    ``standing``: whether it may be done while the clock stands. ``party``: in whose name it is recorded.
    """

    kind: str
    event: str
    action: str
    states: tuple[CaseState, ...]
    verb: Verb
    zh: str
    en: str
    task: Literal["never", "may", "must"] = "never"
    task_states: tuple[str, ...] = ("ready",)
    needs: tuple[Need, ...] = ()
    causes: Mapping[str, Cause] = {}
    basis: str | None = None
    standing: bool = False
    party: Literal["applicant", "department"] = "department"
