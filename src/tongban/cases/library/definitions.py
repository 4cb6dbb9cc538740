"""The five national exchange tables: their columns with lengths, and the codes that stand in them. Pure tables.

Called by ``making``, which fits every record to its table, and by the tests. Lengths and names follow the tables as
provinces exchange them; the codes marked unverified in docs/library.md are practice, not quoted law.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

RecordKind = Literal["accept", "process", "special_procedure", "result", "material"]
Content = dict[str, str | None]


class Column(Struct, frozen=True):
    """One column: its name, its Chinese label, the longest value in characters.

    ``required``: the table has no row without it. ``words``: running text, which is cut to fit; anything else that
    is too long is refused. ``personal``: holds the number of a person or enterprise.
    """

    name: str
    label: str
    most: int
    required: bool = True
    words: bool = False
    personal: bool = False


COMMON = (
    Column("row_guid", "记录唯一标识", 50),
    Column("project_no", "办件编号", 50),
    Column("data_source", "数据来源", 3),
    Column("cd_operation", "同步类型", 2),
    Column("cd_batch", "批次号", 32),
    Column("cd_time", "同步时间", 19),
)
"""What every record has. ``cd_operation``: I adds a row, U replaces the row with the same ``row_guid``."""

TABLES: Mapping[RecordKind, tuple[Column, ...]] = {
    "accept": (
        *COMMON,
        Column("catalog_code", "基本编码", 12),
        Column("task_code", "实施编码", 36),
        Column("task_handle_item", "业务办理项编码", 50, required=False),
        Column("task_name", "事项名称", 1000, words=True),
        Column("task_version", "事项版本", 10),
        Column("project_name", "办理摘要", 1000, required=False, words=True),
        Column("project_type", "办件类型", 2),
        Column("apply_type", "申请类型", 2),
        Column("apply_date", "申请时间", 19),
        Column("accept_date", "受理时间", 19),
        Column("promise_date", "承诺办结时间", 19, required=False),
        Column("applyer_type", "申请人类型", 2),
        Column("applyer_name", "申请人名称", 100, words=True),
        Column("applyer_page_type", "申请人证件类型", 70),
        Column("applyer_page_code", "申请人证件号码", 500, personal=True),
        Column("org_code", "受理部门编码", 64),
        Column("org_name", "受理部门", 100, words=True),
        Column("handle_user_name", "受理人员", 100, words=True),
    ),
    "process": (
        *COMMON,
        Column("process_name", "办理环节名称", 1000, words=True),
        Column("event_name", "业务动作", 2),
        Column("event_start_time", "环节开始时间", 19),
        Column("event_end_time", "环节结束时间", 19),
        Column("handle_explain", "办理意见", 2000, words=True),
        Column("handle_user_name", "办理人员", 100, words=True),
        Column("task_code", "实施编码", 36, required=False),
        Column("org_code", "办理部门编码", 64, required=False),
        Column("remark", "备注", 256, required=False, words=True),
    ),
    "special_procedure": (
        *COMMON,
        Column("special_type", "特别程序种类", 2),
        Column("special_name", "特别程序种类名称", 1000, words=True),
        Column("special_reason", "特别程序启动理由或依据", 2000, words=True),
        Column("special_time", "特别程序开始时间", 19),
        Column("end_time", "特别程序结束时间", 19, required=False),
        Column("result", "特别程序结果", 2000, required=False, words=True),
        Column("handle_user", "办理人", 100, required=False, words=True),
        Column("remark", "备注", 256, required=False, words=True),
    ),
    "result": (
        *COMMON,
        Column("result_type", "办结结果", 2),
        Column("result_date", "办结时间", 19),
        Column("result_explain", "办件结果描述", 2000, required=False, words=True),
        Column("result_cetr_name", "结果证照名称", 256, required=False, words=True),
        Column("result_cetr_no", "结果证照编号", 2000, required=False),
        Column("is_delivery_results", "是否快递递送结果", 2),
        Column("satisfaction", "满意度", 2, required=False),
        Column("handle_user_name", "办理人员", 100, required=False, words=True),
        Column("remark", "备注", 256, required=False, words=True),
    ),
    "material": (
        *COMMON,
        Column("material_name", "材料名称", 200, words=True),
        Column("get_type", "收取方式", 2),
        Column("get_num", "收取数量", 5, required=False),
        Column("remark", "备注", 1000, required=False, words=True),
    ),
}

ACTIONS: Mapping[str, str] = {
    "1": "接件",
    "3": "受理",
    "4": "不受理",
    "6": "补正开始",
    "7": "补正结束",
    "8": "部门办理",
    "9": "特别程序开始",
    "10": "特别程序结束",
    "11": "办结",
    "99": "其他",
}
"""业务动作. Unverified: 7 and 99."""

SPECIAL_TYPES: Mapping[str, str] = {"1": "延长审批", "2": "其他"}
"""特别程序种类 (GB/T 39046)."""

APPLICANT_TYPES: Mapping[str, str] = {"person": "1", "enterprise": "2"}
"""服务对象: 1 自然人, 2 企业法人 (GB/T 39046)."""

CERTIFICATE_TYPES: Mapping[str, str] = {"person": "111", "enterprise": "001"}
"""证件类型: 居民身份证, 统一社会信用代码. Unverified."""

APPLIED_ONLINE = "9"
"""申请类型: other than a window, as the platform does not ask by which device one applies (GB/T 39046 办理形式)."""

GET_TYPES: Mapping[str, str] = {"upload": "2", "licence": "3", "resource": "4"}
"""收取方式: uploaded, own electronic licence, shared data. Unverified."""

NOT_DELIVERED = "0"
"""是否快递递送结果: results are electronic."""


class Mapped(Struct, frozen=True):
    """What becomes of an event: one process record with ``action``, and one or more of each of ``kinds``.

    ``stage`` names the act in words. ``since`` names events that began the stage, the last of them counts.
    Without an ``action`` nothing leaves, and ``why`` says the reason.
    """

    stage: str
    action: str | None = None
    kinds: tuple[RecordKind, ...] = ()
    since: tuple[str, ...] = ()
    why: str = ""


_RECEIVED = ("case.submitted", "case.edited", "case.supplemented", "case.resubmitted")
_INTERNAL = "works inside the government; the tables have no place for it"

EVENTS: Mapping[str, Mapped] = {
    "case.submitted": Mapped("收件", "1"),
    "case.edited": Mapped("修改", why="before acceptance only what is accepted counts"),
    "case.supplement_asked": Mapped("补正告知", "6", since=_RECEIVED),
    "case.supplemented": Mapped("补正", "7", since=("case.supplement_asked",)),
    "case.returned": Mapped("退回修改", "99", since=_RECEIVED),
    "case.resubmitted": Mapped("重新提交", "1", since=("case.returned",)),
    "case.accepted": Mapped("受理", "3", ("accept", "material"), since=_RECEIVED),
    "case.deemed_accepted": Mapped("视为受理", "3", ("accept", "material"), since=_RECEIVED),
    "case.refused": Mapped("不予受理", "4", ("result",), since=_RECEIVED),
    "case.withdrawn": Mapped("撤回申请", "11", ("result",)),
    "case.lapsed": Mapped("补正不来", "11", ("result",), since=("case.supplement_asked",)),
    "case.terminated": Mapped("终止办理", "11", ("result",)),
    "case.deleted": Mapped("删除", "11", ("result",)),
    "case.closed": Mapped("办结", "11", ("result",)),
    "task.decided": Mapped("部门办理", "8"),
    "case.suspended": Mapped("中止计时", "9", ("special_procedure",)),
    "case.resumed": Mapped("恢复计时", "10", ("special_procedure",), since=("case.suspended",)),
    "case.extension_asked": Mapped("申请延长办理期限", "99"),
    "case.extension_refused": Mapped("不同意延长办理期限", "99", since=("case.extension_asked",)),
    "case.extended": Mapped("延长办理期限", "9", ("special_procedure",), since=("case.extension_asked",)),
    "case.hearing_told": Mapped("告知听证权利", "99"),
    "case.hearing_requested": Mapped("申请听证", "99", since=("case.hearing_told",)),
    "case.hearing_held": Mapped("听证", "99", since=("case.hearing_requested",)),
    "case.transferred": Mapped("移交其他部门", "99"),
    "case.referred": Mapped("转报上级", "99", ("result",)),
    "case.handed_over": Mapped("移交其他地区", "99", ("result",)),
    "case.delivered": Mapped("送达", "99"),
    "case.decision_corrected": Mapped("更正决定", "99", ("result",)),
    "case.decision_revoked": Mapped("撤销决定", "99", ("result",)),
    "case.tolerated": Mapped("容缺受理", "99"),
    "case.tolerance_promised": Mapped("容缺承诺", "99"),
    "case.tolerance_missed": Mapped("容缺材料逾期未补", "99", since=("case.tolerated",)),
    "case.tolerance_met": Mapped("容缺材料补齐", "99", ("material",), since=("case.tolerated",)),
    "case.commitment_signed": Mapped("签署告知承诺书", "99"),
    "case.commitment_relied_on": Mapped("凭承诺办理", "99"),
    "case.commitment_repaired": Mapped("承诺整改完成", "99", since=("case.commitment_broken",)),
    "case.commitment_verified": Mapped("承诺核查属实", "99"),
    "case.commitment_broken": Mapped("承诺核查不实", "99"),
    "case.visit_arranged": Mapped("安排联合勘验", "99"),
    "case.visit_finding_recorded": Mapped("勘验意见", "99", since=("case.visit_arranged",)),
    "case.visit_called_off": Mapped("取消联合勘验", "99", since=("case.visit_arranged",)),
    "case.visit_done": Mapped("联合勘验", "99", since=("case.visit_arranged",)),
    "case.fast_laned": Mapped("绿色通道", "99"),
    "case.taken_over": Mapped("其他地区已接收", "99", since=("case.handed_over",)),
    "case.progress_returned": Mapped("回传进度", why="the other region's own records say it"),
    "case.due_moved": Mapped("办理期限调整", "99"),
    "case.urged": Mapped("督办", why=_INTERNAL),
    "case.urging_answered": Mapped("督办答复", why=_INTERNAL),
    "case.suspension_overdue": Mapped("中止超期", why=_INTERNAL),
    "task.escalated": Mapped("提请上级", why=_INTERNAL),
    "case.consent_withdrawn": Mapped("撤回查询同意", why="a right of the person, no step of the case"),
    "case.consent_of_other_ended": Mapped("他人查询同意终止", why="a right of another person, no step of the case"),
    "question.asked": Mapped("咨询", why="a question is no step of the case"),
    "question.answered": Mapped("答复", why="a question is no step of the case"),
}
"""Every event of a case and what becomes of it. A test fails when the platform knows an event that stands not here."""

LEAVING = tuple(kind for kind, mapped in EVENTS.items() if mapped.action is not None)
"""The events that leave records."""

REPLACING = ("case.decision_corrected", "case.decision_revoked")
"""Events after which the result that was sent is replaced."""

_PERHAPS_ENDING = ("case.referred", "case.handed_over")

ENDING = tuple(
    kind for kind, mapped in EVENTS.items() if "result" in mapped.kinds and kind not in (*REPLACING, *_PERHAPS_ENDING)
)
"""Events that always end a case; a referral or hand-over ends it only sometimes, and has a result only then."""

REVOKED = "2"
"""The finish code of a case whose decisions were all revoked: 作废."""
