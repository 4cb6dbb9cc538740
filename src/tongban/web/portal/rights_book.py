"""The copy of one's data as a workbook: a sheet for each kind of record, dates in Chinese time."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tongban.basics.calendar import CST
from tongban.basics.workbooks import Book
from tongban.cases.rights.copied import Copy
from tongban.web.language import Words
from tongban.web.portal.acting.parts import RELATIONS

Sheet = tuple[str, Sequence[str], Iterable[Sequence[Any]]]
"""A title, heads, rows."""


def workbook(copy: Copy, words: Words) -> bytes:
    """The whole copy as an Excel file."""
    book = Book()
    for title, heads, rows in (*_person(copy, words), *_matters(copy, words), *_told(copy, words)):
        book.sheet(title, heads, (20,) * len(heads)).add([_cell(value) for value in row] for row in rows)
    return book.content()


def _person(copy: Copy, words: Words) -> Iterator[Sheet]:
    """Who one is here, and where one is signed in."""
    say, account = words.say, copy.account
    known = [
        (say("姓名"), account.name),
        (say("公民身份号码"), account.id_number),
        (say("出生日期"), account.birth_date),
        (say("户籍所在县（市、区）"), account.household),
        (say("手机号码"), account.mobile),
        (say("登录名"), account.login),
        (say("开户时间"), account.opened_at),
        (say("副本生成时间"), copy.made_at),
    ]
    yield say("账号"), (say("项目"), say("内容")), known
    sessions = [(one.since, one.agent, one.source) for one in copy.sessions]
    yield say("登录的设备"), (say("时间"), say("设备"), say("网络")), sessions
    acting = [
        (
            say("替我办事的人") if one.for_me else one.enterprise or say("另一个人"),
            say(RELATIONS[one.capacity]),
            one.until,
        )
        for one in copy.acting
    ]
    yield say("为谁办事"), (say("谁"), say("身份"), say("到什么时候")), acting


def _matters(copy: Copy, words: Words) -> Iterator[Sheet]:
    """What one applied for, with what, what came of it."""
    say, pack = words.say, words.pack
    when, matter, item, value = say("时间"), say("事项"), say("项目"), say("内容")
    drafts = [(pack(d.journey), "", d.updated_at, pack(one.label), one.value) for d in copy.drafts for one in d.form]
    cases = [
        (pack(c.journey), c.number, c.submitted_at, pack(one.label), one.value) for c in copy.cases for one in c.form
    ]
    yield say("申请表"), (matter, say("办件编号"), when, item, value), [*drafts, *cases]
    yield (
        say("材料"),
        (say("办件编号"), say("材料"), item, value),
        [
            (c.number, pack(one.name), label, text)
            for c in copy.cases
            for one in c.materials
            for label, text in [
                *[(pack(v.label), v.value) for v in one.values],
                *[(say("文件"), name) for name in one.files],
            ]
        ],
    )
    yield (
        say("办理经过"),
        (say("办件编号"), when, say("由谁"), say("环节"), say("依据"), value),
        [(c.number, e.at, pack(e.by), pack(e.task or ""), e.basis, e.text) for c in copy.cases for e in c.events],
    )
    yield (
        say("证照"),
        (say("证照"), say("编号"), say("颁发机关"), item, value),
        [(pack(one.type), one.number, pack(one.issuer), pack(f.label), f.value) for one in copy.licences
         for f in one.fields],
    )  # fmt: skip


def _told(copy: Copy, words: Words) -> Iterator[Sheet]:
    """Who looked something up, what one agreed to, was told and asked."""
    say, pack = words.say, words.pack
    when, matter, value = say("时间"), say("事项"), say("内容")
    yield (
        say("查询记录"),
        (when, say("谁查的"), say("从哪里查"), say("查了什么"), say("为什么"), say("凭什么")),
        [(u.at, pack(u.consumer), pack(u.provider), pack(u.source), pack(u.purpose), pack(u.basis)) for u in copy.uses],
    )
    yield (
        say("查询同意"),
        (matter, say("材料"), say("什么时候同意的"), say("什么时候撤回的")),
        [(pack(one.journey), pack(one.material), one.given_at, one.withdrawn_at) for one in copy.consents],
    )
    yield (
        say("消息"),
        (when, say("办件编号"), say("事件"), value),
        [(one.at, one.number, one.kind, one.text) for one in copy.messages],
    )
    yield (
        say("关于数据的申请"),
        (when, say("办件编号"), say("事件"), say("答复时间"), say("答复")),
        [(one.at, one.number, one.kind, one.answered_at, one.answer) for one in copy.asked],
    )


def _cell(value: Any) -> Any:
    return value.astimezone(CST).replace(tzinfo=None) if isinstance(value, dt.datetime) else value
