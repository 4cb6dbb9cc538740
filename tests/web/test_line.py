"""The journey line draws every station once, keeps all texts apart, and says the same in words."""

import datetime as dt
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tongban.basics.calendar import WorkingCalendar
from tongban.basics.text import Language
from tongban.cases.line import Lane, Line, Station
from tongban.web.journey_line import draw
from tongban.web.language import Words
from tongban.web.line_layout import lane_colour, layout
from tongban.web.line_shapes import Box, Drawing
from tongban.web.line_words import days_left, headline, status, today_column
from tongban.web.public.samples import lines
from tongban.web.text_width import text_width, wrap

CHINESE = Words("zh-CN")
CALENDAR = WorkingCalendar.published()
FIRST = dt.date(2026, 9, 21)
NAMES = st.sampled_from(
    (
        "出生登记",
        "居民医保参保",
        "Resident medical insurance enrolment",
        "A",
        "非常非常长的一个环节名称需要换行显示还要省略才行",
    )
)


@st.composite
def journeys(draw_: st.DrawFn) -> Line:
    """A random DAG of tasks over departments, planned or under way, on real working days."""
    departments = draw_(st.integers(1, 6))
    count = draw_(st.integers(1, 14))
    ends: list[int] = []
    stations: list[Station] = []
    used = draw_(st.none() | st.integers(0, 40))
    for number in range(count):
        after = draw_(st.lists(st.integers(0, number - 1), max_size=3, unique=True)) if number else []
        start = max((ends[each] for each in after), default=0) + draw_(st.sampled_from((0, 0, 0, 1, 7)))
        days = draw_(st.sampled_from((0, 1, 2, 5, 20)))
        ends.append(start + days)
        stations.append(
            Station(
                task=f"t{number}",
                name=draw_(NAMES),
                department=f"d{draw_(st.integers(0, departments - 1))}",
                state=draw_(st.sampled_from(("planned", "waiting", "ready", "done", "not_applicable", "cancelled"))),
                start=start,
                end=start + days,
                days=days,
                after=tuple(f"t{each}" for each in after),
                light=draw_(st.sampled_from(("green", "yellow", "red", "none"))),
                decision=draw_(st.sampled_from((None, "approved", "declined"))),
                provisional=draw_(st.booleans()),
                conditional=draw_(st.booleans()),
            )
        )
    axis = tuple(CALENDAR.add_workdays(FIRST, day).day for day in range(max(ends) + 1))
    lanes = tuple(Lane(f"d{each}", f"部门{each}", draw_(NAMES), None) for each in range(departments))
    today = None if used is None else CALENDAR.add_workdays(FIRST, used).day
    return Line("一件事", 5, lanes, tuple(stations), axis, today=today, used_days=used)


def texts(drawing: Drawing) -> list[Box]:
    found = [box for stop in drawing.stops for box in (stop.name, stop.status)]
    found += [band.badge for band in drawing.bands] + [gap.label for gap in drawing.gaps]
    found += [box for column in drawing.columns for box in (column.day, column.weekday)]
    return found + ([drawing.today_label] if drawing.today_label else [])


def overlap(one: Box, two: Box) -> bool:
    apart = one.x + one.width <= two.x + 0.01 or two.x + two.width <= one.x + 0.01
    return not apart and one.y < two.y + two.height - 0.01 and two.y < one.y + one.height - 0.01


def inside(box: Box, drawing: Drawing) -> bool:
    across = box.x >= 0 and box.x + box.width <= drawing.width
    return across and box.y >= 0 and box.y + box.height <= drawing.height


@settings(max_examples=120, deadline=None)
@given(journeys(), st.sampled_from(("zh-CN", "zh-Hant", "en")), st.booleans())
def test_no_text_overlaps_and_every_station_is_drawn(line: Line, language: Language, large: bool) -> None:
    drawing = layout(line, Words(language), large=large)
    assert sorted(stop.station.task for stop in drawing.stops) == sorted(each.task for each in line.stations)
    boxes = texts(drawing)
    assert [(one.lines, two.lines) for one, two in combinations(boxes, 2) if overlap(one, two)] == []
    assert [box.lines for box in boxes if not inside(box, drawing)] == []


@settings(max_examples=80, deadline=None)
@given(journeys())
def test_stations_in_a_row_follow_each_other_inside_their_lane(line: Line) -> None:
    drawing = layout(line, CHINESE)
    for one, two in combinations(sorted(drawing.stops, key=lambda stop: (stop.y, stop.x1, stop.x2)), 2):
        assert one.y != two.y or one.x2 <= two.x1
    for band in drawing.bands:
        mine = [stop for stop in drawing.stops if stop.station.department == band.department]
        floor = band.top + band.height
        assert all(band.top <= stop.name.y and stop.status.y + stop.status.height <= floor for stop in mine)


@settings(max_examples=80, deadline=None)
@given(journeys())
def test_every_wait_between_stations_that_do_not_touch_is_drawn(line: Line) -> None:
    drawing = layout(line, CHINESE)
    at = {stop.station.task: stop for stop in drawing.stops}
    apart = [
        (before, stop)
        for stop in drawing.stops
        for before in (at[name] for name in stop.station.after)
        if (before.x2, before.y) != (stop.x1, stop.y)
    ]
    drawn = [transfer.path for transfer in drawing.transfers]
    assert len(drawn) == len(apart)
    for before, stop in apart:
        assert any(path.startswith(f"M{before.x2:g} {before.y:g}") for path in drawn), stop.station.task


@settings(max_examples=60, deadline=None)
@given(journeys())
def test_the_list_names_every_station_in_order_of_time(line: Line) -> None:
    drawn = draw(line, CHINESE)
    assert {each.task for each in drawn.stations} == {each.task for each in line.stations}
    starts = {each.task: each.start for each in line.stations}
    assert [starts[each.task] for each in drawn.stations] == sorted(starts.values())
    assert all(CHINESE.pack(each.name) in drawn.summary for each in line.stations)


def test_the_sample_under_way_says_where_it_is() -> None:
    line = lines()["under_way"]
    said = {each.task: status(line, each, CHINESE) for each in line.stations}
    assert said == {
        "certificate": "已办结",
        "vaccination": "办理中 · 今天到期",
        "registration": "办理中 · 剩 1 个工作日",
        "insurance": "等待前面的环节",
        "payment": "等待前面的环节",
        "card": "等待前面的环节",
        "expenses": "无需办理",
    }
    assert headline(line, CHINESE) == "承诺 5 个工作日 · 已用 2 个工作日 · 最晚 12月1日（周二）办结"


def test_an_overdue_station_counts_the_days_past_and_reaches_to_today() -> None:
    line = lines()["late"]
    station = next(each for each in line.stations if each.task == "registration")
    stop = next(each for each in layout(line, CHINESE).stops if each.station is station)
    assert days_left(line, station) == -2
    assert status(line, station, CHINESE) == "已超期 2 个工作日"
    assert stop.late_x is not None and stop.late_x > stop.x2


def test_a_weekend_lies_between_friday_and_monday() -> None:
    line = lines()["under_way"]
    friday = line.axis.index(dt.date(2026, 11, 27))
    saturday = Line(line.name, 5, line.lanes, line.stations, line.axis, today=dt.date(2026, 11, 28), used_days=friday)
    assert today_column(saturday) == friday + 0.5
    assert [gap.label.lines for gap in layout(line, CHINESE).gaps] == [("周末",)]


def test_what_is_over_has_no_today() -> None:
    assert layout(lines()["ended"], CHINESE).today is None


@pytest.mark.parametrize("colour", ["#ffffff", "#ffe000", "#2a8a86", "#000000", "#00ff00"])
def test_white_letters_read_on_every_lane_colour(colour: str) -> None:
    shown = lane_colour(Lane("d", "部门", "部", colour), 0)
    shares = [int(shown[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    assert 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05) >= 4.5


@given(st.text(max_size=60), st.floats(30, 300))
def test_wrapped_lines_keep_to_their_width(text: str, width: float) -> None:
    assert all(text_width(line, 15) <= width for line in wrap(text, width, 15))


def test_a_late_station_says_how_late_it_is_and_that_it_was_urged() -> None:
    days = tuple(dt.date(2026, 11, 23) + dt.timedelta(days=n) for n in range(5))
    late = Station("step", "登记", "a", "ready", 0, 4, 1, ends_on=days[1], light="red", urged=True)
    line = Line("一件事", 5, (), (late,), days, today=days[4], used_days=4)
    assert days_left(line, late) == -3
    assert status(line, late, CHINESE) == "已督办 · 已超期 3 个工作日"
    assert status(line, replace(late, urged=False), CHINESE) == "已超期 3 个工作日"


def test_each_step_that_rests_on_an_unpublished_year_is_marked_in_drawing_and_list() -> None:
    line, ends = next(iter(lines().values())), dt.date(max(CALENDAR.years) + 1, 1, 4)
    first, *rest = line.stations
    assumed = replace(first, state="ready", starts_on=ends, ends_on=ends, provisional=True)
    drawn = draw(replace(line, stations=(assumed, *rest)), CHINESE)
    marked = [station.task for station in drawn.stations if "暂定" in station.span]
    assert marked == [first.task] and not any("暂定" in station.status for station in drawn.stations)
    told = [stop.station.task for stop in drawn.drawing.stops if "暂定" in "".join(stop.status.lines)]
    assert told == [first.task] and drawn.summary.count("暂定") == 1
