"""Hearings: the applicant is told of the right, may ask within five working days, is heard within twenty.

From the request until the hearing was held the clock stands (Administrative Licensing Law, articles 45 to 48).
"""

import datetime as dt

from tongban.basics.calendar import local_day
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.course import hearing, last
from tongban.cases.errors import AlreadySo, HearingLate

_BASIS = "行政许可法 第四十七条"


async def _tell(doing: Doing) -> None:
    if hearing(doing.held.course) != "none":
        raise AlreadySo()
    doing.record(until=_in_days(doing, "hearing-request"), reasons=doing.reasons)


async def _request(doing: Doing) -> None:
    told = last(doing.held.course, "case.hearing_told")
    if told is None or hearing(doing.held.course) != "told":
        raise AlreadySo()
    if local_day(doing.held.now) > dt.date.fromisoformat(told.detail["until"]):
        raise HearingLate(until=told.detail["until"])
    doing.record(until=_in_days(doing, "hearing-held"), reasons=doing.reasons)


async def _hold(doing: Doing) -> None:
    if hearing(doing.held.course) != "requested":
        raise AlreadySo()
    doing.record(outcome=doing.reasons)


def _in_days(doing: Doing, limit: str) -> dt.date:
    held = doing.held
    return held.kernel.calendar.add_workdays(local_day(held.now), held.limit(limit).days).day


ROWS = (
    Procedure(
        kind="tell_hearing",
        event="case.hearing_told",
        action="case.tell_hearing",
        states=("accepted",),
        verb=_tell,
        zh="告知听证权利",
        en="tell of the right to be heard",
        needs=("reasons",),
        basis=_BASIS,
    ),
    Procedure(
        kind="request_hearing",
        event="case.hearing_requested",
        action="case.request_hearing",
        states=("accepted",),
        verb=_request,
        zh="申请听证",
        en="request a hearing",
        basis=_BASIS,
        standing=True,
        party="applicant",
    ),
    Procedure(
        kind="hold_hearing",
        event="case.hearing_held",
        action="case.hold_hearing",
        states=("accepted",),
        verb=_hold,
        zh="听证结束",
        en="the hearing was held",
        needs=("reasons",),
        basis="行政许可法 第四十八条",
        standing=True,
    ),
)
