"""数据资源代码 (catalogue code of a resource): class 1, item 2, group 3 digits, perhaps a sub-group, then a number.

Called by the catalogue. The first digit is the library: 1 base, 2 theme, 3 department. A sub-group has two, four or
six digits. The serial number of six digits follows a slash: ``307001/000012``. Widths of sub-group and serial number
are this platform's; the structure is that of the national guide to catalogues of government data.
"""

from typing import Literal

import msgspec

from tongban.basics.codes.errors import Label, Reason
from tongban.basics.codes.kind import STRUCTURE_ONLY, Context, Kind, need_digits, need_length, tidy

LABEL = Label("catalogue", "数据资源代码", "catalogue code")
Library = Literal["base", "theme", "department"]
LIBRARIES: dict[str, Library] = {"1": "base", "2": "theme", "3": "department"}
SERIAL_DIGITS = 6
_CATEGORY_LENGTHS = (6, 8, 10, 12)

SHAPE = Reason(
    "shape",
    "应为“分类码/顺序码”",
    "it should be a category and a serial number with a slash between them",
    "例如 307001/000012",
    "For instance 307001/000012",
)
CLASS = Reason(
    "class",
    "第1位“{found}”不是类（1 基础库，2 主题库，3 部门库）",
    "its first digit “{found}” is no class (1 base, 2 theme, 3 department)",
    "请核对第1位",
    "Compare the first digit",
)
SERIAL = Reason(
    "serial",
    "顺序码从 000001 开始",
    "serial numbers begin with 000001",
    "请核对斜线后的顺序码",
    "Compare the number behind the slash",
)


class CatalogueCode(msgspec.Struct, frozen=True):
    """A catalogue code and its parts. ``category`` is all before the slash; ``detail`` its sub-group, perhaps empty."""

    code: str
    category: str
    library: Library
    item: str
    group: str
    detail: str
    serial: int


def parse(value: str, context: Context = STRUCTURE_ONLY) -> CatalogueCode:
    """Read a catalogue code. Raises ``CodeError``."""
    code = tidy(LABEL, value)
    category, slash, serial = code.partition("/")
    if not slash:
        raise LABEL.refuse(code, SHAPE)
    _need_category(code, category)
    need_digits(LABEL, code, serial)
    if len(serial) != SERIAL_DIGITS or int(serial) == 0:
        raise LABEL.refuse(code, SERIAL)
    return CatalogueCode(
        code, category, LIBRARIES[category[0]], category[1:3], category[3:6], category[6:], int(serial)
    )


def need_category(value: str) -> str:
    """``value`` if it can stand before the slash. Raises ``CodeError``."""
    category = tidy(LABEL, value)
    _need_category(category, category)
    return category


def _need_category(code: str, category: str) -> None:
    need_digits(LABEL, code, category)
    need_length(LABEL, category, *_CATEGORY_LENGTHS)
    if category[0] not in LIBRARIES:
        raise LABEL.refuse(code, CLASS, found=category[0])


def make(category: str, serial: int) -> str:
    """The code of the ``serial``-th resource of a category. Raises ``CodeError``."""
    return parse(f"{category}/{serial:0{SERIAL_DIGITS}d}").code


KIND = Kind(LABEL, parse)
is_valid = KIND.is_valid
