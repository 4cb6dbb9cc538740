"""The names that a watch over the use of data may read, and their values. Pure. ``docs/watching.md`` shows them.

``about: exchange`` is asked of every officer and system that used the exchange in the last 24 hours, and once a day of
what it asked for one purpose in thirty: then the names of the month have values, else those of the day;
``about: objection`` of every objection a person makes to a use of their data; ``about: rights`` of what a person asks
about all of their data.
"""

from collections.abc import Mapping

from tongban.basics import rules
from tongban.basics.rules import Schema
from tongban.cases.oversight.names import SCHEMA as CASE_SCHEMA
from tongban.resources.exchange.reach import Reach
from tongban.resources.exchange.risk import Pattern

KINDS: Mapping[str, tuple[str, str]] = {
    "object": ("认为不该查", "the look-up is objected to"),
    "error": ("数据有错", "the data are wrong"),
}
EXCHANGE = Schema(
    {
        "usage.calls": rules.integer("一日内的查询次数", "calls in a day"),
        "usage.odd_hours": rules.integer("其中在 21 时至 7 时的次数", "of them between 21 and 7 o'clock"),
        "usage.most_fields": rules.integer("一次查询的最多字段数", "the most fields asked for at once"),
        "usage.subjects": rules.integer("被查的不同对象数", "different people or enterprises asked about"),
        "usage.missing": rules.integer("查无记录的次数", "answers that there is no record"),
        "usage.missing_share": rules.integer("查无记录的百分比", "per cent of answers without a record"),
        "usage.without_case": rules.integer("没有办件编号的次数", "calls that name no case"),
        "usage.refused": rules.integer("被拒绝的次数", "calls that were refused"),
        "usage.system": rules.boolean("由系统发起", "a system asks"),
        "usage.month_days": rules.integer("近三十日内有查询的天数", "days with calls in thirty days"),
        "usage.month_subjects": rules.integer(
            "近三十日同一用途被查的不同对象数（约）", "different people or enterprises in thirty days, about"
        ),
        "usage.month_without_case_share": rules.integer(
            "近三十日没有办件编号的百分比", "per cent of calls without a case in thirty days"
        ),
        "usage.month_department": rules.integer(
            "近三十日全部门同一用途被查的不同对象数（约）", "the same of the whole department, about"
        ),
    }
)
OBJECTION = Schema({"objection.kind": rules.code(KINDS, "异议类型", "kind of objection")})
ASKED: Mapping[str, tuple[str, str]] = {
    "copy": ("要一份副本", "a copy of one's data"),
    "deletion": ("要求删除", "deletion"),
    "restriction": ("限制使用", "restriction of use"),
}
RIGHTS = Schema({"rights.kind": rules.code(ASKED, "申请类型", "kind of request")})
SCHEMAS: Mapping[str, Schema] = {
    "case": CASE_SCHEMA,
    "exchange": EXCHANGE,
    "objection": OBJECTION,
    "rights": RIGHTS,
}
"""What a watch is about → the inputs of its rule."""


def use_names(found: Pattern) -> dict[str, object]:
    """The values of one pattern; what is counted by the month has none."""
    return dict.fromkeys(EXCHANGE) | {
        "usage.calls": found.calls,
        "usage.odd_hours": found.odd_hours,
        "usage.most_fields": found.most_fields,
        "usage.subjects": found.subjects,
        "usage.missing": found.missing,
        "usage.missing_share": 100 * found.missing // max(found.calls, 1),
        "usage.without_case": found.without_case,
        "usage.refused": found.refused,
        "usage.system": found.system,
    }


def month_names(found: Reach) -> dict[str, object]:
    """The values of what one asker did in thirty days; what is counted by the day has none."""
    return dict.fromkeys(EXCHANGE) | {
        "usage.system": found.system,
        "usage.month_days": found.days,
        "usage.month_subjects": found.subjects,
        "usage.month_without_case_share": 100 * found.without_case // max(found.calls, 1),
        "usage.month_department": found.of_department,
    }
