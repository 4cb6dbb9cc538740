"""Correct or take back what was decided: by the head, with reasons and the ways of appeal; the licence follows.

A correction issues the next version of the licence and cancels the wrong one; a revocation (撤销) ends it.
"""

from collections.abc import Mapping

import msgspec

from tongban.cases.actions.locked import LockedCase
from tongban.cases.actions.procedures.needs import lacking
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.errors import WrongState
from tongban.cases.models import Task
from tongban.cases.path_errors import NoLicence, NothingToChange
from tongban.cases.rules import ways_of_appeal
from tongban.licences import actions as licences
from tongban.licences.correcting import prepare_correction
from tongban.licences.models import Licence
from tongban.services.definitions import Produces

REVOKED_BASIS = "行政许可法 第六十九条"


async def in_force(held: LockedCase, task: Task) -> list[Licence]:
    """The licences that the decision of ``task`` issued and that can still be ended."""
    definition = held.version.journey.task(task.task)
    if definition is None or definition.produces is None:
        return []
    issued = await licences.of_source(held.connection, held.kernel.vault, held.case.region, held.case.id)
    # Two tasks may issue one type for two holders (twins); where one was corrected, its newest version counts.
    mine = [x for x in issued if x.type == definition.produces.licence and x.holder_name in _names(held, task)]
    return [licence for licence in mine if licence.state in ("valid", "suspended")]


def _names(held: LockedCase, task: Task) -> set[str]:
    definition = held.version.journey.task(task.task)
    assert definition is not None and definition.produces is not None
    first = str(held.facts().get(definition.produces.holder_name) or held.case.applicant_name)
    changed = [e for e in held.course if e.kind == "case.decision_corrected" and e.task == task.task]
    return {first, *(str(e.detail["holder"]) for e in changed if "holder" in e.detail)}


async def revoke_task(doing: Doing, basis: str) -> None:
    """Take back the decision of the act's task: its licences end, the decision reads as revoked."""
    held, task = doing.held, doing.task
    assert task is not None
    ended = []
    for licence in await in_force(held, task):
        await licences.revoke(
            held.connection, held.kernel.vault, licence.region, licence.id, doing.reasons, held.now,
            by=held.actor, how="withdrawn",
        )  # fmt: skip
        ended.append(licence.number)
    held.put([msgspec.structs.replace(task, decision="revoked", reasons=doing.reasons)])
    appeal = "；".join(ways_of_appeal(held.version, task.task))
    doing.record("case.decision_revoked", basis, reasons=doing.reasons, appeal=appeal, licences=ended)


async def _revoke(doing: Doing) -> None:
    _approved(doing)
    await revoke_task(doing, doing.act.basis.strip())


def _approved(doing: Doing) -> Task:
    task = doing.task
    if task is None or task.decision != "approved":
        raise WrongState()
    return task


async def _correct(doing: Doing) -> None:
    held, task = doing.held, _approved(doing)
    found = await in_force(held, task)
    definition = held.version.journey.task(task.task)
    if not found or definition is None or definition.produces is None:
        raise NoLicence()
    wrong, kind = found[-1], held.kernel.licence_types[definition.produces.licence]
    data = {field.id: field.value for field in wrong.fields}
    changed = _changes(data, {field.id for field in kind.fields}, doing.act.detail)
    name = _holder(definition.produces, changed, wrong.holder_name)
    corrected = prepare_correction(kind, wrong, data | changed, name, held.now, held.kernel.vault)
    await licences.revoke(
        held.connection, held.kernel.vault, wrong.region, wrong.id, doing.reasons, held.now,
        by=held.actor, how="cancelled",
    )  # fmt: skip
    held.issued.append(corrected)
    held.put([task])
    labels = [field.label for field in kind.fields if field.id in changed]
    appeal = "；".join(ways_of_appeal(held.version, task.task))
    doing.record(
        reasons=doing.reasons, appeal=appeal, fields=labels, licence=corrected.number, replaces=wrong.number,
        holder=name if name != wrong.holder_name else None,
    )  # fmt: skip


def _changes(data: Mapping[str, str], known: set[str], wished: Mapping[str, object]) -> dict[str, str]:
    """What is really corrected, by field of the licence."""
    for name in wished:
        if name not in known:
            raise NothingToChange(field=name)
    changed = {name: str(value) for name, value in wished.items() if value is not None and str(value) != data.get(name)}
    if not changed:
        raise lacking("detail", "更正内容", "请写明哪一项更正成什么", "say which field becomes what")
    return changed


def _holder(produces: Produces, changed: Mapping[str, str], before: str) -> str:
    """The holder's name afterwards: it may be the very fact that was wrong."""
    same = [name for name, source in produces.data.items() if source == produces.holder_name and name in changed]
    return changed[same[0]] if same else before


ROWS = (
    Procedure(
        kind="correct_decision",
        event="case.decision_corrected",
        action="case.correct_decision",
        states=("accepted", "closed"),
        verb=_correct,
        zh="更正决定和证照",
        en="correct the decision",
        task="must",
        task_states=("done",),
        needs=("reasons",),
        standing=True,
    ),
    Procedure(
        kind="revoke_decision",
        event="case.decision_revoked",
        action="case.revoke_decision",
        states=("accepted", "closed"),
        verb=_revoke,
        zh="撤销决定",
        en="revoke the decision",
        task="must",
        task_states=("done",),
        needs=("reasons", "basis"),
        standing=True,
    ),
)
