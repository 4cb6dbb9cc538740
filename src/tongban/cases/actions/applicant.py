"""What the applicant may do with a case: change it before acceptance, supply what was asked, withdraw, ask."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.cases.actions.endings import end
from tongban.cases.actions.events import Event, by_agent
from tongban.cases.actions.evidence import gather
from tongban.cases.actions.locked import LockedCase, locked_case
from tongban.cases.errors import (
    CaseNotFound,
    FormIncomplete,
    MaterialsMissing,
    NotEligible,
    StalePage,
    TextNeeded,
    WrongState,
)
from tongban.cases.kernel import Kernel
from tongban.cases.models import EDITABLE, INTAKE, OPEN, Case, CaseState, Dossier, Draft, File
from tongban.cases.readiness import Readiness, assess, english
from tongban.cases.rows import open_dossier, to_case, to_draft
from tongban.cases.rules import start
from tongban.ledger.models import Promise
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.services.catalogue import JourneyVersion

_queries = load_queries("tongban.cases")
LONGEST = 1000


class PreparedChange(Struct, frozen=True):
    """A change that was looked up and checked: what the case will be decided on if its revision still stands.

    ``files``: the uploads that go with it.
    """

    region: str
    case_id: UUID
    revision: int
    dossier: Dossier
    files: tuple[File, ...] = ()


def _subject(case: Case) -> Subject:
    return Subject(region=case.region, owner=case.owner, service=case.journey, matter=case.id)


def _owned(actor: Actor, held: LockedCase, action: str) -> None:
    if not may(actor, action, _subject(held.case)):
        raise CaseNotFound()
    held.actor, held.agent = "applicant", by_agent(actor, held.case.owner)


async def change(
    kernel: Kernel,
    actor: Actor,
    region: str,
    case_id: UUID,
    revision: int,
    changes: Mapping[str, Any],
) -> list[Promise]:
    """Change the form of a case that is not accepted yet, and put it (back) before the lead department.

    Serves three acts: editing before acceptance, resubmitting a returned case, and supplying what a
    supplement notice asked for (files were uploaded before). Raises ``StalePage``, ``WrongState``,
    ``FormIncomplete``, ``NotEligible``, ``MaterialsMissing``.
    """
    return await make_change(kernel, actor, await prepare_change(kernel, actor, region, case_id, revision, changes))


async def make_change(
    kernel: Kernel,
    actor: Actor,
    change: PreparedChange,
    action: str = "case.edit",
    besides: Mapping[str, Any] | None = None,
) -> list[Promise]:
    """Put a prepared change before the lead department. Raises ``StalePage`` when the case moved meanwhile.

    ``besides``: what the event says of who handed it in for the applicant, if another did.
    """
    async with locked_case(kernel, change.region, change.case_id) as held:
        _owned(actor, held, action)
        if besides is not None:
            held.agent |= besides
            await _same_files(held, change)
        _unchanged(held.case.state, held.case.revision, change.revision)
        held.replace_dossier(change.dossier)
        _put_back(held)
    return held.promises


async def _same_files(held: LockedCase, change: PreparedChange) -> None:
    """What another hands in has the files that were confirmed, no more and no less. Raises ``StalePage``."""
    found = await _queries.file_ids(held.connection, region=change.region, case_id=change.case_id)
    if set(found) != {file.id for file in change.files}:
        raise StalePage()


def _unchanged(state: CaseState, found: int, known: int) -> None:
    if state not in EDITABLE:
        raise WrongState()
    if found != known:
        raise StalePage()


async def prepare_change(
    kernel: Kernel,
    actor: Actor,
    region: str,
    case_id: UUID,
    revision: int,
    changes: Mapping[str, Any],
    action: str = "case.edit",
) -> PreparedChange:
    """Look up what the change makes possible and check the whole, outside of any transaction.

    No transaction waits for another department's system, and no look-up's record is lost with one. Nothing is
    asked for a case that can no longer be changed. Raises what ``change`` raises.
    """
    async with kernel.database.connection() as connection:
        row = await _queries.case(connection, region=region, id=case_id)
        if row is None or not may(actor, action, _subject(to_case(row))):
            raise CaseNotFound()
        _unchanged(row.state, row.revision, revision)
        draft = to_draft(kernel.vault, await _queries.draft(connection, region=region, id=case_id), row.account)
        asked = await _queries.supplement_asked(connection, region=region, case_id=case_id)
    dossier = open_dossier(kernel.vault, region, case_id, row.dossier)
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    fields = {f.id for f in version.form.fields}
    draft = msgspec.structs.replace(draft, form={**dossier.form, **{k: v for k, v in changes.items() if k in fields}})
    evidence = await gather(kernel, version, draft, dossier.applicant, row.now)
    draft = msgspec.structs.replace(draft, evidence=evidence)
    readiness = assess(version, draft, dossier.applicant, kernel.resources, local_day(row.now))
    named = asked if row.state == "supplementing" else None
    _complete(readiness, _not_supplied(version, draft, named))
    dossier = msgspec.structs.replace(dossier, form=readiness.form, evidence=evidence)
    return PreparedChange(region, case_id, revision, dossier, draft.files)


def _complete(readiness: Readiness, not_supplied: list[dict[str, Any]]) -> None:
    if readiness.form_faults:
        raise FormIncomplete(readiness.form_faults)
    if readiness.eligibility_faults:
        raise NotEligible(readiness.eligibility_faults)
    if missing := readiness.material_faults + not_supplied:
        raise MaterialsMissing(missing)


def _not_supplied(version: JourneyVersion, draft: Draft, asked: Any) -> list[dict[str, Any]]:
    """Materials that a supplement notice (``asked``) named and for which nothing was uploaded since."""
    if asked is None:
        return []
    named = [version.journey.material(m) for m in asked.detail["materials"]]
    since = {f.material for f in draft.files if f.uploaded_at >= asked.at}
    return [
        {"field": m.id, "zh": f"请补交{m.name}", "en": f"Please supply: {english(version, m.name)}"}
        for m in named
        if m is not None and m.id not in since and any(source.upload for source in m.sources)
    ]


_ACTS = {"submitted": "case.edited", "returned": "case.resubmitted", "supplementing": "case.supplemented"}


def _put_back(held: LockedCase) -> None:
    journey, intake = held.version.journey, held.tasks[INTAKE]
    if held.case.state == "submitted":
        held.put([intake])
    else:
        held.put([start(intake, journey.acceptance.days, held.now, held.kernel.calendar)])
    basis = "行政许可法 第三十二条" if held.case.state == "supplementing" else None
    held.events.append(Event(_ACTS[held.case.state], INTAKE, basis))
    held.become(state="submitted")


async def withdraw(kernel: Kernel, actor: Actor, region: str, case_id: UUID, reasons: str) -> list[Promise]:
    """Withdraw a case that is not decided yet; what was decided of it stands.

    Raises ``CaseNotFound``, ``WrongState``.
    """
    async with locked_case(kernel, region, case_id) as held:
        _owned(actor, held, "case.withdraw")
        if held.case.state not in OPEN:
            raise WrongState()
        end(held, "withdrawn")
        held.events.append(Event("case.withdrawn", None, None, {"reasons": reasons.strip()[:LONGEST]}))
    return held.promises


async def ask(kernel: Kernel, actor: Actor, region: str, case_id: UUID, text: str) -> UUID:
    """Ask the department that has the case now. Returns the question's id. Raises ``TextNeeded``."""
    question = new_id()
    async with locked_case(kernel, region, case_id) as held:
        _owned(actor, held, "case.ask")
        await _queries.put_question(
            held.connection, region=region, case_id=case_id, id=question, now=held.now, text=_text(text)
        )
        held.events.append(Event("question.asked", None, None, {"question": str(question)}))
    return question


async def answer(kernel: Kernel, actor: Actor, region: str, case_id: UUID, question: UUID, text: str) -> list[Promise]:
    """Answer a question in the department's name, once. Raises ``WrongState`` when it was answered."""
    async with locked_case(kernel, region, case_id) as held:
        case = held.case
        if not may(actor, "case.answer", Subject(region=region, departments=case.departments)):
            raise CaseNotFound()
        held.actor = next(d for d in actor.departments(region, "handler", "head") if d in case.departments)
        done = await _queries.answer_question(
            held.connection,
            region=region,
            case_id=case_id,
            id=question,
            now=held.now,
            text=_text(text),
            department=held.actor,
        )
        if done is None:
            raise WrongState()
        held.events.append(Event("question.answered", None, None, {"question": str(question)}))
    return held.promises


def _text(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= LONGEST:
        raise TextNeeded(field="text", most=LONGEST)
    return text
