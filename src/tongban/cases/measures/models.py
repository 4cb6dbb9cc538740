"""The shapes of measuring: one ended case as it is measured, its figures, and figures of many cases together."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from tongban.cases.models import CaseState, Outcome, PastEvent, Task
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Baseline

Measure = Literal["links", "materials", "days", "trips"]
MEASURES: tuple[Measure, ...] = ("trips", "materials", "links", "days")
"""What is compared with the time before, in the order in which it is told."""


class Ended(Struct, frozen=True):
    """A case that has ended. ``asked``: ids of the materials that the person brought; ``openings``: task → when its
    department first opened it each time it was ready."""

    version: JourneyVersion
    state: CaseState
    outcome: Outcome | None
    submitted_at: dt.datetime
    accepted_at: dt.datetime | None
    closed_at: dt.datetime
    tasks: tuple[Task, ...]
    events: tuple[PastEvent, ...]
    asked: frozenset[str] = frozenset()
    materials_not_asked: int = 0
    fields_not_asked: int = 0
    openings: Mapping[str, tuple[dt.datetime, ...]] = {}


class Phases(Struct, frozen=True):
    """How the working time of one station went by, in seconds of working days (a whole one has 86 400).

    ``waiting``: for what comes before (at intake: for the applicant); ``untouched``: ready, and nobody had opened it;
    ``standing``: suspended; ``worked``: from the first opening to the decision.
    """

    waiting: int
    untouched: int
    standing: int
    worked: int

    @property
    def idle(self) -> int:
        """What the case lost here: it could go on, or stood, and nobody worked on it."""
        return self.untouched + self.standing


class ItemFigures(Struct, frozen=True):
    """One item within one case. ``days``: working days of each of its tasks that was decided."""

    days: tuple[int, ...]
    materials: int
    trips: int


class Figures(Struct, frozen=True):
    """One case. ``days`` are working days from acceptance to the end; None for a case that was never accepted.

    ``path``: what happened on the way, which stations were passed and how, and the end; see ``figures.path_of``.
    """

    links: int
    materials: int
    days: int | None
    trips: int
    materials_not_asked: int
    fields_not_asked: int
    stations: Mapping[str, Phases]
    items: Mapping[str, ItemFigures]
    path: tuple[str, ...]


class Effect(Struct, frozen=True):
    """Before and after of one finished case, for its journey line."""

    before: Baseline | None
    links: int
    materials: int
    days: int
    trips: int
    materials_not_asked: int
    fields_not_asked: int


class Spread(Struct, frozen=True):
    """Many cases in four numbers: how many, the median, and between which values the middle half lies.

    All values were really observed: of an even number of cases the lower of the two in the middle is taken.
    """

    cases: int
    median: int
    low: int
    high: int


class Comparison(Struct, frozen=True):
    """One measure before (declared) and after (measured). ``after`` is None where too few cases have ended."""

    measure: Measure
    before: int | None
    after: Spread | None


class StationMeasures(Struct, frozen=True):
    """One station over many cases. Times in working days, medians over all cases that came through.

    ``idle`` is what cases lost here (untouched and standing together); the ``bottleneck`` has the longest median.
    ``cases`` is None where only a few of all cases did not come here.
    """

    task: str
    name: str
    department: str
    limit: int
    cases: int | None
    waiting: float
    untouched: float
    standing: float
    worked: float
    idle: float
    idle_low: float
    idle_high: float
    bottleneck: bool = False


class ItemMeasures(Struct, frozen=True):
    """One item over many cases. ``days``: from ready to decided, against its promise and the law."""

    item: str
    name: str
    department: str
    promise: int
    statutory: int
    days: Spread
    materials: Spread
    trips: Spread
    before: Baseline | None = None


class PathStep(Struct, frozen=True):
    """One mark of a path: a station with how it was passed, a special event, or the end."""

    kind: Literal["event", "task", "end"]
    name: str
    result: str = ""


class PathMeasures(Struct, frozen=True):
    """One way through the journey that several cases took."""

    steps: tuple[PathStep, ...]
    cases: int


class JourneyMeasures(Struct, frozen=True):
    """A journey over some months. What would show fewer than ``least`` cases is left out.

    ``cases``: ended with a decision, None where they are too few; ``other_paths``: cases that took rare ways, which
    are not told apart. ``materials_not_asked`` and ``fields_not_asked`` are totals over all cases.
    """

    region: str
    journey: str
    name: str
    first: dt.date
    last: dt.date
    least: int
    cases: int | None
    baseline: Baseline | None
    comparisons: list[Comparison]
    stations: list[StationMeasures]
    items: list[ItemMeasures]
    paths: list[PathMeasures]
    other_paths: int
    materials_not_asked: int | None
    fields_not_asked: int | None


class JourneyEffect(Struct, frozen=True):
    """Before and after of a journey, for everybody."""

    journey: str
    first: dt.date
    last: dt.date
    least: int
    cases: int | None
    baseline: Baseline | None
    comparisons: list[Comparison]
