"""Ends of a case beside a decision: withdrawn, terminated, deleted as opened in error, referred upwards."""

from collections.abc import Mapping

from tongban.cases.actions.endings import end
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.course import Cause, standing
from tongban.cases.errors import AlreadySo
from tongban.cases.models import EDITABLE, OPEN

REFERRALS: Mapping[str, Cause] = {
    "review": Cause("转报审查后退回本级决定", "comes back for the decision", "行政许可法 第三十五条"),
    "upward": Cause("转报上级决定，本级办结", "the higher authority decides: this case ends", "行政许可法 第三十五条"),
}


async def _withdraw(doing: Doing) -> None:
    end(doing.held, "withdrawn")
    doing.record(reasons=doing.reasons)


async def _terminate(doing: Doing) -> None:
    end(doing.held, "terminated")
    doing.record(reasons=doing.reasons, basis=doing.act.basis.strip())


async def _delete(doing: Doing) -> None:
    end(doing.held, "deleted")
    doing.record(reasons=doing.reasons)


async def _refer(doing: Doing) -> None:
    held, to = doing.held, doing.act.detail.get("to")
    doing.record(cause=doing.act.cause, to=to, until=doing.act.until, reasons=doing.reasons)
    if doing.act.cause == "upward":
        end(held, "referred")
        return
    if any((one.cause, one.task) == ("referral", None) for one in standing(held.course)):
        raise AlreadySo()
    doing.record("case.suspended", cause="referral", until=doing.act.until, reasons=doing.reasons)


ROWS = (
    Procedure(
        kind="withdraw",
        event="case.withdrawn",
        action="case.withdraw",
        states=OPEN,
        verb=_withdraw,
        zh="撤回申请",
        en="withdraw",
        standing=True,
        party="applicant",
    ),
    Procedure(
        kind="terminate",
        event="case.terminated",
        action="case.terminate",
        states=OPEN,
        verb=_terminate,
        zh="终止办理",
        en="terminate",
        needs=("reasons", "basis"),
        standing=True,
    ),
    Procedure(
        kind="delete",
        event="case.deleted",
        action="case.delete",
        states=EDITABLE,
        verb=_delete,
        zh="删除（错误登记的办件）",
        en="delete a case opened in error",
        needs=("reasons",),
    ),
    Procedure(
        kind="refer",
        event="case.referred",
        action="case.refer",
        states=("accepted",),
        verb=_refer,
        zh="转报上级",
        en="refer to a higher authority",
        needs=("cause", "reasons"),
        causes=REFERRALS,
        basis="行政许可法 第三十五条",
        standing=True,
    ),
)
