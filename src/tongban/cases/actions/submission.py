"""Submit an application: never lost, never doubled, in two round trips.

The first reads who asks, the time and the draft with its evidence; the second is one statement that closes
the draft and writes case, tasks, event, ledger entry, promise and outbox row together. What is answered to
the client was committed before.
"""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

import msgspec
from msgspec import Struct
from psycopg.errors import UniqueViolation

from tongban.basics.calendar import local_day
from tongban.basics.codes.case import make_case_number
from tongban.basics.database import Connection
from tongban.basics.second_wall import by_session
from tongban.basics.sql import load_queries
from tongban.cases.actions.assisted import asked_of, by_window
from tongban.cases.actions.drafts import applicant_for
from tongban.cases.actions.entering import Entrance, entrance
from tongban.cases.actions.events import Account, by_agent, record_events
from tongban.cases.clock_of import notice_ends
from tongban.cases.errors import (
    CaseNotFound,
    DraftSubmitted,
    FormIncomplete,
    MaterialsMissing,
    NotEligible,
    NoticeNotRead,
    StalePage,
)
from tongban.cases.kernel import Kernel
from tongban.cases.models import Case, Draft, Task
from tongban.cases.paths import acceptance_days
from tongban.cases.readiness import Readiness, assess
from tongban.cases.rows import seal_json, to_draft
from tongban.cases.rules import intake_task, start
from tongban.ledger.actions import prepare
from tongban.ledger.models import Prepared, Promise
from tongban.ledger.receipts import PROMISED, make_promise
from tongban.parties.access.wall import stand_for
from tongban.parties.actions import SessionKind, actor_from, digest_of
from tongban.parties.errors import NotSignedIn
from tongban.parties.log_in.rules import require_assured
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.services.catalogue import JourneyVersion

_queries = load_queries("tongban.cases")
RECEIVED_BASIS = "行政许可法 第三十二条"


class Submitted(Struct, frozen=True):
    """What the person takes home. ``promise`` is absent when the case stood already (a repeated call)."""

    region: str
    id: UUID
    number: str
    submitted_at: dt.datetime
    entry: UUID
    promise: Promise | None = None


async def submit(
    kernel: Kernel, secret: str, kind: SessionKind, region: str, draft_id: UUID, revision: int | None = None
) -> Submitted:
    """Make the case of a draft. ``revision``: the one the person reviewed, if the page knows it.

    Repeating the call returns the same case. Raises ``NotSignedIn``, ``CaseNotFound``, ``NoticeNotRead``,
    ``AssuranceTooLow``, ``FormIncomplete``, ``NotEligible``, ``MaterialsMissing``, ``StalePage``,
    ``ConfirmationMissing``.
    """
    async with kernel.database.connection() as connection:
        digest = digest_of(secret)
        with by_session(digest):
            row = await _queries.submission(connection, digest=digest, kind=kind, region=region, id=draft_id)
        if row is None:
            raise NotSignedIn()
        actor = actor_from(row)
        stand_for(actor)
        if row.owner is None or not may(
            actor, "draft.submit", Subject(region=region, owner=row.owner, service=row.journey, matter=draft_id)
        ):
            raise CaseNotFound()
        if row.submitted_at is not None:
            return await _earlier(connection, row.owner, region, draft_id)
        draft = to_draft(kernel.vault, row, row.opened_by)
        if revision is not None and revision != draft.revision:
            raise StalePage()
        return await _write(connection, kernel, actor, draft, row.now)


async def _earlier(connection: Connection, owner: UUID, region: str, draft_id: UUID) -> Submitted:
    row = await _queries.submitted_case(connection, region=region, id=draft_id, owner=owner)
    if row is None:
        raise DraftSubmitted()
    return Submitted(region, draft_id, row.number, row.submitted_at, row.entry)


def _check(version: JourneyVersion, draft: Draft, readiness: Readiness) -> None:
    if draft.abandoned_at is not None:
        raise CaseNotFound()
    if draft.noticed_at is None:
        raise NoticeNotRead()
    if readiness.form_faults:
        raise FormIncomplete(readiness.form_faults)
    if readiness.eligibility_faults:
        raise NotEligible(readiness.eligibility_faults)
    if readiness.material_faults:
        raise MaterialsMissing(readiness.material_faults)


async def _write(connection: Connection, kernel: Kernel, actor: Actor, draft: Draft, now: dt.datetime) -> Submitted:
    version = kernel.catalogue.pinned(draft.pack, draft.version, draft.journey)
    require_assured(actor, asked_of(actor, draft, version.assurance))
    applicant = applicant_for(kernel, actor, draft)
    readiness = assess(version, draft, applicant, kernel.resources, local_day(now))
    _check(version, draft, readiness)
    path = await entrance(connection, kernel, actor, draft, version, applicant, readiness)
    for attempt in range(3):
        try:
            return await _enter(connection, kernel, actor, draft, version, path, now)
        except UniqueViolation as error:
            # Another case of this day drew the same seven characters (1 in 27 billion): draw again.
            if attempt == 2 or error.diag.constraint_name != "cases_region_number_key":
                raise
    raise AssertionError("unreachable")


async def _enter(
    connection: Connection,
    kernel: Kernel,
    actor: Actor,
    draft: Draft,
    version: JourneyVersion,
    path: Entrance,
    now: dt.datetime,
) -> Submitted:
    """The case in one statement; beside the plain path, in one transaction with what the path records."""
    if not path.events:
        return await _insert(connection, kernel, actor, draft, version, path, now)
    async with connection.transaction():
        made = await _insert(connection, kernel, actor, draft, version, path, now)
        if made.promise is not None:
            case = _case(draft, actor, made)
            await record_events(connection, kernel, case, Account("applicant", now), path.events)
    return made


def _case(draft: Draft, actor: Actor, made: Submitted) -> Case:
    """The case just made, as far as its next events need it."""
    return Case(
        region=draft.region,
        id=draft.id,
        number=made.number,
        account=_account(draft, actor),
        person_key=draft.key,
        applicant_name=actor.name,
        pack=draft.pack,
        version=draft.version,
        journey=draft.journey,
        state="submitted",
        revision=1,
        departments=(),
        submitted_at=made.submitted_at,
        enterprise=draft.enterprise.id if draft.enterprise else None,
    )


async def _insert(
    connection: Connection,
    kernel: Kernel,
    actor: Actor,
    draft: Draft,
    version: JourneyVersion,
    path: Entrance,
    now: dt.datetime,
) -> Submitted:
    number = make_case_number(draft.region, local_day(now))
    tasks = first_tasks(kernel, version, draft.region, now, path.fast_lane is not None)
    entry = _entry(draft, actor, number, now)
    wall = dt.datetime.now(dt.UTC)
    row = await _queries.submit(
        connection,
        region=draft.region,
        id=draft.id,
        owner=draft.owner,
        account=_account(draft, actor),
        revision=draft.revision,
        consents=list(draft.consents),
        number=number,
        now=now,
        person_key=draft.key,
        applicant_name=path.dossier.applicant.name,
        dossier=seal_json(kernel.vault, draft.region, draft.id, path.dossier),
        fast_lane=path.fast_lane,
        look_at=notice_ends(kernel.limits, kernel.calendar_in(draft.region), draft.region, now),
        actor="applicant",
        basis=RECEIVED_BASIS,
        include_by=wall + PROMISED,
        payload=_payload(draft, actor, number),
        **_task_columns(tasks),
        **entry.parameters(),
    )
    if row is None:
        return await _late(connection, draft)
    return Submitted(draft.region, draft.id, number, now, entry.id, make_promise(entry, wall, kernel.signer))


def _account(draft: Draft, actor: Actor) -> UUID:
    """Whose case it is where no enterprise applies: the person's, whoever acted for them."""
    return actor.account if draft.enterprise else draft.account


def _payload(draft: Draft, actor: Actor, number: str) -> str:
    """What the outbox carries: who to tell about which case."""
    message: dict[str, object] = {
        "case": draft.id,
        "account": _account(draft, actor),
        "enterprise": draft.enterprise.id if draft.enterprise else None,
        "task": None,
        "number": number,
        "journey": draft.journey,
        "actor": "applicant",
        "detail": {},
    }
    return msgspec.json.encode(message).decode()


async def _late(connection: Connection, draft: Draft) -> Submitted:
    """The same submission won the race elsewhere, or the draft changed under it."""
    row = await _queries.submitted_case(connection, region=draft.region, id=draft.id, owner=draft.owner)
    if row is None:
        raise StalePage()
    return Submitted(draft.region, draft.id, row.number, row.submitted_at, row.entry)


def _entry(draft: Draft, actor: Actor, number: str, now: dt.datetime) -> Prepared:
    data: dict[str, object] = {
        "number": number,
        "journey": draft.journey,
        "version": f"{draft.pack}@{draft.version}",
        "actor": "applicant",
        "task": None,
        "basis": RECEIVED_BASIS,
        "detail": by_agent(actor, draft.owner) | by_window(actor, draft),
    }
    return prepare(draft.region, "case.submitted", draft.id, data, now, person_key=draft.key)


def first_tasks(
    kernel: Kernel, version: JourneyVersion, region: str, now: dt.datetime, fast: bool = False
) -> list[Task]:
    """The tasks of a new case: intake at the lead department, due by law (sooner if ``fast``); every step waiting."""
    journey = version.journey
    intake = intake_task(kernel.directory.department_for(region, journey.lead).id)
    steps = [
        Task(
            task=t.id,
            kind="step",
            department=kernel.directory.department_for(region, t.department).id,
            state="waiting",
        )
        for t in journey.tasks
    ]
    return [start(intake, acceptance_days(journey, fast), now, kernel.calendar_in(region)), *steps]


def _task_columns(tasks: list[Task]) -> dict[str, str]:
    return {
        "tasks": _words(tuple([t.task for t in tasks])),
        "kinds": _words(tuple([t.kind for t in tasks])),
        "task_departments": _words(tuple([t.department for t in tasks])),
        "states": _words(tuple([t.state for t in tasks])),
        "started": _array([t.started_at for t in tasks]),
        "due": _array([t.due_on for t in tasks]),
    }


def _array(values: Sequence[object]) -> str:
    """PostgreSQL's own spelling of an array: the driver's way of making it took a sixteenth of a submission."""
    return "{" + ",".join(["NULL" if value is None else _quoted(str(value)) for value in values]) + "}"


# The words of a journey's tasks are the same for all its cases in a region.
_words = lru_cache(maxsize=1024)(_array)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
