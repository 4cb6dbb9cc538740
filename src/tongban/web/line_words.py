"""What a station says about itself: its state in words, and which of the five looks it has.

Called by the drawing and by the text equivalent, so that both say the same.
"""

import datetime as dt
from typing import Literal

from tongban.cases.line import Line, Station
from tongban.web.language import Words

Look = Literal["planned", "waiting", "ready", "late", "soon", "done", "declined", "absent", "cancelled"]
MARKS: dict[Look, str] = {"done": "✓", "declined": "✕", "late": "!", "soon": "!"}


def today_column(line: Line) -> float | None:
    """Where today lies on the axis of working days, or None when the line has no today or all is over.

    Today is counted from acceptance, so a weekend lies half a day after the Friday before it.
    """
    if line.today is None or not any(station.state in ("ready", "waiting", "planned") for station in line.stations):
        return None
    past = [column for column, day in enumerate(line.axis) if day <= line.today]
    if not past:
        return 0.0
    column = max(past[-1], line.used_days or 0)
    if column < len(line.axis):
        return column + (0.0 if line.axis[column] == line.today else 0.5)
    return float(column)


def look(station: Station) -> Look:
    """How the station is drawn."""
    if station.state == "done":
        return "declined" if station.decision == "declined" else "done"
    if station.state == "ready":
        return {"red": "late", "yellow": "soon"}.get(station.light, "ready")  # type: ignore[return-value]
    return {"not_applicable": "absent"}.get(station.state, station.state)  # type: ignore[return-value]


def days_left(line: Line, station: Station) -> int:
    """Working days left to a ready station; negative when its last day has passed."""
    if station.ends_on is not None and line.today is not None and station.ends_on < line.today:
        # A late station is drawn as far as today; how late it is says its own last day.
        return -max(sum(station.ends_on < day <= line.today for day in line.axis), 1)
    today = today_column(line)
    if today is None:
        return station.days
    return station.end - int(today)


def status(line: Line, station: Station, words: Words) -> str:
    """Its state for where its days are not written: with the mark of a provisional one."""
    said = state(line, station, words)
    return said + " · " + words.say("暂定") if station.provisional else said


def state(line: Line, station: Station, words: Words) -> str:
    """The state of ``station`` in a few words."""
    if station.state == "ready":
        said = _ready(days_left(line, station), words)
        return words.say("已督办") + " · " + said if station.urged else said
    if station.state == "planned":
        return _planned(station, words)
    said = {
        "done": words.say("已办结"),
        "waiting": words.say("等待受理") if line.used_days is None else words.say("等待前面的环节"),
        "not_applicable": words.say("无需办理"),
        "cancelled": words.say("已取消"),
    }[station.state]
    if station.state == "done" and station.decision == "declined":
        said = words.say("未予通过")
    if station.state == "done" and station.light == "red":
        return said + " · " + words.say("曾超期")
    return said


def _ready(left: int, words: Words) -> str:
    if left < 0:
        return words.say("已超期 {n} 个工作日", n=-left)
    if left == 0:
        return words.say("办理中 · 今天到期")
    return words.say("办理中 · 剩 {n} 个工作日", n=left)


def _planned(station: Station, words: Words) -> str:
    said = words.workdays(station.days) if station.days else words.say("当天办结")
    return said + " · " + words.say("视情况办理") if station.conditional else said


def span(station: Station, words: Words) -> str:
    """From when to when, as calendar days."""
    begins, ends = station.starts_on, station.ends_on
    if station.state in ("not_applicable", "cancelled") or begins is None or ends is None:
        return ""
    said = words.short_day(begins) if begins == ends else f"{words.short_day(begins)} – {words.short_day(ends)}"
    return words.say("{days}（暂定）", days=said) if station.provisional else said


def gap(before: dt.date, after: dt.date, words: Words) -> str | None:
    """What lies between two working days that do not follow each other: a weekend, or a holiday."""
    between = [before + dt.timedelta(days=step) for step in range(1, (after - before).days)]
    if not between:
        return None
    return words.say("周末") if all(day.weekday() > 4 for day in between) else words.say("放假")


def headline(line: Line, words: Words) -> str:
    """The line's promise and progress in one sentence."""
    parts = [words.say("承诺 {n} 个工作日", n=line.promise_days)]
    if line.used_days is not None:
        parts.append(words.say("已用 {n} 个工作日", n=max(line.used_days, 0)))
    if line.due_on is not None:
        parts.append(words.say("最晚 {day}办结", day=words.due(line.due_on)))
    if line.urged:
        parts.append(words.say("已督办"))
    if line.provisional:
        parts.append(words.say("节假日安排公布后可能调整"))
    return " · ".join(parts)


def summary(line: Line, words: Words) -> str:
    """The whole line for who cannot see it: every station with its department and state."""
    names = {lane.department: words.pack(lane.short) for lane in line.lanes}
    said = [
        f"{names.get(each.department, '')} {words.pack(each.name)}{words.say('：')}{status(line, each, words)}"
        for each in sorted(line.stations, key=lambda each: (each.start, each.end))
    ]
    return words.pack(line.name) + words.say("：") + words.say("；").join(said)
