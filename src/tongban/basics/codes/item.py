"""政务服务事项编码: 基本编码 (12), 实施编码 (31), 业务办理项编码 (33), and other widths seen in exchange.

Called by the service catalogue and by packs. A 31-character code is the USCC of the implementing body (18),
its level (1) and the 12-digit basic code, as live systems write it. GB/T 39046-2020 declares up to 10 and 24
characters, exchange tables up to 12 and 36: such codes are let through as ``unverified``, because nothing in
them can be checked. 11 and 25–30 characters match none of these and are taken for broken ones.
"""

from typing import Literal

import msgspec

from tongban.basics.codes.errors import Label, Reason
from tongban.basics.codes.kind import (
    ALPHANUMERIC,
    STRUCTURE_ONLY,
    Context,
    Kind,
    need_alphabet,
    need_digits,
    need_length,
    tidy,
)
from tongban.basics.codes.uscc import parse_inside

LABEL = Label("item", "政务服务事项编码", "service item code")

Layout = Literal["basic", "implementation", "business", "unverified"]
_LAYOUTS: dict[int, Layout] = {12: "basic", 31: "implementation", 33: "business"}
_UNVERIFIED = (*range(1, 11), *range(13, 25), 32, 34, 35, 36)

LEVELS = {
    "1": "国家级",
    "2": "省级",
    "3": "市级",
    "4": "县级",
    "5": "乡镇（街道）级",
    "6": "村（社区）级",
    "7": "分级管理",
}

LEVEL = Reason(
    "level",
    "第19位“{found}”不是行使层级（1–7）",
    "its 19th character “{found}” is no level of exercise (1–7)",
    "请核对第19位",
    "Compare the 19th character with the catalogue",
)


class ItemCode(msgspec.Struct, frozen=True):
    """An item code and its parts; parts that its layout does not have are ``None``.

    ``basic`` is the 12-digit code shared by all who perform the item, ``department`` the USCC of the one who
    performs it here, ``level`` a key of ``LEVELS``, ``business`` the two characters of the finest unit.
    """

    code: str
    layout: Layout
    basic: str | None = None
    department: str | None = None
    level: str | None = None
    business: str | None = None


def parse(value: str, context: Context = STRUCTURE_ONLY) -> ItemCode:
    """Read an item code of any layout, strictly where it has checkable parts. Raises ``CodeError``."""
    code = tidy(LABEL, value)
    need_length(LABEL, code, *sorted((*_LAYOUTS, *_UNVERIFIED)))
    need_alphabet(LABEL, code, ALPHANUMERIC, "数字和大写字母", "digits and capitals")
    layout = _LAYOUTS.get(len(code), "unverified")
    if layout == "unverified":
        return ItemCode(code, layout)
    if layout == "basic":
        need_digits(LABEL, code)
        return ItemCode(code, layout, basic=code)
    return _implementation(code, layout)


def parse_implementation(value: str) -> ItemCode:
    """Read a code that must be a 31-character 实施编码. Raises ``CodeError``."""
    need_length(LABEL, tidy(LABEL, value), 31)
    return parse(value)


def _implementation(code: str, layout: Layout) -> ItemCode:
    department = parse_inside(LABEL, code, code[:18], "实施主体代码", "the performing body's USCC")
    if code[18] not in LEVELS:
        raise LABEL.refuse(code, LEVEL, found=code[18])
    need_digits(LABEL, code, code[19:31])
    return ItemCode(code, layout, code[19:31], department.code, code[18], code[31:] or None)


def make_implementation_code(department_uscc: str, level: str, basic: str) -> str:
    """The 31-character 实施编码 of a 12-digit ``basic`` code at a body of ``level``. Raises ``CodeError``."""
    return parse_implementation(department_uscc + level + basic).code


KIND = Kind(LABEL, parse)
is_valid = KIND.is_valid
