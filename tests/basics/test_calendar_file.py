"""A year's calendar comes as a dated file; whatever is wrong with it is told with its day and the repair."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.calendar import WorkingCalendar
from tongban.basics.calendar_check import check_calendar, require_sound
from tongban.basics.calendar_errors import CalendarRefused
from tongban.basics.calendar_file import (
    CalendarFile,
    Edition,
    built_in,
    calendar_of,
    calendar_of_data,
    covers,
    parse_calendar,
)
from tongban.basics.festivals import statutory_days

EXAMPLE = Path(__file__).parents[2] / "docs/examples/calendar-2027-invented.yaml"
TEXT = EXAMPLE.read_text("utf-8")
INVENTED = parse_calendar(TEXT)
PLAIN = WorkingCalendar.published()
LAST = max(PLAIN.years)


def changed(**changes: object) -> CalendarFile:
    return calendar_of_data({**yaml.load(TEXT, yaml.BaseLoader), **changes})


def without(day: str) -> CalendarFile:
    """The example without the holiday that begins on ``day``."""
    plain = yaml.load(TEXT, yaml.BaseLoader)
    return calendar_of_data({**plain, "holidays": [h for h in plain["holidays"] if h["from"] != day]})


def codes(file: CalendarFile, standing: Edition | None = None) -> list[tuple[str, date | None]]:
    return [(fault.code, fault.day) for fault in check_calendar(file, standing) if fault.level == "fault"]


def test_the_example_says_that_it_is_invented_and_has_no_fault() -> None:
    assert "INVENTED" in TEXT and "虚构" in INVENTED.basis
    assert require_sound(INVENTED, built_in(2027) if 2027 in PLAIN.years else None) == []


def test_json_is_read_like_yaml() -> None:
    import msgspec

    assert parse_calendar(msgspec.json.encode(INVENTED)) == INVENTED


@pytest.mark.parametrize("year", range(2008, LAST + 1))
def test_every_published_year_is_a_file_that_gives_the_same_days(year: int) -> None:
    edition = built_in(year)
    assert edition is not None
    again = calendar_of([edition.file], "330103")
    for step in range(-10, 380):
        day = date(year, 1, 1) + timedelta(days=step)
        assert again.day(day) == PLAIN.day(day)


@pytest.mark.parametrize("year", range(2008, LAST + 1))
def test_in_every_published_year_nobody_worked_on_the_laws_holidays(year: int) -> None:
    assert not [day for days in statutory_days(year).values() for day in days if PLAIN.is_workday(day)]


def test_a_published_year_is_no_longer_assumed() -> None:
    before, after = PLAIN.add_workdays(date(2027, 1, 29), 5), calendar_of([INVENTED], "330103")
    assert before.provisional is (2027 not in PLAIN.years)
    # 29 January is a Friday; Sunday 31 January is worked, 5 to 13 February are off, so the fifth day is 4 February.
    assert (after.add_workdays(date(2027, 1, 29), 5).day, after.add_workdays(date(2027, 1, 29), 5).provisional) == (
        date(2027, 2, 4),
        False,
    )
    assert after.add_workdays(date(2027, 1, 29), 6).day == date(2027, 2, 15)
    assert after.day(date(2027, 2, 5)).reason == "放假（春节）"
    assert after.day(date(2027, 2, 5)).reason_en == "holiday (Spring Festival)"


def test_a_year_without_spring_festival_is_refused_with_every_missing_day() -> None:
    faults = check_calendar(without("2027-02-05"))
    gaps = [fault.day for fault in faults if fault.code == "calendar.gap"]
    assert gaps == [date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 7), date(2027, 2, 8)]
    assert "春节" in faults[0].zh and "补上" in faults[0].zh
    assert "2027-02-05 (Friday)" in faults[0].en and "Add" in faults[0].en


@pytest.mark.parametrize("holiday", INVENTED.holidays, ids=lambda holiday: holiday.name)
def test_whichever_holiday_is_left_out_is_named(holiday: object) -> None:
    found = check_calendar(without(holiday.first.isoformat()))  # type: ignore[attr-defined]
    assert any(f.code == "calendar.gap" and holiday.name in f.zh for f in found)  # type: ignore[attr-defined]


def test_a_day_of_another_year_is_refused_but_new_year_may_begin_in_december() -> None:
    stray = [*yaml.load(TEXT, yaml.BaseLoader)["holidays"], {"name": "元旦", "from": "2028-01-01", "to": "2028-01-01"}]
    assert codes(changed(holidays=stray)) == [("calendar.other_year", date(2028, 1, 1))]
    early = [{"name": "元旦", "from": "2026-12-31", "to": "2027-01-03"}]
    early += yaml.load(TEXT, yaml.BaseLoader)["holidays"][1:]
    assert codes(changed(holidays=early)) == []
    late = [*yaml.load(TEXT, yaml.BaseLoader)["holidays"], {"name": "元旦", "from": "2027-12-31", "to": "2027-12-31"}]
    assert codes(changed(holidays=late)) == [("calendar.other_year", date(2027, 12, 31))]


def test_a_moved_workday_must_lie_on_a_weekend() -> None:
    moved = [*yaml.load(TEXT, yaml.BaseLoader)["moved_workdays"], {"day": "2027-03-03", "name": "春节"}]
    faults = check_calendar(changed(moved_workdays=moved))
    assert [(f.code, f.day) for f in faults if f.level == "fault"] == [("calendar.weekday", date(2027, 3, 3))]
    assert "星期三" in faults[0].zh


def test_a_day_that_stands_twice_is_refused() -> None:
    moved = [*yaml.load(TEXT, yaml.BaseLoader)["moved_workdays"], {"day": "2027-02-13", "name": "春节"}]
    assert ("calendar.doubled", date(2027, 2, 13)) in codes(changed(moved_workdays=moved))


def test_a_published_year_is_only_superseded_by_name() -> None:
    standing = Edition(1, INVENTED)
    moved = [m for m in yaml.load(TEXT, yaml.BaseLoader)["moved_workdays"] if m["day"] != "2027-02-20"]
    moved.append({"day": "2027-02-21", "name": "春节"})
    assert codes(INVENTED, standing) == [("calendar.same_days", None)]
    assert codes(changed(moved_workdays=moved), standing) == [("calendar.published", date(2027, 2, 20))]
    assert codes(changed(moved_workdays=moved, supersedes="7"), standing) == [("calendar.published", date(2027, 2, 20))]
    assert codes(changed(moved_workdays=moved, supersedes="1"), standing) == []
    assert codes(changed(supersedes="1")) == [("calendar.nothing_to_supersede", None)]


def test_what_came_with_the_program_is_edition_zero() -> None:
    edition = built_in(2026)
    assert edition is not None and edition.number == 0
    plain = {"year": 2026, "basis": "虚构的调整通知", "published_on": "2026-03-01"}
    days = [{"name": h.name, "from": str(h.first), "to": str(h.last)} for h in edition.file.holidays]
    moved = [{"day": str(m.day), "name": m.name} for m in edition.file.moved_workdays[:-1]]
    file = calendar_of_data({**plain, "holidays": days, "moved_workdays": moved})
    assert [code for code, _ in codes(file, edition)] == ["calendar.published"]
    replaced = calendar_of_data({**plain, "holidays": days, "moved_workdays": moved, "supersedes": "0"})
    assert codes(replaced, edition) == []
    last = edition.file.moved_workdays[-1].day
    assert PLAIN.is_workday(last) and not calendar_of([replaced], "330103").is_workday(last)


def test_a_year_that_does_not_add_up_is_shown_to_whoever_approves() -> None:
    moved = yaml.load(TEXT, yaml.BaseLoader)["moved_workdays"][1:]
    assert [f.level for f in check_calendar(changed(moved_workdays=moved))] == ["warning"]


LOCAL = {
    "year": "2026",
    "region": "450000",
    "basis": "虚构示例：关于壮族三月三放假的通知",
    "published_on": "2026-03-01",
    "days": [{"day": "2026-04-20", "is_workday": "false", "name": "壮族三月三"}],
}


def test_a_region_may_decide_single_days_and_smaller_regions_come_first() -> None:
    local = calendar_of_data(LOCAL)
    city = calendar_of_data(
        {**LOCAL, "region": "450100", "days": [{"day": "2026-04-20", "is_workday": "true", "name": "应急值守"}]}
    )
    day = date(2026, 4, 20)
    assert calendar_of([local], "330103").is_workday(day)
    assert not calendar_of([local, city], "450200").is_workday(day)
    assert calendar_of([city, local], "450102").is_workday(day)
    assert "壮族三月三" in calendar_of([local], "450200").day(day).reason


def test_a_local_day_that_changes_nothing_is_refused() -> None:
    plain = {**LOCAL, "days": [{"day": "2026-04-20", "is_workday": "true", "name": "上班"}]}
    assert [(f.code, f.day) for f in check_calendar(calendar_of_data(plain), None, PLAIN)] == [
        ("calendar.no_change", date(2026, 4, 20))
    ]
    other = {**LOCAL, "days": [{"day": "2027-04-20", "is_workday": "false", "name": "壮族三月三"}]}
    assert codes(calendar_of_data(other)) == [("calendar.other_year", date(2027, 4, 20))]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("year: 2027\nyear: 2028\n", "twice"),
        ("a: &x 1\nb: *x\n", "anchors"),
        ("[1, 2", "read"),
        (b"\xff\xfe\x00", "read"),
        ("hello", "format"),
        (TEXT.replace("2027-02-05", "2027-02-30"), "$.holidays[1].from"),
        (TEXT.replace('"000000"', "33010"), "$.region"),
        (TEXT.replace("2027\n", "1999\n", 1), "$.year"),
        (TEXT + "surprise: 1\n", "surprise"),
        ("x" * 300_000, "at most"),
        (TEXT.split("holidays:")[0], "either"),
    ],
)
def test_a_file_that_can_not_be_read_says_where_and_how_to_write_it(content: str | bytes, says: str) -> None:
    with pytest.raises(CalendarRefused) as refused:
        parse_calendar(content)
    assert says in refused.value.message("en")
    assert refused.value.message("zh-CN").startswith("这份日历文件有 1 处")


def test_an_invented_region_is_refused_and_a_region_has_no_year_of_its_own() -> None:
    assert [c for c, _ in codes(changed(region="990000"))] == ["calendar.region", "calendar.region_of_year"]
    assert [c for c, _ in codes(changed(region="330103"))] == ["calendar.region_of_year"]


@given(st.sampled_from(["000000", "330000", "330100", "330103", "450000"]))
def test_a_calendar_covers_what_lies_below_it(region: str) -> None:
    assert covers(region, "330103") is (region != "450000")
