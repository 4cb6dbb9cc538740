"""Where everything on a journey line lies: pure geometry in SVG user units. Called by ``journey_line``.

A lane is a department; within it, stations whose drawing or label would meet lie in rows of their own.
Columns are working days; a long journey keeps only the days on which something begins or ends.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from tongban.cases.line import Lane, Line, Station
from tongban.web.language import Words
from tongban.web.line_shapes import (
    BADGE_LINE,
    FLOOR_MARGIN,
    LEADING,
    Band,
    Box,
    Column,
    Drawing,
    Gap,
    Stop,
    Transfer,
)
from tongban.web.line_words import MARKS, gap, look, status, today_column
from tongban.web.text_width import text_width, wrap

NAME, SMALL = 15, 13
LEFT, TOP, RIGHT = 122, 46, 34
TOP_WITHOUT_TODAY = 14
BADGE, BADGE_LEFT = 96, 8
LEAST_COLUMN, MOST_COLUMN = 78, 240
WIDTH, LARGE_WIDTH = 980, 700
MOST_DAYS = 14
INDENT, RADIUS, CLEAR = 14, 9, 12
LABEL_WIDTHS = (126, 170, 240)
PALETTE = ("#2f6fb3", "#4a5fa8", "#1f7a76", "#80602a", "#7a4b8c", "#a04a3c", "#3f6b3a", "#5b6673")


class Axis:
    """Working days to x. Days between kept columns are placed in proportion."""

    def __init__(self, line: Line, today: float | None, width: float) -> None:
        last = max([len(line.axis) - 1, *(station.end for station in line.stations), int(today or 0)])
        self.kept = _kept_days(line, last, today)
        steps = max(len(self.kept) - 1, 1)
        self.step = min(max((width - LEFT - RIGHT) / steps, LEAST_COLUMN), MOST_COLUMN)
        self._origin = LEFT + 24

    def x(self, day: float) -> float:
        """The x of working day ``day`` (0 is acceptance)."""
        place = max((i for i, kept in enumerate(self.kept) if kept <= day), default=0)
        start = self.kept[place]
        if place + 1 == len(self.kept):
            return self._origin + (place + min(day - start, 0.5)) * self.step
        return self._origin + (place + (day - start) / (self.kept[place + 1] - start)) * self.step


def _kept_days(line: Line, last: int, today: float | None) -> list[int]:
    if last <= MOST_DAYS:
        return list(range(last + 1))
    marked = {0, last} | {day for station in line.stations for day in (station.start, station.end)}
    return sorted(marked | ({int(today)} if today is not None else set()))


def layout(line: Line, words: Words, *, large: bool = False) -> Drawing:
    """Lay ``line`` out. Every station is drawn once; no two texts overlap.

    The drawing fills the width of its page, so fewer units across (``large``) mean larger letters.
    """
    today = today_column(line)
    across = LARGE_WIDTH if large else WIDTH
    axis = Axis(line, today, across)
    bands: list[Band] = []
    stops: list[Stop] = []
    top = y = float(TOP if today is not None else TOP_WITHOUT_TODAY)
    for number, lane in enumerate(line.lanes):
        mine = [station for station in line.stations if station.department == lane.department]
        rows = _rows([_place(line, station, axis, words, today) for station in mine])
        placed, heights, bottom = _settle(rows, y + 6)
        badge_lines = wrap(words.pack(lane.short), BADGE - 12, SMALL, most=3)
        badge_height = max(34.0, len(badge_lines) * BADGE_LINE + 14)
        bottom = max(bottom, y + badge_height + 14)
        bands.append(_band(lane, lane_colour(lane, number), words, y, bottom, heights, badge_lines))
        stops += placed
        y = bottom
    columns, gaps = _columns(line, axis, words, y)
    far = [box.x + box.width for stop in stops for box in (stop.name, stop.status)]
    # A short line leaves room at its end: were it cut off, the page would blow its letters up.
    width = max([across, axis.x(axis.kept[-1]) + 40, *(x + RIGHT for x in far)])
    return Drawing(
        width=width,
        height=y + FLOOR_MARGIN,
        bands=tuple(bands),
        stops=tuple(stops),
        columns=columns,
        gaps=gaps,
        transfers=tuple(_transfers(line, {stop.station.task: stop for stop in stops})),
        today=None if today is None else axis.x(today),
        today_label=None if today is None else _today_label(axis.x(today), words),
        right=width - 12,
        top=top - 10,
    )


def _place(line: Line, station: Station, axis: Axis, words: Words, today: float | None) -> Stop:
    x1, x2, seen = axis.x(station.start), axis.x(station.end), look(station)
    said, mark = status(line, station, words), MARKS.get(seen, "")
    names = _name(words.pack(station.name), x2 - x1 - INDENT)
    running = station.state == "ready" and today is not None
    now = axis.x(today) if running and today is not None else None
    return Stop(
        station=station,
        look=seen,
        x1=x1,
        x2=x2,
        y=0.0,
        name=_box(x1 + INDENT, 0.0, names, NAME),
        status=_box(x1 + INDENT, 0.0, ((f"{mark} {said}" if mark else said),), SMALL),
        mark=mark,
        split=min(max(now, x1), x2) if now is not None else None,
        late_x=now if now is not None and now > x2 + 1 and seen == "late" else None,
    )


def _name(name: str, room: float) -> tuple[str, ...]:
    """``name`` in two lines as narrow as the station allows; a long one may take more room."""
    least = min(max(room, LABEL_WIDTHS[0]), LABEL_WIDTHS[-1])
    wrapped = (wrap(name, width, NAME) for width in (least, *LABEL_WIDTHS) if width >= least)
    tried = list(wrapped)
    return next((lines for lines in tried if not lines[-1].endswith("…")), tried[-1])


def _box(x: float, y: float, lines: tuple[str, ...], size: int) -> Box:
    width = max(text_width(each, size) for each in lines) if lines else 0.0
    return Box(x, y, width, len(lines) * LEADING, lines, size)


def _rows(stops: Sequence[Stop]) -> list[list[Stop]]:
    """Stations that meet go to rows of their own: first fit by beginning."""
    rows: list[list[Stop]] = []
    for stop in sorted(stops, key=lambda each: (each.x1, each.x2)):
        free = next((row for row in rows if all(_leaves_room(other, stop) for other in row)), None)
        if free is None:
            rows.append([stop])
        else:
            free.append(stop)
    return rows or [[]]


def _leaves_room(other: Stop, stop: Stop) -> bool:
    # Where one station ends the next may begin: they share the circle. Labels keep their distance.
    label_end = max(other.name.x + other.name.width, other.status.x + other.status.width, other.late_x or 0)
    return other.x2 <= stop.x1 and label_end + CLEAR <= stop.name.x


def _settle(rows: Sequence[Sequence[Stop]], top: float) -> tuple[list[Stop], list[float], float]:
    placed, heights = [], []
    for row in rows:
        lines = max((len(stop.name.lines) for stop in row), default=1)
        y = top + lines * LEADING + RADIUS + 3
        heights.append(y)
        placed += [_at(stop, y) for stop in row]
        top = y + RADIUS + 4 + LEADING + 8
    return placed, heights, top


def _at(stop: Stop, y: float) -> Stop:
    name = replace(stop.name, y=y - RADIUS - 3 - stop.name.height)
    return replace(stop, y=y, name=name, status=replace(stop.status, y=y + RADIUS + 3))


def _band(
    lane: Lane, colour: str, words: Words, top: float, bottom: float, heights: list[float], lines: tuple[str, ...]
) -> Band:
    height = max(34.0, len(lines) * BADGE_LINE + 14)
    middle = min(max((heights[0] + heights[-1]) / 2, top + height / 2 + 4), bottom - height / 2 - 4)
    text_top = middle - len(lines) * BADGE_LINE / 2
    return Band(
        department=lane.department,
        title=words.pack(lane.name),
        colour=colour,
        top=top,
        height=bottom - top,
        rows=tuple(heights),
        badge=Box(BADGE_LEFT + 6, text_top, BADGE - 12, len(lines) * BADGE_LINE, lines, SMALL, "middle"),
        badge_y=middle - height / 2,
        badge_height=height,
    )


def lane_colour(lane: Lane, number: int) -> str:
    """The colour of lane ``number``, darkened where white letters would not read on it (WCAG 2.2, 1.4.3)."""
    colour = lane.colour or PALETTE[number % len(PALETTE)]
    channels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    while 1.05 / (_luminance(channels) + 0.05) < 4.5:
        channels = [int(channel * 0.94) for channel in channels]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _luminance(channels: Sequence[int]) -> float:
    shares = [channel / 255 for channel in channels]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _columns(line: Line, axis: Axis, words: Words, floor: float) -> tuple[tuple[Column, ...], tuple[Gap, ...]]:
    dates = _dates(line)
    columns, gaps = [], []
    for place, day in enumerate(axis.kept):
        date = dates.get(day)
        if date is not None:
            x = axis.x(day)
            columns.append(
                Column(x, _centred(x, floor + 8, words.short_day(date)), _centred(x, floor + 25, words.weekday(date)))
            )
        if place:
            gaps += _gap(axis, axis.kept[place - 1], day, dates, words, floor)
    return tuple(columns), tuple(gaps)


def _dates(line: Line) -> Mapping[int, dt.date]:
    dates = dict(enumerate(line.axis))
    if line.today is not None and line.used_days is not None and line.used_days >= len(line.axis):
        dates[line.used_days] = line.today
    return dates


def _gap(axis: Axis, before: int, after: int, dates: Mapping[int, dt.date], words: Words, floor: float) -> list[Gap]:
    x = (axis.x(before) + axis.x(after)) / 2
    if after - before > 1:
        return [Gap(x, _centred(x, floor + 44, words.say("＋{n} 日", n=after - before)))]
    if before not in dates or after not in dates:
        return []
    said = gap(dates[before], dates[after], words)
    return [Gap(x, _centred(x, floor + 44, said))] if said else []


def _centred(x: float, y: float, text: str) -> Box:
    width = text_width(text, SMALL - 1)
    return Box(x - width / 2, y, width, LEADING - 3, (text,), SMALL - 1, "middle")


def _today_label(x: float, words: Words) -> Box:
    return _centred(x, 10, words.say("今天"))


def _transfers(line: Line, stops: Mapping[str, Stop]) -> list[Transfer]:
    drawn = []
    for stop in stops.values():
        for name in stop.station.after:
            before = stops.get(name)
            if before is not None and (before.y != stop.y or before.x2 != stop.x1):
                drawn.append(Transfer(_route(before, stop, list(stops.values())), before.look == "done"))
    return drawn


def _route(before: Stop, after: Stop, stops: Sequence[Stop]) -> str:
    """From the end of one station to the beginning of another, past all others in their rows."""
    x1, y1, x2, y2 = before.x2, before.y, after.x1, after.y
    if x1 == x2:
        return f"M{x1:g} {y1:g}V{y2:g}"
    if _clear(y1, x1, x2, stops):
        return f"M{x1:g} {y1:g}H{x2:g}V{y2:g}"
    if _clear(y2, x1, x2, stops):
        return f"M{x1:g} {y1:g}V{y2:g}H{x2:g}"
    between = y1 + RADIUS + 3 + LEADING + 7
    return f"M{x1:g} {y1:g}V{between:g}H{x2:g}V{y2:g}"


def _clear(y: float, x1: float, x2: float, stops: Sequence[Stop]) -> bool:
    low, high = min(x1, x2), max(x1, x2)
    return not any(
        stop.y == y and stop.x1 - RADIUS < high - 1 and stop.x2 + RADIUS > low + 1 and stop.x1 < high and stop.x2 > low
        for stop in stops
    )
