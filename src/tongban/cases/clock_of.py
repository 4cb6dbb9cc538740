"""From the record of a case to the law's clock: its events and terms as ``cases.clock`` counts them. Pure.

Called by every act before it is written, so that stored due dates are what ``derive`` says, and by views.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tongban.basics.calendar import WorkingCalendar, local_day
from tongban.cases.clock.counting import end_of
from tongban.cases.clock.derive import derive
from tongban.cases.clock.errors import LimitUnknown
from tongban.cases.clock.events import ClockEvent
from tongban.cases.clock.limits import Limits
from tongban.cases.clock.periods import Clock
from tongban.cases.clock.terms import Terms
from tongban.cases.models import INTAKE, Case, PastEvent, Task
from tongban.cases.paths import acceptance_days, commitments_now, promise_days, task_days
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Journey

KINDS: Mapping[str, str] = {
    "case.submitted": "received",
    "case.supplement_asked": "supplement_asked",
    "case.supplemented": "supplemented",
    "case.returned": "returned",
    "case.resubmitted": "resubmitted",
    "case.accepted": "accepted",
    "case.deemed_accepted": "deemed_accepted",
    "case.refused": "refused",
    "case.suspended": "suspended",
    "case.resumed": "resumed",
    "case.extended": "extended",
    "case.hearing_told": "hearing_told",
    "case.hearing_requested": "hearing_requested",
    "case.hearing_held": "hearing_held",
    "case.transferred": "transferred",
    "case.closed": "decided",
    "case.delivered": "delivered",
    "case.decision_corrected": "corrected",
    "case.decision_revoked": "revoked",
    "case.withdrawn": "withdrawn",
    "case.terminated": "terminated",
    "case.lapsed": "terminated",
    "case.deleted": "terminated",
    "case.handed_over": "terminated",
}
"""What each event of a case is to the clock. What is not listed does not move it."""

_BEGINS_INTAKE = frozenset({"received", "supplemented", "resubmitted"})
_ENDS_INTAKE = frozenset({"supplement_asked", "returned", "accepted", "deemed_accepted", "refused"})
# One task's decision may be changed before the case is closed, and several may be: the clock asks once, afterwards.
_AFTERWARDS = frozenset({"corrected", "revoked"})
_LAST = frozenset({"decided", "withdrawn", "terminated", "refused"})


def joint(journey: Journey) -> bool:
    """Whether several departments decide, so that the limits of joint handling bind."""
    return len({task.department for task in journey.tasks}) > 1


def terms_of(version: JourneyVersion, case: Case, events: Sequence[PastEvent], limits: Limits) -> Terms:
    """The terms under which ``case`` runs: what its journey's version promised on the path it took."""
    journey, fast, signed = version.journey, case.fast_lane is not None, tuple(commitments_now(events))
    items = {task.id: version.items[task.item] for task in journey.tasks}
    hours = {name: item.hours for name, item in items.items() if item.finish == 1 and item.hours is not None}
    steps = {t.id: task_days(journey, t, fast, signed) for t in journey.tasks if t.id not in hours}
    return Terms(
        region=case.region,
        limits=limits,
        joint=joint(journey),
        promise_days=promise_days(journey, fast),
        statutory_days=journey.statutory.days,
        statutory_basis=journey.statutory.basis or "",
        steps={INTAKE: acceptance_days(journey, fast), **steps},
        step_hours=hours,
        office=limits.office(case.region),
        step_silence={name: item.silence.then for name, item in items.items() if item.silence is not None},
    )


def clock_events(version: JourneyVersion, events: Sequence[PastEvent], tasks: Iterable[Task]) -> list[ClockEvent]:
    """What happened to a case, as the clock reads it: in order, with when each department's step began and ended."""
    ranked = [*_of_case(version, events), *_of_tasks(tasks)]
    return [event for _, event in sorted(ranked, key=lambda one: (one[1].at, one[0]))]


def _of_case(version: JourneyVersion, events: Sequence[PastEvent]) -> Iterator[tuple[int, ClockEvent]]:
    at_intake, seen = False, set[str]()
    for event in events:
        kind = "terminated" if _referred_away(event) else KINDS.get(event.kind)
        if kind is None or (kind in _AFTERWARDS and ("decided" not in seen or kind in seen)):
            continue
        seen.add(kind)
        if kind in _ENDS_INTAKE and at_intake:
            at_intake = False
            yield 0, ClockEvent("task_done", event.at, INTAKE)
        yield 9 if kind in _LAST else 1, _one(kind, event)
        if kind in _BEGINS_INTAKE and not at_intake:
            at_intake = True
            yield 2, ClockEvent("task_started", event.at, INTAKE)
        if kind == "decided" and not to_hand_over(version, events):
            yield 10, ClockEvent("delivered", event.at)


def _referred_away(event: PastEvent) -> bool:
    return event.kind == "case.referred" and event.detail.get("cause") == "upward"


def _one(kind: str, event: PastEvent) -> ClockEvent:
    detail = event.detail
    task = event.task if kind in ("suspended", "resumed") else None
    cause = detail.get("cause") if kind in ("suspended", "resumed") else None
    days = detail.get("days") if kind == "extended" else None
    return ClockEvent(kind, event.at, task, cause, days, event.basis, detail.get("outcome"))


def _of_tasks(tasks: Iterable[Task]) -> Iterator[tuple[int, ClockEvent]]:
    for task in tasks:
        if task.kind == "step" and task.started_at is not None:
            yield 3, ClockEvent("task_started", task.started_at, task.task)
            if task.decided_at is not None:
                # A step that is decided in the moment it begins ends after it began.
                rank = 4 if task.decided_at == task.started_at else 2
                yield rank, ClockEvent("task_done", task.decided_at, task.task, outcome=task.decision)


def to_hand_over(version: JourneyVersion, events: Sequence[PastEvent]) -> bool:
    """Whether anything approved leaves a certificate that must be handed over, not only its electronic licence."""
    approved = {e.task for e in events if e.kind == "task.decided" and e.detail.get("decision") == "approved"}
    return any(
        version.items[task.item].delivery == "hand"
        for task in version.journey.tasks
        if task.id in approved and task.produces is not None
    )


def clock_of(
    version: JourneyVersion,
    case: Case,
    events: Sequence[PastEvent],
    tasks: Iterable[Task],
    limits: Limits,
    calendar: WorkingCalendar,
    now: dt.datetime,
    recorded_until: dt.datetime | None = None,
) -> Clock:
    """The clock of ``case`` at ``now``. Events before ``recorded_until`` (all, if it is absent) stand as they are.

    Raises ``ClockFault`` when a newer one is not allowed.
    """
    found = clock_events(version, events, tasks)
    recorded = len(found) if recorded_until is None else sum(one.at < recorded_until for one in found)
    return derive(found, terms_of(version, case, events, limits), calendar, now, recorded)


def notice_ends(limits: Limits, calendar: WorkingCalendar, region: str, now: dt.datetime) -> dt.datetime | None:
    """When silence accepts an application received ``now``, as ``derive`` says it; None without a declared limit.

    Apart, because a submission has no time for the whole clock.
    """
    today = local_day(now)
    try:
        limit = limits.at("notice", region, today)
    except LimitUnknown:
        return None
    return end_of(calendar.add_workdays(today, limit.days).day, None)


def due_of_case(clock: Clock) -> dt.date | None:
    """The day on which the case is due: as promised, else by law; None before acceptance and while it stands."""
    period = clock.period("promise") or clock.period("decision")
    return period.due_on if period else None


def due_of_task(clock: Clock, task: Task) -> dt.date | None:
    """The day on which ``task`` is due; None while it waits or stands."""
    period = None if task.state == "waiting" else clock.period("step", task.task)
    return period.due_on if period else None
