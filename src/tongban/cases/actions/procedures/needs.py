"""What an act must carry, each need with its check and the sentence that names the repair."""

from collections.abc import Callable, Mapping

from tongban.basics.calendar import local_day
from tongban.cases.actions.locked import LockedCase
from tongban.cases.actions.procedures.shapes import Act, Need, Procedure
from tongban.cases.errors import ActNeeds, MaterialsToName, ReasonsNeeded

LEAST_REASONS = 5
Check = Callable[[LockedCase, Procedure, Act], None]


def check_needs(held: LockedCase, procedure: Procedure, act: Act) -> None:
    """Raise ``ReasonsNeeded``, ``MaterialsToName`` or ``ActNeeds`` for the first thing that lacks or does not fit."""
    for need in procedure.needs:
        _CHECKS[need](held, procedure, act)


def lacking(name: str, what: str, repair: str, repair_en: str) -> ActNeeds:
    """The error that says what field ``name`` (``what`` in Chinese) should hold."""
    return ActNeeds(name, what=what, name=name, repair=repair, repair_en=repair_en)


def _reasons(held: LockedCase, procedure: Procedure, act: Act) -> None:
    if len(act.reasons.strip()) < LEAST_REASONS:
        raise ReasonsNeeded(field="reasons")


def _cause(held: LockedCase, procedure: Procedure, act: Act) -> None:
    if act.cause not in procedure.causes:
        known = "、".join(f"{name}（{cause.zh}）" for name, cause in procedure.causes.items())
        raise lacking("cause", "情形", f"只能是 {known}", f"one of {', '.join(procedure.causes)}")


def _days(held: LockedCase, procedure: Procedure, act: Act) -> None:
    if act.days is None:
        raise lacking("days", "天数", "请写明工作日天数", "state the number of working days")


def _department(held: LockedCase, procedure: Procedure, act: Act) -> None:
    region = held.kernel.directory.region(held.case.region)
    known = {department.id for department in region.departments}
    if act.department not in known:
        raise lacking("department", "部门", f"“{act.department}”不在本地区的部门名录中", "a department of this region")


def _region(held: LockedCase, procedure: Procedure, act: Act) -> None:
    if act.region is None or act.region == held.case.region:
        raise lacking("region", "地区", "请写明另一个地区的六位代码", "the six digits of another region")


def _materials(held: LockedCase, procedure: Procedure, act: Act) -> None:
    known = {material.id for material in held.version.journey.materials}
    if not act.materials or not set(act.materials) <= known:
        raise MaterialsToName(field="materials")


def _until(held: LockedCase, procedure: Procedure, act: Act) -> None:
    if act.until is None or act.until <= local_day(held.now):
        raise lacking("until", "预计结束日期", "请写明今天以后的日期", "a day after today")


def _basis(held: LockedCase, procedure: Procedure, act: Act) -> None:
    if len(act.basis.strip()) < LEAST_REASONS:
        raise lacking("basis", "法律依据", "请写明法律名称和条款", "name the law and its article")


_CHECKS: Mapping[Need, Check] = {
    "reasons": _reasons,
    "cause": _cause,
    "days": _days,
    "department": _department,
    "region": _region,
    "materials": _materials,
    "until": _until,
    "basis": _basis,
}
