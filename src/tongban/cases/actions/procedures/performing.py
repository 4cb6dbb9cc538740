"""Do one special act: under the case's lock, checked against the table, refused whole or done whole."""

from uuid import UUID

from tongban.cases.actions.events import by_agent
from tongban.cases.actions.locked import LockedCase, locked_case
from tongban.cases.actions.procedures.needs import check_needs
from tongban.cases.actions.procedures.shapes import Act, Doing, Performed, Procedure
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.cases.course import CAUSES, stopping
from tongban.cases.errors import ActNeeds, CaseNotFound, CaseSuspended, StalePage, TaskFinished, UnknownAct, WrongState
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Task
from tongban.parties.models import Actor, Role, Subject
from tongban.parties.rules import DECIDERS, for_heads, may, require


async def perform(kernel: Kernel, actor: Actor, region: str, case_id: UUID, act: Act) -> Performed:
    """Do ``act`` on a case, as the table declares it.

    Raises ``UnknownAct``, ``CaseNotFound``, ``NotAllowed``, ``WrongState``, ``TaskFinished``, ``CaseSuspended``,
    ``StalePage``, ``ReasonsNeeded``, ``ActNeeds`` and what the act's own verb raises.
    """
    procedure = PROCEDURES.get(act.kind)
    if procedure is None:
        raise UnknownAct(field="kind", kind=act.kind, known="、".join(PROCEDURES))
    async with locked_case(kernel, region, case_id) as held:
        task = _task(held, procedure, act)
        _allowed(held, actor, procedure, task)
        _fitting(held, procedure, act, task)
        check_needs(held, procedure, act)
        held.actor = "applicant" if procedure.party == "applicant" else (task or held.tasks[INTAKE]).department
        if procedure.party == "applicant":
            held.agent = by_agent(actor, held.case.owner)
        else:
            roles: tuple[Role, ...] = ("head",) if for_heads(procedure.action) else DECIDERS
            held.lent = actor.standing_in(region, held.actor, *roles)
        await procedure.verb(Doing(held, actor, procedure, act, task))
        held.altered = True  # so that every page seen before is stale
    return Performed(region, case_id, act.kind, act.task, held.case.state, held.case.due_on, held.promises)


def _task(held: LockedCase, procedure: Procedure, act: Act) -> Task | None:
    if act.task is None:
        if procedure.task == "must":
            raise ActNeeds("task", what="环节", name="task", repair="请指明环节", repair_en="name the task")
        return None
    if procedure.task == "never":
        raise ActNeeds(
            "task", what="环节", name="task", repair="此动作针对整件", repair_en="the act is on the whole case"
        )
    if act.task not in held.tasks:
        raise CaseNotFound()
    return held.tasks[act.task]


def subject_of(held: LockedCase, task: Task | None) -> Subject:
    """What the checkpoint needs to know: the task's department, for the whole case the lead's."""
    department = (task or held.tasks[INTAKE]).department
    return Subject(
        region=held.case.region,
        owner=held.case.owner,
        department=department,
        departments=held.case.departments,
        service=held.case.journey,
    )


def _allowed(held: LockedCase, actor: Actor, procedure: Procedure, task: Task | None) -> None:
    subject = subject_of(held, task)
    if not may(actor, "case.read", subject):
        raise CaseNotFound()
    require(actor, procedure.action, subject)


def _fitting(held: LockedCase, procedure: Procedure, act: Act, task: Task | None) -> None:
    if task is not None and task.state == "done" and "done" not in procedure.task_states:
        raise TaskFinished()
    if held.case.state not in procedure.states or (task is not None and task.state not in procedure.task_states):
        raise WrongState()
    if act.revision != (task.revision if task else held.case.revision):
        raise StalePage()
    stopped = None if procedure.standing else stopping(held.course, act.task)
    if stopped is not None:
        cause = CAUSES[stopped.cause]
        raise CaseSuspended(cause=cause.zh, cause_en=cause.en)
