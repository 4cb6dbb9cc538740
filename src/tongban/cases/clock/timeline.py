"""Reads events in order: which periods they open and close, where the clock stops, what can not be.

Called by ``derive`` only. What depends on the calendar (an extension after the last day …) is refused for new
events; for events that were recorded earlier it is remarked, since a calendar may change after the fact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tongban.basics.calendar import CST, WorkingCalendar, local_day
from tongban.cases.clock import errors
from tongban.cases.clock.counting import LastDay, end_of, in_time, last_day, merged
from tongban.cases.clock.events import CAUSES, FOLLOWS, ONCE, SPECIAL, ClockEvent, State
from tongban.cases.clock.periods import Remark, Stop
from tongban.cases.clock.terms import Terms
from tongban.cases.definitions import DatedLimit, LimitUnit

STOPPED_BY_CASE = frozenset({"decision", "promise", "lower-review", "step", "instant"})
"""The authority's periods: what stops the case stops them. A step also stops for its own task."""

# what is missing in a state, before most of what may not happen in it
_MISSING = {
    "nothing": "received",
    "examining": "accepted",
    "supplementing": "supplemented / accepted",
    "returned": "resubmitted",
    "deciding": "decided",
}
_ANSWERS = {"supplemented": "supplement_asked", "resubmitted": "returned"}
_CONFIRMS = ("accepted", "deemed_accepted", "refused")
_ENDS = ("refused", "withdrawn", "terminated", "decided")


@dataclass
class Open:
    """A period while events are read. ``fulfilled``: what it was for was done; ``lapsed``: it ran out."""

    name: str
    task: str | None
    unit: LimitUnit
    length: int
    began_at: datetime
    basis: str
    extended: int = 0
    ended_at: datetime | None = None
    fulfilled: bool = False
    lapsed: bool = False

    @property
    def began_on(self) -> date:
        """The day of the event that began it."""
        return local_day(self.began_at)


@dataclass
class Halt:
    """A stop while events are read. ``implied`` by a hearing rather than by an event of its own."""

    cause: str
    task: str | None
    since: datetime
    basis: str | None
    implied: bool = False
    until: datetime | None = None

    def stop(self) -> Stop:
        """As a fact."""
        return Stop(self.cause, self.task, self.since, self.until, self.basis)


@dataclass
class Timeline:
    """Everything that was read. ``derive`` turns it into a ``Clock``."""

    terms: Terms
    calendar: WorkingCalendar
    state: State = "nothing"
    accepted_on: date | None = None
    deemed: bool = False
    periods: list[Open] = field(default_factory=list)
    halts: list[Halt] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    seen: list[tuple[int, ClockEvent]] = field(default_factory=list)
    late_asks: list[str] = field(default_factory=list)
    extended_at: datetime | None = None
    confirmed: bool = False

    def open(self, name: str, task: str | None = None) -> Open | None:
        """The open period of this name."""
        return next((p for p in self.periods if p.name == name and p.task == task and p.ended_at is None), None)

    def gaps(self, period: Open) -> list[tuple[date, date | None]]:
        """The merged stops that touch ``period``, in days."""
        return merged(
            [(local_day(h.since), local_day(h.until) if h.until else None) for h in self.halts if stops(period, h)],
            period.began_on,
        )

    def last(self, period: Open) -> LastDay | None:
        """The last day of a period counted in days, as the stops known now have it."""
        assert period.unit != "hour"
        return last_day(period.began_on, period.length, self.gaps(period), period.unit, self.calendar)

    def passed(self, period: Open, at: datetime) -> date | None:
        """The last day of ``period`` if it was over at ``at``, else None."""
        last = self.last(period)
        return None if last is None or in_time(at, last.day, self.terms.closes) else last.day

    def begin(self, name: str, at: datetime, limit: str | None = None, task: str | None = None) -> None:
        """Open the period that the limit ``limit`` (or ``name``) rules."""
        found = self.limit(limit or name, local_day(at))
        if found is not None:
            self.add(name, found.unit, found.days, at, found.basis, task)

    def limit(self, id: str, day: date) -> DatedLimit | None:
        """The limit in force; without one, a remark that there is none, and no period: nothing is guessed."""
        try:
            return self.terms.limits.at(id, self.terms.region, day)
        except errors.LimitUnknown as unknown:
            said = Remark(unknown.code, len(self.seen) + 1, unknown.message("zh-CN"), unknown.message("en"))
            self.remarks.append(said)
            return None

    def add(self, name: str, unit: LimitUnit, length: int, at: datetime, basis: str, task: str | None = None) -> None:
        """Open a period of a given length."""
        self.periods.append(Open(name, task, unit, length, at, basis))

    def close(self, at: datetime, *names: str, fulfilled: bool, task: str | None = None) -> None:
        """End the open periods of these names; all of the task's step with it."""
        for period in self.periods:
            if period.ended_at is None and period.name in names and (task is None or period.task == task):
                period.ended_at, period.fulfilled = at, fulfilled


def stops(period: Open, halt: Halt | Stop) -> bool:
    """Whether ``halt`` stops ``period``."""
    if period.name not in STOPPED_BY_CASE:
        return False
    return halt.task is None or (period.name == "step" and halt.task == period.task)


def read(
    events: Sequence[ClockEvent], terms: Terms, calendar: WorkingCalendar, now: datetime, recorded: int
) -> Timeline:
    """All ``events`` read, and silence until ``now`` with them. Raises ``ClockFault``."""
    line = Timeline(terms, calendar)
    for number, event in enumerate(events, 1):
        _check_form(line, number, event, now)
        _let_notice_pass(line, event.at)
        if _is_lawful(line, number, event):
            _APPLY[event.kind](_Step(line, number, event, number <= recorded))
        line.seen.append((number, event))
    _let_notice_pass(line, now)
    return line


def _check_form(line: Timeline, number: int, event: ClockEvent, now: datetime) -> None:
    if event.kind not in FOLLOWS:
        raise errors.UnknownKind.of(number, event, known="、".join(FOLLOWS))
    if event.at.tzinfo is None:
        raise errors.NoZone.of(number, event)
    if event.at > now:
        raise errors.InTheFuture.of(number, event, now=_said(now))
    for earlier in (e for _, e in line.seen if e == event or (e.kind == event.kind and event.kind in ONCE)):
        raise errors.Doubled.of(number, event, before_at=_said(earlier.at))
    if line.seen and event.at < line.seen[-1][1].at:
        before = line.seen[-1][1]
        raise errors.NotInOrder.of(number, event, before=before.kind, before_at=_said(before.at))


def _let_notice_pass(line: Timeline, at: datetime) -> None:
    """Silence about missing materials accepts the application as of the day it was received (article 32)."""
    notice = line.open("notice")
    due = line.passed(notice, at) if notice else None
    if notice is not None and due is not None:
        notice.ended_at, notice.lapsed = end_of(due, line.terms.closes), True
        line.deemed = True
        _accept(line, notice.began_at)


def _accept(line: Timeline, at: datetime) -> None:
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


def _is_lawful(line: Timeline, number: int, event: ClockEvent) -> bool:
    """Whether the event may happen now and has an effect. Raises when it can not have happened."""
    if line.state in FOLLOWS[event.kind]:
        return True
    if line.deemed and line.state == "deciding" and _comes_late(line, number, event):
        return event.kind in _CONFIRMS
    ended = next((e for _, e in reversed(line.seen) if e.kind in _ENDS), None)
    if ended is not None and ended.kind != event.kind:
        raise errors.AfterTheEnd.of(number, event, before=ended.kind, before_at=_said(ended.at))
    same = next((e for _, e in reversed(line.seen) if e.kind == event.kind), None)
    if same is not None and (ended or event.kind in ONCE or line.seen[-1][1] is same):
        raise errors.Doubled.of(number, event, before_at=_said(same.at))
    needed = _ANSWERS.get(event.kind) or _MISSING[line.state]
    raise errors.Misplaced.of(number, event, missing=needed)


def _comes_late(line: Timeline, number: int, event: ClockEvent) -> bool:
    """Acts of examination after the application was deemed accepted: they are told, and what they asked is void."""
    kind = event.kind
    if kind in ("supplement_asked", "returned") and not line.confirmed:
        line.late_asks.append(kind)
    elif kind in _ANSWERS and _ANSWERS[kind] in line.late_asks:
        line.late_asks.remove(_ANSWERS[kind])
    elif kind not in _CONFIRMS or line.confirmed:
        return False
    if kind not in ("accepted", "deemed_accepted"):
        day = line.accepted_on.isoformat() if line.accepted_on else ""
        zh = f"第 {number} 个事件（{kind}）在视为受理之后发生：申请已自 {day} 起视为受理，期限照常计算。"
        en = f"Event {number} ({kind}) came after the application was deemed accepted as of {day}: the clock goes on."
        line.remarks.append(Remark("clock.after_deemed", number, zh, en))
    return True


def _said(at: datetime) -> str:
    return f"{at.astimezone(CST):%Y-%m-%d %H:%M:%S}"


@dataclass
class _Step:
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


def _received(step: _Step) -> None:
    line, at = step.line, step.event.at
    line.state = "examining"
    line.close(at, "supplement-response", fulfilled=True)
    line.begin("notice", at)
    if line.terms.instant_hours is not None:
        line.add("instant", "hour", line.terms.instant_hours, at, "")


def _supplement_asked(step: _Step) -> None:
    _sent_back(step, "supplementing")
    step.line.begin("supplement-response", step.event.at)


def _returned(step: _Step) -> None:
    _sent_back(step, "returned")


def _sent_back(step: _Step, state: State) -> None:
    step.line.state = state
    step.line.close(step.event.at, "notice", fulfilled=True)
    step.line.close(step.event.at, "instant", fulfilled=False)


def _accepted(step: _Step) -> None:
    line, at = step.line, step.event.at
    line.confirmed = True
    if line.deemed:
        return
    line.close(at, "notice", fulfilled=True)
    line.close(at, "supplement-response", fulfilled=False)
    _accept(line, at)


def _deemed_accepted(step: _Step) -> None:
    line, at = step.line, step.event.at
    notice = line.open("notice")
    if notice is not None:
        last = line.last(notice)
        step.refuse(errors.DeemedTooEarly.of(step.number, step.event, due=last.day if last else ""))
        line.deemed = True
        notice.ended_at = at
        _accept(line, notice.began_at)
    line.confirmed = True


def _refused(step: _Step) -> None:
    step.line.close(step.event.at, "notice", "instant", fulfilled=True)
    _end(step)


def _end(step: _Step) -> None:
    _finish(step, "ended")


def _finish(step: _Step, state: State) -> None:
    line, at = step.line, step.event.at
    line.state = state
    line.close(at, *{period.name for period in line.periods}, fulfilled=False)
    for halt in line.halts:
        halt.until = halt.until or at


def _suspended(step: _Step) -> None:
    line, event = step.line, step.event
    if event.cause not in CAUSES:
        raise errors.UnknownCause.of(step.number, event, cause=event.cause, known="、".join(sorted(CAUSES)))
    _need_step(step)
    for halt in _standing(line, event.task):
        if halt.cause == event.cause and not halt.implied:
            raise errors.Doubled.of(step.number, event, before_at=_said(halt.since))
    basis = event.basis or ("行政许可法 第四十五条" if event.cause in SPECIAL else None)
    line.halts.append(Halt(event.cause, event.task, event.at, basis))


def _resumed(step: _Step) -> None:
    event = step.event
    standing = [h for h in _standing(step.line, event.task) if not h.implied and event.cause in (None, h.cause)]
    if not standing:
        raise errors.NothingToResume.of(step.number, event, cause=event.cause or event.task or "—")
    if len(standing) > 1:
        raise errors.ResumeWhich.of(step.number, event, cause="、".join(h.cause for h in standing))
    standing[0].until = event.at


def _standing(line: Timeline, task: str | None) -> list[Halt]:
    return [halt for halt in line.halts if halt.until is None and halt.task == task]


def _extended(step: _Step) -> None:
    line, event = step.line, step.event
    if line.extended_at is not None:
        raise errors.ExtendedTwice.of(step.number, event, before_at=_said(line.extended_at))
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


def _need_step(step: _Step) -> None:
    """An event about a task needs that task to be at work."""
    task = step.event.task
    if task is not None and not _at_work(step.line, task):
        raise errors.Misplaced.of(step.number, step.event, missing=f"task_started {task}")


def _at_work(line: Timeline, task: str) -> bool:
    kinds = [e.kind for _, e in line.seen if e.task == task and e.kind in ("task_started", "task_done")]
    return bool(kinds) and kinds[-1] == "task_started"


def _hearing_told(step: _Step) -> None:
    step.line.begin("hearing-request", step.event.at)


def _hearing_requested(step: _Step) -> None:
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


def _hearing_held(step: _Step) -> None:
    line, at = step.line, step.event.at
    if line.open("hearing-held") is None:
        raise errors.Misplaced.of(step.number, step.event, missing="hearing_requested")
    line.close(at, "hearing-held", fulfilled=True)
    for halt in line.halts:
        if halt.implied:
            halt.until = halt.until or at


def _task_started(step: _Step) -> None:
    line, event = step.line, step.event
    task = event.task
    if task is None:
        raise errors.Misplaced.of(step.number, event, missing="task")
    if _at_work(line, task):
        started = next(e for _, e in reversed(line.seen) if e.kind == "task_started" and e.task == task)
        raise errors.Doubled.of(step.number, event, before_at=_said(started.at))
    if task in line.terms.steps:
        line.add("step", "workday", line.terms.steps[task], event.at, "", task)
    elif task in line.terms.step_hours:
        line.add("step", "hour", line.terms.step_hours[task], event.at, "", task)


def _task_done(step: _Step) -> None:
    line, event = step.line, step.event
    if event.task is None or not _at_work(line, event.task):
        raise errors.Misplaced.of(step.number, event, missing=f"task_started {event.task or ''}".strip())
    line.close(event.at, "step", "lower-review", fulfilled=True, task=event.task)
    for halt in line.halts:
        if halt.task == event.task:
            halt.until = halt.until or event.at


def _decided(step: _Step) -> None:
    line, event = step.line, step.event
    line.close(event.at, "decision", "promise", "instant", "step", "lower-review", fulfilled=True)
    _finish(step, "decided")
    if event.outcome not in NOTHING_TO_DELIVER:
        line.begin("delivery", event.at)


NOTHING_TO_DELIVER = frozenset({"declined", "refused"})
"""Outcomes after which there is no certificate to deliver."""


def _delivered(step: _Step) -> None:
    delivery = next((p for p in step.line.periods if p.name == "delivery"), None)
    if delivery is not None:
        delivery.ended_at, delivery.fulfilled = step.event.at, True


def _revoked(step: _Step) -> None:
    step.line.close(step.event.at, "delivery", fulfilled=False)


def _nothing(step: _Step) -> None:
    """Recorded, and without effect on any period."""


_APPLY = {
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
