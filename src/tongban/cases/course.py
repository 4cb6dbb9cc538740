"""The course a case has taken beside the plain road: what stands, what was extended, what a hearing came to. Pure.

Everything is read from the dated events, so that no second record can disagree with them. Called by the acts to
decide what may happen now, and by views to show it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from tongban.cases.models import PastEvent

Extension = Literal["none", "asked", "granted", "refused"]
Hearing = Literal["none", "told", "requested", "held"]


class Cause(Struct, frozen=True):
    """Why a clock may stand: in words, and the article that allows it."""

    zh: str
    en: str
    basis: str | None


_SPECIAL = "行政许可法 第四十五条"
CAUSES: Mapping[str, Cause] = {
    "hearing": Cause("听证", "a hearing", _SPECIAL),
    "tender": Cause("招标", "a tender", _SPECIAL),
    "auction": Cause("拍卖", "an auction", _SPECIAL),
    "inspection": Cause("检验", "an inspection", _SPECIAL),
    "test": Cause("检测", "a test", _SPECIAL),
    "quarantine": Cause("检疫", "a quarantine", _SPECIAL),
    "appraisal": Cause("鉴定", "an appraisal", _SPECIAL),
    "expert-review": Cause("专家评审", "an expert review", _SPECIAL),
    "referral": Cause("转报", "a referral to a higher authority", None),
    "ordinary": Cause("普通挂起", "an ordinary suspension", None),
}
"""Eight special procedures whose time does not count by law, and two that a department may have to wait for."""


class Standing(Struct, frozen=True):
    """A suspension that has not ended. ``task`` None: the whole case. ``until``: the day it was announced to end.

    ``visit``: the shared visit for which the clock stands; it holds back its own tasks only.
    """

    cause: str
    task: str | None
    since: dt.datetime
    until: dt.date | None = None
    visit: str | None = None


def standing(events: Sequence[PastEvent]) -> tuple[Standing, ...]:
    """What stands now, oldest first; a case stands from the request for a hearing until it was held."""
    found: dict[tuple[str | None, str, bool], Standing] = {}
    for event in events:
        cause, by_hearing = str(event.detail.get("cause", "hearing")), event.kind.startswith("case.hearing")
        if event.kind in ("case.suspended", "case.hearing_requested"):
            until = event.detail.get("until")
            day = dt.date.fromisoformat(until) if until else None
            one = Standing(cause, event.task, event.at, day, event.detail.get("visit"))
            found.setdefault((event.task, cause, by_hearing), one)
        elif event.kind in ("case.resumed", "case.hearing_held"):
            found.pop((event.task, cause, by_hearing), None)
        elif event.kind == "task.decided":
            found = {key: one for key, one in found.items() if one.task != event.task}
    return tuple(found.values())


def stopping(events: Sequence[PastEvent], task: str | None) -> Standing | None:
    """What keeps ``task`` (None: the case) from being decided: its own suspension, or one of the whole case."""
    return next((one for one in standing(events) if one.task in (None, task) and one.visit is None), None)


_EXTENSION: Mapping[str, Extension] = {
    "case.extension_asked": "asked",
    "case.extended": "granted",
    "case.extension_refused": "refused",
}
_HEARING: Mapping[str, Hearing] = {
    "case.hearing_told": "told",
    "case.hearing_requested": "requested",
    "case.hearing_held": "held",
}


def extension(events: Sequence[PastEvent]) -> Extension:
    """How far an extension has come."""
    return next((_EXTENSION[e.kind] for e in reversed(events) if e.kind in _EXTENSION), "none")


def hearing(events: Sequence[PastEvent]) -> Hearing:
    """How far a hearing has come."""
    return next((_HEARING[e.kind] for e in reversed(events) if e.kind in _HEARING), "none")


def last(events: Sequence[PastEvent], kind: str) -> PastEvent | None:
    """The newest event of ``kind``, or None."""
    return next((event for event in reversed(events) if event.kind == kind), None)
