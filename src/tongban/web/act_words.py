"""What special acts are called: to the applicant in a sentence, on the desk in a word, and which light each has.

A test holds the table to every event that a case can record.
"""

from collections.abc import Mapping
from typing import Literal

from tongban.web.language import mark

Colour = Literal["green", "yellow", "red", "blue", "grey"]

ACTS: Mapping[str, tuple[str, str, Colour]] = {
    "case.deemed_accepted": (mark("逾期未告知，视为已受理，从收到申请之日起计时"), mark("视为受理"), "yellow"),
    "case.suspended": (mark("依法中止计时"), mark("中止计时"), "yellow"),
    "case.suspension_overdue": (mark("中止已过预计日期，已提醒部门"), mark("中止过了预计日期"), "red"),
    "case.resumed": (mark("恢复计时"), mark("恢复计时"), "blue"),
    "case.extension_asked": (mark("部门申请延长办理期限"), mark("申请延长"), "yellow"),
    "case.extended": (mark("经负责人批准，办理期限延长"), mark("批准延长"), "yellow"),
    "case.extension_refused": (mark("延长未获批准，期限不变"), mark("不批准延长"), "grey"),
    "case.hearing_told": (mark("您有权申请听证，请在期限内提出"), mark("告知听证权利"), "yellow"),
    "case.hearing_requested": (mark("申请了听证"), mark("申请人要求听证"), "yellow"),
    "case.hearing_held": (mark("听证已举行"), mark("听证结束"), "blue"),
    "case.transferred": (mark("移交给另一个部门办理"), mark("移交部门"), "blue"),
    "case.handed_over": (mark("移送归属地办理，进展会回到这里"), mark("移送归属地"), "blue"),
    "case.taken_over": (mark("归属地已收到"), mark("接收移送"), "blue"),
    "case.progress_returned": (mark("归属地有新进展"), mark("归属地进展"), "blue"),
    "case.terminated": (mark("部门终止办理"), mark("终止办理"), "red"),
    "case.deleted": (mark("登记有误，已删除"), mark("删除"), "grey"),
    "case.referred": (mark("已转报上级机关"), mark("转报上级"), "blue"),
    "case.lapsed": (mark("期限内没有补正，办理结束"), mark("补正不来"), "grey"),
    "case.delivered": (mark("结果已送达"), mark("送达结果"), "green"),
    "case.decision_corrected": (mark("决定和证照已更正"), mark("更正决定"), "yellow"),
    "case.decision_revoked": (mark("决定已撤销"), mark("撤销决定"), "red"),
    "case.tolerance_promised": (mark("承诺限期补齐容缺材料"), mark("承诺限期补齐"), "blue"),
    "case.tolerated": (mark("容缺受理，请在期限内补齐"), mark("容缺受理"), "yellow"),
    "case.tolerance_met": (mark("容缺材料已补齐"), mark("容缺补齐"), "green"),
    "case.tolerance_missed": (mark("容缺材料逾期未补"), mark("容缺逾期"), "red"),
    "case.consent_withdrawn": (
        mark("您撤回了查询同意，材料改由您上传"),
        mark("申请人撤回查询同意，改由本人上传"),
        "yellow",
    ),
    "case.consent_of_other_ended": (
        mark("对方的查询同意已经结束，材料改由您上传"),
        mark("他人的查询同意已经结束，改由申请人上传"),
        "yellow",
    ),
    "case.commitment_signed": (mark("签署了告知承诺书"), mark("签署承诺"), "blue"),
    "case.commitment_relied_on": (mark("凭您的承诺当场办结"), mark("凭承诺办结"), "green"),
    "case.commitment_verified": (mark("承诺经核查属实"), mark("承诺属实"), "green"),
    "case.commitment_broken": (mark("承诺经核查不实"), mark("承诺不实"), "red"),
    "case.commitment_repaired": (mark("信用已修复"), mark("信用修复"), "green"),
    "case.fast_laned": (mark("进入绿色通道，优先办理"), mark("绿色通道"), "green"),
    "case.visit_arranged": (mark("约好了联合勘验"), mark("安排勘验"), "blue"),
    "case.visit_finding_recorded": (mark("一个部门登记了勘验意见"), mark("登记勘验意见"), "blue"),
    "case.visit_called_off": (mark("联合勘验取消"), mark("取消勘验"), "grey"),
    "case.visit_done": (mark("联合勘验有了结果"), mark("勘验结果"), "blue"),
    "case.urged": (mark("上级督办，要求部门答复"), mark("督办"), "red"),
    "case.urging_answered": (mark("部门已答复督办"), mark("答复督办"), "blue"),
    "case.due_moved": (mark("节假日安排变化，最晚办结日有变"), mark("期限随日历调整"), "yellow"),
    "task.escalated": (mark("部门逾期未决定，已报部门负责人"), mark("逾期报负责人"), "red"),
    "ticket.opened": (mark("发现异常，已要求部门纠正"), mark("异常工单"), "red"),
    "ticket.answered": (mark("部门已说明并纠正"), mark("说明和纠正"), "blue"),
    "ticket.reopened": (mark("复核未通过，继续纠正"), mark("工单退回"), "red"),
    "ticket.closed": (mark("异常已消除"), mark("工单办结"), "green"),
}
