"""The words of every paper. Each says what was done, when, why, by which law, what follows, and how to appeal. Pure."""

from collections.abc import Callable, Mapping

from tongban.cases.papers.kinds import TITLES, NoticeKind
from tongban.cases.papers.paper import Paper, PaperIncomplete, Told, spelt
from tongban.cases.papers.words_of_paths import OPENINGS as PATHS
from tongban.cases.papers.words_of_paths import Words, parts

NOT_COUNTED = (
    "依法需要听证、招标、拍卖、检验、检测、检疫、鉴定和专家评审的，所需时间不计算在上述期限内，"
    "本机关将另行书面告知所需时间。"
)
_MUST: Mapping[NoticeKind, tuple[str, ...]] = {
    "refusal": ("理由", "救济途径"),
    "decline": ("理由", "救济途径"),
    "supplement": ("需要补正的全部内容",),
    "extension": ("延长的理由",),
    "suspension": ("所需时间",),
    "termination": ("理由", "依据"),
    "revocation": ("理由", "救济途径"),
    "tolerance": ("需要补齐的材料", "补齐期限", "逾期后果"),
    "hearing-right": ("理由", "提出期限"),
    "commitment": ("承诺内容",),
}
"""What a paper must say to be lawful (Administrative Licensing Law 32, 38, 42, 45, 47)."""


def compose(told: Told) -> Paper:
    """The paper of one event. Raises ``PaperIncomplete`` when it would lack what the law asks of its kind."""
    opening, sections = _OPENINGS[told.kind](told)
    lacking = [name for name in _MUST.get(told.kind, ()) if name not in {part.title for part in sections}]
    if lacking:
        raise PaperIncomplete(f"a paper of {told.kind} needs {', '.join(lacking)}")
    return Paper(
        kind=told.kind,
        title=_title(told),
        number=told.number,
        case_number=told.case_number,
        applicant_name=told.applicant_name,
        issued_on=told.issued_on,
        opening=opening,
        parts=sections,
        contact=told.contact,
    )


def _title(told: Told) -> str:
    """A refusal of what is no licensing is a decision all the same, but not one of licensing."""
    return TITLES[told.kind].zh if told.kind != "decline" or told.licensing else "不予办理决定书"


def _application(told: Told) -> str:
    return f"{told.you}于{spelt(told.received_on)}提出的“{told.matter}”申请（办件编号 {told.case_number}）"


def _of_step(told: Told) -> str:
    return f"中的“{told.step}”事项" if told.step else ""


def _acceptance(told: Told) -> Words:
    opening = f"{_application(told)}收悉。经审查，申请材料齐全、符合法定形式，本机关决定予以受理。"
    due = f"本机关将于{told.due()}前（含当日）办结。" if told.due_on else ""
    return opening, parts(("办理期限", due, NOT_COUNTED), basis=told.basis)


def _deemed(told: Told) -> Words:
    opening = (
        f"{_application(told)}收悉。本机关未在法定期限内一次性告知需要补正的全部内容，依照法律规定，"
        "该申请自本机关收到之日起即为受理。"
    )
    due = f"本机关将于{told.due()}前（含当日）办结，自收到之日起计算。" if told.due_on else ""
    return opening, parts(("办理期限", due, NOT_COUNTED), basis=told.basis)


def _refusal(told: Told) -> Words:
    opening = f"{_application(told)}收悉。经审查，本机关决定不予受理。"
    return opening, parts(("理由", told.text("reasons")), basis=told.basis, appeals=told.appeals)


def _supplement(told: Told) -> Words:
    opening = f"{_application(told)}收悉。经审查，需要补正的全部内容如下，现一次性告知。"
    named = [told.materials.get(str(name), (str(name), "")) for name in told.detail.get("materials", ())]
    wanted = tuple(f"{name}：{standard}" if standard else name for name, standard in named)
    until = told.day("until") or told.day("due_on")
    answer = (
        f"请于{told.shown_day(until)}前（含当日）补正。" if until else ""
    ) + "按要求补正齐全后，本机关予以受理；补正所用时间不计算在办理期限内。"
    return opening, (
        *parts(listed=("需要补正的全部内容", wanted)),
        *parts(("说明", told.text("reasons")), ("如何补正", answer), basis=told.basis),
    )


def _lapse(told: Told) -> Words:
    until = told.day("until") or told.day("due_on")
    by = f"（截至{spelt(until)}）" if until else ""
    opening = f"{_application(told)}，{told.you}未在告知的期限内{by}补正，依照有关规定视为放弃申请，本件办理结束。"
    again = f"{told.you}可以在材料齐全后重新提出申请，已经提交的材料仍可使用。"
    return opening, parts(("理由", told.text("reasons")), ("后续", again), basis=told.basis, appeals=told.appeals)


def _suspension(told: Told) -> Words:
    opening = f"{_application(told)}{_of_step(told)}，因{told.cause}，自{spelt(told.issued_on)}起暂停计算办理期限。"
    until, days = told.day("until"), told.detail.get("days")
    needed = "".join(
        [
            f"所需时间为 {days} 个工作日" if days else "所需时间",
            f"，预计至{told.shown_day(until)}" if until else "另行告知",
            "。所需时间不计算在办理期限内；结束后，办理期限继续计算，本机关将告知新的到期日。",
        ]
    )
    return opening, parts(("事由", told.text("reasons")), ("所需时间", needed), basis=told.basis)


def _resumption(told: Told) -> Words:
    opening = (
        f"{_application(told)}{_of_step(told)}，{told.cause}已经结束，自{spelt(told.issued_on)}次日起恢复计算办理期限。"
    )
    due = f"本机关将于{told.due()}前（含当日）办结。" if told.due_on else "其他暂停事由仍未结束，结束后另行告知到期日。"
    return opening, parts(("结果", told.text("outcome")), ("办理期限", due), basis=told.basis)


def _extension(told: Told) -> Words:
    days = told.detail.get("days")
    opening = f"{_application(told)}，不能在规定期限内办结，经本机关负责人批准，办理期限延长 {days} 个工作日。"
    due = f"延长后，本机关将于{told.due()}前（含当日）办结。" if told.due_on else ""
    return opening, parts(("延长的理由", told.text("reasons")), ("办理期限", due), basis=told.basis)


def _hearing_right(told: Told) -> Words:
    opening = f"{_application(told)}，拟作出的决定直接涉及{told.you}的重大利益，{told.you}有权要求听证。"
    until = told.day("until")
    by = f"请于{told.shown_day(until)}前（含当日）提出；逾期未提出的，视为放弃听证。" if until else ""
    free = f"{told.you}不承担组织听证的费用。听证期间不计算在办理期限内。"
    return opening, parts(("理由", told.text("reasons")), ("提出期限", by), ("费用", free), basis=told.basis)


def _hearing(told: Told) -> Words:
    opening = (
        f"{told.you}就“{told.matter}”申请（办件编号 {told.case_number}）提出的听证申请，"
        f"本机关已于{spelt(told.issued_on)}收到并受理。"
    )
    until = told.day("until")
    held = f"本机关将于{told.shown_day(until)}前（含当日）组织听证，并于举行七日前通知时间、地点。" if until else ""
    rights = (
        f"{told.you}可以申请主持人回避，可以亲自参加或者委托代理人参加，可以申辩和质证。听证期间不计算在办理期限内。"
    )
    return opening, parts(("听证安排", held), ("权利", rights), basis=told.basis)


def _hearing_end(told: Told) -> Words:
    ended = spelt(told.issued_on)
    opening = f"“{told.matter}”申请（办件编号 {told.case_number}）的听证已于{ended}结束，办理期限自次日起继续计算。"
    due = f"本机关将根据听证笔录，于{told.due()}前（含当日）办结。" if told.due_on else ""
    return opening, parts(("听证情况", told.text("outcome")), ("办理期限", due), basis=told.basis)


def _termination(told: Told) -> Words:
    opening = f"{_application(told)}，本机关决定终止办理。"
    return opening, parts(("理由", told.text("reasons")), basis=told.basis, appeals=told.appeals)


def _withdrawal(told: Told) -> Words:
    opening = f"{_application(told)}，{told.you}于{spelt(told.issued_on)}撤回。本机关予以确认，本件办理结束。"
    again = f"撤回不影响{told.you}今后重新提出申请；已经颁发的证照不因此失效。"
    return opening, parts(("撤回理由", told.text("reasons")), ("后续", again), basis=told.basis)


def _deletion(told: Told) -> Words:
    opening = f"办件编号 {told.case_number}（“{told.matter}”）系错误登记，本机关已予注销，未对{told.you}作出任何决定。"
    return opening, parts(("理由", told.text("reasons")), basis=told.basis, appeals=told.appeals)


def _grant(told: Told) -> Words:
    opening = f"{_application(told)}{_of_step(told)}，经审查，符合法定条件、标准，本机关决定准予行政许可。"
    issued = f"颁发：{'、'.join(told.licences)}。" if told.licences else ""
    result = f"{issued}本机关将自作出决定之日起十个工作日内送达。"
    return opening, parts(("说明", told.text("reasons")), ("许可证件", result), basis=told.basis)


def _decline(told: Told) -> Words:
    what = "不予行政许可" if told.licensing else "不予办理"
    opening = f"{_application(told)}{_of_step(told)}，经审查，本机关决定{what}。"
    return opening, parts(("理由", told.text("reasons")), basis=told.basis, appeals=told.appeals)


def _delivery(told: Told) -> Words:
    opening = f"{_application(told)}的办理结果，已于{spelt(told.issued_on)}以{told.way or '规定'}方式送达{told.you}。"
    given = "、".join(told.licences)
    return opening, parts(("送达内容", given), ("说明", told.text("reasons")), basis=told.basis)


_OPENINGS: Mapping[NoticeKind, Callable[[Told], Words]] = {
    "acceptance": _acceptance,
    "deemed-acceptance": _deemed,
    "refusal": _refusal,
    "supplement": _supplement,
    "lapse": _lapse,
    "suspension": _suspension,
    "resumption": _resumption,
    "extension": _extension,
    "hearing-right": _hearing_right,
    "hearing": _hearing,
    "hearing-end": _hearing_end,
    "termination": _termination,
    "withdrawal": _withdrawal,
    "deletion": _deletion,
    "grant": _grant,
    "decline": _decline,
    "delivery": _delivery,
    **PATHS,
}
