"""What may be shown of counts: nothing that tells of fewer than ``LEAST`` cases. Pure.

A number that can be worked out from others is as good as shown, so what is left over counts as well.
"""

from collections.abc import Sequence
from typing import TypeVar

LEAST = 5
"""Fewer cases than these are not shown, neither alone nor as what is left of a total."""

T = TypeVar("T")


def enough(cases: int) -> bool:
    """Whether figures over ``cases`` may be shown."""
    return cases >= LEAST


def keep_common(groups: Sequence[tuple[T, int]]) -> tuple[list[tuple[T, int]], int]:
    """The groups that may be shown, largest first, and the cases of all others together (0 or at least ``LEAST``).

    Where the rare ones together are too few, the smallest shown group goes with them; where all are too few,
    nothing is shown and 0 is told.
    """
    order = sorted(groups, key=lambda group: -group[1])
    shown = [group for group in order if enough(group[1])]
    others = sum(cases for _, cases in order[len(shown) :])
    while shown and 0 < others < LEAST:
        others += shown.pop()[1]
    return (shown, others) if enough(others) or shown else ([], 0)
