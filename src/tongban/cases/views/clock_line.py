"""The law's clock of one case as people read it: every period counted day by day, what stands, what was extended.

The same shape serves pages, programs and stories.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from tongban.basics.calendar import CalendarDay, local_day
from tongban.cases.clock.counting import merged
from tongban.cases.clock.days import CountedDay, days_of
from tongban.cases.clock.periods import Clock, Period
from tongban.cases.clock_of import clock_of
from tongban.cases.course import CAUSES, Extension, Hearing, Standing, extension, hearing, last, standing
from tongban.cases.kernel import Kernel
from tongban.cases.models import Case, PastEvent, Task
from tongban.services.catalogue import JourneyVersion

PERIODS: Mapping[str, tuple[str, str]] = {
    "notice": ("受理审查", "notice of what is missing"),
    "supplement-response": ("补正材料", "supplement"),
    "promise": ("承诺期限", "promise"),
    "decision": ("法定期限", "statutory limit"),
    "lower-review": ("下级机关审查", "review by the lower authority"),
    "step": ("环节期限", "step"),
    "instant": ("即办", "instant item"),
    "hearing-request": ("申请听证", "requesting a hearing"),
    "hearing-held": ("组织听证", "holding the hearing"),
    "delivery": ("送达", "delivery"),
}
"""What each period is called, in Chinese and English."""


class PeriodLine(Struct, frozen=True):
    """One period with its computation. ``days`` is every day from the first that may count to the last."""

    period: Period
    name_zh: str
    name_en: str
    days: list[CountedDay]


class StandingLine(Struct, frozen=True):
    """One suspension that lasts: why, since when, and until when it was announced."""

    cause: str
    cause_zh: str
    cause_en: str
    task: str | None
    since: dt.datetime
    until: dt.date | None


class ClockLine(Struct, frozen=True):
    """All of it. ``suspended_days``: working days on which the whole case stood. ``pending``: a moment of the
    platform's own has come and it is about to act.
    """

    periods: list[PeriodLine] = []
    standing: list[StandingLine] = []
    suspended_days: int = 0
    extension: Extension = "none"
    hearing: Hearing = "none"
    deemed_accepted: dt.date | None = None
    delivered_on: dt.date | None = None
    pending: bool = False

    def step(self, task: str) -> PeriodLine | None:
        """The newest period of ``task``, or None while it waits."""
        return next((one for one in reversed(self.periods) if one.period.task == task), None)


def clock_line(
    kernel: Kernel,
    version: JourneyVersion,
    case: Case,
    events: Sequence[PastEvent],
    tasks: Iterable[Task],
    now: dt.datetime,
) -> ClockLine:
    """The clock of ``case`` at ``now``."""
    now = max([now, *(event.at for event in events[-1:])])
    clock = clock_of(version, case, events, tasks, kernel.limits, kernel.calendar, now)
    delivered = last(events, "case.delivered")
    return ClockLine(
        periods=[_period(kernel, clock, period) for period in clock.periods],
        standing=[_standing(one) for one in standing(events)] if case.closed_at is None else [],
        suspended_days=_suspended_days(kernel, clock),
        extension=extension(events),
        hearing=hearing(events),
        deemed_accepted=clock.deemed_accepted,
        delivered_on=local_day(delivered.at) if delivered else None,
        pending=case.look_at is not None and case.look_at <= now,
    )


def _period(kernel: Kernel, clock: Clock, period: Period) -> PeriodLine:
    zh, en = PERIODS.get(period.name, (period.name, period.name))
    return PeriodLine(period, zh, en, days_of(period, clock, kernel.calendar))


def _standing(one: Standing) -> StandingLine:
    cause = CAUSES[one.cause]
    return StandingLine(one.cause, cause.zh, cause.en, one.task, one.since, one.until)


def _suspended_days(kernel: Kernel, clock: Clock) -> int:
    whole = [stop for stop in clock.stops if stop.task is None]
    if not whole:
        return 0
    gaps = [(local_day(stop.since), local_day(stop.until) if stop.until else None) for stop in whole]
    today = local_day(clock.now)
    return sum(kernel.calendar.workdays_between(a, b or today) for a, b in merged(gaps, gaps[0][0]))


def computation(line: PeriodLine | None) -> list[CalendarDay]:
    """The days of a period as a plain calendar shows them: ``is_workday`` says whether the day counts."""
    if line is None:
        return []
    return [CalendarDay(one.day, one.counts, one.provisional, one.reason, one.reason_en) for one in line.days]
