"""The terms under which one case runs: where, how long, what silence means. Made by the caller from its item."""

from collections.abc import Mapping
from datetime import date, time
from typing import Literal

from msgspec import Struct, field

from tongban.cases.clock.errors import LimitTooLong
from tongban.cases.clock.hours import OfficeHours
from tongban.cases.clock.limits import Limits

SilenceRule = Literal["approve", "escalate"]
"""What follows when the authority lets its limit pass: approved as applied for, or passed to the next level."""


class Terms(Struct, frozen=True):
    """What one case was promised and what binds it.

    ``region`` has six digits. ``joint`` takes the limits of joint handling. ``promise_days`` and
    ``statutory_days`` are working days; without the latter the law's general limit binds. A statutory limit
    longer than that needs ``statutory_basis``. ``steps`` is working days by task; ``lower_review`` names the
    task by which a lower authority examines first. ``silence`` is the rule for the whole, ``step_silence`` by
    task. ``instant_hours`` limits an instant case from its receipt, ``step_hours`` single steps, both counted
    while the ``office`` is open. ``closes`` is when the last day of a period ends; None is midnight (Civil Code,
    article 203).
    """

    region: str
    limits: Limits
    joint: bool = False
    promise_days: int | None = None
    statutory_days: int | None = None
    statutory_basis: str = ""
    steps: Mapping[str, int] = field(default_factory=dict)
    lower_review: str | None = None
    silence: SilenceRule | None = None
    step_silence: Mapping[str, SilenceRule] = field(default_factory=dict)
    instant_hours: int | None = None
    step_hours: Mapping[str, int] = field(default_factory=dict)
    office: OfficeHours = OfficeHours()
    closes: time | None = None


def check_terms(terms: Terms, day: date) -> None:
    """That no limit is longer than the one that binds it on ``day``. Raises ``LimitTooLong``.

    Called when terms are written, not when a case is read: a case keeps what it was promised.
    """
    law = terms.limits.at("decision-joint" if terms.joint else "decision", terms.region, day)
    statutory = law.days if terms.statutory_days is None else terms.statutory_days
    if statutory > law.days and not terms.statutory_basis:
        raise _too_long(
            ("法定时限", "A statutory limit"), statutory, ("法律规定的", "the law's limit"), law.days, law.basis
        )
    basis = terms.statutory_basis or law.basis
    promised = statutory if terms.promise_days is None else terms.promise_days
    if promised > statutory:
        raise _too_long(("承诺时限", "A promise"), promised, ("法定时限", "the statutory limit"), statutory, basis)
    for task, days in terms.steps.items():
        if days > promised:
            what = (f"环节“{task}”的时限", f"A step “{task}”")
            raise _too_long(what, days, ("承诺时限", "the promise"), promised, basis)


def _too_long(what: tuple[str, str], days: int, than: tuple[str, str], most: int, basis: str) -> LimitTooLong:
    return LimitTooLong(
        what_zh=what[0],
        what_en=what[1],
        days=days,
        than_zh=than[0],
        than_en=than[1],
        most=most,
        basis=basis,
        fill="statutory_basis",
    )
