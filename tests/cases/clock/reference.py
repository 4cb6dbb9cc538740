"""The law's clock a second time, written plainly: it walks from day to day, event to event, and counts on its fingers.

Nothing here comes from the package under test. Holidays are those of ``chinese_calendar``. ``run`` is slow and has no
arithmetic of dates beyond "the next day"; ``test_against_reference`` compares it with the real clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple

from chinese_calendar import constants

CHINA = timezone(timedelta(hours=8))
ONE = timedelta(days=1)
FAR = 900
ALL_YEARS = frozenset(day.year for day in constants.holidays)


class Happening(NamedTuple):
    """One event."""

    kind: str
    at: datetime
    task: str | None = None
    cause: str | None = None
    days: int | None = None
    outcome: str | None = None

    @property
    def day(self) -> date:
        return self.at.astimezone(CHINA).date()

    @property
    def hour(self) -> time:
        return self.at.astimezone(CHINA).time()


class LimitRow(NamedTuple):
    """One declared limit."""

    id: str
    days: int
    unit: str
    since: date
    until: date | None
    region: str | None


@dataclass(frozen=True)
class Rules:
    """The terms of a case."""

    region: str
    rows: Sequence[LimitRow]
    joint: bool = False
    promise: int | None = None
    statutory: int | None = None
    steps: Mapping[str, int] = field(default_factory=dict)
    lower_review: str | None = None
    silence: str | None = None
    step_silence: Mapping[str, str] = field(default_factory=dict)
    closes: time | None = None

    def limit(self, id: str, day: date) -> LimitRow:
        best = None
        for row in self.rows:
            if row.id != id or day < row.since or (row.until is not None and day > row.until):
                continue
            if row.region is not None and self.region[: len(row.region)] != row.region:
                continue
            if (
                best is None
                or len(row.region or "") > len(best.region or "")
                or (len(row.region or "") == len(best.region or "") and row.since > best.since)
            ):
                best = row
        assert best is not None, id
        return best


@dataclass(frozen=True)
class Book:
    """Which days are worked, looked up one at a time."""

    years: frozenset[int] = ALL_YEARS
    changed: Mapping[date, bool] = field(default_factory=dict)

    def _known(self, day: date) -> bool:
        # New Year's notice decides the last week of December.
        if (day.month, day.day) >= (12, 25):
            return day.year + 1 in self.years
        return day.year in self.years

    def works(self, day: date) -> bool:
        if day in self.changed:
            return self.changed[day]
        if self._known(day) and day in constants.workdays:
            return True
        if self._known(day) and day in constants.holidays:
            return False
        return day.weekday() not in (5, 6)

    def assumed(self, day: date) -> bool:
        if day in self.changed:
            return False
        return day.year not in self.years or not self._known(day)


class Refused(Exception):
    """An event that can not be: its number from 1, and why."""

    def __init__(self, number: int, code: str) -> None:
        super().__init__(number, code)
        self.number = number
        self.code = code


class Lived(NamedTuple):
    """One day that a period lived through."""

    day: date
    stood: bool
    worked: bool
    assumed: bool


@dataclass
class Span:
    """A period."""

    name: str
    task: str | None
    unit: str
    length: int
    began: date
    lived: list[Lived] = field(default_factory=list)
    ended: Happening | None = None
    done: bool = False
    lapsed: bool = False
    stood_at_end: bool = False

    def counted(self, one: Lived) -> bool:
        return not one.stood and (one.worked or self.unit == "day")

    def last(self) -> tuple[date, bool] | None:
        """The last day and whether it is assumed, as far as was lived; None if it was not reached."""
        if self.length == 0:
            return self.began, False
        count, assumed = 0, False
        for one in self.lived:
            if self.unit == "workday":
                assumed = assumed or (one.assumed and not one.stood)
                if self.counted(one):
                    count += 1
                    if count == self.length:
                        return one.day, assumed
            else:
                if self.counted(one):
                    count += 1
                if count >= self.length:
                    assumed = assumed or (one.assumed and not one.stood)
                    if one.worked and not one.stood:
                        return one.day, assumed
        return None


class Found(NamedTuple):
    """What is said of a period."""

    name: str
    task: str | None
    unit: str
    length: int
    began: date
    due: date | None
    provisional: bool
    ended: datetime | None
    elapsed: int
    left: int
    state: str


class Answer(NamedTuple):
    """What is said of a case."""

    state: str
    periods: list[Found]
    standing: list[tuple[str, str | None, date]]
    accepted: date | None
    deemed: date | None
    silence: list[tuple[str, str | None, bool]]


MAY = {
    "received": ["nothing"],
    "supplement_asked": ["examining"],
    "returned": ["examining"],
    "supplemented": ["supplementing"],
    "resubmitted": ["returned"],
    "accepted": ["examining", "supplementing"],
    "deemed_accepted": ["examining"],
    "refused": ["examining", "supplementing", "returned"],
    "withdrawn": ["examining", "supplementing", "returned", "deciding"],
    "terminated": ["examining", "supplementing", "returned", "deciding"],
    "transferred": ["examining", "supplementing", "returned", "deciding"],
    "task_started": ["examining", "supplementing", "returned", "deciding"],
    "task_done": ["examining", "supplementing", "returned", "deciding"],
    "delivered": ["decided"],
    "corrected": ["decided"],
    "revoked": ["decided"],
}
CAUSES = ["hearing", "tender", "auction", "inspection", "test", "quarantine", "appraisal", "expert-review"]
CAUSES += ["correction", "referral", "ordinary"]


class Walk:
    """One walk through a case."""

    def __init__(self, rules: Rules, book: Book, recorded: int) -> None:
        self.rules = rules
        self.book = book
        self.recorded = recorded
        self.state = "nothing"
        self.today = date.min
        self.number = 0
        self.past: list[Happening] = []
        self.spans: list[Span] = []
        self.stops: list[tuple[str, str | None, date, bool]] = []
        self.working: set[str] = set()
        self.accepted: date | None = None
        self.deemed = False
        self.formal = False
        self.void: list[str] = []
        self.extended = False

    # ---- days ------------------------------------------------------------------------------------

    def morning(self, day: date) -> None:
        self.today = day
        for span in self.spans:
            # A second certificate may be delivered after the first.
            if (span.ended is None or span.name == "delivery") and span.began < day:
                span.lived.append(Lived(day, self.stands(span), self.book.works(day), self.book.assumed(day)))

    def stands(self, span: Span) -> bool:
        if span.name not in ("decision", "promise", "lower-review", "step"):
            return False
        return any(task is None or (span.name == "step" and span.task == task) for _, task, _, _ in self.stops)

    def over(self, span: Span, day: date, hour: time) -> bool:
        last = span.last()
        if last is None or day < last[0]:
            return False
        if day > last[0]:
            return True
        return self.rules.closes is not None and hour > self.rules.closes

    # ---- periods ---------------------------------------------------------------------------------

    def begin(self, name: str, unit: str, length: int, began: date, task: str | None = None) -> None:
        span = Span(name, task, unit, length, began)
        day = began
        while day < self.today:  # what began earlier has lived since
            day += ONE
            span.lived.append(Lived(day, False, self.book.works(day), self.book.assumed(day)))
        self.spans.append(span)

    def begin_by_law(self, name: str, began: date, limit: str | None = None, task: str | None = None) -> None:
        row = self.rules.limit(limit or name, began)
        self.begin(name, row.unit, row.days, began, task)

    def running(self, name: str, task: str | None = None) -> Span | None:
        for span in self.spans:
            if span.name == name and span.task == task and span.ended is None:
                return span
        return None

    def end(self, event: Happening, done: bool, *names: str, task: str | None = None) -> None:
        for span in self.spans:
            if span.ended is None and (span.name in names or not names) and (task is None or span.task == task):
                span.ended, span.done, span.stood_at_end = event, done, self.stands(span)

    def accept(self, began: date) -> None:
        self.state = "deciding"
        self.accepted = began
        if self.rules.statutory is not None:
            self.begin("decision", "workday", self.rules.statutory, began)
        else:
            self.begin_by_law("decision", began, "decision-joint" if self.rules.joint else "decision")
        if self.rules.promise is not None:
            self.begin("promise", "workday", self.rules.promise, began)
        if self.rules.lower_review is not None:
            self.begin_by_law("lower-review", began, task=self.rules.lower_review)

    def silence_accepts(self, day: date, hour: time) -> None:
        notice = self.running("notice")
        if notice is not None and self.over(notice, day, hour):
            last = notice.last()
            assert last is not None
            notice.lapsed = True
            midnight = datetime.combine(last[0] + ONE, time(), CHINA)
            shut = midnight if self.rules.closes is None else datetime.combine(last[0], self.rules.closes, CHINA)
            notice.ended = Happening("lapsed", shut)
            notice.lived = [one for one in notice.lived if one.day <= last[0]]
            self.deemed = True
            self.accept(notice.began)

    # ---- events ----------------------------------------------------------------------------------

    def no(self, code: str) -> None:
        raise Refused(self.number, code)

    def no_longer(self, code: str) -> None:
        """Refused if it is new; what was recorded stays."""
        if self.number > self.recorded:
            self.no(code)

    def hear(self, event: Happening) -> None:
        self.number += 1
        for earlier in self.past:
            once = ("received", "accepted", "deemed_accepted", "decided", "revoked", "hearing_told")
            if earlier == event or (earlier.kind == event.kind and event.kind in once):
                self.no("clock.doubled")
        if self.past and event.at < self.past[-1].at:
            self.no("clock.order")
        self.silence_accepts(event.day, event.hour)
        if self.is_lawful(event):
            self.act(event)
        self.past.append(event)

    def is_lawful(self, event: Happening) -> bool:
        kind = event.kind
        if self.state in MAY.get(kind, ["deciding"]):
            return True
        if self.deemed and self.state == "deciding":
            if kind in ("supplement_asked", "returned") and not self.formal:
                self.void.append(kind)
                return False
            if kind == "supplemented" and "supplement_asked" in self.void:
                self.void.remove("supplement_asked")
                return False
            if kind == "resubmitted" and "returned" in self.void:
                self.void.remove("returned")
                return False
            if kind in ("accepted", "deemed_accepted", "refused") and not self.formal:
                return True
        ends = [e for e in self.past if e.kind in ("refused", "withdrawn", "terminated", "decided")]
        if ends:
            self.no("clock.doubled" if ends[-1].kind == kind else "clock.after_end")
        if self.past and self.past[-1].kind == kind:
            self.no("clock.doubled")
        self.no("clock.misplaced")
        return False

    def act(self, event: Happening) -> None:
        kind, day = event.kind, event.day
        if kind in ("received", "supplemented", "resubmitted"):
            self.state = "examining"
            self.end(event, True, "supplement-response")
            self.begin_by_law("notice", day)
        elif kind == "supplement_asked":
            self.state = "supplementing"
            self.end(event, True, "notice")
            self.begin_by_law("supplement-response", day)
        elif kind == "returned":
            self.state = "returned"
            self.end(event, True, "notice")
        elif kind == "accepted":
            self.formal = True
            if not self.deemed:
                self.end(event, True, "notice")
                self.end(event, False, "supplement-response")
                self.accept(day)
        elif kind == "deemed_accepted":
            notice = self.running("notice")
            if notice is not None:
                self.no_longer("clock.deemed_early")
                notice.ended = event
                self.deemed = True
                self.accept(notice.began)
            self.formal = True
        elif kind in ("refused", "withdrawn", "terminated"):
            if kind == "refused":
                self.end(event, True, "notice")
            self.end(event, False)
            self.stops = []
            self.state = "ended"
        elif kind == "decided":
            self.end(event, True, "decision", "promise", "step", "lower-review")
            self.end(event, False)
            self.stops = []
            self.state = "decided"
            if event.outcome not in ("declined", "refused"):
                self.begin_by_law("delivery", day)
        elif kind == "delivered":
            for span in self.spans:
                if span.name == "delivery":
                    span.ended, span.done = event, True
        elif kind == "revoked":
            self.end(event, False, "delivery")
        elif kind.startswith("task"):
            self.task(event)
        elif kind.startswith("hearing"):
            self.hearing(event)
        elif kind in ("suspended", "resumed"):
            self.stop(event)
        elif kind == "extended":
            self.extend(event)

    def task(self, event: Happening) -> None:
        assert event.task is not None
        if event.kind == "task_started":
            if event.task in self.working:
                self.no("clock.doubled")
            self.working.add(event.task)
            if event.task in self.rules.steps:
                self.begin("step", "workday", self.rules.steps[event.task], event.day, event.task)
            return
        if event.task not in self.working:
            self.no("clock.misplaced")
        self.working.remove(event.task)
        self.end(event, True, "step", "lower-review", task=event.task)
        self.stops = [stop for stop in self.stops if stop[1] != event.task]

    def hearing(self, event: Happening) -> None:
        if event.kind == "hearing_told":
            self.begin_by_law("hearing-request", event.day)
        elif event.kind == "hearing_requested":
            asked = self.running("hearing-request")
            if asked is None:
                self.no("clock.misplaced")
            elif self.over(asked, event.day, event.hour):
                self.no_longer("clock.hearing_late")
            self.end(event, True, "hearing-request")
            self.begin_by_law("hearing-held", event.day)
            self.stops.append(("hearing", None, event.day, True))
        else:
            if self.running("hearing-held") is None:
                self.no("clock.misplaced")
            self.end(event, True, "hearing-held")
            self.stops = [stop for stop in self.stops if not stop[3]]

    def stop(self, event: Happening) -> None:
        open_now = [stop for stop in self.stops if stop[1] == event.task and not stop[3]]
        if event.kind == "suspended":
            if event.cause not in CAUSES:
                self.no("clock.unknown_cause")
            if event.task is not None and event.task not in self.working:
                self.no("clock.misplaced")
            if any(stop[0] == event.cause for stop in open_now):
                self.no("clock.doubled")
            assert event.cause is not None
            self.stops.append((event.cause, event.task, event.day, False))
            return
        meant = [stop for stop in open_now if event.cause is None or event.cause == stop[0]]
        if not meant:
            self.no("clock.nothing_to_resume")
        if len(meant) > 1:
            self.no("clock.resume_which")
        self.stops.remove(meant[0])

    def extend(self, event: Happening) -> None:
        if self.extended:
            self.no("clock.extended_twice")
        if event.task is not None and event.task not in self.working:
            self.no("clock.misplaced")
        decision = self.running("decision")
        assert decision is not None
        row = self.rules.limit("extension-joint" if self.rules.joint else "extension", decision.began)
        days = row.days if event.days is None else event.days
        if days < 1 or days > row.days:
            self.no_longer("clock.extended_too_long")
        if self.over(decision, event.day, event.hour):
            self.no_longer("clock.extended_late")
        self.extended = True
        longer = [decision]
        for span in (self.running("promise"), self.running("step", event.task) if event.task else None):
            if span is not None and not self.over(span, event.day, event.hour):
                longer.append(span)
        for span in longer:
            span.length += days

    # ---- what is said in the end --------------------------------------------------------------------

    def say(self, span: Span, now: datetime) -> Found:
        end = span.ended.at if span.ended is not None else now
        local = end.astimezone(CHINA)
        today, hour = local.date(), local.time()
        if span.lapsed:
            last_lived = span.last()
            assert last_lived is not None
            today = last_lived[0]
        elapsed = sum(span.counted(one) for one in span.lived if one.day <= today)
        stands = span.stood_at_end if span.ended is not None else self.stands(span)
        ahead = Span(
            span.name, span.task, span.unit, span.length, span.began, [o for o in span.lived if o.day <= today]
        )
        day = max(today, span.began)
        while ahead.last() is None and not stands:
            day += ONE
            assert (day - today).days < FAR
            ahead.lived.append(Lived(day, False, self.book.works(day), self.book.assumed(day)))
        last = ahead.last()
        if last is None:
            return self.found(span, None, False, elapsed, span.length - elapsed, "standing")
        due, provisional = last
        # What remains, or what it is over: days that count between today and the last day.
        left = sum(span.counted(one) for one in ahead.lived if today < one.day <= due)
        left -= sum(span.counted(one) for one in ahead.lived if due < one.day <= today)
        late = today > due or (today == due and self.rules.closes is not None and hour > self.rules.closes)
        return self.found(span, due, provisional, elapsed, left, "late" if late else "running")

    def found(self, span: Span, due: date | None, assumed: bool, elapsed: int, left: int, state: str) -> Found:
        if span.lapsed:
            state = "late"
        elif state == "late" and span.name == "hearing-request":
            state = "ended"
        elif state != "late" and span.ended is not None:
            state = "met" if span.done else "ended"
        at = span.ended.at if span.ended is not None else None
        return Found(span.name, span.task, span.unit, span.length, span.began, due, assumed, at, elapsed, left, state)


def run(events: Sequence[Happening], rules: Rules, book: Book, now: datetime, recorded: int = 0) -> Answer:
    """What the law says of ``events`` at ``now``. Raises ``Refused``."""
    walk = Walk(rules, book, recorded)
    waiting = list(events)
    day, last_day = (waiting[0].day if waiting else date.max), now.astimezone(CHINA).date()
    while day <= last_day or waiting:
        walk.morning(day)
        while waiting and (waiting[0].day <= day or waiting[0].at > now):
            if waiting[0].at > now:
                raise Refused(walk.number + 1, "clock.future")
            walk.hear(waiting.pop(0))
        day += ONE
    if events:
        walk.silence_accepts(last_day, now.astimezone(CHINA).time())
    periods = [walk.say(span, now) for span in walk.spans]
    silence = []
    for found in periods:
        rule = rules.silence if found.name == "decision" else None
        if found.name == "step" and found.task is not None:
            rule = rules.step_silence.get(found.task)
        if rule is not None:
            silence.append((rule, found.task, found.state == "late" and found.ended is None))
    standing = [(cause, task, since) for cause, task, since, _ in walk.stops]
    return Answer(walk.state, periods, standing, walk.accepted, walk.accepted if walk.deemed else None, silence)
