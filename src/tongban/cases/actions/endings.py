"""End a case beside a decision: what is open is cancelled, what was decided stands."""

from msgspec.structs import replace

from tongban.cases.actions.locked import LockedCase
from tongban.cases.finish import ENDS
from tongban.cases.models import CaseState


def end(held: LockedCase, state: CaseState) -> None:
    """End the case in ``state`` with the finish code that belongs to it; open tasks are cancelled."""
    held.put([replace(t, state="cancelled") for t in held.tasks.values() if t.state in ("waiting", "ready")])
    held.become(state=state, finish_code=ENDS[state], closed_at=held.now)
