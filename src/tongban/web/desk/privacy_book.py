"""The year's evidence of privacy as a workbook, and what its kinds are called."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tongban.basics.calendar import CST
from tongban.basics.workbooks import Book
from tongban.cases.privacy.models import GAPS, Line, Report, Section
from tongban.parties.access.denials import REASONS
from tongban.web.language import Words, mark

ASKED: Mapping[str, str] = {
    "object": mark("认为不该查"),
    "error": mark("数据有错"),
    "copy": mark("要一份副本"),
    "deletion": mark("删除数据"),
    "restriction": mark("限制使用"),
}
KEPT: Mapping[str, str] = {
    "case": mark("已经办结的办件"),
    "look-up-values": mark("办件时查到的内容"),
    "use": mark("查询记录"),
    "message": mark("消息"),
}
LEGAL: Mapping[str, str] = {"duty": mark("法定职责"), "consent": mark("本人同意")}


def denial(reason: str) -> tuple[str, str]:
    """Why something was refused, in both languages."""
    return REASONS.get(reason, (reason, reason))


def workbook(report: Report, words: Words) -> bytes:
    """The whole report as an Excel file, a sheet for each part."""
    book, say, pack = Book(), words.say, words.pack
    english = words.language == "en"

    def sheet(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        book.sheet(title, heads, (24,) * len(heads)).add([_cell(value) for value in row] for row in rows)

    def said(pair: tuple[str, str]) -> str:
        return pair[1] if english else pack(pair[0])

    kind, count, basis = say("种类"), say("数量"), say("凭什么")
    flows = [say("谁查的"), say("从哪里查"), say("数据"), say("分级"), say("权利"), basis]
    sheet(
        say("数据使用"),
        [say("为什么"), *flows, say("查到了"), say("没有记录"), say("没有结果"), say("拒绝")],
        [
            (pack(u.purpose), pack(u.consumer), pack(u.provider), pack(u.source), u.grade, say(LEGAL[u.legal]),
             pack(u.basis), u.found, u.missing, u.failed, u.refused)
            for u in report.uses
        ],
    )  # fmt: skip
    sheet(
        say("异议和申请"),
        [kind, say("提出"), say("同意"), say("不同意"), say("等待答复"), say("超期"), say("平均工作日"),
         say("最长工作日")],
        [
            (say(ASKED[a.kind]), a.asked, a.granted, a.refused, a.waiting, a.late, a.mean_days, a.most_days)
            for a in report.asked
        ],
    )  # fmt: skip
    sheet(
        say("查询同意"),
        [kind, count],
        [(say("给予"), report.consents_given), (say("撤回"), report.consents_withdrawn)],
    )
    sheet(
        say("销毁"),
        [kind, basis, say("批次"), count],
        [(say(KEPT[d.kind]), pack(d.basis), d.batches, d.things) for d in report.destroyed],
    )
    sheet(
        say("被拒绝的访问"),
        [say("为什么拒绝"), say("次数")],
        [(said(denial(d.reason)), d.times) for d in report.denied],
    )
    sheet(
        say("影响评估"),
        [say("事项"), say("材料或者用途"), *flows, say("字段"), say("脱敏"), say("缺什么")],
        [row for section in report.assessment for row in _rows(section, words, said)],
    )
    sheet(
        say("保存期限"),
        [kind, say("年"), basis],
        [(say(KEPT[k.kind]), k.years, pack(k.basis)) for k in report.kept],
    )
    return book.content()


def _rows(section: Section, words: Words, said: Any) -> Iterable[Sequence[Any]]:
    name = words.pack(section.name) if section.pack else words.say("一件事以外的授权")
    if not section.lines:
        yield (name, *[""] * 9, "；".join(said(GAPS[gap]) for gap in section.gaps))
    for line in section.lines:
        yield (name, *_line(line, words), "；".join(said(GAPS[gap]) for gap in line.gaps))


def _line(line: Line, words: Words) -> Sequence[Any]:
    pack = words.pack
    return (
        pack(line.material),
        pack(line.consumer),
        pack(line.provider),
        pack(line.source),
        line.grade,
        words.say(LEGAL[line.legal]),
        pack(line.basis),
        "、".join(pack(field) for field in line.fields),
        "、".join(line.masked),
    )


def _cell(value: Any) -> Any:
    return value.astimezone(CST).replace(tzinfo=None) if isinstance(value, dt.datetime) else value
