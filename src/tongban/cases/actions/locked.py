"""One act on one case: read, the change worked out, everything written at the end.

Shared by the acts of handlers and of applicants, so that two of them at once happen one after the other: under the
case's lock, or, where an act only reads and then writes, by writing nothing when somebody else came first.
"""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.actions.events import Account, Event, recording
from tongban.cases.clock.periods import Clock
from tongban.cases.clock_of import clock_of, due_of_case, due_of_task, joint
from tongban.cases.definitions import DatedLimit
from tongban.cases.errors import CaseNotFound
from tongban.cases.facts import form_facts, known_facts
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Case, Dossier, PastEvent, Task
from tongban.cases.rows import open_dossier, read_events, read_tasks, seal_json, to_case
from tongban.cases.timers import Watch, next_look
from tongban.ledger.models import Promise
from tongban.licences import actions as licences
from tongban.licences.models import PreparedLicence
from tongban.parties.models import Post
from tongban.services.catalogue import JourneyVersion

_queries = load_queries("tongban.cases")


@dataclass
class LockedCase:
    """A case under change. Verbs replace ``case``, put changed ``tasks``, append ``events`` and ``issued``.

    ``history`` is what happened before this act; ``besides`` what else is written with it. ``lent`` is the post by
    which whoever acts stands in for somebody on leave; the leave is then named in every event of the act,
    as is ``agent`` (``by_agent``), who acts for the applicant.
    """

    connection: Connection
    kernel: Kernel
    case: Case
    dossier: Dossier
    tasks: dict[str, Task]
    now: dt.datetime
    history: tuple[PastEvent, ...] = ()
    actor: str = ""
    lent: Post | None = None
    agent: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    issued: list[PreparedLicence] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    dossier_changed: bool = False
    altered: bool = False
    besides: list[Callable[[Connection], Awaitable[None]]] = field(default_factory=list)

    @property
    def version(self) -> JourneyVersion:
        """The journey version the case is pinned to."""
        return self.kernel.catalogue.pinned(self.case.pack, self.case.version, self.case.journey)

    @property
    def course(self) -> tuple[PastEvent, ...]:
        """Everything that happened to the case, this act's own events last."""
        new = [PastEvent(e.kind, self.now, e.task, self.actor, e.basis, e.detail) for e in self.events]
        return (*self.history, *new)

    @property
    def joint(self) -> bool:
        """Whether several departments decide, so that the limits of joint handling bind."""
        return joint(self.version.journey)

    def clock(self) -> Clock:
        """The law's clock as this act would leave it. Raises ``ClockFault`` when the law does not allow the act."""
        kernel, tasks = self.kernel, self.tasks.values()
        return clock_of(self.version, self.case, self.course, tasks, kernel.limits, kernel.calendar, self.now, self.now)

    def watch(self, clock: Clock) -> Watch:
        """The case as timers see it."""
        return Watch(self.case, self.tasks, self.course, clock)

    def limit(self, name: str) -> DatedLimit:
        """The dated limit ``name`` as it is in force here and now. Raises ``LimitUnknown``."""
        return self.kernel.limits.at(name, self.case.region, local_day(self.now))

    def facts(self) -> dict[str, object]:
        """Every name a rule of the journey may read, but the tasks' decisions."""
        today = local_day(self.now)
        known = known_facts(self.version, self.dossier.applicant, self.dossier.evidence, self.kernel.resources, today)
        return {**known, **form_facts(self.version, self.dossier.form)}

    def put(self, tasks: Sequence[Task]) -> None:
        """Replace tasks by changed ones."""
        for task in tasks:
            self.tasks[task.task] = task
            self.changed.add(task.task)
            self.altered = True

    def become(self, **changes: Any) -> None:
        """Change fields of the case."""
        self.case, self.altered = msgspec.structs.replace(self.case, **changes), True

    def replace_dossier(self, dossier: Dossier) -> None:
        """Change what the case is decided on."""
        self.dossier, self.dossier_changed, self.altered = dossier, True, True


class Overtaken(Exception):
    """Somebody else changed the case after it was read; nothing of this act was written."""


@asynccontextmanager
async def locked_case(kernel: Kernel, region: str, case_id: UUID) -> AsyncIterator[LockedCase]:
    """Lock a case, hand it to the verb, write what the verb changed, commit. Raises ``CaseNotFound``."""
    async with kernel.database.transaction() as connection:
        await _queries.lock_case(connection, region=region, id=case_id)
        held = await _read(connection, kernel, region, case_id)
        yield held
        await _write(held)


@asynccontextmanager
async def case_as_seen(kernel: Kernel, region: str, case_id: UUID) -> AsyncIterator[LockedCase]:
    """Hand a case to a verb without locking it; what the verb changed is written if nobody else was faster.

    For verbs that change the case and write nothing through ``connection`` themselves: two statements in all, so that
    no lock is held while the change is worked out. Raises ``CaseNotFound``, and ``Overtaken``, after which the verb
    may be tried again under the lock.
    """
    async with kernel.database.connection() as connection:
        held = await _read(connection, kernel, region, case_id)
        yield held
        if held.issued or held.dossier_changed or held.besides:
            async with connection.transaction():
                await _write(held)
        else:
            await _write(held)


async def _read(connection: Connection, kernel: Kernel, region: str, case_id: UUID) -> LockedCase:
    row = await _queries.case_to_change(connection, region=region, id=case_id)
    if row is None or row.account is None:  # a ticket has acts of its own
        raise CaseNotFound()
    tasks = {task.task: task for task in read_tasks(row.tasks)}
    # Of two acts at one moment the second may have read the time first: time never goes back in a case.
    history = read_events(row.events)
    return LockedCase(
        connection=connection,
        kernel=kernel.here(region),
        case=to_case(row, departments_of(tasks.values())),
        dossier=open_dossier(kernel.vault, region, case_id, row.dossier),
        tasks=tasks,
        now=max([row.now, *(event.at for event in history[-1:])]),
        history=history,
    )


def departments_of(tasks: Iterable[Task]) -> tuple[str, ...]:
    """Who takes part: the lead, and every department whose task is ready or done."""
    return tuple({t.department for t in tasks if t.task == INTAKE or t.state in ("ready", "done")})


def keep_time(held: LockedCase) -> None:
    """Store what the clock says: when the case and each task are due, and when to look at the case next.

    A due day that moved counts as a change of its task, so that nobody decides from a page that shows another.
    """
    clock = held.clock()
    due = due_of_case(clock)
    changes = {"due_on": due, "look_at": next_look(held.watch(clock))}
    if any(getattr(held.case, name) != value for name, value in changes.items()):
        held.become(**changes)
    for task in list(held.tasks.values()):
        due = due_of_task(clock, task)
        if task.due_on != due and task.state in ("waiting", "ready", "done"):
            held.put([msgspec.structs.replace(task, due_on=due)])


async def _write(held: LockedCase) -> None:
    connection = held.connection
    if held.altered:
        keep_time(held)
    case = held.case
    made = recording(held.kernel, case, Account(held.actor, held.now), _events(held))
    if held.altered:
        columns = {name: getattr(case, name) for name in _WRITTEN}
        if await _queries.put_act(connection, **made.parameters, **columns, tasks=_rows(held)) is None:
            raise Overtaken
    elif held.events:
        await _queries.put_events(connection, **made.parameters)
    await licences.insert(connection, *held.issued)
    if held.dossier_changed:
        sealed = seal_json(held.kernel.vault, case.region, case.id, held.dossier)
        await _queries.put_dossier(connection, region=case.region, id=case.id, dossier=sealed)
    for statement in held.besides:
        await statement(connection)
    held.promises = made.promises


def _events(held: LockedCase) -> list[Event]:
    besides = held.agent | ({"leave": str(held.lent.leave)} if held.lent else {})
    if not besides:
        return held.events
    return [msgspec.structs.replace(event, detail={**event.detail, **besides}) for event in held.events]


_WRITTEN = ("revision", "state", "outcome", "finish_code", "accepted_at", "closed_at", "due_on", "look_at")
_TASK = (
    "task", "department", "state", "started_at", "due_on", "decided_at", "decided_by", "decided_for", "decision",
    "reasons",
)  # fmt: skip


def _rows(held: LockedCase) -> str:
    """The tasks that changed, as one JSON text."""
    tasks = [held.tasks[name] for name in sorted(held.changed)]
    return msgspec.json.encode([{name: getattr(task, name) for name in _TASK} for task in tasks]).decode()
