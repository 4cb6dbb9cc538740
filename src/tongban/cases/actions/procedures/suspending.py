"""Suspend and resume: what does not count by law stops the clock, and the time needed is told in writing."""

from tongban.basics.calendar import local_day
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.course import CAUSES, standing
from tongban.cases.errors import AlreadySo


async def _suspend(doing: Doing) -> None:
    held, act = doing.held, doing.act
    if any((one.cause, one.task) == (act.cause, act.task) for one in standing(held.course)):
        raise AlreadySo()
    assert act.cause is not None and act.until is not None
    needed = held.kernel.calendar.workdays_between(local_day(held.now), act.until)
    basis = CAUSES[act.cause].basis
    doing.record(cause=act.cause, until=act.until, days=needed, reasons=doing.reasons, basis=basis)


async def _resume(doing: Doing) -> None:
    if not any((one.cause, one.task) == (doing.act.cause, doing.act.task) for one in standing(doing.held.course)):
        raise AlreadySo()
    doing.record(cause=doing.act.cause, outcome=doing.reasons)


ROWS = (
    Procedure(
        kind="suspend",
        event="case.suspended",
        action="case.suspend",
        states=("accepted",),
        verb=_suspend,
        zh="中止计时",
        en="suspend",
        task="may",
        needs=("cause", "until", "reasons"),
        causes=CAUSES,
        standing=True,
    ),
    Procedure(
        kind="resume",
        event="case.resumed",
        action="case.resume",
        states=("accepted",),
        verb=_resume,
        zh="恢复计时",
        en="resume",
        task="may",
        needs=("cause", "reasons"),
        causes=CAUSES,
        standing=True,
    ),
)
