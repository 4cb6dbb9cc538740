"""What tickets' states, verdicts and events are called on the desk, and which light each has."""

from collections.abc import Mapping

from tongban.cases.oversight.shapes import TicketEvent
from tongban.web.language import mark

SEVERITIES: Mapping[str, tuple[str, str]] = {
    "notice": (mark("提醒"), "blue"),
    "warning": (mark("一般"), "yellow"),
    "severe": (mark("严重"), "red"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "open": (mark("待整改"), "yellow"),
    "answered": (mark("待核实"), "blue"),
    "closed": (mark("已关闭"), "green"),
}
VERDICTS: Mapping[str, str] = {"cured": mark("已整改"), "excused": mark("认可说明")}
ANSWERS: Mapping[str, str] = {"corrected": mark("答复：已整改"), "explained": mark("答复：说明情况")}
CAUSES: Mapping[str, str] = {
    "still_true": mark("重新检查仍然异常，退回整改"),
    "refused": mark("核实未通过，退回整改"),
    "recurred": mark("同一问题再次出现，重新打开"),
}


WHAT: Mapping[str, str] = {
    "draft": mark("没有提交的申请"),
    "open-case": mark("正在办理的办件"),
    "case": mark("已经办结的办件"),
    "look-up-values": mark("办件时查到的内容"),
    "use": mark("查询记录"),
    "message": mark("消息"),
    "licence": mark("证照"),
}
"""What kinds of records are called."""

GRANTED: Mapping[str, str] = {"corrected": mark("答复：同意"), "explained": mark("答复：不同意，说明理由")}
"""What the answer to a person's request is called."""


def event_sentence(event: TicketEvent, about: str = "case") -> tuple[str, str]:
    """What happened, to be said in the reader's language, and its light. ``about``: what the ticket is about."""
    if about == "rights" and event.kind == "ticket.opened":
        return mark("本人提出申请"), "yellow"
    if about == "rights" and event.kind == "ticket.answered":
        return GRANTED[event.detail["answer"]], "blue"
    if event.kind == "ticket.opened":
        return mark("发现异常，生成工单"), "yellow"
    if event.kind == "ticket.answered":
        return ANSWERS[event.detail["answer"]], "blue"
    if event.kind == "ticket.reopened":
        return CAUSES[event.detail["cause"]], "red"
    return (
        mark("核实通过，工单关闭") if event.detail.get("verdict") == "cured" else mark("认可说明，工单关闭")
    ), "green"
