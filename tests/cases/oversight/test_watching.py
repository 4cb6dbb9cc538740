"""Abnormal cases are found from what people really do, once each, and their tickets are checked again."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import pytest
from tests.world import FANG, JING, LEAD, REGION, WEI, World

from tongban.basics.outbox import drain
from tongban.cases.actions import applicant
from tongban.cases.errors import ReasonsNeeded, StalePage, WrongState
from tongban.cases.models import INTAKE
from tongban.cases.oversight.errors import HeadNeeded, TicketNotFound
from tongban.cases.oversight.finding import look, look_soon
from tongban.cases.oversight.shapes import TicketLine
from tongban.cases.oversight.tickets import TicketAnswer, TicketMoved, Verdict, answer_ticket, verify_ticket
from tongban.cases.oversight.views import ticket_page, tickets_of
from tongban.cases.views.desk import inbox
from tongban.jobs.watching import HANDLERS
from tongban.parties.actions import appoint
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Post

MENDED = "已经核实并办理完毕"


async def drained(world: World) -> None:
    """What the jobs process does with the outbox, as far as the watches are concerned."""
    async with world.database.connection() as connection:
        while await drain(connection, HANDLERS):
            continue


async def found(world: World) -> set[tuple[str, str]]:
    """(watch, task) of every ticket once the watches have looked."""
    await drained(world)
    while (await look(world.kernel)).cases:
        continue
    return {(row.watch, row.task) for row in await world.rows("SELECT watch, task FROM tickets")}


async def ticket(world: World, watch: str, task: str = "") -> UUID:
    """The ticket of a find."""
    rows = await world.rows("SELECT id FROM tickets WHERE watch = %(w)s AND task = %(t)s", w=watch, t=task)
    assert len(rows) == 1
    found: UUID = rows[0].id
    return found


async def later(world: World, days: int) -> None:
    """``days`` working days from now, nine o'clock."""
    today = (await world.now()).astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    await world.go_to(world.kernel.calendar.add_workdays(today, days).day)


async def post(world: World, name: str, department: str, role: str) -> None:
    """Give somebody of the cast an office."""
    async with world.database.connection() as connection:
        await appoint(connection, world.accounts[name], Post(REGION, department, role))  # type: ignore[arg-type]


async def answered(
    world: World, name: str, ticket_id: UUID, kind: str = "corrected", text: str = MENDED
) -> TicketMoved:
    """The department's answer on the newest page."""
    actor = await world.actor(name)
    page = await ticket_page(world.kernel, actor, REGION, ticket_id)
    answer = TicketAnswer(kind, page.steps[0].revision, text)  # type: ignore[arg-type]
    return await answer_ticket(world.kernel, actor, REGION, ticket_id, answer)


async def verified(world: World, name: str, ticket_id: UUID, kind: str = "close", text: str = MENDED) -> TicketMoved:
    """What the verifying department says on the newest page."""
    actor = await world.actor(name)
    page = await ticket_page(world.kernel, actor, REGION, ticket_id)
    verdict = Verdict(kind, page.steps[1].revision, text)  # type: ignore[arg-type]
    return await verify_ticket(world.kernel, actor, REGION, ticket_id, verdict)


# ---- what is found --------------------------------------------------------------------------------------


async def test_nothing_is_found_in_a_case_that_goes_its_way(world: World) -> None:
    await world.accepted()
    assert await found(world) == set()


async def test_an_overdue_step_is_found_when_its_day_has_passed_and_not_before(world: World) -> None:
    await world.submitted()
    assert await found(world) == set()
    await later(world, 5)
    assert await found(world) == set()
    await later(world, 1)
    assert ("overdue_step", INTAKE) in await found(world)


async def test_an_accepted_case_that_nobody_touches_is_found(world: World) -> None:
    case = await world.accepted()
    await found(world)
    await later(world, 3)
    assert "accepted_idle" not in {watch for watch, _ in await found(world)}
    await later(world, 1)
    assert ("accepted_idle", "") in await found(world)
    assert await world.one("SELECT department FROM tickets WHERE watch = 'accepted_idle'") == "health"
    assert await world.one("SELECT case_id FROM tickets WHERE watch = 'accepted_idle'") == case


async def test_an_act_ends_idleness(world: World) -> None:
    case = await world.accepted()
    await later(world, 3)
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await later(world, 2)
    assert "accepted_idle" not in {watch for watch, _ in await found(world)}


async def test_a_refusal_that_says_nothing_is_found_at_once_and_one_with_reasons_is_not(world: World) -> None:
    well = await world.submitted()
    await world.decide(LEAD, well, INTAKE, "refuse", "孩子的落户地不在本区，请向落户地申请")
    assert await found(world) == set()
    badly = await world.submitted()
    await world.decide(LEAD, badly, INTAKE, "refuse", "不行不行不行")
    assert await found(world) == {("refused_without_reason", INTAKE)}
    assert await world.one("SELECT case_id FROM tickets") == badly


async def test_a_declined_step_without_reasons_goes_to_the_department_that_declined(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.decide(WEI, case, "household_registration", "decline", "。。。。。。")
    assert ("refused_without_reason", "household_registration") in await found(world)
    assert await world.one("SELECT department FROM tickets WHERE watch = 'refused_without_reason'") == "police"


async def test_an_approval_without_a_document_is_found_after_a_day(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await later(world, 1)
    assert "result_missing" not in {watch for watch, _ in await found(world)}
    await later(world, 1)
    assert ("result_missing", "birth_certificate") in await found(world)


async def test_a_document_that_was_made_is_no_missing_result(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.rows("UPDATE licences SET pdf = 'x', pdf_sha256 = sha256('x'), pdf_made_at = now()")
    await later(world, 2)
    assert "result_missing" not in {watch for watch, _ in await found(world)}


async def test_a_missed_promise_is_found(world: World) -> None:
    await world.accepted()
    await later(world, 5)
    assert "promise_missed" not in {watch for watch, _ in await found(world)}
    await later(world, 1)
    assert ("promise_missed", "") in await found(world)


# ---- once, and by whoever is awake ------------------------------------------------------------------------


async def test_a_find_is_one_ticket_however_often_it_is_looked_at(world: World) -> None:
    case = await world.submitted()
    await later(world, 6)
    await found(world)
    async with world.database.connection() as connection:
        await look_soon(connection, REGION, case)
    await found(world)
    assert await world.one("SELECT count(*) FROM tickets WHERE watch = 'overdue_step'") == 1
    assert await world.one("SELECT count(*) FROM case_events WHERE kind = 'ticket.opened'") == await world.one(
        "SELECT count(*) FROM tickets"
    )


async def test_workers_at_once_make_one_ticket_a_find(world: World) -> None:
    for _ in range(4):
        draft = await world.ready()
        await world.submit(draft)
    await later(world, 6)
    await drained(world)
    await asyncio.gather(*(look(world.kernel, 3) for _ in range(5)))
    while (await look(world.kernel)).cases:
        continue
    assert await world.one("SELECT count(*) FROM tickets WHERE watch = 'overdue_step'") == 4
    assert await world.one("SELECT count(DISTINCT case_id) FROM tickets WHERE watch = 'overdue_step'") == 4


async def test_a_worker_that_was_away_for_weeks_catches_up_without_doubles(world: World) -> None:
    await world.submitted()
    await world.accepted()
    await later(world, 20)
    first = await found(world)
    batches = []
    while (looked := await look(world.kernel)).cases:
        batches.append(looked)
    assert batches == [] and await found(world) == first
    assert {watch for watch, _ in first} >= {"overdue_step", "accepted_idle", "promise_missed"}
    doubled = await world.rows("SELECT watch FROM tickets GROUP BY region, case_id, watch, task HAVING count(*) > 1")
    assert doubled == []


async def test_a_past_case_leaves_the_list(world: World) -> None:
    case = await world.submitted()
    await applicant.withdraw(world.kernel, await world.actor(FANG), REGION, case, "重复申请了")
    await found(world)
    assert await world.one("SELECT count(*) FROM watch_looks") == 1
    await world.go_to(dt.date(2027, 3, 1))
    await found(world)
    assert await world.one("SELECT count(*) FROM watch_looks") == 0


async def test_tickets_are_not_watched_themselves(world: World) -> None:
    await world.submitted()
    await later(world, 6)
    await found(world)
    await later(world, 10)
    tickets = await world.rows("SELECT id FROM tickets")
    await found(world)
    assert not await world.rows(
        "SELECT 1 FROM watch_looks WHERE case_id = ANY(%(ids)s)", ids=[row.id for row in tickets]
    )


# ---- who sees it ---------------------------------------------------------------------------------------------


async def test_a_ticket_is_in_the_inbox_of_its_department_and_of_nobody_else(world: World) -> None:
    await world.submitted()
    await later(world, 6)
    await found(world)
    overdue = await ticket(world, "overdue_step", INTAKE)
    today = (await world.now()).date()
    held = await inbox(world.kernel, await world.actor(LEAD), REGION, today)
    assert overdue in {line.case_id for line in held.tasks}
    for name in (WEI, JING):
        others = await inbox(world.kernel, await world.actor(name), REGION, today)
        assert overdue not in {line.case_id for line in others.tasks}
        with pytest.raises(TicketNotFound):
            await ticket_page(world.kernel, await world.actor(name), REGION, overdue)
    lines, _ = await tickets_of(world.kernel, await world.actor(LEAD), REGION)
    assert overdue in {line.id for line in lines}
    assert (await tickets_of(world.kernel, await world.actor(JING), REGION))[0] == []
    with pytest.raises(NotAllowed):
        await tickets_of(world.kernel, await world.actor(FANG), REGION)


async def test_a_supervisor_sees_every_ticket_of_the_region_and_no_case(world: World) -> None:
    await world.submitted()
    await later(world, 6)
    await found(world)
    await post(world, JING, "government-office", "supervisor")
    world.secrets.clear()
    lines, _ = await tickets_of(world.kernel, await world.actor(JING), REGION)
    assert {line.department for line in lines} == {"health"}
    page = await ticket_page(world.kernel, await world.actor(JING), REGION, lines[0].id)
    assert page.case_task is None and not page.may_answer and not page.may_verify


# ---- worked off ------------------------------------------------------------------------------------------------


@dataclass
class Overdue:
    """An overdue acceptance with its ticket, and somebody who verifies."""

    world: World
    case: UUID
    ticket: UUID

    async def line(self) -> TicketLine:
        """How the ticket stands."""
        return (await ticket_page(self.world.kernel, await self.world.actor(LEAD), REGION, self.ticket)).line


@pytest.fixture
async def overdue(world: World) -> Overdue:
    """Found six working days after submission."""
    case = await world.submitted()
    await later(world, 6)
    await found(world)
    await post(world, "孙丽", "data-bureau", "handler")
    world.secrets.clear()
    return Overdue(world, case, await ticket(world, "overdue_step", INTAKE))


async def test_a_ticket_whose_case_was_mended_is_closed_after_verification(overdue: Overdue) -> None:
    world = overdue.world
    await world.decide(LEAD, overdue.case, INTAKE, "accept")
    moved = await answered(world, LEAD, overdue.ticket)
    assert (moved.state, moved.still_true) == ("answered", False)
    moved = await verified(world, "孙丽", overdue.ticket)
    assert (moved.state, moved.reopened) == ("closed", 0)
    assert (await overdue.line()).verdict == "cured"
    kinds = [row.kind for row in await world.rows(
        "SELECT kind FROM case_events WHERE case_id = %(t)s ORDER BY at, id", t=overdue.ticket)]  # fmt: skip
    assert kinds == ["ticket.opened", "ticket.answered", "ticket.closed"]
    recorded = await world.one("SELECT count(*) FROM ledger_entries WHERE subject = %(t)s", t=overdue.ticket)
    assert recorded == 3


async def test_a_ticket_that_is_called_mended_and_is_not_is_reopened_and_counted(overdue: Overdue) -> None:
    world = overdue.world
    for count in (1, 2):
        moved = await answered(world, LEAD, overdue.ticket)
        assert (moved.state, moved.reopened, moved.still_true) == ("open", count, True)
    reopened = await world.rows("SELECT detail FROM case_events WHERE kind = 'ticket.reopened' ORDER BY at, id")
    assert [row.detail["cause"] for row in reopened] == ["still_true", "still_true"]


async def test_whoever_verifies_cannot_close_as_mended_what_is_not(overdue: Overdue) -> None:
    world = overdue.world
    await answered(world, LEAD, overdue.ticket, "explained", "申请人要求当面核对，已经约好时间")
    moved = await verified(world, "孙丽", overdue.ticket, "close")
    assert (moved.state, moved.reopened, moved.still_true) == ("open", 1, True)


async def test_an_explanation_may_be_accepted_with_reasons_and_stays_accepted(overdue: Overdue) -> None:
    world = overdue.world
    await answered(world, LEAD, overdue.ticket, "explained", "申请人要求当面核对，已经约好时间")
    with pytest.raises(ReasonsNeeded):
        await verified(world, "孙丽", overdue.ticket, "excuse", "好")
    moved = await verified(world, "孙丽", overdue.ticket, "excuse", "情况属实，予以认可")
    assert moved.state == "closed"
    await later(world, 3)
    await found(world)
    assert (await overdue.line()).state == "closed"


async def test_an_explanation_may_be_sent_back(overdue: Overdue) -> None:
    world = overdue.world
    await answered(world, LEAD, overdue.ticket, "explained", "经办人外出，没有及时办理")
    moved = await verified(world, "孙丽", overdue.ticket, "reopen", "理由不成立，请先办理")
    assert (moved.state, moved.reopened) == ("open", 1)


async def test_a_cured_ticket_is_reopened_when_it_comes_true_again(world: World) -> None:
    case = await world.accepted()
    await later(world, 4)
    await found(world)
    idle = await ticket(world, "accepted_idle")
    await post(world, "孙丽", "data-bureau", "handler")
    world.secrets.clear()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await answered(world, LEAD, idle)
    assert (await verified(world, "孙丽", idle)).state == "closed"
    await later(world, 4)
    await found(world)
    rows = await world.rows("SELECT state, reopened FROM tickets WHERE id = %(t)s", t=idle)
    assert [(row.state, row.reopened) for row in rows] == [("open", 1)]


async def test_others_can_not_answer_and_the_department_can_not_verify_its_own(overdue: Overdue) -> None:
    world = overdue.world
    with pytest.raises(TicketNotFound):
        await answered(world, WEI, overdue.ticket)
    await answered(world, LEAD, overdue.ticket, "explained", "经办人外出，没有及时办理")
    with pytest.raises(NotAllowed):
        await verified(world, LEAD, overdue.ticket)


async def test_a_stale_page_and_an_empty_answer_are_refused(overdue: Overdue) -> None:
    world, actor = overdue.world, await overdue.world.actor(LEAD)
    with pytest.raises(StalePage):
        await answer_ticket(world.kernel, actor, REGION, overdue.ticket, TicketAnswer("explained", 7, MENDED))
    with pytest.raises(ReasonsNeeded):
        await answered(world, LEAD, overdue.ticket, "explained", "   ")
    await answered(world, LEAD, overdue.ticket, "explained", "经办人外出，没有及时办理")
    with pytest.raises(WrongState):
        await answered(world, LEAD, overdue.ticket, "explained", "经办人外出，没有及时办理")


async def test_a_severe_ticket_waits_for_the_head_of_the_department(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.decide(WEI, case, "household_registration", "decline", "不行不行不行")
    await found(world)
    severe = await ticket(world, "refused_without_reason", "household_registration")
    with pytest.raises(HeadNeeded):
        await answered(world, WEI, severe, "explained", "已经电话向申请人说明")
    await post(world, WEI, "police", "head")
    world.secrets.clear()
    assert (await answered(world, WEI, severe, "explained", "已经电话向申请人说明")).state == "answered"


async def test_the_heads_are_told_of_a_severe_ticket(world: World) -> None:
    await post(world, "周敏", "health", "head")
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "refuse", "不行不行不行")
    await found(world)
    await drained(world)
    told = await world.rows("SELECT account, kind FROM messages WHERE kind = 'ticket.opened'")
    heads = await world.rows("SELECT account FROM posts WHERE department = 'health' AND role = 'head'")
    assert {row.account for row in told} == {row.account for row in heads} and len(told) == len(heads) == 2


async def test_an_ordinary_act_on_a_ticket_is_refused(overdue: Overdue) -> None:
    from tongban.cases.errors import CaseNotFound

    with pytest.raises(CaseNotFound):
        await overdue.world.decide(LEAD, overdue.ticket, "correct", "approve", revision=1)
