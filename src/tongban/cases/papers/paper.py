"""A paper as it is set: title, number, one opening sentence, parts; and what is known when its words are chosen.

Pure.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tongban.cases.papers.kinds import NoticeKind

PROVISIONAL = "暂定：该年放假安排尚未公布，公布后重新计算，有变动时另行告知"


class Part(Struct, frozen=True):
    """One titled part. ``lines`` are paragraphs; ``listed`` numbers them."""

    title: str
    lines: tuple[str, ...]
    listed: bool = False


class Paper(Struct, frozen=True):
    """What a paper says. Days are those of China Standard Time; ``number`` is its own."""

    kind: NoticeKind
    title: str
    number: str
    case_number: str
    applicant_name: str
    issued_on: dt.date
    opening: str
    parts: tuple[Part, ...] = ()
    contact: str | None = None


class PaperIncomplete(ValueError):
    """A paper would lack what the law asks of its kind: the caller's mistake, so no error for people."""


class Told(Struct, frozen=True):
    """What is known about an event when its paper is written.

    ``detail`` and ``basis`` are the event's; ``due_on`` is the day by which the body decides once the event has
    happened, ``provisional`` says that it rests on a year not yet published. ``step``: the task's name unless it is
    intake. ``materials``: id → name and what is required of it; ``names``: department id → name.
    """

    kind: NoticeKind
    number: str
    case_number: str
    applicant_name: str
    matter: str
    issued_on: dt.date
    received_on: dt.date
    detail: Mapping[str, Any] = {}
    basis: str | None = None
    enterprise: bool = False
    licensing: bool = True
    step: str | None = None
    due_on: dt.date | None = None
    provisional: bool = False
    provisional_days: frozenset[dt.date] = frozenset()
    cause: str | None = None
    way: str | None = None
    names: Mapping[str, str] = {}
    materials: Mapping[str, tuple[str, str]] = {}
    licences: tuple[str, ...] = ()
    appeals: tuple[str, ...] = ()
    pledge: str | None = None
    commitment: str | None = None
    place: str | None = None
    contact: str | None = None

    @property
    def you(self) -> str:
        """How the applicant is addressed."""
        return "贵单位" if self.enterprise else "您"

    def text(self, name: str) -> str:
        """A text of the event, trimmed; empty when it says nothing."""
        return str(self.detail.get(name) or "").strip()

    def day(self, name: str) -> dt.date | None:
        """A day of the event."""
        found = self.detail.get(name)
        return dt.date.fromisoformat(str(found)) if found else None

    def shown_day(self, day: dt.date) -> str:
        """``day`` as official papers write it, marked where it may still move."""
        marked = f"（{PROVISIONAL}）" if day in self.provisional_days else ""
        return f"{spelt(day)}{marked}"

    def due(self) -> str:
        """The day by which the body decides, marked where it may still move; empty while the clock stands."""
        if self.due_on is None:
            return ""
        return spelt(self.due_on) + (f"（{PROVISIONAL}）" if self.provisional else "")


def spelt(day: dt.date) -> str:
    """A day as official papers write it: 2026年11月22日."""
    return f"{day.year}年{day.month}月{day.day}日"
