"""Which event of a case asks for a paper, and which paper that is.

Acts towards an applicant are in writing, dated and stamped (Administrative Licensing Law, articles 32, 38, 39, 42, 45
and 48). Every kind of event stands in one of the two tables: a new kind that stands in neither fails a test.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

NoticeKind = Literal[
    "acceptance", "deemed-acceptance", "refusal", "supplement", "lapse", "suspension", "resumption", "extension",
    "hearing-right", "hearing", "hearing-end", "transfer", "hand-over", "referral", "termination", "withdrawal",
    "deletion", "commitment", "verification", "tolerance", "grant", "decline", "delivery", "correction", "revocation",
    "visit", "visit-off", "visit-result",
]  # fmt: skip


class Title(Struct, frozen=True):
    """How a paper is called, the word in its number (受 in 卫健受字〔2026〕…), and its name in English lists."""

    zh: str
    word: str
    en: str


TITLES: Mapping[NoticeKind, Title] = {
    "acceptance": Title("受理通知书", "受", "Notice of acceptance"),
    "deemed-acceptance": Title("视为受理通知书", "受", "Notice that the application counts as accepted"),
    "refusal": Title("不予受理通知书", "不受", "Refusal to accept"),
    "supplement": Title("补正材料一次性告知书", "补", "Notice of missing materials"),
    "lapse": Title("逾期未补正告知书", "逾", "Notice that nothing was supplied in time"),
    "suspension": Title("暂停计算办理期限告知书", "停", "Notice that the clock stands"),
    "resumption": Title("恢复计算办理期限告知书", "复", "Notice that the clock runs again"),
    "extension": Title("延长办理期限告知书", "延", "Notice of extension"),
    "hearing-right": Title("听证权利告知书", "听告", "Notice of the right to be heard"),
    "hearing": Title("听证受理通知书", "听", "Notice that a hearing will be held"),
    "hearing-end": Title("听证结束告知书", "听结", "Notice that the hearing was held"),
    "transfer": Title("办件移交告知书", "移", "Notice of transfer"),
    "hand-over": Title("跨区域移交告知书", "移", "Notice of hand-over to another region"),
    "referral": Title("转报上级机关告知书", "转", "Notice of referral to a higher authority"),
    "termination": Title("终止办理通知书", "终", "Notice of termination"),
    "withdrawal": Title("撤回申请确认书", "撤回", "Confirmation of withdrawal"),
    "deletion": Title("错误登记注销告知书", "注", "Notice that a case opened in error was deleted"),
    "commitment": Title("告知承诺书", "诺", "Commitment"),
    "verification": Title("告知承诺核查结果告知书", "核", "Result of verifying a commitment"),
    "tolerance": Title("容缺受理通知书", "容", "Notice of tolerant acceptance"),
    "grant": Title("准予行政许可决定书", "准", "Decision to grant"),
    "decline": Title("不予行政许可决定书", "不准", "Decision to refuse"),
    "delivery": Title("办理结果送达凭证", "送", "Proof of delivery"),
    "correction": Title("更正决定书", "更", "Decision of correction"),
    "revocation": Title("撤销决定书", "撤销", "Decision of revocation"),
    "visit": Title("联合勘验通知书", "勘", "Notice of a shared site visit"),
    "visit-off": Title("取消联合勘验通知书", "勘", "Notice that a shared site visit is called off"),
    "visit-result": Title("联合勘验结果告知书", "勘结", "Combined result of a shared site visit"),
}

NOTICES: Mapping[str, NoticeKind] = {
    "case.accepted": "acceptance",
    "case.deemed_accepted": "deemed-acceptance",
    "case.refused": "refusal",
    "case.supplement_asked": "supplement",
    "case.lapsed": "lapse",
    "case.suspended": "suspension",
    "case.resumed": "resumption",
    "case.extended": "extension",
    "case.hearing_told": "hearing-right",
    "case.hearing_requested": "hearing",
    "case.hearing_held": "hearing-end",
    "case.transferred": "transfer",
    "case.handed_over": "hand-over",
    "case.referred": "referral",
    "case.terminated": "termination",
    "case.withdrawn": "withdrawal",
    "case.deleted": "deletion",
    "case.commitment_signed": "commitment",
    "case.commitment_verified": "verification",
    "case.commitment_broken": "verification",
    "case.tolerated": "tolerance",
    "task.decided": "grant",
    "case.delivered": "delivery",
    "case.decision_corrected": "correction",
    "case.decision_revoked": "revocation",
    "case.visit_arranged": "visit",
    "case.visit_called_off": "visit-off",
    "case.visit_done": "visit-result",
}
"""Event → its paper. ``kind_of`` knows the two exceptions."""

WITHOUT: Mapping[str, str] = {
    "case.submitted": "the receipt of the transparency log is its proof",
    "case.edited": "the applicant's own act before acceptance",
    "case.supplemented": "answered by acceptance, or by counting as accepted",
    "case.resubmitted": "answered by acceptance",
    "case.returned": "advice before acceptance without legal effect; told as a message",
    "case.closed": "every decision in it has its own paper",
    "case.due_moved": "told as a message with both days; the paper in hand said that its day is provisional",
    "case.fast_laned": "favours the applicant; shown on every page",
    "case.extension_asked": "between handler and head",
    "case.extension_refused": "between handler and head",
    "case.tolerance_promised": "part of the notice of tolerant acceptance",
    "case.tolerance_met": "the applicant's own act; acknowledged by its receipt",
    "case.consent_withdrawn": "the applicant's own act; acknowledged by its receipt",
    "case.consent_of_other_ended": "another person's own act; the applicant is told and uploads",
    "case.tolerance_missed": "followed by termination or refusal, which have papers",
    "case.commitment_relied_on": "part of the decision itself",
    "case.commitment_repaired": "entered in the credit record, which the person sees",
    "case.visit_finding_recorded": "one department's part of the combined result",
    "case.taken_over": "the region that handed over gave the paper",
    "case.progress_returned": "told as a message where the person applied",
    "case.suspension_overdue": "inside the administration",
    "task.escalated": "inside the administration",
    "case.urged": "inside the administration",
    "case.urging_answered": "inside the administration",
}
"""Event → why the law asks no paper for it."""

LICENSING = "01"
"""The item type of administrative licensing: only there a grant is a decision in writing (article 38)."""


def kind_of(event: str, detail: Mapping[str, Any], item_type: str | None) -> NoticeKind | None:
    """The paper that an event asks for, or None. ``item_type``: of the item that the event's task decides on.

    A grant that is no licensing gives its certificate and needs no paper beside it; a refusal always does. A clock
    that a shared visit or a referral stops is told of in their own papers.
    """
    kind = NOTICES.get(event)
    if kind == "grant" and detail.get("decision") == "declined":
        return "decline"
    if kind == "grant" and item_type != LICENSING:
        return None
    # The act that stops the clock may have a paper of its own, which says that it stands.
    if kind == "suspension" and ("visit" in detail or detail.get("cause") == "referral"):
        return None
    return None if kind == "resumption" and "visit" in detail else kind
