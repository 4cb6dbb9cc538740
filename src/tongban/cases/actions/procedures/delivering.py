"""Deliver the result: a certificate is handed over within ten working days of the decision (article 44).

What is only an electronic licence is delivered with the decision itself.
"""

from collections.abc import Mapping

from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.clock_of import to_hand_over
from tongban.cases.course import Cause, last
from tongban.cases.errors import AlreadySo

WAYS: Mapping[str, Cause] = {
    "electronic": Cause("电子送达", "electronically", None),
    "window": Cause("窗口领取", "at the window", None),
    "post": Cause("邮寄送达", "by post", None),
}


async def _deliver(doing: Doing) -> None:
    held = doing.held
    if last(held.course, "case.delivered") is not None or not to_hand_over(held.version, held.course):
        raise AlreadySo()
    doing.record(cause=doing.act.cause, reasons=doing.reasons)


ROWS = (
    Procedure(
        kind="deliver",
        event="case.delivered",
        action="case.deliver",
        states=("closed",),
        verb=_deliver,
        zh="送达结果",
        en="deliver the result",
        needs=("cause",),
        causes=WAYS,
        basis="行政许可法 第四十四条",
    ),
)
