"""When a story's steps are due, counted another way: day by day, from a holiday list of its own.

Kept apart from ``basics.calendar`` on purpose. The timeline that ``tongban run`` prints compares what the
platform says with what is counted here; if both used one calendar, an error in it would agree with itself.
"""

import datetime as dt

# 国务院办公厅关于2026年部分节假日安排的通知, typed from the notice: days off and workdays moved to a weekend.
_OFF = {
    dt.date(2026, 1, 1): 3,
    dt.date(2026, 2, 15): 9,
    dt.date(2026, 4, 4): 3,
    dt.date(2026, 5, 1): 5,
    dt.date(2026, 6, 19): 3,
    dt.date(2026, 9, 25): 3,
    dt.date(2026, 10, 1): 7,
}
_MOVED = {
    dt.date(2026, 1, 4),
    dt.date(2026, 2, 14),
    dt.date(2026, 2, 28),
    dt.date(2026, 5, 9),
    dt.date(2026, 9, 20),
    dt.date(2026, 10, 10),
}
HOLIDAYS = {first + dt.timedelta(days=n) for first, length in _OFF.items() for n in range(length)}
PUBLISHED = 2026


def works(day: dt.date) -> bool:
    """Whether offices work on ``day``; after the last published year only weekends are free."""
    return day in _MOVED or (day.weekday() < 5 and day not in HOLIDAYS)


def after(day: dt.date, workdays: int) -> dt.date:
    """The last day of a period of ``workdays`` working days that begins on the day after ``day``."""
    while workdays:
        day += dt.timedelta(days=1)
        workdays -= works(day)
    return day
