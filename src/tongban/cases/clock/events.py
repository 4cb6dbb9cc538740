"""The dated events of which a clock consists, and which of them may follow which. Tables only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

State = Literal["nothing", "examining", "supplementing", "returned", "deciding", "decided", "ended"]
"""Where the file of events has come to: nothing received; the authority examines whether to accept; the applicant
supplies what is missing, or corrects; the authority decides; it has decided; the case ended without a decision."""


class ClockEvent(Struct, frozen=True):
    """One dated fact. ``at`` is aware; its day is the day in China Standard Time.

    ``task`` limits the event to one department's step, ``cause`` is why the clock stands (see ``CAUSES``),
    ``days`` is what an extension adds, ``basis`` its legal ground, ``outcome`` how a step or case was decided.
    """

    kind: str
    at: datetime
    task: str | None = None
    cause: str | None = None
    days: int | None = None
    basis: str | None = None
    outcome: str | None = None


_OPEN: frozenset[State] = frozenset({"examining", "supplementing", "returned", "deciding"})
_DECIDING: frozenset[State] = frozenset({"deciding"})
_DECIDED: frozenset[State] = frozenset({"decided"})

FOLLOWS: Mapping[str, frozenset[State]] = {
    "received": frozenset({"nothing"}),
    "supplement_asked": frozenset({"examining"}),
    "supplemented": frozenset({"supplementing"}),
    "returned": frozenset({"examining"}),
    "resubmitted": frozenset({"returned"}),
    "accepted": frozenset({"examining", "supplementing"}),
    "deemed_accepted": frozenset({"examining"}),
    "refused": frozenset({"examining", "supplementing", "returned"}),
    "suspended": _DECIDING,
    "resumed": _DECIDING,
    "extended": _DECIDING,
    "hearing_told": _DECIDING,
    "hearing_requested": _DECIDING,
    "hearing_held": _DECIDING,
    "task_started": _OPEN,
    "task_done": _OPEN,
    "transferred": _OPEN,
    "decided": _DECIDING,
    "delivered": _DECIDED,
    "withdrawn": _OPEN,
    "terminated": _OPEN,
    "revoked": _DECIDED,
    "corrected": _DECIDED,
}
"""Every kind of event, and the states in which it may happen."""

ONCE = frozenset({"received", "accepted", "deemed_accepted", "decided", "revoked", "hearing_told"})
"""Kinds that happen at most once."""

SPECIAL = frozenset({"hearing", "tender", "auction", "inspection", "test", "quarantine", "appraisal", "expert-review"})
"""Special procedures whose time does not count (Administrative Licensing Law, article 45)."""

CAUSES = SPECIAL | {"correction", "referral", "ordinary"}
"""Why a clock may stand: a special procedure; material to be corrected after acceptance (补正告知); passed on to
another authority (转报); any other declared reason (普通挂起)."""
