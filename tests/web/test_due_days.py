"""A day that rests on a year not yet published says so wherever a due day is written."""

import datetime as dt

from tongban.basics.calendar import WorkingCalendar
from tongban.basics.text import LANGUAGES
from tongban.web.language import Words

CALENDAR = WorkingCalendar.published()
KNOWN, OPEN = dt.date(max(CALENDAR.years), 6, 1), dt.date(max(CALENDAR.years) + 1, 1, 4)


def said(day: dt.date | None) -> list[str]:
    return [Words(language, {}, CALENDAR.assumed).due(day) for language in LANGUAGES]


def test_a_due_day_of_an_unpublished_year_is_marked_in_every_language() -> None:
    marks = {"zh-CN": "，暂定）", "zh-Hant": "，暫定）", "en": " (provisional)"}
    assert all(text.endswith(marks[language]) for language, text in zip(LANGUAGES, said(OPEN), strict=True))


def test_a_due_day_of_a_published_year_is_not() -> None:
    assert said(KNOWN) == [Words(language).day(KNOWN) for language in LANGUAGES]
    assert said(None) == ["", "", ""]


def test_the_last_week_of_december_waits_for_the_next_new_years_notice() -> None:
    last = max(CALENDAR.years)
    assert CALENDAR.assumed(dt.date(last, 12, 28)) and not CALENDAR.assumed(dt.date(last, 12, 24))
