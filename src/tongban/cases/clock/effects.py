"""What each kind of event does to the periods of a case. One function a kind, one table. Called by ``reading``.

What depends on the calendar (an extension after the last day …) is refused for new events; for events that were
recorded earlier it is remarked, since a calendar may change after the fact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tongban.basics.calendar import local_day
from tongban.cases.clock import errors
from tongban.cases.clock.events import CAUSES, SPECIAL, ClockEvent, State
from tongban.cases.clock.periods import Remark
from tongban.cases.clock.timeline import Halt, Timeline, said


def accept(line: Timeline, at: datetime) -> None:
    """The authority's periods run from the day of ``at``."""
    terms = line.terms
    line.state, line.accepted_on = "deciding", local_day(at)
    if terms.statutory_days is None:
        line.begin("decision", at, "decision-joint" if terms.joint else "decision")
    else:
        line.add("decision", "workday", terms.statutory_days, at, terms.statutory_basis)
    if terms.promise_days is not None:
        line.add("promise", "workday", terms.promise_days, at, "")
    if terms.lower_review is not None:
        line.begin("lower-review", at, task=terms.lower_review)


@dataclass
class Step:
    """One event on its way into the timeline. ``recorded`` events are remarked where new ones are refused."""

    line: Timeline
    number: int
    event: ClockEvent
    recorded: bool

    def refuse(self, fault: errors.ClockFault) -> None:
        """Raise ``fault``, or remark it when the event was recorded before."""
        if not self.recorded:
            raise fault
        self.line.remarks.append(Remark(fault.code, self.number, fault.message("zh-CN"), fault.message("en")))


def _received(step: Step) -> None:
    line, at = step.line, step.event.at
    line.state = "examining"
    line.close(at, "supplement-response", fulfilled=True)
    line.begin("notice", at)
    if line.terms.instant_hours is not None:
        line.add("instant", "hour", line.terms.instant_hours, at, "")


def _supplement_asked(step: Step) -> None:
    _sent_back(step, "supplementing")
    step.line.begin("supplement-response", step.event.at)


def _returned(step: Step) -> None:
    _sent_back(step, "returned")


def _sent_back(step: Step, state: State) -> None:
    step.line.state = state
    step.line.close(step.event.at, "notice", fulfilled=True)
    step.line.close(step.event.at, "instant", fulfilled=False)


def _accepted(step: Step) -> None:
    line, at = step.line, step.event.at
    line.confirmed = True
    if line.deemed:
        return
    line.close(at, "notice", fulfilled=True)
    line.close(at, "supplement-response", fulfilled=False)
    accept(line, at)


def _deemed_accepted(step: Step) -> None:
    line, at = step.line, step.event.at
    notice = line.open("notice")
    if notice is not None:
        last = line.last(notice)
        step.refuse(errors.DeemedTooEarly.of(step.number, step.event, due=last.day if last else ""))
        line.deemed = True
        notice.ended_at = at
        accept(line, notice.began_at)
    line.confirmed = True


def _refused(step: Step) -> None:
    step.line.close(step.event.at, "notice", "instant", fulfilled=True)
    _end(step)


def _end(step: Step) -> None:
    _finish(step, "ended")


def _finish(step: Step, state: State) -> None:
    line, at = step.line, step.event.at
    line.state = state
    line.close(at, *{period.name for period in line.periods}, fulfilled=False)
    for halt in line.halts:
        halt.until = halt.until or at


def _suspended(step: Step) -> None:
    line, event = step.line, step.event
    if event.cause not in CAUSES:
        raise errors.UnknownCause.of(step.number, event, cause=event.cause, known="、".join(sorted(CAUSES)))
    _need_step(step)
    for halt in _standing(line, event.task):
        if halt.cause == event.cause and not halt.implied:
            raise errors.Doubled.of(step.number, event, before_at=said(halt.since))
    basis = event.basis or ("行政许可法 第四十五条" if event.cause in SPECIAL else None)
    line.halts.append(Halt(event.cause, event.task, event.at, basis))


def _resumed(step: Step) -> None:
    event = step.event
    standing = [h for h in _standing(step.line, event.task) if not h.implied and event.cause in (None, h.cause)]
    if not standing:
        raise errors.NothingToResume.of(step.number, event, cause=event.cause or event.task or "—")
    if len(standing) > 1:
        raise errors.ResumeWhich.of(step.number, event, cause="、".join(h.cause for h in standing))
    standing[0].until = event.at


def _standing(line: Timeline, task: str | None) -> list[Halt]:
    return [halt for halt in line.halts if halt.until is None and halt.task == task]


def _extended(step: Step) -> None:
    line, event = step.line, step.event
    if line.extended_at is not None:
        raise errors.ExtendedTwice.of(step.number, event, before_at=said(line.extended_at))
    _need_step(step)
    decision = line.open("decision")
    began = decision.began_on if decision else local_day(event.at)
    limit = line.terms.limits.at("extension-joint" if line.terms.joint else "extension", line.terms.region, began)
    days = limit.days if event.days is None else event.days
    if not 1 <= days <= limit.days:
        step.refuse(errors.ExtendedTooLong.of(step.number, event, days=days, most=limit.days, basis=limit.basis))
    due = line.passed(decision, event.at) if decision else None
    if due is not None:
        step.refuse(errors.ExtendedLate.of(step.number, event, due=due.isoformat()))
    line.extended_at = event.at
    asked = line.open("step", event.task) if event.task else None
    for period in (decision, line.open("promise"), asked):
        if period is not None and period.unit != "hour" and (period is decision or not line.passed(period, event.at)):
            period.length += days
            period.extended += days


def _need_step(step: Step) -> None:
    """An event about a task needs that task to be at work."""
    task = step.event.task
    if task is not None and not _at_work(step.line, task):
        raise errors.Misplaced.of(step.number, step.event, missing=f"task_started {task}")


def _at_work(line: Timeline, task: str) -> bool:
    kinds = [e.kind for _, e in line.seen if e.task == task and e.kind in ("task_started", "task_done")]
    return bool(kinds) and kinds[-1] == "task_started"


def _hearing_told(step: Step) -> None:
    step.line.begin("hearing-request", step.event.at)


def _hearing_requested(step: Step) -> None:
    line, at = step.line, step.event.at
    asked = line.open("hearing-request")
    if asked is None:
        raise errors.Misplaced.of(step.number, step.event, missing="hearing_told")
    due = line.passed(asked, at)
    if due is not None:
        step.refuse(errors.HearingRequestedLate.of(step.number, step.event, due=due.isoformat()))
    line.close(at, "hearing-request", fulfilled=True)
    line.begin("hearing-held", at)
    line.halts.append(Halt("hearing", None, at, line.periods[-1].basis, implied=True))


def _hearing_held(step: Step) -> None:
    line, at = step.line, step.event.at
    if line.open("hearing-held") is None:
        raise errors.Misplaced.of(step.number, step.event, missing="hearing_requested")
    line.close(at, "hearing-held", fulfilled=True)
    for halt in line.halts:
        if halt.implied:
            halt.until = halt.until or at


def _task_started(step: Step) -> None:
    line, event = step.line, step.event
    task = event.task
    if task is None:
        raise errors.Misplaced.of(step.number, event, missing="task")
    if _at_work(line, task):
        started = next(e for _, e in reversed(line.seen) if e.kind == "task_started" and e.task == task)
        raise errors.Doubled.of(step.number, event, before_at=said(started.at))
    if task in line.terms.steps:
        line.add("step", "workday", line.terms.steps[task], event.at, "", task)
    elif task in line.terms.step_hours:
        line.add("step", "hour", line.terms.step_hours[task], event.at, "", task)


def _task_done(step: Step) -> None:
    line, event = step.line, step.event
    if event.task is None or not _at_work(line, event.task):
        raise errors.Misplaced.of(step.number, event, missing=f"task_started {event.task or ''}".strip())
    line.close(event.at, "step", "lower-review", fulfilled=True, task=event.task)
    for halt in line.halts:
        if halt.task == event.task:
            halt.until = halt.until or event.at


def _decided(step: Step) -> None:
    line, event = step.line, step.event
    line.close(event.at, "decision", "promise", "instant", "step", "lower-review", fulfilled=True)
    _finish(step, "decided")
    if event.outcome not in NOTHING_TO_DELIVER:
        line.begin("delivery", event.at)


NOTHING_TO_DELIVER = frozenset({"declined", "refused"})
"""Outcomes after which there is no certificate to deliver."""


def _delivered(step: Step) -> None:
    delivery = next((p for p in step.line.periods if p.name == "delivery"), None)
    if delivery is not None:
        delivery.ended_at, delivery.fulfilled = step.event.at, True


def _revoked(step: Step) -> None:
    step.line.close(step.event.at, "delivery", fulfilled=False)


def _nothing(step: Step) -> None:
    """Recorded, and without effect on any period."""


APPLY: Mapping[str, Callable[[Step], None]] = {
    "received": _received,
    "supplement_asked": _supplement_asked,
    "supplemented": _received,
    "returned": _returned,
    "resubmitted": _received,
    "accepted": _accepted,
    "deemed_accepted": _deemed_accepted,
    "refused": _refused,
    "suspended": _suspended,
    "resumed": _resumed,
    "extended": _extended,
    "hearing_told": _hearing_told,
    "hearing_requested": _hearing_requested,
    "hearing_held": _hearing_held,
    "task_started": _task_started,
    "task_done": _task_done,
    "transferred": _nothing,
    "decided": _decided,
    "delivered": _delivered,
    "withdrawn": _end,
    "terminated": _end,
    "revoked": _revoked,
    "corrected": _nothing,
}
