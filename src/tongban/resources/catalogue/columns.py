"""Which columns an Excel sheet of the catalogue has, and how a cell becomes a value. Pure; both ways use it."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from tongban.resources.catalogue.definitions import CONTENTS, Kind

Read = Callable[[Any], Any]
SHEETS: Mapping[Kind, str] = {"resource": "数据资源", "application": "应用", "component": "组件", "cloud": "云资源"}
FIELDS_SHEET = "信息项"
CODE, REVISION, PROVIDER = "代码", "版本", "提供部门"
BETWEEN = "；"

LIBRARY = {"基础库": "base", "主题库": "theme", "部门库": "department"}
SHARING = {"无条件共享": "unconditional", "有条件共享": "conditional", "不予共享": "not_shared"}
OPEN = {"无条件开放": "open", "有条件开放": "restricted", "不开放": "closed"}
IMPORTANCE = {"一般": "general", "重要": "important", "核心": "core"}
KIND = {"文字": "text", "日期": "date", "整数": "integer", "是或否": "boolean"}
YES = {"是": True, "否": False}
CYCLE = {one: one for one in ("实时", "每日", "每周", "每月", "每季度", "每年")}
GRADE = {one: one for one in ("L1", "L2", "L3", "L4")}


class Unread(Exception):
    """A cell does not fit; ``zh`` and ``en`` say how to repair it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Column(Struct, frozen=True):
    """One column: its title, the name of the value, how a cell is read, and how a value is written."""

    title: str
    name: str
    read: Read
    write: Callable[[Any], Any] = lambda value: value
    width: int = 16


def text(most: int) -> Read:
    """A cell of text of at most ``most`` characters."""

    def read(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float | dt.datetime | dt.date):
            raise Unread("请填写文字", "Write text")
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        found = str(value).strip()
        if len(found) > most:
            raise Unread(f"不能超过 {most} 个字", f"At most {most} characters")
        return found

    return read


def parts(value: Any) -> list[str]:
    """A cell of several texts with semicolons between them."""
    whole = text(2000)(value)
    found = [part.strip() for part in whole.replace(";", BETWEEN).replace("\n", BETWEEN).split(BETWEEN)]
    if any(len(part) > 200 for part in found):
        raise Unread("用分号分隔，每项不超过 200 个字", "Semicolons between them, at most 200 characters each")
    return [part for part in found if part]


def count(value: Any) -> int:
    """A cell with a whole number from 0."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value.strip())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**12:
        raise Unread("请填不小于 0 的整数", "Write a whole number from 0")
    return value


def day(value: Any) -> dt.date:
    """A cell with a date, or text such as 2026-01-31."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise Unread("请填日期，如 2026-01-31", "Write a date such as 2026-01-31") from error


def one_of(choices: Mapping[str, Any]) -> Read:
    """A cell with one of the words of ``choices``."""

    def read(value: Any) -> Any:
        found = str(value).strip()
        if found not in choices:
            listed = "、".join(choices)
            raise Unread(f"只能填：{listed}", f"One of: {listed}")
        return choices[found]

    return read


def _chosen(title: str, name: str, choices: Mapping[str, Any], width: int = 12) -> Column:
    words = {value: word for word, value in choices.items()}
    return Column(title, name, one_of(choices), lambda value: words[value], width)


def _text(title: str, name: str, most: int = 2000, width: int = 24) -> Column:
    return Column(title, name, text(most), lambda value: value or None, width)


def _parts(title: str, name: str) -> Column:
    return Column(title, name, parts, lambda value: BETWEEN.join(value) or None, 40)


_COMMON = (_text("名称", "name", 100, 28), _text("摘要", "summary", width=48))
_RUN = (
    Column("年费用（元）", "cost", count),
    Column("用户数", "users", count, width=10),
    Column("启用日期", "since", day),
)
_BUILT = (_parts("功能", "functions"), _parts("使用的数据代码", "data"), _parts("对外接口", "interfaces"))
COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    "resource": (
        *_COMMON,
        _chosen("所属库", "library", LIBRARY),
        _text("分类码", "category", 12, 14),
        _text("格式", "format", 200, 12),
        _text("提供方式", "way", 200, 14),
        _chosen("共享类型", "sharing", SHARING, 14),
        _text("共享条件", "condition"),
        _text("不予共享或共享的依据", "basis"),
        _chosen("开放属性", "open", OPEN, 14),
        _chosen("更新周期", "cycle", CYCLE, 10),
        _parts("关联资源代码", "related"),
        _text("数据回流", "returns"),
    ),
    "application": (*_COMMON, *_BUILT, *_RUN),
    "component": (*_COMMON, *_BUILT, *_RUN),
    "cloud": (
        *_COMMON,
        Column("处理器核数", "cores", count),
        Column("内存（GB）", "memory", count),
        Column("存储（GB）", "storage", count),
        _parts("承载的系统代码", "serves"),
        *_RUN,
    ),
}
FIELD_COLUMNS: tuple[Column, ...] = (
    _text("标识", "id", 63, 18),
    _text("名称", "label", 100, 20),
    _chosen("类型", "kind", KIND, 10),
    _chosen("是否查询键", "key", YES, 10),
    _text("含义", "about", 500),
    _text("代码表", "codes", 200),
    _chosen("分级", "grade", GRADE, 8),
    _chosen("重要程度", "importance", IMPORTANCE, 10),
)
OWNER = "所属资源（代码或名称）"
KIND_OF: Mapping[str, Kind] = {title: kind for kind, title in SHEETS.items()}
assert set(COLUMNS) == set(CONTENTS)
