"""Random files of events, likely and unlikely ones, the same for the same seed."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from tests.cases.clock.reference import ALL_YEARS, CAUSES, CHINA, Book, Happening, LimitRow, Rules

FIRST, LAST = date(2004, 1, 2), date(2027, 3, 31)
HOURS = [time(0), time(0, 0, 1), time(9), time(12), time(17, 29, 59), time(17, 30), time(17, 30, 1), time(23, 59, 59)]
LAW = {
    "notice": 5, "supplement-response": 15, "decision": 20, "extension": 10, "decision-joint": 45,
    "extension-joint": 15, "lower-review": 20, "delivery": 10, "hearing-request": 5, "hearing-held": 20,
}  # fmt: skip
TASKS = ["police", "fire"]
STEPS_AHEAD = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 9, 12, 18, 30]

EXAMINING = ["accepted"] * 6 + ["supplement_asked"] * 5 + ["returned"] * 3 + ["task_started"] * 2
RARELY = ["refused", "withdrawn", "terminated"]
LEADS = {
    "received": "examining", "supplement_asked": "supplementing", "supplemented": "examining", "returned": "returned",
    "resubmitted": "examining", "accepted": "deciding", "deemed_accepted": "deciding", "refused": "ended",
    "decided": "decided", "withdrawn": "ended", "terminated": "ended",
}  # fmt: skip
ALL_KINDS = sorted({*LEADS, "suspended", "resumed", "extended", "hearing_told", "hearing_requested", "hearing_held",
                    "task_started", "task_done", "transferred", "delivered", "corrected", "revoked"})  # fmt: skip


class Case(NamedTuple):
    """Everything that the two clocks are given."""

    events: list[Happening]
    rules: Rules
    book: Book
    now: datetime


def case_of(seed: int) -> Case:
    """The case of ``seed``."""
    random = Random(seed)
    start = FIRST + timedelta(days=random.randrange((LAST - FIRST).days))
    events = _events(random, start)
    if random.random() < 0.03 and len(events) > 1:
        events.append(random.choice(events))
    later = timedelta(days=random.choice([0, 0, 1, 3, 7, 15, 40, 80]), minutes=random.choice([0, 0, 1, 800]))
    now = max(event.at for event in events) + (later if random.random() < 0.98 else -timedelta(days=2))
    return Case(events, _rules(random), book_of(random, start), now)


class _Plot:
    """Where a case has come to, roughly: enough to choose what may well come next."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.state = "nothing"
        self.waited = 0
        self.stops: list[tuple[str, str | None]] = []
        self.working: list[str] = []
        self.hearing = 0
        self.extended = False

    def likely(self) -> list[str]:
        """Kinds that may follow, the likely ones more often."""
        if self.state == "nothing":
            return ["received"]
        if self.state == "examining":
            return EXAMINING + RARELY if self.waited < 8 else ["accepted", "deemed_accepted", *EXAMINING[-11:]]
        if self.state in ("supplementing", "returned"):
            return ["supplemented" if self.state == "supplementing" else "resubmitted"] * 20 + RARELY
        if self.state == "decided":
            return ["delivered"] * 3 + ["corrected", "revoked"]
        return self._deciding() if self.state == "deciding" else ["delivered"]

    def _deciding(self) -> list[str]:
        kinds = ["suspended"] * 6 + ["resumed"] * (5 * len(self.stops)) + ["extended"] * (0 if self.extended else 4)
        kinds += ["task_started"] * (2 - len(self.working)) * 3 + ["task_done"] * len(self.working) * 2
        kinds += [["hearing_told"], ["hearing_requested"], ["hearing_held"], []][self.hearing] * 4
        return [*kinds, "decided", "decided", "transferred", self.random.choice(RARELY)]

    def event(self, kind: str, at: datetime) -> Happening:
        """An event of ``kind``, mostly one that fits."""
        random = self.random
        task, cause, days, outcome = None, None, None, None
        if kind == "task_done" and self.working:
            task = random.choice(self.working)
        elif kind in ("task_started", "task_done"):
            task = random.choice([one for one in TASKS if one not in self.working] or TASKS)
        elif kind in ("suspended", "extended") and self.working and random.random() < 0.4:
            task = random.choice(self.working)
        if kind == "suspended":
            free = [one for one in CAUSES if (one, task) not in self.stops]
            cause = random.choice(free[:3] if random.random() < 0.97 else CAUSES)
        elif kind == "resumed" and self.stops:
            cause, task = random.choice(self.stops)
            cause = cause if random.random() < 0.9 else None
        elif kind == "extended" and random.random() < 0.5:
            days = random.choice([1, 3, 5, 8, 10, 10, 10, 15, 16, 0])
        elif kind == "decided":
            outcome = random.choice([None, "approved", "declined"])
        self._note(kind, task, cause)
        return Happening(kind, at, task, cause, days, outcome)

    def _note(self, kind: str, task: str | None, cause: str | None) -> None:
        if LEADS.get(kind) == "examining":
            self.waited = 0
        self.state = LEADS.get(kind, self.state)
        if kind == "suspended" and cause is not None:
            self.stops.append((cause, task))
        elif kind == "resumed":
            self.stops = [stop for stop in self.stops if stop[1] != task or (cause and stop[0] != cause)]
        elif kind == "task_started" and task is not None:
            self.working.append(task)
        elif kind == "task_done" and task in self.working:
            self.working.remove(task)
            self.stops = [stop for stop in self.stops if stop[1] != task]
        elif kind.startswith("hearing"):
            self.hearing = min(self.hearing + 1, 3)
        self.extended = self.extended or kind == "extended"


def _events(random: Random, start: date) -> list[Happening]:
    day, hour, plot = start, random.choice(HOURS), _Plot(random)
    events: list[Happening] = []
    for _ in range(random.randint(1, 24)):
        kind = random.choice(plot.likely() if random.random() < 0.985 else ALL_KINDS)
        at = datetime.combine(day, hour, CHINA)
        events.append(plot.event(kind, at if random.random() < 0.7 else at.astimezone(UTC)))
        if random.random() < {"ended": 0.95, "decided": 0.4}.get(plot.state, 0.0):
            break
        ahead = random.choice(STEPS_AHEAD[:13] if plot.state == "examining" and random.random() < 0.7 else STEPS_AHEAD)
        day += timedelta(days=ahead)
        plot.waited += ahead
        hour = random.choice([one for one in HOURS if ahead or one >= hour])
        if random.random() < 0.004:
            day -= timedelta(days=3)
    return events


def _rules(random: Random) -> Rules:
    rows = [LimitRow(id, days, "workday", date(2004, 1, 1), None, None) for id, days in LAW.items()]
    if random.random() < 0.3:
        rows[1] = rows[1]._replace(unit="day", days=random.choice([1, 7, 30]))
    if random.random() < 0.3:
        change = date(random.randint(2005, 2026), random.randint(1, 12), 15)
        place = random.randrange(len(rows))
        old = rows[place]
        rows[place] = old._replace(until=change - timedelta(days=1))
        rows.append(old._replace(days=max(1, old.days - 2), since=change))
    for region in ("33", "3301", "330103", "440103"):
        if random.random() < 0.15:
            old = random.choice(rows[:10])
            rows.append(
                old._replace(days=random.randint(1, old.days), until=None, since=date(2010, 1, 1), region=region)
            )
    chosen = {task: random.randint(0, 15) for task in TASKS if random.random() < 0.8}
    return Rules(
        region="330103",
        rows=rows,
        joint=random.random() < 0.3,
        promise=random.choice([None, 0, 1, 3, 5, 10, 15, 20]),
        statutory=random.choice([None, None, 7, 20, 30, 60]),
        steps=chosen,
        lower_review=random.choice([None, None, "police"]),
        silence=random.choice([None, "approve", "escalate"]),
        step_silence={task: "approve" for task in chosen if random.random() < 0.3},
        closes=random.choice([None, None, time(17, 30)]),
    )


def book_of(random: Random, near: date) -> Book:
    """The published calendar, or one in which days near a case were decided otherwise, or a year is not out yet."""
    changed = {}
    if random.random() < 0.35:
        for _ in range(random.randint(1, 12)):
            changed[near + timedelta(days=random.randrange(random.choice([15, 150])))] = random.random() < 0.5
    newest = near.year - random.choice([0, 0, 1]) if random.random() < 0.3 else LAST.year
    years = frozenset(year for year in ALL_YEARS if year <= newest)
    return Book(years, changed)
