"""What the doctor's checks hand back: one line each, with a repair where something is wrong."""

from typing import Literal

from msgspec import Struct

from tongban.basics.errors import TongbanError

Level = Literal["ok", "warning", "fault"]
Words = tuple[str, str]
"""One sentence in Simplified Chinese and in English."""
NO_WORDS: Words = ("", "")


class Finding(Struct, frozen=True):
    """One thing looked at. ``check`` is ``area.thing``; ``found`` and ``repair`` are in two languages."""

    check: str
    level: Level
    found: Words
    repair: Words = NO_WORDS

    def line(self, language: str) -> str:
        """The finding for people, in ``zh-CN`` or ``en``."""
        which = 0 if language.startswith("zh") else 1
        said = f"{MARKS[self.level]} {LEVELS[self.level][which]}  {self.check}: {self.found[which]}"
        repair = ("办法：", "Repair: ")[which] + self.repair[which]
        return f"{said} {repair}" if self.repair[which] else said


MARKS: dict[Level, str] = {"ok": "✓", "warning": "!", "fault": "✗"}
LEVELS: dict[Level, Words] = {"ok": ("正常", "ok     "), "warning": ("注意", "warning"), "fault": ("故障", "fault  ")}


def ok(check: str, zh: str, en: str) -> Finding:
    """Nothing wrong."""
    return Finding(check, "ok", (zh, en))


def warning(check: str, found: Words, repair: Words) -> Finding:
    """It works, and will not for ever."""
    return Finding(check, "warning", found, repair)


def fault(check: str, found: Words, repair: Words) -> Finding:
    """It does not work."""
    return Finding(check, "fault", found, repair)


def refused(check: str, error: TongbanError, repair: Words = NO_WORDS) -> Finding:
    """A fault that a part of the platform told in its own words, repair included."""
    return Finding(check, "fault", (error.message("zh-CN"), error.message("en")), repair)
