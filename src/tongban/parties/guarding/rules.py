"""When a guardian's power ends: a pure decision."""

import datetime as dt

from tongban.basics.calendar import CST

OF_AGE = 18
"""Years of age at which somebody acts for themself (Civil Code, articles 17 and 18)."""


def ends_at(birth: dt.date) -> dt.datetime:
    """The beginning of the day on which who was born on ``birth`` is of age; of 29 February, the day after the 28th."""
    try:
        day = birth.replace(year=birth.year + OF_AGE)
    except ValueError:
        day = dt.date(birth.year + OF_AGE, 3, 1)
    return dt.datetime.combine(day, dt.time(), CST)
