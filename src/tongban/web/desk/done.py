"""What one has just decided: shown on the page that follows, with the receipt of the decision.

The address names the task; what is shown about it is read anew, behind the same checkpoint.
"""

from uuid import UUID

from msgspec import Struct

from tongban.basics.errors import TongbanError
from tongban.cases.kernel import Kernel
from tongban.cases.views.desk import task_page
from tongban.cases.views.shapes import TaskPage
from tongban.parties.models import Actor
from tongban.web.desk.listing import identifier
from tongban.web.desk.words import event_words

DECIDING = ("case.accepted", "case.refused", "case.supplement_asked", "case.returned", "task.decided")


class Done(Struct, frozen=True):
    """A decision that stands. ``entry`` is its ledger entry, under which the receipt is found."""

    region: str
    case_id: UUID
    number: str
    applicant_name: str
    task_name: str
    decision: str
    entry: UUID
    licences: list[str]


def done_mark(region: str, case_id: UUID, task: str) -> str:
    """The value of ``done`` in the address of the page that follows a decision."""
    return f"{region}~{case_id}~{task}"


async def done_message(kernel: Kernel, actor: Actor, mark: str | None) -> Done | None:
    """The decision that ``mark`` names, if it was made and ``actor`` may see it."""
    if not mark:
        return None
    try:
        region, case, task = mark.split("~")
        case_id = UUID(case)
    except ValueError:
        return None
    if region not in kernel.directory.regions or identifier(task) is None:
        return None
    try:
        return _done(await task_page(kernel, actor, region, case_id, task))
    except TongbanError as error:
        if error.status >= 500:
            raise
        return None


def _done(seen: TaskPage) -> Done | None:
    made = [e for e in seen.page.events if e.task == seen.task.task and e.kind in DECIDING]
    if not made:
        return None
    case = seen.page.case
    issued = set(made[-1].detail.get("licences", ()))
    return Done(
        region=case.region,
        case_id=case.id,
        number=case.number,
        applicant_name=seen.page.applicant_name,
        task_name=seen.task_name,
        decision=event_words(made[-1])[0],
        entry=made[-1].id,
        licences=[licence.name for licence in seen.page.licences if licence.type in issued],
    )
