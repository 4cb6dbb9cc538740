"""Where a case stands on the paths beside the plain one: commitments, tolerance, shared visits. Pure.

Everything is read from the dated events, so that no second record can disagree with them (as ``course`` does for
the clock). Called by decisions and acts to learn what may happen now, and by views to show it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from tongban.cases.models import PastEvent
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Journey, Task
from tongban.services.paths import Commitment, FastLane, Visit

Finding = Literal["pass", "rectify", "fail"]
VisitResult = Literal["passed", "to_rectify", "failed"]
Promise = Literal["signed", "relied", "verified", "broken", "repaired"]
Tolerated = Literal["none", "open", "met", "missed"]
Facts = Mapping[str, object]


class VisitNow(Struct, frozen=True):
    """One shared visit: how often it was arranged, for when, and what the departments found in the last round.

    ``findings``: department id → finding; ``result`` None until every department has recorded its own.
    """

    visit: str
    state: Literal["none", "arranged", "done"]
    round: int = 0
    on: dt.date | None = None
    at: str | None = None
    people: str | None = None
    findings: Mapping[str, Finding] = {}
    remarks: Mapping[str, str] = {}
    result: VisitResult | None = None


def visit_now(events: Sequence[PastEvent], visit: str) -> VisitNow:
    """The newest round of ``visit``. A department that passed an earlier round stays passed."""
    now = VisitNow(visit, "none")
    for event in events:
        if event.detail.get("visit") == visit:
            now = _VISIT[event.kind](now, event) if event.kind in _VISIT else now
    return now


def _arranged(before: VisitNow, event: PastEvent) -> VisitNow:
    passed = {department: one for department, one in before.findings.items() if one == "pass"}
    told: dict[str, str] = {name: text for name, text in before.remarks.items() if name in passed}
    day = dt.date.fromisoformat(event.detail["on"])
    at, people = event.detail.get("at"), event.detail.get("people")
    return VisitNow(before.visit, "arranged", before.round + 1, day, at, people, findings=passed, remarks=told)


def _called_off(before: VisitNow, event: PastEvent) -> VisitNow:
    return VisitNow(before.visit, "none", before.round, findings=before.findings, remarks=before.remarks)


def _found(before: VisitNow, event: PastEvent) -> VisitNow:
    detail = event.detail
    return VisitNow(
        before.visit,
        before.state,
        before.round,
        before.on,
        before.at,
        before.people,
        {**before.findings, detail["department"]: detail["finding"]},
        {**before.remarks, detail["department"]: detail.get("reasons", "")},
    )


def _done(before: VisitNow, event: PastEvent) -> VisitNow:
    return VisitNow(
        before.visit,
        "done",
        before.round,
        before.on,
        before.at,
        before.people,
        before.findings,
        before.remarks,
        event.detail["result"],
    )


_VISIT = {
    "case.visit_arranged": _arranged,
    "case.visit_finding_recorded": _found,
    "case.visit_done": _done,
    "case.visit_called_off": _called_off,
}


def combined(findings: Sequence[Finding]) -> VisitResult:
    """The one result of all findings: failed if any department says so, else to rectify, else passed."""
    if "fail" in findings:
        return "failed"
    return "to_rectify" if "rectify" in findings else "passed"


def visits_of(version: JourneyVersion, facts: Facts, task: str | None = None) -> list[Visit]:
    """The shared visits that this case needs (of ``task`` only, if one is named)."""
    return [
        visit
        for visit in version.journey.visits
        if (task is None or task in visit.tasks) and version.holds(visit.when, facts)
    ]


class ToleranceNow(Struct, frozen=True):
    """What was accepted without: the materials that shall follow until ``due_on``."""

    state: Tolerated
    materials: tuple[str, ...] = ()
    due_on: dt.date | None = None
    since: dt.datetime | None = None


def tolerance_now(events: Sequence[PastEvent]) -> ToleranceNow:
    """How far a tolerant acceptance has come."""
    now = ToleranceNow("none")
    for event in events:
        if event.kind == "case.tolerated":
            due = dt.date.fromisoformat(event.detail["due_on"])
            now = ToleranceNow("open", tuple(event.detail["materials"]), due, event.at)
        elif event.kind in ("case.tolerance_met", "case.tolerance_missed"):
            state: Tolerated = "met" if event.kind == "case.tolerance_met" else "missed"
            now = ToleranceNow(state, now.materials, now.due_on, now.since)
    return now


def outstanding(journey: Journey, now: ToleranceNow, task: str) -> list[str]:
    """The materials that ``task`` needs and that were tolerated but have not come."""
    if now.state not in ("open", "missed"):
        return []
    materials = (journey.material(name) for name in now.materials)
    return [material.id for material in materials if material is not None and task in material.tasks]


_PROMISE: Mapping[str, Promise] = {
    "case.commitment_signed": "signed",
    "case.commitment_relied_on": "relied",
    "case.commitment_verified": "verified",
    "case.commitment_broken": "broken",
    "case.commitment_repaired": "repaired",
}


def commitments_now(events: Sequence[PastEvent]) -> dict[str, Promise]:
    """Signed commitment → how far it has come. Broken by one task is broken for all."""
    found: dict[str, Promise] = {}
    for event in events:
        name, state = event.detail.get("commitment"), _PROMISE.get(event.kind)
        if name is None or state is None:
            continue
        if found.get(name) != "broken" or state == "repaired":
            found[name] = state
    return found


def committed(journey: Journey, signed: Sequence[str], task: str) -> Commitment | None:
    """The signed commitment on which ``task`` is decided, or None."""
    return next((c for c in journey.commitments if c.id in signed and task in c.tasks), None)


def on_promise(journey: Journey, signed: Sequence[str], events: Sequence[PastEvent], task: str) -> bool:
    """Whether ``task`` is decided on a signed commitment that was not found false: nobody visits before it."""
    commitment = committed(journey, signed, task)
    return commitment is not None and commitments_now(events).get(commitment.id) != "broken"


def replaced(journey: Journey, signed: Sequence[str]) -> frozenset[str]:
    """The materials that need not be brought because of signed commitments."""
    return frozenset(material for c in journey.commitments if c.id in signed for material in c.materials)


def fast_lane(version: JourneyVersion, facts: Facts) -> FastLane | None:
    """The journey's fast lane when the application is entitled to it."""
    lane = version.journey.fast_lane
    return lane if lane is not None and version.holds(lane.rule, facts) else None


def task_days(journey: Journey, task: Task, fast: bool = False, signed: Sequence[str] = ()) -> int:
    """The working days of ``task`` on the path taken: none on a commitment (decided on the day it starts)."""
    if committed(journey, signed, task.id) is not None:
        return 0
    lane = journey.fast_lane
    if not fast or lane is None:
        return task.days
    return lane.tasks.get(task.id, min(task.days, lane.promise))


def promise_days(journey: Journey, fast: bool = False) -> int:
    """The working days promised on the path taken."""
    return journey.fast_lane.promise if fast and journey.fast_lane else journey.promise.days


def acceptance_days(journey: Journey, fast: bool = False) -> int:
    """The working days of the notice on the path taken."""
    lane = journey.fast_lane
    return lane.acceptance if fast and lane and lane.acceptance is not None else journey.acceptance.days


def pledge_text(commitment: Commitment) -> str:
    """What the applicant signs, word for word: what the law demands, the promise, the consequence, the basis."""
    told = [f"法定条件：{one}" for one in commitment.told]
    return "\n".join([commitment.name, *told, commitment.text, commitment.consequence, f"依据：{commitment.basis}"])


def tolerance_text(version: JourneyVersion, materials: Sequence[str]) -> str:
    """What the applicant signs when materials shall follow: the list, the days, the consequence, the basis."""
    declared = version.journey.tolerance
    assert declared is not None
    names = [material.name for name in materials if (material := version.journey.material(name))]
    days = f"受理之日起 {declared.days} 个工作日内补齐：{'、'.join(names)}"
    return "\n".join(["容缺受理承诺", days, declared.consequence, f"依据：{declared.basis}"])
