"""What is known of an event of every kind that asks for a paper: the same matter told twenty-eight ways."""

import datetime as dt
from typing import Any

from tongban.cases.papers.kinds import NoticeKind
from tongban.cases.papers.paper import Told

APPEALS = (
    "自收到本文书之日起六十日内向下城区人民政府申请行政复议。",
    "自收到本文书之日起六个月内向杭州市下城区人民法院提起行政诉讼。",
)
ARTICLE = "行政许可法 第三十二条"
DETAILS: dict[NoticeKind, dict[str, Any]] = {
    "acceptance": {"due_on": "2026-12-21"},
    "deemed-acceptance": {"due_on": "2027-01-06"},
    "refusal": {"reasons": "申请事项不属于本机关职权范围，请向市场监督管理部门申请。"},
    "supplement": {"materials": ["lease", "plan"], "reasons": "平面图缺少排烟设施的位置。", "until": "2026-12-11"},
    "lapse": {"until": "2026-12-11", "reasons": "告知的两项材料均未补交。"},
    "suspension": {"cause": "test", "until": "2026-12-09", "days": 12, "reasons": "油烟净化设备须送检。"},
    "resumption": {"cause": "test", "outcome": "检测合格，报告编号 JC-2026-118。"},
    "extension": {"days": 10, "reasons": "现场核查发现相邻权纠纷，需要进一步调查。"},
    "hearing-right": {"until": "2026-11-30", "reasons": "拟不予许可，涉及申请人与他人之间重大利益关系。"},
    "hearing": {"until": "2026-12-21"},
    "hearing-end": {"outcome": "听证笔录已由双方核对签字。"},
    "transfer": {"from": "health", "to": "market", "reasons": "食品经营许可由市场监督管理部门办理。"},
    "hand-over": {"region": "330105", "reasons": "经营场所在拱墅区。"},
    "referral": {"to": "杭州市卫生健康委员会", "cause": "review", "until": "2026-12-11", "reasons": "须经市级审查。"},
    "termination": {"reasons": "申请人被注销登记，办理对象不再存在。"},
    "withdrawal": {"reasons": "经营计划改变。"},
    "deletion": {"reasons": "同一申请重复登记。"},
    "commitment": {"commitment": "sanitation", "digest": "9f" * 32},
    "verification": {
        "commitment": "sanitation", "reasons": "现场未设置消毒间。", "consequence": "撤销决定，记入信用记录。",
        "appeal": "；".join(APPEALS),
    },
    "tolerance": {
        "materials": ["lease"], "due_on": "2026-12-07", "days": 10,
        "consequence": "逾期未补齐的，终止办理，并且一年内不适用容缺受理。",
    },
    "grant": {"decision": "approved", "licences": ["food-licence"]},
    "decline": {"decision": "declined", "reasons": "经营场所不符合食品安全标准：后厨与卫生间相邻。"},
    "delivery": {"cause": "post", "reasons": "邮件号 1099887766。"},
    "correction": {
        "reasons": "经营场所门牌号有误。", "fields": ["经营场所"], "licence": "JY23301030000012",
        "replaces": "JY23301030000011",
    },
    "revocation": {"reasons": "承诺不实，未设置消毒间。", "licences": ["JY23301030000011"]},
    "visit": {
        "name": "联合勘验", "on": "2026-12-01", "at": "上午 9:30", "people": ["甲", "乙"],
        "departments": ["health", "market"],
        "prepare": ["经营场所开门，负责人在场", "备好设备合格证"],
    },
    "visit-off": {"reasons": "申请人因停电请求改期。"},
    "visit-result": {
        "on": "2026-12-01", "result": "to_rectify",
        "findings": [
            {"department": "health", "name": "下城区卫生健康局", "finding": "pass", "reasons": ""},
            {"department": "market", "name": "下城区市场监督管理局", "finding": "rectify",
             "reasons": "洗消水池数量不足，至少三个。"},
        ],
    },
}  # fmt: skip


def told(kind: NoticeKind, **changes: Any) -> Told:
    """One paper's facts; ``changes`` replace any of them."""
    adverse = kind in ("refusal", "lapse", "termination", "decline", "verification", "correction", "revocation")
    plain: dict[str, Any] = {
        "kind": kind,
        "number": "卫健受字〔2026〕330103-261123-7KQ4M9T-T-01",
        "case_number": "330103-261123-7KQ4M9T-T",
        "applicant_name": "王芳",
        "matter": "开餐饮店一件事",
        "issued_on": dt.date(2026, 11, 23),
        "received_on": dt.date(2026, 11, 20),
        "detail": DETAILS[kind],
        "basis": ARTICLE,
        "step": "食品经营许可" if kind in ("grant", "decline", "correction", "revocation", "transfer") else None,
        "due_on": dt.date(2026, 12, 21),
        "cause": "检测",
        "way": "邮寄送达",
        "names": {"health": "下城区卫生健康局", "market": "下城区市场监督管理局"},
        "materials": {"lease": ("场地租赁合同", "四角完整的照片"), "plan": ("经营场所平面图", "标明排烟、给排水")},
        "licences": ("食品经营许可证（JY23301030000011）",) if kind in ("grant", "delivery") else (),
        "appeals": APPEALS if adverse else (),
        "pledge": "法定条件：设置专用消毒间\n本人承诺开业前建成消毒间。\n承诺不实的，自愿接受撤销决定。",
        "commitment": "公共场所卫生许可告知承诺",
        "place": "杭州市拱墅区",
        "contact": "下城区卫生健康局，演示路 1 号，0571-00000000",
    }
    return Told(**(plain | changes))
