"""Invented examples for the style guide: fields of every kind, and journeys in every state."""

import datetime as dt
from collections.abc import Mapping

from msgspec.structs import replace

from tongban.cases.line import Lane, Line, Station
from tongban.services.definitions import Choice, Field

_YES_NO_MAYBE = [Choice("own", "自有住房"), Choice("rent", "租赁住房"), Choice("other", "其他")]
_STREETS = ("天水街道", "武林街道", "长庆街道", "潮鸣街道", "朝晖街道", "文晖街道")
_MANY = [Choice(f"s{number}", name) for number, name in enumerate(_STREETS)]
FIELDS = (
    (Field("name", "姓名", "text", help="请与身份证一致。", autocomplete="name"), "王芳", None, "公安局"),
    (Field("id-number", "居民身份证号码", "text"), "33010319900101", "身份证号码应为 18 位，请补全。", None),
    (Field("born", "出生日期", "date"), "2026-11-20", None, "卫生健康局"),
    (Field("children", "本次出生人数", "integer", help="双胞胎请填 2。", min=1, max=5), "1", None, None),
    (Field("area", "住房面积（平方米）", "decimal", required=False), "", None, None),
    (Field("housing", "住房类型", "choice", choices=_YES_NO_MAYBE), "own", None, None),
    (Field("street", "所属街道", "choice", choices=_MANY), "s1", None, None),
    (Field("married", "父母是否登记结婚", "boolean"), None, "请选择“是”或“否”。", None),
    (Field("remark", "补充说明", "long-text", required=False, max=500), "", None, None),
)

_LANES = (
    Lane("health", "下城区卫生健康局", "卫健", "#2f6fb3"),
    Lane("police", "公安分局", "公安", "#4a5fa8"),
    Lane("medical", "下城区医疗保障局", "医保", "#2a8a86"),
    Lane("labour", "下城区人力资源和社会保障局", "人社", "#8a6a2f"),
)
_AXIS = (*(dt.date(2026, 11, day) for day in (24, 25, 26, 27, 30)), dt.date(2026, 12, 1))


_DONE: Mapping[str, object] = {"state": "done", "decision": "approved", "light": "green"}


def _station(task: str, name: str, department: str, start: int, end: int, *after: str) -> Station:
    return Station(
        task=task,
        name=name,
        department=department,
        state="planned",
        start=start,
        end=end,
        days=end - start,
        after=after,
        starts_on=_AXIS[start],
        ends_on=_AXIS[end],
        conditional=task == "expenses",
    )


_PLAN = (
    _station("certificate", "出生医学证明", "health", 0, 1),
    _station("vaccination", "预防接种证", "health", 1, 2, "certificate"),
    _station("registration", "出生登记", "police", 1, 3, "certificate"),
    _station("insurance", "居民医保参保", "medical", 3, 4, "registration"),
    _station("payment", "医保缴费", "medical", 4, 4, "insurance"),
    _station("card", "社会保障卡申领", "labour", 3, 5, "registration"),
    _station("expenses", "生育医疗费用报销", "medical", 4, 5, "insurance"),
)


def lines() -> dict[str, Line]:
    """The same journey as planned, under way, late, and ended in part."""
    planned = Line("新生儿出生一件事", 5, _LANES, _PLAN, _AXIS, due_on=_AXIS[-1])
    under_way = _with(
        replace(planned, today=_AXIS[2], used_days=2),
        certificate=_DONE,
        vaccination={"state": "ready", "light": "yellow"},
        registration={"state": "ready", "light": "green"},
        expenses={"state": "not_applicable"},
    )
    late = _with(
        replace(planned, today=_AXIS[5], used_days=5, provisional=True),
        certificate={"state": "done", "decision": "approved", "light": "red"},
        vaccination=_DONE,
        registration={"state": "ready", "light": "red"},
    )
    ended = _with(
        replace(planned, today=_AXIS[5], used_days=4),
        certificate=_DONE,
        vaccination=_DONE,
        registration=_DONE,
        insurance={"state": "done", "decision": "declined", "light": "green"},
        payment={"state": "cancelled"},
        card=_DONE,
        expenses={"state": "not_applicable"},
    )
    return {"planned": planned, "under_way": under_way, "late": late, "ended": ended}


def _with(line: Line, **changes: Mapping[str, object]) -> Line:
    running = line.today is not None
    stations = [
        replace(each, **{"state": "waiting" if running else "planned", **changes.get(each.task, {})})
        for each in line.stations
    ]
    return replace(line, stations=tuple(stations))
