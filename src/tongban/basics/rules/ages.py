"""An age on a day that is the same for all rows, as a test of the date of birth: one comparison a row.

Ages are counted by ``meaning.age_years`` alone; here it is only searched. Called by ``tables`` only.
"""

import datetime

from tongban.basics.rules import tree
from tongban.basics.rules.errors import RuleValueRefused
from tongban.basics.rules.layout import Layout
from tongban.basics.rules.meaning import age_years, run

# age op years → which test of the birth date, and how much older than ``years`` its bound is.
TESTS: dict[str, tuple[str, int]] = {">=": ("<=", 0), ">": ("<=", 1), "<": (">", 0), "<=": (">", 1)}


def fixed_day(node: tree.Node, layout: Layout) -> datetime.date | None:
    """The date of ``node`` when it is the same in every row, else None."""
    if not tree.names(node) <= layout.fixed.keys():
        return None
    try:
        day = run(node, layout.schema)(layout.fixed)
    except RuleValueRefused:
        return None
    return day if isinstance(day, datetime.date) else None


def birth_test(op: str, years: int, on: datetime.date) -> tuple[str, datetime.date] | None:
    """``age_years(birth, on) op years`` as (operator, date) for the birth; None where there is no such date."""
    if op not in TESTS:
        return None
    turned, older = TESTS[op]
    last = _last_birth(years + older, on)
    return None if last is None else (turned, last)


def _last_birth(years: int, on: datetime.date) -> datetime.date | None:
    """The last date of birth of those who are ``years`` or older: ages only fall as births come later."""
    low, high = 0, datetime.date.max.toordinal()
    while low < high:
        middle = (low + high + 1) // 2
        if age_years(datetime.date.fromordinal(middle), on) >= years:
            low = middle
        else:
            high = middle - 1
    return datetime.date.fromordinal(low) if low else None
