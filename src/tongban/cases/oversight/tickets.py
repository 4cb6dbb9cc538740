"""What is done with a ticket: answered by the department concerned, verified, closed, reopened.

No word of a person closes a ticket as cured: the watch that opened it is asked once more about the real case.
Where something cannot be undone, whoever verifies may accept the explanation, with reasons and by name of office.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.cases.actions.events import Event
from tongban.cases.errors import ReasonsNeeded, StalePage, WrongState
from tongban.cases.kernel import Kernel
from tongban.cases.models import Task
from tongban.cases.oversight.errors import HeadNeeded, OwnAnswer, TicketNotFound
from tongban.cases.oversight.models import Fact, Ticket
from tongban.cases.oversight.rechecking import still_true
from tongban.cases.oversight.recording import CORRECT, VERIFY, HeldTicket, hold_ticket, write_ticket
from tongban.cases.rights.answering import carry_out
from tongban.cases.rules import start
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import another, may, require

LEAST_REASONS = 5
Text = Annotated[str, Meta(max_length=2000, pattern=r"^[^\u0000]*$")]


class TicketAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What the department concerned says: mended (``corrected``), or why it is so (``explained``).

    ``revision`` is that of the step on the page that was seen; ``text`` what was done, or why.
    """

    kind: Literal["corrected", "explained"]
    revision: int
    text: Text


class Verdict(Struct, frozen=True, forbid_unknown_fields=True):
    """What the verifying department says: ``close`` (mended), ``excuse`` (explained well), ``reopen``."""

    kind: Literal["close", "excuse", "reopen"]
    revision: int
    text: Text = ""


class TicketMoved(Struct, frozen=True):
    """Where a ticket stands after an act. ``still_true``: the watch was asked and is still set off."""

    region: str
    id: UUID
    state: str
    reopened: int
    still_true: bool


async def answer_ticket(kernel: Kernel, actor: Actor, region: str, ticket: UUID, answer: TicketAnswer) -> TicketMoved:
    """Answer for the department concerned. ``corrected`` is checked on the real case at once: if the watch is still
    set off, the ticket is reopened instead of going on. Where a person asked for something about their data it means
    that they get it, and that is done in the same transaction; ``explained`` refuses it.

    Raises ``TicketNotFound``, ``HeadNeeded``, ``NotAllowed``, ``WrongState``, ``StalePage``, ``ReasonsNeeded``.
    """
    async with kernel.database.transaction() as connection:
        held = await _held(connection, kernel, actor, region, ticket)
        _may_answer(actor, held.ticket)
        step = _step(held, CORRECT, answer.revision)
        text = _reasons(answer.text)
        held.actor = held.ticket.department
        still_true = answer.kind == "corrected" and await _still_true(connection, kernel, held)
        held.events.append(Event("ticket.answered", CORRECT, None, {"answer": answer.kind, "text": text}))
        if still_true:
            reopen(kernel, held, "still_true")
        else:
            _pass_on(kernel, held, _decided(step, actor, held, answer.kind, text))
        await write_ticket(connection, kernel, held)
        if held.ticket.about == "rights":
            await carry_out(connection, region, ticket, answer.kind == "corrected", held.now)
    return _moved(held, still_true)


async def settle_at_once(connection: Connection, kernel: Kernel, region: str, ticket: UUID) -> None:
    """What a person asked is done without anybody's confirmation, because the pack says so: answered and closed.

    In the transaction that opened the ticket.
    """
    held = await hold_ticket(connection, kernel, region, ticket)
    if held is None:
        raise TicketNotFound()
    done = [
        msgspec.structs.replace(held.tasks[name], state="done", started_at=held.now, decided_at=held.now, decision=word)
        for name, word in ((CORRECT, "corrected"), (VERIFY, "close"))
    ]
    held.tasks = {task.task: task for task in done}
    held.events.append(Event("ticket.answered", CORRECT, None, {"answer": "corrected", "text": ""}))
    _become(held, state="closed", verdict="cured", closed_at=held.now, due_on=None)
    held.events.append(Event("ticket.closed", VERIFY, None, {"verdict": "cured", "text": ""}))
    await write_ticket(connection, kernel, held)
    await carry_out(connection, region, ticket, True, held.now)


async def verify_ticket(kernel: Kernel, actor: Actor, region: str, ticket: UUID, verdict: Verdict) -> TicketMoved:
    """Close, excuse or reopen for the verifying department. ``close`` asks the watch once more.

    Whoever answered may give the ticket back, not confirm their own answer.
    Raises ``TicketNotFound``, ``NotAllowed``, ``WrongState``, ``StalePage``, ``OwnAnswer``, ``ReasonsNeeded``.
    """
    async with kernel.database.transaction() as connection:
        held = await _held(connection, kernel, actor, region, ticket)
        require(actor, "ticket.verify", Subject(region=region, department=held.ticket.verifier))
        step = _step(held, VERIFY, verdict.revision)
        if verdict.kind != "reopen" and not may_confirm(actor, held.ticket, held.tasks[CORRECT]):
            raise OwnAnswer()
        text = verdict.text.strip() if verdict.kind == "close" else _reasons(verdict.text)
        held.actor = held.ticket.verifier
        still_true = verdict.kind == "close" and await _still_true(connection, kernel, held)
        if still_true or verdict.kind == "reopen":
            reopen(kernel, held, "still_true" if still_true else "refused", text)
        else:
            _close(held, _decided(step, actor, held, verdict.kind, text), verdict.kind == "excuse", text)
        await write_ticket(connection, kernel, held)
    return _moved(held, still_true)


def _moved(held: HeldTicket, still_true: bool) -> TicketMoved:
    ticket = held.ticket
    return TicketMoved(ticket.region, ticket.id, ticket.state, ticket.reopened, still_true)


async def _held(connection: Connection, kernel: Kernel, actor: Actor, region: str, ticket: UUID) -> HeldTicket:
    held = await hold_ticket(connection, kernel, region, ticket)
    if held is None or not may(actor, "ticket.read", subject_of(held.ticket)):
        raise TicketNotFound()
    return held


def subject_of(ticket: Ticket) -> Subject:
    """What the checkpoint must know: who has the ticket now. Who verifies sees it once it was answered; where it is
    about the use of data, from the beginning."""
    both = (ticket.department, ticket.verifier)
    seen = ticket.state != "open" or ticket.about != "case"
    return Subject(region=ticket.region, departments=both if seen else both[:1])


def _may_answer(actor: Actor, ticket: Ticket) -> None:
    subject = Subject(region=ticket.region, department=ticket.department)
    require(actor, "ticket.answer", subject)
    if ticket.severity == "severe" and not may(actor, "ticket.answer_severe", subject):
        raise HeadNeeded()


def may_confirm(actor: Actor, ticket: Ticket, answered: Task) -> bool:
    """Whether ``actor`` is another person than whoever gave the answer that is to be confirmed."""
    subject = Subject(region=ticket.region, department=ticket.verifier)
    return another(actor, "ticket.verify", subject, answered.decided_by)


def _step(held: HeldTicket, name: str, revision: int) -> Task:
    step = held.tasks[name]
    if step.state != "ready":
        raise WrongState()
    if step.revision != revision:
        raise StalePage()
    return step


def _reasons(text: str) -> str:
    if len(text.strip()) < LEAST_REASONS:
        raise ReasonsNeeded(field="text")
    return text.strip()


async def _still_true(connection: Connection, kernel: Kernel, held: HeldTicket) -> bool:
    return await still_true(connection, kernel, held.ticket, held.now)


def _decided(step: Task, actor: Actor, held: HeldTicket, word: str, text: str) -> Task:
    return msgspec.structs.replace(
        step, state="done", decided_at=held.now, decided_by=actor.account, decision=word, reasons=text or None
    )


def _pass_on(kernel: Kernel, held: HeldTicket, answered: Task) -> None:
    verify = start(
        _waiting(held.tasks[VERIFY]), held.way.journey.verify.days, held.now, kernel.calendar_in(held.ticket.region)
    )
    held.tasks = {CORRECT: answered, VERIFY: verify}
    _become(held, state="answered", due_on=verify.due_on)


def _close(held: HeldTicket, verified: Task, excused: bool, text: str) -> None:
    held.tasks = {**held.tasks, VERIFY: verified}
    _become(held, state="closed", verdict="excused" if excused else "cured", closed_at=held.now, due_on=None)
    detail = {"verdict": held.ticket.verdict, "text": text}
    held.events.append(Event("ticket.closed", VERIFY, None, detail))


def reopen(kernel: Kernel, held: HeldTicket, cause: str, text: str = "", facts: tuple[Fact, ...] | None = None) -> None:
    """Give a ticket back to the department concerned, counted. ``cause``: still_true, refused or recurred."""
    days = kernel.oversight.every[held.ticket.pack, held.ticket.version, held.ticket.watch].watch.days
    correct = start(_waiting(held.tasks[CORRECT]), days, held.now, kernel.calendar_in(held.ticket.region))
    held.tasks = {CORRECT: correct, VERIFY: _waiting(held.tasks[VERIFY])}
    due = (
        kernel.calendar_in(held.ticket.region)
        .add_workdays(local_day(held.now), days + held.way.journey.verify.days)
        .day
    )
    count = held.ticket.reopened + 1
    _become(held, state="open", verdict=None, closed_at=None, reopened=count, due_on=due)
    detail: dict[str, Any] = {"cause": cause, "count": count, "text": text}
    if facts is not None:
        detail["facts"] = msgspec.to_builtins(facts)
    held.events.append(Event("ticket.reopened", CORRECT, None, detail))


def _waiting(step: Task) -> Task:
    return msgspec.structs.replace(
        step,
        state="waiting",
        started_at=None,
        due_on=None,
        decided_at=None,
        decided_by=None,
        decision=None,
        reasons=None,
    )


def _become(held: HeldTicket, **changes: Any) -> None:
    held.ticket = msgspec.structs.replace(held.ticket, **changes)
