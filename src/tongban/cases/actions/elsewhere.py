"""What follows a hand-over between two regions of this node: the case begins there, its progress is told here.

Both are handlers of outbox messages: late perhaps, never lost, harmless the second time. Every statement stays in one
region; what is sealed to the case of one region is sealed anew to that of the other.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.codes.case import make_case_number
from tongban.basics.database import Connection
from tongban.basics.outbox import Handler, Message
from tongban.basics.sql import load_queries
from tongban.cases.actions.events import Account, Event, record_events
from tongban.cases.actions.submission import first_tasks
from tongban.cases.kernel import Kernel
from tongban.cases.models import Case
from tongban.cases.rows import context, open_dossier, seal_json, to_case
from tongban.resources.consenting import actions as consenting

KernelNow = Callable[[Connection], Awaitable[Kernel]]
_queries = load_queries("tongban.cases")
_paths = load_queries("tongban.cases", "paths.sql")

TOLD_BACK = (
    "case.accepted",
    "case.deemed_accepted",
    "case.refused",
    "case.returned",
    "case.resubmitted",
    "case.supplement_asked",
    "case.supplemented",
    "case.suspended",
    "case.resumed",
    "case.extended",
    "case.withdrawn",
    "case.terminated",
    "case.lapsed",
    "case.tolerated",
    "case.tolerance_met",
    "case.visit_arranged",
    "case.visit_done",
    "case.decision_corrected",
    "case.decision_revoked",
    "case.delivered",
    "case.closed",
    "task.decided",
)
"""What the office where the person applied learns of the case elsewhere."""


class Link(Struct, frozen=True):
    """Where a case came from (``role`` from), or where it is handled (``to``). ``progress``: the newest event there."""

    role: str
    other_region: str
    other_number: str | None
    progress: str | None
    outcome: str | None
    due_on: dt.date | None


async def link_of(connection: Connection, region: str, case_id: UUID) -> Link | None:
    """The link of a case, if it was handed over. Whether the reader may see the case is decided before."""
    row = await _paths.link(connection, region=region, case_id=case_id)
    return Link(**row._asdict()) if row is not None else None


def relays(kernel_now: KernelNow) -> Mapping[str, Handler]:
    """The handlers of the outbox: topic → what follows. ``kernel_now``: the kernel with the packs installed now."""

    async def take(connection: Connection, message: Message) -> None:
        await take_over(connection, await kernel_now(connection), message)

    async def tell(connection: Connection, message: Message) -> None:
        await tell_back(connection, kernel_now, message)

    return {"case.handed_over": take, **dict.fromkeys(TOLD_BACK, tell)}


async def take_over(connection: Connection, kernel: Kernel, message: Message) -> None:
    """Begin the case in the region to which it was handed over; nothing happens when it stands already."""
    there, case_id = message.payload["detail"]["region"], UUID(message.payload["case"])
    row = await _queries.case(connection, region=message.region, id=case_id)
    here = to_case(row)
    case = msgspec.structs.replace(
        here,
        region=there,
        number=make_case_number(there, local_day(message.now)),
        state="submitted",
        submitted_at=message.now,
        revision=1,
    )
    if not await _begin(connection, kernel, here, case, row.dossier):
        return
    by = Account("platform", message.now)
    came = {"handed_over_from": here.region, "number": here.number}
    await record_events(connection, kernel, case, by, [Event("case.submitted", None, "行政许可法 第三十二条", came)])
    await _link(connection, case, "from", here)
    await _link(connection, here, "to", case)
    told = {"region": there, "number": case.number}
    await record_events(connection, kernel, here, by, [Event("case.taken_over", None, None, told)])


async def _link(connection: Connection, case: Case, role: str, other: Case) -> None:
    await _paths.put_link(
        connection,
        region=case.region,
        case_id=case.id,
        role=role,
        other_region=other.region,
        other_number=other.number,
    )


async def _begin(connection: Connection, kernel: Kernel, here: Case, case: Case, sealed: bytes) -> bool:
    """The rows of the case there; False when they stand already."""
    vault, region = kernel.vault, case.region
    dossier = open_dossier(vault, here.region, here.id, sealed)
    version = kernel.catalogue.pinned(case.pack, case.version, case.journey)
    tasks = first_tasks(kernel, version, region, case.submitted_at, case.fast_lane is not None)
    made = await _paths.put_case_taken_over(
        connection,
        **_columns(case, "region", "id", "number", "account", "enterprise", "person_key", "applicant_name"),
        **_columns(case, "pack", "version", "journey", "fast_lane"),
        dossier=seal_json(vault, region, case.id, dossier),
        now=case.submitted_at,
        tasks=[t.task for t in tasks],
        kinds=[t.kind for t in tasks],
        task_departments=[t.department for t in tasks],
        states=[t.state for t in tasks],
        started=[t.started_at for t in tasks],
        due=[t.due_on for t in tasks],
    )
    if made is None:
        return False
    before = await _queries.draft(connection, region=here.region, id=here.id)
    await _paths.put_draft_taken_over(
        connection,
        **_columns(case, "region", "id", "account", "enterprise", "pack", "version", "journey"),
        form=seal_json(vault, region, case.id, dossier.form),
        consents=before.consents,
        commitments=list(dossier.commitments),
        tolerated=list(dossier.tolerated),
        now=case.submitted_at,
    )
    await consenting.carry(connection, (here.region, here.id), (case.region, case.id))
    await _bring(connection, kernel, here, case)
    return True


def _columns(case: Case, *names: str) -> dict[str, Any]:
    return {name: getattr(case, name) for name in names}


async def _bring(connection: Connection, kernel: Kernel, here: Case, case: Case) -> None:
    """Uploads and signed promises, sealed anew. What was looked up stays where it was looked up: the departments there
    ask for themselves, under their own grants, when what the dossier holds is too old or is changed."""
    old, new = context(here.region, here.id), context(case.region, case.id)
    for row in [r async for r in _paths.files_with_content(connection, region=here.region, case_id=here.id)]:
        content = kernel.vault.seal(kernel.vault.open(row.content, old), new)
        plain = {name: getattr(row, name) for name in ("id", "material", "name", "media_type", "size", "sha256")}
        await _queries.put_file(
            connection, region=case.region, case_id=case.id, **plain, content=content, now=row.uploaded_at
        )
    for row in [r async for r in _paths.pledges(connection, region=here.region, case_id=here.id)]:
        text = kernel.vault.seal(kernel.vault.open(row.text, old), new)
        plain = {name: getattr(row, name) for name in ("kind", "name", "account", "digest")}
        await _paths.put_pledge(connection, region=case.region, case_id=case.id, **plain, text=text, now=row.signed_at)


async def tell_back(connection: Connection, kernel_now: KernelNow, message: Message) -> None:
    """Tell the region where the person applied what happened to the case here, once; most cases came from nowhere."""
    case_id = UUID(message.payload["case"])
    link = await link_of(connection, message.region, case_id)
    if link is None or link.role != "from":
        return
    home, source = link.other_region, str(message.id)
    if await _paths.mirrored(connection, region=home, case_id=case_id, source=source):
        return
    row = await _queries.case(connection, region=message.region, id=case_id)
    there = to_case(row)
    here = to_case(await _queries.case(connection, region=home, id=case_id))
    said: dict[str, Any] = {"source": source, "kind": message.topic, "region": there.region, "number": there.number}
    said |= {"task": message.payload.get("task"), "state": there.state, **_shown(message.payload["detail"])}
    event = Event("case.progress_returned", None, None, {k: v for k, v in said.items() if v is not None})
    await record_events(connection, await kernel_now(connection), here, Account("platform", message.now), [event])
    await _paths.put_progress(
        connection, region=home, case_id=case_id, progress=message.topic, outcome=there.outcome, due_on=there.due_on
    )
    if there.outcome is not None and here.outcome != there.outcome:
        await _paths.put_returned_outcome(connection, region=home, case_id=case_id, outcome=there.outcome)


def _shown(detail: Mapping[str, Any]) -> dict[str, Any]:
    """What a person is told: the decision and its outcome, reasons and ways of appeal, days and materials."""
    names = ("decision", "outcome", "reasons", "appeal", "due_on", "until", "materials", "licences", "result", "on")
    return {name: detail[name] for name in names if name in detail}
