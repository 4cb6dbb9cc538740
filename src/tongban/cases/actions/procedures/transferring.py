"""Hand a task over to another department of the node: the new one sees the case, the old one no longer."""

from typing import Any

import msgspec

from tongban.cases.actions.procedures.needs import lacking
from tongban.cases.actions.procedures.shapes import Doing, Procedure


async def _transfer(doing: Doing) -> None:
    held, task, department = doing.held, doing.task, doing.act.department
    assert task is not None and department is not None
    if department == task.department:
        raise lacking("department", "部门", "请选择另一个部门", "another department than the present one")
    held.put([msgspec.structs.replace(task, department=department)])
    detail: dict[str, Any] = {"from": task.department, "to": department, "reasons": doing.reasons}
    doing.record(**detail)


ROWS = (
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
