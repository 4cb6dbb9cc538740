"""What follows a commitment: the department verifies it, finds it false, or sees it repaired.

A false promise takes back what was decided on it and bars the applicant from further promises until repaired.
"""

from tongban.basics.calendar import local_day
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.cases.actions.procedures.changing import revoke_task
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.errors import AlreadySo
from tongban.cases.path_errors import NoSuchPath
from tongban.cases.paths import commitments_now, committed
from tongban.cases.rules import ways_of_appeal
from tongban.services.paths import Commitment

_queries = load_queries("tongban.cases", "paths.sql")
BROKEN = "broken-commitment"


def _commitment(doing: Doing) -> Commitment:
    task = doing.task.task if doing.task else ""
    found = committed(doing.held.version.journey, doing.held.dossier.commitments, task)
    if found is None:
        raise NoSuchPath(field="task", path="告知承诺", path_en="a commitment")
    return found


async def _end(doing: Doing, commitment: Commitment, state: str) -> None:
    held, task = doing.held, doing.task
    assert task is not None
    ended = await _queries.end_verification(
        held.connection,
        region=held.case.region,
        case_id=held.case.id,
        commitment=commitment.id,
        task=task.task,
        state=state,
        now=held.now,
    )
    if ended is None:
        raise AlreadySo()


async def _verify(doing: Doing) -> None:
    commitment = _commitment(doing)
    await _end(doing, commitment, "verified")
    doing.record(basis=commitment.basis, commitment=commitment.id, reasons=doing.reasons)


async def _break(doing: Doing) -> None:
    held, task, commitment = doing.held, doing.task, _commitment(doing)
    assert task is not None
    await _end(doing, commitment, "broken")
    appeal = "；".join(ways_of_appeal(held.version, task.task))
    doing.record(
        basis=commitment.basis, commitment=commitment.id, reasons=doing.reasons, appeal=appeal,
        consequence=commitment.consequence,
    )  # fmt: skip
    await revoke_task(doing, commitment.basis)
    await _queries.put_credit_record(
        held.connection,
        region=held.case.region,
        id=new_id(),
        person_key=held.case.person_key,
        kind=BROKEN,
        department=task.department,
        reasons=f"承诺不实：{commitment.name}",
        case_id=held.case.id,
        recorded_on=local_day(held.now),
        repaired_on=None,
    )


async def _repair(doing: Doing) -> None:
    held, commitment = doing.held, _commitment(doing)
    if commitments_now(held.course).get(commitment.id) != "broken":
        raise AlreadySo()
    doing.record(commitment=commitment.id, reasons=doing.reasons)
    await _queries.repair_credit(
        held.connection, region=held.case.region, case_id=held.case.id, today=local_day(held.now)
    )


_DECIDED = ("done",)
ROWS = (
    Procedure(
        kind="verify_commitment",
        event="case.commitment_verified",
        action="case.verify_commitment",
        states=("accepted", "closed"),
        verb=_verify,
        zh="核查承诺属实",
        en="verify the commitment",
        task="must",
        task_states=_DECIDED,
        standing=True,
    ),
    Procedure(
        kind="break_commitment",
        event="case.commitment_broken",
        action="case.break_commitment",
        states=("accepted", "closed"),
        verb=_break,
        zh="认定承诺不实",
        en="find the commitment false",
        task="must",
        task_states=_DECIDED,
        needs=("reasons",),
        standing=True,
    ),
    Procedure(
        kind="repair_commitment",
        event="case.commitment_repaired",
        action="case.repair_commitment",
        states=("accepted", "closed"),
        verb=_repair,
        zh="确认信用已修复",
        en="confirm that credit is repaired",
        task="must",
        task_states=_DECIDED,
        needs=("reasons",),
        standing=True,
    ),
)
