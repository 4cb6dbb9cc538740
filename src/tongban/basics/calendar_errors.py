"""What can be refused about a calendar file. Every fault names its day, what is wrong with it, and the repair."""

from datetime import date
from typing import Any, Literal

from msgspec import Struct

from tongban.basics.errors import TongbanError

Level = Literal["fault", "warning"]


class CalendarFault(Struct, frozen=True):
    """One fault of a file, or a warning for whoever approves it. ``field`` names the part of the file."""

    field: str
    code: str
    zh: str
    en: str
    day: date | None = None
    level: Level = "fault"


class CalendarRefused(TongbanError):
    """The file has faults; all of them are listed at once."""

    code = "calendar.refused"
    status = 422
    zh = "这份日历文件有 {count} 处需要修改，什么都没有改变：{first}"
    en = "The calendar file needs {count} changes; nothing was done: {first}"

    def __init__(self, faults: list[CalendarFault]) -> None:
        """``faults`` are those that hinder, never empty."""
        self.found = faults
        self.faults: list[dict[str, Any]] = [
            {"field": f.field, "code": f.code, "day": f.day, "zh": f.zh, "en": f.en} for f in faults
        ]
        super().__init__(field=faults[0].field, count=len(faults), first=faults[0].en)

    def message(self, language: str = "zh-CN") -> str:
        """The general sentence with the first fault; the others are listed beside it."""
        english = language.startswith("en")
        first = self.found[0].en if english else self.found[0].zh
        return (self.en if english else self.zh).format(count=len(self.found), first=first)
