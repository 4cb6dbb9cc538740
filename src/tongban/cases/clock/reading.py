"""Reads the events of a case in order: whether each may follow, then what it does. Called by ``derive`` only."""

from collections.abc import Sequence
from datetime import datetime

from tongban.basics.calendar import WorkingCalendar
from tongban.cases.clock import errors
from tongban.cases.clock.counting import end_of
from tongban.cases.clock.effects import APPLY, Step, accept
from tongban.cases.clock.events import FOLLOWS, ONCE, ClockEvent
from tongban.cases.clock.periods import Remark
from tongban.cases.clock.terms import Terms
from tongban.cases.clock.timeline import Timeline, said

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


def read(
    events: Sequence[ClockEvent], terms: Terms, calendar: WorkingCalendar, now: datetime, recorded: int
) -> Timeline:
    """All ``events`` read, and silence until ``now`` with them. Raises ``ClockFault``."""
    line = Timeline(terms, calendar)
    for number, event in enumerate(events, 1):
        _check_form(line, number, event, now)
        _let_notice_pass(line, event.at)
        if _is_lawful(line, number, event):
            APPLY[event.kind](Step(line, number, event, number <= recorded))
        line.seen.append((number, event))
    _let_notice_pass(line, now)
    return line


def _check_form(line: Timeline, number: int, event: ClockEvent, now: datetime) -> None:
    if event.kind not in FOLLOWS:
        raise errors.UnknownKind.of(number, event, known="、".join(FOLLOWS))
    if event.at.tzinfo is None:
        raise errors.NoZone.of(number, event)
    if event.at > now:
        raise errors.InTheFuture.of(number, event, now=said(now))
    for earlier in (e for _, e in line.seen if e == event or (e.kind == event.kind and event.kind in ONCE)):
        raise errors.Doubled.of(number, event, before_at=said(earlier.at))
    if line.seen and event.at < line.seen[-1][1].at:
        before = line.seen[-1][1]
        raise errors.NotInOrder.of(number, event, before=before.kind, before_at=said(before.at))


def _let_notice_pass(line: Timeline, at: datetime) -> None:
    """Silence about missing materials accepts the application as of the day it was received (article 32)."""
    notice = line.open("notice")
    due = line.passed(notice, at) if notice else None
    if notice is not None and due is not None:
        notice.ended_at, notice.lapsed = end_of(due, line.terms.closes), True
        line.deemed = True
        accept(line, notice.began_at)


def _is_lawful(line: Timeline, number: int, event: ClockEvent) -> bool:
    """Whether the event may happen now and has an effect. Raises when it can not have happened."""
    if line.state in FOLLOWS[event.kind]:
        return True
    if line.deemed and line.state == "deciding" and _comes_late(line, number, event):
        return event.kind in _CONFIRMS
    ended = next((e for _, e in reversed(line.seen) if e.kind in _ENDS), None)
    if ended is not None and ended.kind != event.kind:
        raise errors.AfterTheEnd.of(number, event, before=ended.kind, before_at=said(ended.at))
    same = next((e for _, e in reversed(line.seen) if e.kind == event.kind), None)
    if same is not None and (ended or event.kind in ONCE or line.seen[-1][1] is same):
        raise errors.Doubled.of(number, event, before_at=said(same.at))
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
