"""When a department first opened a task that was ready: where waiting ends and work begins.

Called by the page of a task, whoever asks for it, people or programs. No person's name is kept.
"""

from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.models import Task
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may

_queries = load_queries("tongban.cases.measures")


async def note_opening(connection: Connection, actor: Actor, region: str, case_id: UUID, task: Task | None) -> None:
    """Note that ``actor`` opened ``task``, if it is ready and theirs to decide. Only the first time counts."""
    if task is None or task.state != "ready" or task.started_at is None:
        return
    if may(actor, "task.decide", Subject(region=region, department=task.department)):
        await _queries.opened(connection, region=region, case_id=case_id, task=task.task, ready_at=task.started_at)
