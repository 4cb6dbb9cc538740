"""What events, decisions and sources are called on the desk, and which light each has.

Called by the desk's views; the texts are said in the reader's language where they are shown.
"""

from collections.abc import Mapping

from msgspec import Struct

from tongban.cases.actions.decisions import DecisionKind
from tongban.cases.readiness import MaterialState
from tongban.cases.views.shapes import EventLine, MaterialLine
from tongban.web.act_words import ACTS, Colour
from tongban.web.language import mark

EVENTS: Mapping[str, tuple[str, Colour]] = {
    "case.submitted": (mark("申请已提交"), "blue"),
    "case.edited": (mark("受理前修改"), "blue"),
    "case.resubmitted": (mark("修改后再次提交"), "blue"),
    "case.supplemented": (mark("已补正材料"), "blue"),
    "case.accepted": (mark("予以受理"), "green"),
    "case.refused": (mark("不予受理"), "red"),
    "case.supplement_asked": (mark("一次性告知补正"), "yellow"),
    "case.returned": (mark("退回修改"), "yellow"),
    "case.withdrawn": (mark("申请人撤回"), "grey"),
    "case.closed": (mark("全部办结"), "green"),
    "task.approved": (mark("同意办理"), "green"),
    "task.declined": (mark("不予办理"), "red"),
    "question.asked": (mark("申请人提问"), "blue"),
    "question.answered": (mark("已答复申请人"), "green"),
    **{kind: (word, colour) for kind, (_, word, colour) in ACTS.items()},
}
DECISIONS: Mapping[str, str] = {
    "accepted": mark("予以受理"),
    "refused": mark("不予受理"),
    "supplement": mark("一次性告知补正"),
    "approved": mark("同意办理"),
    "declined": mark("不予办理"),
    "corrected": mark("已整改"),
    "explained": mark("说明情况"),
    "close": mark("核实通过，关闭"),
    "excuse": mark("认可说明，关闭"),
}


class KindWords(Struct, frozen=True):
    """A decision that can be chosen: its name, what follows, its notice's title, wordings to start from."""

    name: str
    follows: str
    notice: str
    basis: str | None = None
    wordings: tuple[str, ...] = ()


_ARTICLE = "行政许可法 第三十二条"
KINDS: Mapping[DecisionKind, KindWords] = {
    "accept": KindWords(mark("予以受理"), mark("时限从今天起算，各部门的环节随即开始"), mark("受理通知")),
    "supplement": KindWords(
        mark("一次性告知补正"),
        mark("勾选全部缺少或有误的材料；只能告知一次"),
        mark("补正材料告知书"),
        _ARTICLE,
        (
            mark("上传的图片不清楚，请在光线充足处重新拍摄，四角齐全。"),
            mark("材料缺页，请补齐全部页面。"),
            mark("材料上的姓名或号码与申请表不一致，请核对后补交。"),
        ),
    ),
    "return": KindWords(
        mark("退回修改"),
        mark("申请人改好后可直接再次提交，不用重填"),
        mark("退回修改通知"),
        None,
        (mark("申请表填写有误，请按下列说明修改后再次提交："), mark("填写的日期与材料不一致，请核对。")),
    ),
    "refuse": KindWords(
        mark("不予受理"),
        mark("事项到此结束；须说明理由并告知救济途径"),
        mark("不予受理决定书"),
        _ARTICLE,
        (mark("申请事项依法不需要办理。"), mark("申请事项不属于本部门职权范围，请向有权部门申请。")),
    ),
    "approve": KindWords(mark("同意办理"), mark("需要发证的，证照即时生成"), mark("办理通知")),
    "decline": KindWords(
        mark("不予办理"),
        mark("后续依赖本环节的办理一并取消；须说明理由并告知救济途径"),
        mark("不予办理决定书"),
        None,
        (mark("经核查，不符合办理条件，具体为："), mark("材料与核查结果不一致，具体为：")),
    ),
}
STATES: Mapping[str, str] = {
    "waiting": mark("等待前面的环节或申请人"),
    "ready": mark("等待办理"),
    "done": mark("已经办理"),
    "not_applicable": mark("这件事项不需要本环节"),
    "cancelled": mark("已取消，不再办理"),
}
OUTCOMES: Mapping[str, str] = {
    "missing": mark("查询过，没有查到"),
    "unavailable": mark("查询时部门系统没有答复"),
    "invalid": mark("部门系统的答复不符合约定，没有采用"),
    "refused": mark("没有查询授权"),
}
_UNKNOWN: tuple[str, Colour] = (mark("其他记录"), "grey")


def event_words(event: EventLine) -> tuple[str, Colour]:
    """The name of an event and its light; a decided task by how it was decided."""
    kind = f"task.{event.detail.get('decision')}" if event.kind == "task.decided" else event.kind
    return EVENTS.get(kind, _UNKNOWN)


def origin_words(material: MaterialLine) -> tuple[str, Colour, str]:
    """Where a material came from, its light, and how far it may be relied on (levels A to C of the national scheme)."""
    if material.state == "found":
        licence = (material.source or "").startswith("licence:")
        return (mark("电子证照") if licence else mark("部门数据")), "green", mark("A 级：权威来源，可直接采用")
    return _BROUGHT[material.state]


_BROUGHT: Mapping[MaterialState, tuple[str, Colour, str]] = {
    "uploaded": (mark("申请人上传"), "blue", mark("C 级：申请人上传，请核对原图")),
    "promised": (mark("告知承诺"), "blue", mark("以书面承诺代替，事后核查")),
    "tolerated": (mark("容缺"), "yellow", mark("承诺受理后补交")),
    "missing": (mark("没有提供"), "yellow", mark("必需的材料还没有")),
    "optional": (mark("没有提供"), "grey", mark("可以不交或容后补交")),
}
