"""The year in a few figures and a picture, from the report alone: nothing more is read. Called by the desk's page."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from tongban.cases.privacy.models import Report

Outcome = Literal["found", "missing", "failed", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("found", "missing", "failed", "refused")
MOST = 8
"""How many departments the picture shows; the others are one bar."""


class Part(Struct, frozen=True):
    """A part of a bar: ``count`` look-ups with one outcome, beginning after ``before`` others."""

    outcome: Outcome
    before: int
    count: int


class Bar(Struct, frozen=True):
    """Look-ups of one department, '' for all departments beyond the ``MOST`` that asked most."""

    consumer: str
    total: int
    parts: tuple[Part, ...]


class Figures(Struct, frozen=True):
    """The year's numbers. ``gaps``: what the assessment calls out in ``flows``; ``widest``: the longest bar."""

    look_ups: int
    by_consent: int
    asked: int
    waiting: int
    late: int
    destroyed: int
    denied: int
    flows: int
    gaps: int
    outcomes: Mapping[Outcome, int]
    bars: tuple[Bar, ...]
    widest: int


def figures_of(report: Report) -> Figures:
    """What a year comes to."""
    bars = _bars(report)
    lines = [line for section in report.assessment for line in section.lines]
    return Figures(
        look_ups=sum(one.total for one in report.uses),
        by_consent=sum(one.total for one in report.uses if one.legal == "consent"),
        asked=sum(one.asked for one in report.asked),
        waiting=sum(one.waiting for one in report.asked),
        late=sum(one.late for one in report.asked),
        destroyed=sum(one.things for one in report.destroyed),
        denied=sum(one.times for one in report.denied),
        flows=len(lines),
        gaps=sum(len(line.gaps) for line in lines) + sum(len(section.gaps) for section in report.assessment),
        outcomes={outcome: sum(getattr(one, outcome) for one in report.uses) for outcome in OUTCOMES},
        bars=bars,
        widest=max((bar.total for bar in bars), default=0),
    )


def _bars(report: Report) -> tuple[Bar, ...]:
    counts: dict[str, Counter[Outcome]] = {}
    for use in report.uses:
        counts.setdefault(use.consumer, Counter()).update({one: getattr(use, one) for one in OUTCOMES})
    ordered = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    rest = sum((found for _, found in ordered[MOST:]), Counter[Outcome]())
    return tuple(_bar(name, found) for name, found in [*ordered[:MOST], ("", rest)] if found.total())


def _bar(consumer: str, found: Counter[Outcome]) -> Bar:
    parts, before = [], 0
    for outcome in OUTCOMES:
        if found[outcome]:
            parts.append(Part(outcome, before, found[outcome]))
            before += found[outcome]
    return Bar(consumer, before, tuple(parts))
