"""From figures of cases to counts that can be added up: how many cases had which value. Pure.

A monthly count of values, unlike a stored median, gives the exact median and quartiles of any months together.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from tongban.cases.measures.models import Figures, Phases

Kind = Literal["journey", "station", "item", "path"]
MINUTE = 60
PHASES = ("waiting", "untouched", "standing", "worked", "idle")


class Key(NamedTuple):
    """What is counted. ``subject``: a task, an item, a path's digest, or empty for the journey itself."""

    kind: Kind
    subject: str
    measure: str
    value: int


def rounded(seconds: int) -> int:
    """``seconds`` in minutes with three significant digits, so that there are few values and no error above 0.5 %.

    Whole working days up to six (1440, 2880, … 8640 minutes) stay exact.
    """
    minutes = (seconds + MINUTE // 2) // MINUTE
    step = 1
    while minutes // step >= 1000:
        step *= 10
    return (minutes + step // 2) // step * step


def counts_of(figures: Figures, path: str, *, decided: bool) -> Counter[Key]:
    """What one case adds. Only a case that was ``decided`` speaks for the redesign; every way is counted."""
    found = Counter([Key("path", path, "cases", 0)])
    if decided:
        found.update(_journey(figures))
        found.update(key for task, phases in figures.stations.items() for key in _station(task, phases))
        found.update(_items(figures))
    return found


def _journey(figures: Figures) -> Iterable[Key]:
    names = ("links", "materials", "days", "trips", "materials_not_asked", "fields_not_asked")
    for name in names:
        value = getattr(figures, name)
        if value is not None:
            yield Key("journey", "", name, value)


def _station(task: str, phases: Phases) -> Iterable[Key]:
    for name in PHASES:
        yield Key("station", task, name, rounded(getattr(phases, name)))


def _items(figures: Figures) -> Iterable[Key]:
    for item, one in figures.items.items():
        yield Key("item", item, "materials", one.materials)
        yield Key("item", item, "trips", one.trips)
        for days in one.days:
            yield Key("item", item, "days", days)
