"""What the clock's things are called, in Simplified Chinese and in English. For pages, notices and commands."""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]

PERIODS: Words = {
    "notice": ("受理审查（一次告知）", "examination (one notice of what is missing)"),
    "supplement-response": ("申请人补正", "answer of the applicant"),
    "decision": ("法定办理期限", "statutory limit"),
    "promise": ("承诺办理期限", "promised limit"),
    "step": ("环节期限", "limit of a step"),
    "lower-review": ("下级机关审查", "review by the lower authority"),
    "delivery": ("送达证件", "delivery of the certificate"),
    "hearing-request": ("申请听证", "request for a hearing"),
    "hearing-held": ("组织听证", "holding the hearing"),
    "instant": ("即办时限", "limit of an instant item"),
}

STATES: Words = {
    "running": ("进行中", "running"),
    "standing": ("中止", "standing"),
    "met": ("按期", "met"),
    "late": ("逾期", "late"),
    "ended": ("已终了", "ended"),
}

UNITS: Words = {
    "workday": ("个工作日", "working days"),
    "day": ("日", "days"),
    "hour": ("小时", "hours"),
    "year": ("周岁", "years of age"),
}

SILENCE: Words = {
    "approve": ("逾期不决定的，视为同意", "approved unless decided in time"),
    "escalate": ("逾期不决定的，转上一级", "passed to the next level unless decided in time"),
}

CAUSES: Words = {
    "hearing": ("听证", "hearing"),
    "tender": ("招标", "tender"),
    "auction": ("拍卖", "auction"),
    "inspection": ("检验", "inspection"),
    "test": ("检测", "test"),
    "quarantine": ("检疫", "quarantine"),
    "appraisal": ("鉴定", "appraisal"),
    "expert-review": ("专家评审", "expert review"),
    "correction": ("补正告知", "material to be corrected"),
    "referral": ("转报", "passed on to another authority"),
    "ordinary": ("普通挂起", "suspended"),
}
"""Why a clock stands."""
