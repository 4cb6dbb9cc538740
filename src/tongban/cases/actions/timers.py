"""What the platform does by itself when the moment of a timer has come: one row a timer of ``cases.timers``.

Each act looks again under the case's lock, so that a late or doubled look does a thing once. Called by the jobs
process (``jobs.timers``) and by stories when time passes.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

import psycopg
from msgspec.structs import replace

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.sql import load_queries
from tongban.cases.actions.endings import end
from tongban.cases.actions.events import Event
from tongban.cases.actions.going_on import begin, go_on, issue_licence
from tongban.cases.actions.locked import LockedCase, locked_case
from tongban.cases.actions.paths_taken import hold_back, on_approved, tolerance_lapsed
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, PLATFORM
from tongban.cases.timers import Watch, due_timers, overstayed, silent

Handler = Callable[[LockedCase, Watch], Awaitable[None]]
_queries = load_queries("tongban.cases")
_log = logging.getLogger(__name__)
BATCH = 10
AGAIN_SECONDS = 600
"""A case at which looking failed, or changed nothing although it was due, is left alone for so long."""


async def look_at_due(kernel: Kernel, region: str, most: int = BATCH) -> int:
    """Look at up to ``most`` cases of ``region`` whose moment has come; how many there were.

    One transaction, each case under its own savepoint: two workers share the cases between them, one that dies
    leaves all of its batch to the next, and a case that fails does not hold up its neighbours.
    """
    async with kernel.database.one_transaction() as connection:
        due = [row.id async for row in _queries.due_cases(connection, region=region, most=most)]
        for case_id in due:
            if not await _looked_at(kernel, connection, region, case_id):
                await _queries.look_later(connection, region=region, id=case_id, seconds=AGAIN_SECONDS)
    return len(due)


async def _looked_at(kernel: Kernel, connection: Connection, region: str, case_id: UUID) -> bool:
    try:
        async with connection.transaction():
            return await look_at(kernel, region, case_id)
    except psycopg.OperationalError:
        raise
    except Exception as error:
        # The text of an error may hold personal data; its kind is enough to find the timer.
        _log.error("timers of case %s failed: %s", case_id, type(error).__name__)
        return False


async def look_at(kernel: Kernel, region: str, case_id: UUID) -> bool:
    """Do what is due for one case now, and store when to look next; False when it would be due again at once."""
    async with locked_case(kernel, region, case_id) as held:
        held.actor, held.altered = PLATFORM, True
        done = due_timers(held.watch(held.clock()), held.now)
        for name in done:
            watch = held.watch(held.clock())
            if name in due_timers(watch, held.now):
                await HANDLERS[name](held, watch)
    return held.case.look_at is None or held.case.look_at > held.now or bool(held.events)


async def _deem_accepted(held: LockedCase, watch: Watch) -> None:
    """Silence within the days of the notice accepts the application as of the day it was received (article 32)."""
    notice = watch.clock.period("notice")
    assert notice is not None
    intake = held.tasks[INTAKE]
    held.put([replace(intake, state="done", decided_at=held.now, decision="deemed")])
    held.become(state="accepted", accepted_at=notice.began_at)
    begin(held, "case.deemed_accepted", {"as_of": notice.began_on.isoformat(), "department": intake.department})


async def _lapse(held: LockedCase, watch: Watch) -> None:
    """The supplement that was asked for did not come."""
    period = watch.clock.period("supplement-response")
    assert period is not None
    end(held, "lapsed")
    due = period.due_on.isoformat() if period.due_on else None
    held.events.append(Event("case.lapsed", INTAKE, period.basis, {"due_on": due}))


async def _keep_silence(held: LockedCase, watch: Watch) -> None:
    """A department let its limit pass: approved as applied for, or passed to its head, as the item declares.

    What could not be approved by a person either, because a visit or a material is still to come, goes to the head.
    """
    for name, rule, at in list(silent(watch)):
        if at > held.now:
            continue
        if rule == "approve" and not _held_back(held, name):
            _approve_silently(held, name)
        else:
            held.events.append(
                Event("task.escalated", name, _basis(held, name), {"department": held.tasks[name].department})
            )
    go_on(held)


def _held_back(held: LockedCase, name: str) -> bool:
    try:
        hold_back(held, held.tasks[name], approving=True)
    except TongbanError:
        return True
    return False


def _approve_silently(held: LockedCase, name: str) -> None:
    task = held.tasks[name]
    on_approved(held, task)
    held.put([replace(task, state="done", decided_at=held.now, decision="approved")])
    issued = [licence.type for licence in issue_licence(held, task)]
    held.events.append(
        Event("task.decided", name, _basis(held, name), {"decision": "approved", "licences": issued, "silence": True})
    )


def _basis(held: LockedCase, name: str) -> str | None:
    definition = held.version.journey.task(name)
    silence = held.version.items[definition.item].silence if definition else None
    return silence.basis if silence else None


async def _remind(held: LockedCase, watch: Watch) -> None:
    """A suspension lasts longer than was announced: its department is reminded, once for each announced day."""
    for one, at in overstayed(watch):
        if at <= held.now and one.until is not None:
            task = held.tasks[one.task or INTAKE]
            detail = {"cause": one.cause, "until": one.until.isoformat(), "department": task.department}
            held.events.append(Event("case.suspension_overdue", one.task, None, detail))


async def _miss_tolerance(held: LockedCase, watch: Watch) -> None:
    """What was accepted without did not follow in time."""
    if tolerance_lapsed(held) and held.case.state == "accepted":
        go_on(held)


HANDLERS: Mapping[str, Handler] = {
    "deemed_acceptance": _deem_accepted,
    "supplement": _lapse,
    "silence": _keep_silence,
    "suspension": _remind,
    "tolerance": _miss_tolerance,
}
