"""What a handler decides: accept, refuse, ask once for what is missing, return, approve, decline.

Each decision is one transaction; a licence exists from that moment. It is written only if the case still is as the
decision saw it; else it is taken again, after the other act, under the case's lock. Who may decide is asked at the one
checkpoint; a decision against the applicant carries reasons and the ways of appeal.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tongban.cases.actions.endings import end
from tongban.cases.actions.events import Event
from tongban.cases.actions.freshness import asked_again, lapsed, still_agreed
from tongban.cases.actions.going_on import begin, go_on, issue_licence
from tongban.cases.actions.locked import LockedCase, Overtaken, case_as_seen, locked_case
from tongban.cases.actions.paths_taken import hold_back, on_approved
from tongban.cases.course import CAUSES, stopping
from tongban.cases.errors import (
    CaseNotFound,
    CaseSuspended,
    DeemedAccepted,
    MaterialsToName,
    ReasonsNeeded,
    StalePage,
    SupplementOnce,
    TaskFinished,
    WrongState,
)
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Evidence, Task
from tongban.cases.rules import ways_of_appeal
from tongban.ledger.models import Promise
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import DECIDERS, may, require

DecisionKind = Literal["accept", "refuse", "supplement", "return", "approve", "decline"]
LEAST_REASONS = 5
_FAVOURABLE = ("accept", "approve")


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    """What the handler decided. ``revision`` is the task's on the page the handler saw.

    ``materials``: what a supplement notice names. ``reasons`` are needed against the applicant.
    """

    kind: DecisionKind
    revision: int
    reasons: Annotated[str, Meta(max_length=2000, pattern=r"^[^\u0000]*$")] = ""
    materials: list[str] = []


class Decided(Struct, frozen=True):
    """What came of a decision."""

    region: str
    case_id: UUID
    task: str
    case_state: str
    promises: list[Promise]


async def decide(kernel: Kernel, actor: Actor, region: str, case_id: UUID, task_id: str, decision: Decision) -> Decided:
    """Decide one task. Raises ``CaseNotFound``, ``NotAllowed``, ``TaskFinished``, ``StalePage``, ``WrongState``,
    ``ReasonsNeeded``, ``MaterialsToName``, ``SupplementOnce``, ``EvidenceLapsed``, ``CaseSuspended``, ``VisitPending``,
    ``VisitNotPassed``, ``ToleranceOpen``, ``Barred``."""
    try:
        return await _decided(kernel, actor, region, case_id, task_id, decision, None, fresh=True)
    except _Lapsed:
        # Nothing was changed: other departments are asked outside of any transaction, then it begins anew.
        evidence = await prepare_decision(kernel, actor, region, case_id, task_id, decision)
        return await make_decision(kernel, actor, region, case_id, task_id, decision, evidence)


async def prepare_decision(
    kernel: Kernel, actor: Actor, region: str, case_id: UUID, task_id: str, decision: Decision
) -> tuple[Evidence, ...] | None:
    """Evidence asked again where it lapsed, before a decision for the applicant; None when nothing lapsed."""
    if decision.kind not in _FAVOURABLE:
        return None
    return await asked_again(kernel, actor, region, case_id, task_id)


async def make_decision(
    kernel: Kernel,
    actor: Actor,
    region: str,
    case_id: UUID,
    task_id: str,
    decision: Decision,
    evidence: tuple[Evidence, ...] | None,
) -> Decided:
    """Decide with ``evidence`` in place of what lapsed. Raises as ``decide`` does."""
    return await _decided(kernel, actor, region, case_id, task_id, decision, evidence, fresh=False)


class _Lapsed(Exception):
    """What the decision rests on was looked up too long ago."""


async def _decided(
    kernel: Kernel,
    actor: Actor,
    region: str,
    case_id: UUID,
    task_id: str,
    decision: Decision,
    evidence: tuple[Evidence, ...] | None,
    *,
    fresh: bool,
) -> Decided:
    try:
        if evidence is not None:
            raise Overtaken
        async with case_as_seen(kernel, region, case_id) as held:
            _decide(held, actor, task_id, decision, None, fresh)
    except Overtaken:
        async with locked_case(kernel, region, case_id) as held:
            kept = await still_agreed(held, evidence) if evidence is not None else None
            _decide(held, actor, task_id, decision, kept, fresh)
    return Decided(region, case_id, task_id, held.case.state, held.promises)


def _decide(
    held: LockedCase, actor: Actor, task_id: str, decision: Decision, evidence: tuple[Evidence, ...] | None, fresh: bool
) -> None:
    task = held.tasks.get(task_id)
    _may_see(actor, held)
    if task is None:
        raise CaseNotFound()
    require(actor, "task.decide", Subject(region=held.case.region, department=task.department))
    _may_happen(held, task, decision)
    held.actor, held.lent = task.department, actor.standing_in(held.case.region, task.department, *DECIDERS)
    if fresh and decision.kind in _FAVOURABLE and lapsed(held.dossier.evidence, held.now):
        raise _Lapsed
    if evidence is not None:
        held.replace_dossier(msgspec.structs.replace(held.dossier, evidence=evidence))
    if task.kind == "step":
        hold_back(held, task, decision.kind == "approve")
    if decision.kind == "approve":
        on_approved(held, task)
    _VERBS[decision.kind](held, actor, task, decision)


def _may_see(actor: Actor, held: LockedCase) -> None:
    if not may(actor, "task.read", Subject(region=held.case.region, departments=held.case.departments)):
        raise CaseNotFound()


def _may_happen(held: LockedCase, task: Task, decision: Decision) -> None:
    if task.state == "done":
        raise TaskFinished()
    if task.state != "ready" or (decision.kind in ("approve", "decline")) == (task.kind == "intake"):
        raise WrongState()
    if task.revision != decision.revision:
        raise StalePage()
    if (stopped := stopping(held.course, task.task)) is not None:
        raise CaseSuspended(cause=CAUSES[stopped.cause].zh, cause_en=CAUSES[stopped.cause].en)
    if decision.kind not in ("accept", "approve") and len(decision.reasons.strip()) < LEAST_REASONS:
        raise ReasonsNeeded(field="reasons")
    if decision.kind == "accept" and held.case.state != "submitted":
        raise WrongState()
    if task.kind == "intake" and decision.kind != "accept" and (since := held.clock().deemed_accepted) is not None:
        raise DeemedAccepted(since=since.isoformat())


def _finished(held: LockedCase, actor: Actor, task: Task, word: str, decision: Decision) -> Task:
    return msgspec.structs.replace(
        task,
        state="done",
        decided_at=held.now,
        decided_by=actor.account,
        decided_for=held.lent.substitute_for if held.lent else None,
        decision=word,
        reasons=decision.reasons.strip() or None,
    )


def _accept(held: LockedCase, actor: Actor, task: Task, decision: Decision) -> None:
    held.put([_finished(held, actor, task, "accepted", decision)])
    held.become(state="accepted", accepted_at=held.now)
    begin(held, "case.accepted")


def _refuse(held: LockedCase, actor: Actor, task: Task, decision: Decision) -> None:
    held.put([_finished(held, actor, task, "refused", decision)])
    end(held, "refused")
    held.events.append(Event("case.refused", INTAKE, "行政许可法 第三十二条", _against(held, task, decision)))


def _supplement(held: LockedCase, actor: Actor, task: Task, decision: Decision) -> None:
    known = [m for m in held.version.journey.materials if m.id in decision.materials]
    if task.decision == "supplement":
        raise SupplementOnce()
    if not known or len(known) != len(set(decision.materials)):
        raise MaterialsToName(field="materials")
    waiting = msgspec.structs.replace(task, state="waiting", due_on=None, decision="supplement")
    held.put([waiting])
    held.become(state="supplementing")
    detail = {"materials": [m.id for m in known], "reasons": decision.reasons.strip()}
    held.events.append(Event("case.supplement_asked", INTAKE, "行政许可法 第三十二条", detail))


def _return(held: LockedCase, actor: Actor, task: Task, decision: Decision) -> None:
    held.put([msgspec.structs.replace(task, state="waiting", due_on=None)])
    held.become(state="returned")
    held.events.append(Event("case.returned", INTAKE, None, {"reasons": decision.reasons.strip()}))


def _approve(held: LockedCase, actor: Actor, task: Task, decision: Decision) -> None:
    held.put([_finished(held, actor, task, "approved", decision)])
    definition = held.version.journey.task(task.task)
    basis = held.version.items[definition.item].basis[0] if definition else None
    issued = issue_licence(held, task)
    detail = {"decision": "approved", "licences": [licence.type for licence in issued]}
    held.events.append(Event("task.decided", task.task, basis, detail))
    go_on(held)


def _decline(held: LockedCase, actor: Actor, task: Task, decision: Decision) -> None:
    held.put([_finished(held, actor, task, "declined", decision)])
    definition = held.version.journey.task(task.task)
    basis = held.version.items[definition.item].basis[0] if definition else None
    detail = {"decision": "declined", **_against(held, task, decision)}
    held.events.append(Event("task.decided", task.task, basis, detail))
    go_on(held)


def _against(held: LockedCase, task: Task, decision: Decision) -> dict[str, object]:
    """What a decision against the applicant must tell: reasons, and the ways of appeal that the item declares."""
    appeal = ways_of_appeal(held.version, task.task)
    return {"reasons": decision.reasons.strip(), "appeal": "；".join(appeal)}


_VERBS: Mapping[DecisionKind, Callable[[LockedCase, Actor, Task, Decision], None]] = {
    "accept": _accept,
    "refuse": _refuse,
    "supplement": _supplement,
    "return": _return,
    "approve": _approve,
    "decline": _decline,
}
