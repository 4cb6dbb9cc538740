"""When the platform itself next has something to do for a case: one row a timer. Pure.

Asked after every act; the earliest moment is stored with the case (``look_at``), and the jobs process looks at
cases whose moment has come. What is then done stands in ``cases.actions.timers`` under the same name: a new timer
is one row here and one there.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from tongban.cases.clock.counting import end_of
from tongban.cases.clock.periods import Clock
from tongban.cases.course import Standing, standing
from tongban.cases.models import Case, PastEvent, Task
from tongban.cases.paths import tolerance_now


class Watch(Struct, frozen=True):
    """A case as timers see it. ``events`` is everything that happened, in order."""

    case: Case
    tasks: Mapping[str, Task]
    events: Sequence[PastEvent]
    clock: Clock


When = Callable[[Watch], dt.datetime | None]


def _notice_ends(watch: Watch) -> dt.datetime | None:
    period = watch.clock.period("notice")
    return period.due_at if period is not None and watch.case.state == "submitted" else None


def _supplement_ends(watch: Watch) -> dt.datetime | None:
    period = watch.clock.period("supplement-response")
    return period.due_at if period is not None and watch.case.state == "supplementing" else None


def silent(watch: Watch) -> Iterator[tuple[str, str, dt.datetime]]:
    """Tasks whose silence will mean something: the task, the rule, and from when on."""
    escalated = {event.task for event in watch.events if event.kind == "task.escalated"}
    for one in watch.clock.silence:
        task = watch.tasks.get(one.task or "")
        if one.at is not None and task is not None and task.state == "ready" and task.task not in escalated:
            yield task.task, one.rule, one.at


def _silence(watch: Watch) -> dt.datetime | None:
    return min((at for _, _, at in silent(watch)), default=None)


def overstayed(watch: Watch) -> Iterator[tuple[Standing, dt.datetime]]:
    """Suspensions of which nobody was reminded yet, and when each was announced to be over."""
    reminded = {
        (event.task, event.detail.get("cause"), event.detail.get("until"))
        for event in watch.events
        if event.kind == "case.suspension_overdue"
    }
    for one in standing(watch.events):
        if one.until is not None and (one.task, one.cause, one.until.isoformat()) not in reminded:
            yield one, end_of(one.until, watch.clock.closes)


def _suspension_ends(watch: Watch) -> dt.datetime | None:
    return min((at for _, at in overstayed(watch)), default=None)


def _tolerance_ends(watch: Watch) -> dt.datetime | None:
    now = tolerance_now(watch.events)
    if now.state != "open" or now.due_on is None or watch.case.state != "accepted":
        return None
    return end_of(now.due_on, None)


WHEN: Mapping[str, When] = {
    "deemed_acceptance": _notice_ends,
    "supplement": _supplement_ends,
    "silence": _silence,
    "suspension": _suspension_ends,
    "tolerance": _tolerance_ends,
}


def next_look(watch: Watch) -> dt.datetime | None:
    """The earliest moment at which a timer has something to do; None when none ever has."""
    if watch.case.closed_at is not None:
        return None
    moments = [at for when in WHEN.values() if (at := when(watch)) is not None]
    return min(moments, default=None)


def due_timers(watch: Watch, now: dt.datetime) -> list[str]:
    """The timers whose moment has come."""
    if watch.case.closed_at is not None:
        return []
    return [name for name, when in WHEN.items() if (at := when(watch)) is not None and at <= now]
