"""The words of the papers of special paths: promises, visits, hand-over, correction, revocation. Pure.

Called by ``words`` alone; ``parts`` serves both.
"""

from collections.abc import Callable, Mapping, Sequence

from tongban.cases.papers.kinds import NoticeKind
from tongban.cases.papers.paper import Part, Told, spelt

Words = tuple[str, tuple[Part, ...]]
"""An opening sentence and the parts that follow."""

FINDINGS: Mapping[str, str] = {"pass": "通过", "rectify": "需要整改后复验", "fail": "不通过"}
RESULTS: Mapping[str, str] = {"passed": "通过", "to_rectify": "需要整改后复验", "failed": "不通过"}


def parts(
    *sections: tuple[str, *tuple[str, ...]],
    basis: str | None = None,
    appeals: Sequence[str] = (),
    listed: tuple[str, Sequence[str]] | None = None,
) -> tuple[Part, ...]:
    """The parts that have something to say: a numbered list, plain sections, basis, ways of appeal, in this order."""
    found = [Part(listed[0], tuple(listed[1]), listed=True)] if listed and listed[1] else []
    for title, *lines in sections:
        said = tuple(line for line in lines if line)
        # A deadline's remark alone says nothing: without its first line a section is left out.
        found += [Part(title, said)] if lines and lines[0] else []
    found += [Part("依据", (law(basis),))] if basis else []
    return (*found, Part("救济途径", tuple(appeals), listed=len(appeals) > 1)) if appeals else tuple(found)


def law(basis: str) -> str:
    """A basis as papers cite it: the law between book marks with its full name."""
    name, _, article = basis.partition(" ")
    if not article or name.startswith(("《", "《中华")):
        return basis if basis.endswith("。") else f"{basis}。"
    return f"《{_FULL.get(name, name)}》{article}。"


_FULL = {"行政许可法": "中华人民共和国行政许可法"}


def _about(told: Told) -> str:
    return f"{told.you}的“{told.matter}”申请（办件编号 {told.case_number}）"


def _transfer(told: Told) -> Words:
    old, new = (told.names.get(told.text(name), told.text(name)) for name in ("from", "to"))
    step = f"的“{told.step}”环节" if told.step else ""
    opening = f"{_about(told)}{step}，自{spelt(told.issued_on)}起由{old}移交{new}办理。"
    same = f"移交不影响办理期限，{told.you}不需要重新提交材料，也不需要另行联系。"
    return opening, parts(("理由", told.text("reasons")), ("后续", same), basis=told.basis)


def _hand_over(told: Told) -> Words:
    place = told.place or told.text("region")
    opening = f"{_about(told)}，依照规定由{place}办理，本机关已于{spelt(told.issued_on)}将申请和全部材料移交。"
    same = f"{told.you}不需要重新提交材料；办理进度和结果会回到原办件，可以在原处查询。"
    return opening, parts(("理由", told.text("reasons")), ("后续", same), basis=told.basis)


def _referral(told: Told) -> Words:
    to = told.names.get(told.text("to"), told.text("to")) or "上级机关"
    opening = f"{_about(told)}，本机关已于{spelt(told.issued_on)}将初步审查意见和全部材料转报{to}。"
    until = told.day("until")
    upward = told.text("cause") == "upward"
    then = (
        "由上级机关作出决定，本级办理结束。"
        if upward
        else "上级机关审查后退回本机关作出决定，审查期间不计算在本机关的办理期限内。"
    )
    expected = f"预计至{told.shown_day(until)}。" if until else ""
    return opening, parts(("理由", told.text("reasons")), ("后续", then, expected), basis=told.basis)


def _commitment(told: Told) -> Words:
    opening = (
        f"{told.you}就“{told.matter}”申请（办件编号 {told.case_number}）于{spelt(told.received_on)}签署告知承诺"
        f"{f'“{told.commitment}”' if told.commitment else ''}，本机关收存并凭承诺办理。承诺内容如下："
    )
    lines = tuple(line for line in (told.pledge or "").split("\n") if line.strip())
    then = "本机关将在作出决定后核查承诺是否属实；承诺不实的，依法撤销决定并记入信用记录。"
    content = (Part("承诺内容", lines),) if lines else ()
    digest = f"承诺书原文的 SHA-256 摘要：{told.text('digest')}" if told.text("digest") else ""
    return opening, (*content, *parts(("事后核查", then), ("原文摘要", digest), basis=told.basis))


def _verification(told: Told) -> Words:
    broken = bool(told.text("consequence"))
    result = "承诺不实" if broken else "承诺属实"
    name = f"“{told.commitment}”" if told.commitment else ""
    opening = f"{_about(told)}签署的告知承诺{name}，经本机关核查，{result}。"
    then = told.text("consequence") if broken else "原决定继续有效。"
    return opening, parts(
        ("核查情况", told.text("reasons")), ("后果", then), basis=told.basis, appeals=told.appeals if broken else ()
    )


def _tolerance(told: Told) -> Words:
    opening = (
        f"{_about(told)}，主要材料齐全、符合法定形式，次要材料暂缺，{told.you}已承诺按期补齐，本机关决定容缺受理。"
    )
    named = [told.materials.get(str(name), (str(name), "")) for name in told.detail.get("materials", ())]
    wanted = tuple(f"{name}（形式：{standard or '原件照片或者扫描件'}）" for name, standard in named)
    until, days = told.day("due_on"), told.detail.get("days")
    counted = f"自受理之日起 {days} 个工作日，即" if days else ""
    by = f"{counted}{told.shown_day(until)}前（含当日）。可以在网上补交，不需要到窗口。" if until else ""
    return opening, (
        *parts(listed=("需要补齐的材料", wanted)),
        *parts(("补齐期限", by), ("逾期后果", told.text("consequence")), basis=told.basis),
    )


def _correction(told: Told) -> Words:
    opening = f"{_about(told)}{f'中“{told.step}”' if told.step else ''}的决定，内容有误，本机关予以更正。"
    fields = told.detail.get("fields") or ()
    what = f"更正的项目：{'、'.join(map(str, fields))}。" if fields else ""
    old, new = told.text("replaces"), told.text("licence")
    papers = f"换发证照 {new}，原证照 {old} 同时注销。" if old and new else ""
    return opening, parts(
        ("理由", told.text("reasons")), ("更正内容", what, papers), basis=told.basis, appeals=told.appeals
    )


def _revocation(told: Told) -> Words:
    opening = f"{_about(told)}{f'中“{told.step}”' if told.step else ''}的决定，本机关予以撤销。"
    ended = told.detail.get("licences") or ()
    papers = f"证照 {'、'.join(map(str, ended))} 自{spelt(told.issued_on)}起失效。" if ended else ""
    return opening, parts(("理由", told.text("reasons")), ("证照", papers), basis=told.basis, appeals=told.appeals)


def _visit(told: Told) -> Words:
    going = "、".join(told.names.get(str(one), str(one)) for one in told.detail.get("departments", ()))
    day, hour = told.day("on"), told.text("at")
    when = f"{told.shown_day(day)}{f' {hour}' if hour else ''}" if day else ""
    opening = f"{_about(told)}，本机关安排一次联合勘验，各部门同时到场，{told.you}只需接待一次。"
    people = told.detail.get("people")
    who = "、".join(map(str, people)) if isinstance(people, list | tuple) else str(people or "")
    prepare = tuple(str(one) for one in told.detail.get("prepare") or ())
    return opening, (
        *parts(("勘验时间", when), ("参加部门", going), ("勘验人员", who)),
        *parts(listed=("请做好的准备", prepare)),
        *parts(("说明", told.text("reasons")), basis=told.basis),
    )


def _visit_off(told: Told) -> Words:
    opening = f"{_about(told)}，原定的联合勘验取消，需要重新安排的，本机关将另行通知。"
    return opening, parts(("理由", told.text("reasons")), basis=told.basis)


def _visit_result(told: Told) -> Words:
    day = told.day("on")
    on = f"于{spelt(day)}" if day else ""
    opening = f"{_about(told)}{on}进行了联合勘验，结论为：{RESULTS.get(told.text('result'), told.text('result'))}。"
    findings = tuple(_finding(one) for one in told.detail.get("findings") or ())
    open_points = told.text("result") == "to_rectify"
    then = "请按上述意见整改，完成后由原部门复验，已经通过的部门不再重复勘验。" if open_points else ""
    return opening, (*parts(listed=("各部门意见", findings)), *parts(("后续", then), basis=told.basis))


def _finding(one: Mapping[str, str]) -> str:
    word = FINDINGS.get(one["finding"], one["finding"])
    reasons = one.get("reasons")
    return f"{one['name']}：{word}" + (f"。{reasons}" if reasons else "")


OPENINGS: Mapping[NoticeKind, Callable[[Told], Words]] = {
    "transfer": _transfer,
    "hand-over": _hand_over,
    "referral": _referral,
    "commitment": _commitment,
    "verification": _verification,
    "tolerance": _tolerance,
    "correction": _correction,
    "revocation": _revocation,
    "visit": _visit,
    "visit-off": _visit_off,
    "visit-result": _visit_result,
}
