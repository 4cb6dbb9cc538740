"""The provider answers a request line by line; where the grade asks for it, the head consents before it takes effect.

Nobody adds a condition that the catalogue does not state: an answer may only give what was asked, or less of it, and
less needs reasons (政务数据共享条例: no added conditions).
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.rules import RuleRefused, SchemaRefused, always_false
from tongban.cases.actions.events import Event
from tongban.cases.errors import ReasonsNeeded, StalePage, WrongState
from tongban.cases.kernel import Kernel
from tongban.cases.models import Task
from tongban.cases.sharing.errors import AnswerUnfit, RequestNotFound, SecondPerson
from tongban.cases.sharing.models import BasketLine, LineAnswer, Reasons
from tongban.cases.sharing.recording import About, HeldRequest, give_lines, hold, queries, record_events, settle
from tongban.cases.sharing.way import ANSWER, APPROVE, PinnedWay
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import another, may, require
from tongban.resources.definitions import Resource
from tongban.resources.granting.definitions import Line
from tongban.resources.granting.giving import offers
from tongban.resources.granting.route import head_rule
from tongban.resources.granting.rows import compile_rows
from tongban.resources.masks.definitions import fault as mask_fault

LEAST_REASONS = 5


class Answers(Struct, frozen=True, forbid_unknown_fields=True):
    """What a provider says to a whole request. ``revision`` is that of the step on the page that was seen; ``lines``
    maps the id of each line that waits to its answer."""

    revision: int
    lines: dict[UUID, LineAnswer]


class Consent(Struct, frozen=True, forbid_unknown_fields=True):
    """What the head says: ``agree``, or give it back to be answered again, with reasons."""

    revision: int
    agree: bool
    text: Reasons = ""


class RequestMoved(Struct, frozen=True):
    """Where a request stands after an act: open, approving (the head's turn) or closed."""

    region: str
    id: UUID
    state: str


async def answer(kernel: Kernel, actor: Actor, region: str, request: UUID, answers: Answers) -> RequestMoved:
    """Answer for the provider. Raises ``RequestNotFound``, ``NotAllowed``, ``WrongState``, ``StalePage``,
    ``AnswerUnfit``, ``ReasonsNeeded``; nothing is half-done."""
    async with kernel.database.transaction() as connection:
        held = await _held(connection, actor, region, request)
        require(actor, "sharing.answer", Subject(region=region, department=held.provider))
        _step(held, ANSWER, answers.revision)
        lines = _answered(kernel, held, answers.lines)
        head = await _head_needed(connection, kernel, held, lines)
        if head:
            await _propose(connection, held, lines)
        else:
            lines = await _settle_all(connection, held, lines)
        state = await _move(connection, held, actor, ANSWER, APPROVE if head else None, "answered")
        detail = {"lines": _told(lines), "department": held.provider if head else held.consumer, "head": head}
        await _record(connection, held, Event("sharing.proposed" if head else "sharing.answered", ANSWER, None, detail))
    return RequestMoved(region, request, state)


async def approve(kernel: Kernel, actor: Actor, region: str, request: UUID, consent: Consent) -> RequestMoved:
    """Consent to a proposed answer, or give it back, as the provider's head; never to one's own.

    Raises ``RequestNotFound``, ``NotAllowed``, ``SecondPerson``, ``WrongState``, ``StalePage``, ``ReasonsNeeded``.
    """
    async with kernel.database.transaction() as connection:
        held = await _held(connection, actor, region, request)
        subject = Subject(region=region, department=held.provider)
        require(actor, "sharing.approve", subject)
        _step(held, APPROVE, consent.revision)
        if consent.agree and not another(actor, "sharing.approve", subject, held.tasks[ANSWER].decided_by):
            raise SecondPerson()
        if not consent.agree:
            return await _give_back(connection, held, actor, consent.text)
        lines = await _settle_all(connection, held, held.lines)
        state = await _move(connection, held, actor, APPROVE, None, "agreed", consent.text.strip())
        detail = {"lines": _told(lines), "department": held.consumer, "head": True}
        await _record(connection, held, Event("sharing.answered", APPROVE, None, detail))
    return RequestMoved(region, request, state)


async def _give_back(connection: Connection, held: HeldRequest, actor: Actor, text: str) -> RequestMoved:
    reasons = _reasons(text)
    await _move(connection, held, actor, APPROVE, ANSWER, "returned", reasons)
    detail = {"text": reasons, "department": held.provider}
    await _record(connection, held, Event("sharing.returned", APPROVE, None, detail))
    return RequestMoved(held.region, held.id, "open")


async def _held(connection: Connection, actor: Actor, region: str, request: UUID) -> HeldRequest:
    held = await hold(connection, region, request)
    if held is None or not may(
        actor, "sharing.read", Subject(region=region, departments=(held.consumer, held.provider))
    ):
        raise RequestNotFound()
    return held


def _step(held: HeldRequest, task: str, revision: int) -> Task:
    step = held.tasks[task]
    if step.state != "ready":
        raise WrongState()
    if step.revision != revision:
        raise StalePage()
    return step


def _reasons(text: str, field: str = "text") -> str:
    if len(text.strip()) < LEAST_REASONS:
        raise ReasonsNeeded(field=field)
    return text.strip()


def _answered(kernel: Kernel, held: HeldRequest, answers: Mapping[UUID, LineAnswer]) -> list[BasketLine]:
    """The waiting lines with their answers, every one checked. A line without an answer is a fault."""
    waiting = [line for line in held.lines if line.state == "asked"]
    found: list[BasketLine] = []
    for line in waiting:
        resource, given = kernel.resources[line.resource], answers.get(line.id)
        if given is None:
            raise _unfit(line, resource, "还没有答复", "it is not answered yet")
        if given.verdict != "grant":
            _reasons(given.reasons, str(line.id))
        if given.verdict == "narrow":
            _check_narrowing(line, resource, given)
        found.append(msgspec.structs.replace(line, answer=given, reasons=given.reasons.strip() or None))
    return found


def _unfit(line: BasketLine, resource: Resource, problem: str, problem_en: str) -> AnswerUnfit:
    return AnswerUnfit(str(line.id), resource=resource.name, problem=problem, problem_en=problem_en)


def _check_narrowing(line: BasketLine, resource: Resource, given: LineAnswer) -> None:
    asked = line.asked
    fields = asked.fields if given.fields is None else given.fields
    if not fields or not set(fields) <= set(asked.fields):
        raise _unfit(
            line, resource, "字段须是申请字段的一部分，至少一个", "fields are some of those asked for, at least one"
        )
    if given.days is not None and given.days > asked.days:
        raise _unfit(line, resource, "期限不能比申请的长", "it can not last longer than asked")
    if given.quota is not None and asked.quota is not None and given.quota > asked.quota:
        raise _unfit(line, resource, "每日条数不能比申请的多", "the daily records can not exceed those asked for")
    if given.lists and not asked.lists:
        raise _unfit(line, resource, "没有申请批量查询", "lists were not asked for")
    for name, mask in given.masks.items():
        field = resource.field(name)
        if field is None or name not in fields or mask_fault(mask, field.kind) is not None:
            raise _unfit(line, resource, f"字段“{name}”不能这样脱敏", f"the field “{name}” can not be masked so")
        if mask.kind == "keep" and name in asked.masks:
            raise _unfit(line, resource, f"字段“{name}”的脱敏不能取消", f"the mask of “{name}” can not be taken off")
    if given.rows is not None:
        _check_rows(line, resource, given.rows)


def _check_rows(line: BasketLine, resource: Resource, rows: str) -> None:
    try:
        never = always_false(compile_rows(rows, resource))
    except (RuleRefused, SchemaRefused) as error:
        raise _unfit(line, resource, error.message(), error.message("en")) from error
    if never:
        raise _unfit(line, resource, "行条件永远不成立", "the row condition can never hold")


async def _head_needed(connection: Connection, kernel: Kernel, held: HeldRequest, lines: Sequence[BasketLine]) -> bool:
    """Whether anything that would be granted is of a grade that the head must agree to, by the rules of its day."""
    granted = {line.resource: kernel.resources[line.resource] for line in lines if _grants(line)}
    offered, way = await offers(connection, held.region, granted), way_of(kernel, held).way
    day = local_day(held.made_at)
    return any(
        head_rule(_narrowed(line), offered[line.resource].resource, way, day) is not None
        for line in lines
        if line.resource in offered
    )


def _narrowed(line: BasketLine) -> Line:
    fields = line.answer.fields if line.answer and line.answer.fields is not None else line.asked.fields
    return msgspec.structs.replace(line.asked, fields=fields)


def way_of(kernel: Kernel, held: HeldRequest) -> PinnedWay:
    """The way of requests that ``held`` is pinned to."""
    return kernel.sharing.ways[held.pack, held.version]


def _grants(line: BasketLine) -> bool:
    return line.answer is not None and line.answer.verdict != "refuse"


async def _propose(connection: Connection, held: HeldRequest, lines: Sequence[BasketLine]) -> None:
    for line in lines:
        await settle(connection, line)


async def _settle_all(connection: Connection, held: HeldRequest, lines: Sequence[BasketLine]) -> list[BasketLine]:
    """Give and refuse what was answered; the lines that the check decided stay as they are."""
    waiting = [line for line in lines if line.state == "asked"]
    refused = [
        msgspec.structs.replace(line, state="refused", decided_at=held.now) for line in waiting if not _grants(line)
    ]
    for line in refused:
        await settle(connection, line)
    giving = [line for line in waiting if _grants(line)]
    return [*await give_lines(connection, held.consumer, held.theme, giving, held.now), *refused]


async def _move(
    connection: Connection,
    held: HeldRequest,
    actor: Actor,
    done: str,
    following: str | None,
    decision: str,
    reasons: str = "",
) -> str:
    """``done`` is done and ``following`` begins; without it the request is closed, and its basket with the last one."""
    state = {None: "closed", APPROVE: "approving", ANSWER: "open"}[following]
    states = {done: "done", **({following: "ready"} if following else {})}
    if following == ANSWER:
        states = {done: "waiting", ANSWER: "ready"}
    if following is None and done == ANSWER:
        states[APPROVE] = "not_applicable"
    await queries.move_request(
        connection,
        region=held.region,
        id=held.id,
        state=state,
        now=held.now,
        account=actor.account,
        decision=decision,
        reasons=reasons or None,
        due_on=held.due_on,
        tasks=list(states),
        states=list(states.values()),
    )
    if state == "closed":
        await queries.close_basket(connection, region=held.region, id=held.basket, now=held.now)
    return state


def _told(lines: Sequence[BasketLine]) -> list[dict[str, object]]:
    return [
        {
            "resource": line.resource,
            "answer": msgspec.to_builtins(line.answer),
            "grant": str(line.grant_id) if line.grant_id else None,
        }
        for line in lines
    ]


async def _record(connection: Connection, held: HeldRequest, event: Event) -> None:
    about = About(held.region, held.id, held.number, held.journey, held.provider, held.now)
    await record_events(connection, about, [event])
