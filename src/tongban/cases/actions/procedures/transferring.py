"""Hand a task over to another department of the region: the new one sees the case, the old one no longer.

To another department of the same level any handler may; to another level of the region's tree (a street below its
district, and back) the head of the department, and only where the item says that this level may exercise it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from tongban.cases.actions.procedures.needs import lacking
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.path_errors import NoSuchPath
from tongban.parties.definitions import Department, Region
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Item


async def _transfer(doing: Doing) -> None:
    held, task, department = doing.held, doing.task, doing.act.department
    assert task is not None and department is not None
    if department == task.department:
        raise lacking("department", "部门", "请选择另一个部门", "another department than the present one")
    region = held.kernel.directory.region(held.case.region)
    here, there = _find(region, task.department), _find(region, department)
    if here and there and region.level_of(here) != region.level_of(there):
        repair = "不在同一层级，请由负责人变更办理层级"
        raise lacking("department", "部门", repair, "one of the same level: the head transfers to another level")
    held.put([msgspec.structs.replace(task, department=department)])
    detail: dict[str, Any] = {"from": task.department, "to": department, "reasons": doing.reasons}
    doing.record(**detail)


def _find(region: Region, department: str | None) -> Department | None:
    return next((one for one in region.departments if one.id == department), None)


def of_other_levels(region: Region, item: Item | None, present: str) -> Sequence[Department]:
    """The departments above and below ``present`` on its branch of the tree whose level may exercise ``item``."""
    here = _find(region, present)
    if item is None or here is None or not item.also_at:
        return []
    return [
        one
        for one in region.departments
        if region.level_of(one) != region.level_of(here)
        and item.exercised_at(region.level_of(one))
        and _one_branch(region.place_of(one), region.place_of(here))
    ]


def _one_branch(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def item_of(version: JourneyVersion, task: str) -> Item | None:
    """The item that a step performs; None for intake."""
    definition = version.journey.task(task)
    return version.items[definition.item] if definition else None


async def _transfer_level(doing: Doing) -> None:
    held, task, department = doing.held, doing.task, doing.act.department
    assert task is not None
    item = item_of(held.version, task.task)
    if item is None or not item.also_at:
        raise NoSuchPath(field="task", path="变更办理层级", path_en="transfer to another level")
    region = held.kernel.directory.region(held.case.region)
    fitting = of_other_levels(region, item, task.department)
    found = next((one for one in fitting if one.id == department), None)
    if found is None:
        names = "、".join(one.name for one in fitting) or "没有"
        known = ", ".join(one.id for one in fitting) or "none"
        raise lacking(
            "department", "部门", f"可以变更到：{names}", f"one of another level that may exercise it: {known}"
        )
    held.put([msgspec.structs.replace(task, department=found.id)])
    level = region.level_of(found)
    detail: dict[str, Any] = {"from": task.department, "to": found.id, "level": level, "reasons": doing.reasons}
    doing.record(basis=next((one.basis for one in item.also_at if one.level == level), item.also_at[0].basis), **detail)


ROWS = (
    Procedure(
        kind="transfer_level",
        event="case.transferred",
        action="case.transfer_level",
        states=("accepted",),
        verb=_transfer_level,
        zh="变更办理层级",
        en="transfer to another level",
        task="must",
        task_states=("ready", "waiting"),
        needs=("department", "reasons"),
        standing=True,
    ),
    Procedure(
        kind="transfer",
        event="case.transferred",
        action="case.transfer",
        states=("submitted", "supplementing", "returned", "accepted"),
        verb=_transfer,
        zh="移交其他部门",
        en="transfer to another department",
        task="must",
        task_states=("ready", "waiting"),
        needs=("department", "reasons"),
        basis="行政许可法 第三十二条",
        standing=True,
    ),
)
