"""The reader: language, letter size, and words for dates and counts.

Called by pages and problems. Texts stand in Chinese where they are used; ``strings/en/`` holds the
English of the web floor, packs bring their own; Traditional characters are made. Names of people are data,
never texts: they are put into a sentence after it was converted.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from msgspec import Struct

from tongban.basics.calendar import CST
from tongban.basics.text import Language, to_traditional
from tongban.parties.models import Actor, Mandate, Representation
from tongban.web.asset_files import AssetFiles
from tongban.web.errors import StringsInvalid

STRINGS = Path(__file__).parent / "strings" / "en"
_WEEK_ZH = "一二三四五六日"
_WEEK_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Entry = str | Mapping[str, str]


@cache
def screen_strings() -> Mapping[str, Entry]:
    """The English of every text of the web floor, from one file an audience.

    A mapping with ``one`` and ``other`` follows the value ``n``. Raises ``StringsInvalid``, also where two
    files disagree.
    """
    strings: dict[str, Entry] = {}
    for file in sorted(STRINGS.glob("*.yaml")):
        for key, entry in (yaml.safe_load(file.read_text("utf-8")) or {}).items():
            plural = isinstance(entry, dict) and set(entry) == {"one", "other"}
            if not (isinstance(entry, str) or plural) or strings.setdefault(key, entry) != entry:
                raise StringsInvalid(file=file.name, key=key)
    return strings


def mark(text: str) -> str:
    """``text`` itself: marks a text in a table or constant that is said later, so that its English is not missed."""
    return text


PLATFORM_TEXTS = frozenset((mark("受理审查"), mark("行政许可法 第三十二条"), mark("本人账户"), mark("企业账户")))
"""What stands among the texts of packs although the platform itself says it."""


class Words:
    """Texts, dates and counts in one language; ``packs`` is the packs' English by Chinese text.

    ``assumed`` says of a day whether the holidays of its year are not published yet.
    """

    def __init__(
        self,
        language: Language,
        packs: Mapping[str, str] | None = None,
        assumed: Callable[[dt.date], bool] = lambda _: False,
    ) -> None:
        self.language: Language = language
        self._packs = packs or {}
        self._assumed = assumed

    def say(self, text: str, **values: Any) -> str:
        """A text of the web floor in this language, its ``{names}`` filled with ``values``, which stay as they are."""
        if self.language == "en":
            entry = screen_strings().get(text, text)
            template = entry if isinstance(entry, str) else entry["one" if values.get("n") == 1 else "other"]
        else:
            template = to_traditional(text) if self.language == "zh-Hant" else text
        return template.format(**values) if values else template

    def pack(self, text: str | None) -> str:
        """A text that a pack declares, in this language; the Chinese stands where English is missing."""
        if not text:
            return ""
        if self.language == "en":
            return self._packs.get(text) or (self.say(text) if text in PLATFORM_TEXTS else text)
        return to_traditional(text) if self.language == "zh-Hant" else text

    def day(self, day: dt.date | dt.datetime | None, *, year: bool = False) -> str:
        """A day with its weekday: 11月23日（周一）, Mon 23 Nov. A moment counts as its day in China."""
        if day is None:
            return ""
        local = day.astimezone(CST).date() if isinstance(day, dt.datetime) else day
        if self.language == "en":
            return f"{_WEEK_EN[local.weekday()]} {self.short_day(local)}" + (f" {local.year}" if year else "")
        prefix = f"{local.year}年" if year else ""
        return prefix + self.short_day(local) + f"（{self.weekday(local)}）"

    def due(self, day: dt.date | None) -> str:
        """The day on which something is due, visibly provisional where it rests on a year not yet published."""
        said = self.day(day)
        if day is None or not self._assumed(day):
            return said
        mark = self.say("暂定")
        return f"{said} ({mark})" if self.language == "en" else f"{said.removesuffix('）')}，{mark}）"

    def short_day(self, day: dt.date) -> str:
        """A day without weekday: 11月23日, 23 Nov."""
        if self.language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]}"
        return f"{day.month}月{day.day}日"

    def weekday(self, day: dt.date) -> str:
        """周一, 週一, Mon."""
        if self.language == "en":
            return _WEEK_EN[day.weekday()]
        return ("週" if self.language == "zh-Hant" else "周") + _WEEK_ZH[day.weekday()]

    def moment(self, at: dt.datetime | None, *, year: bool = False) -> str:
        """A moment in China Standard Time, to the minute: 11月23日（周一） 14:05."""
        if at is None:
            return ""
        local = at.astimezone(CST)
        return f"{self.day(local, year=year)} {local:%H:%M}"

    def workdays(self, n: int) -> str:
        """A count of working days: 5 个工作日, 1 working day."""
        return self.say("{n} 个工作日", n=n)


LEADERS = ("/desk/journeys", "/desk/league", "/desk/overdue")
"""Pages that measure: the leaders' door."""
Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")


class Reader(Struct, frozen=True):
    """Who a page is written for. ``csrf`` is None on pages for everybody; ``hat``: for whom the reader acts now."""

    words: Words
    assets: AssetFiles
    large: bool = False
    theme: Theme = "auto"
    path: str = "/"
    csrf: str | None = None
    session: bool = False
    actor: Actor | None = None
    hat: Mandate | Representation | None = None

    @property
    def door(self) -> str:
        """Which of the doors the page belongs to, each installable on its own."""
        if self.path.startswith(LEADERS):
            return "cockpit"
        return "desk" if self.path.startswith("/desk") else "portal"

    @property
    def mark(self) -> str:
        """By which a browser knows whether what it keeps is this person's; empty for a visitor. It opens nothing."""
        account = self.actor.account.bytes if self.actor else b""
        return hashlib.sha256(b"tongban offline " + account).hexdigest()[:16] if account else ""


current: ContextVar[Reader] = ContextVar("reader")
"""The reader of the page being rendered. Set by ``pages.render`` alone, around one synchronous rendering."""
