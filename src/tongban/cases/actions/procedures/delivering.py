"""Deliver the result: a certificate is handed over within ten working days of the decision (article 44)."""

from collections.abc import Mapping

from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.course import Cause, last
from tongban.cases.errors import AlreadySo

WAYS: Mapping[str, Cause] = {
    "electronic": Cause("电子送达", "electronically", None),
    "window": Cause("窗口领取", "at the window", None),
    "post": Cause("邮寄送达", "by post", None),
}


async def _deliver(doing: Doing) -> None:
    if last(doing.held.course, "case.delivered") is not None:
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
