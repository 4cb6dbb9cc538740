"""Deciding: once, by whoever's duty it is, with reasons; licences exist exactly from that moment."""

import asyncio
import datetime as dt

import pytest
from tests.world import FANG, JING, LEAD, MONDAY, REASONS, REGION, WEI, World

from tongban.basics.errors import TongbanError
from tongban.cases.actions import applicant, decisions, files
from tongban.cases.actions.submission import Submitted
from tongban.cases.errors import (
    CaseNotFound,
    MaterialsToName,
    ReasonsNeeded,
    StalePage,
    SupplementOnce,
    TaskFinished,
    WrongState,
)
from tongban.cases.models import INTAKE
from tongban.cli.kernel_stage import photo
from tongban.parties.actions import appoint
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Post

HEALTH_TASKS = ("maternity_registration", "birth_certificate")


async def _outcomes(*acts: object) -> list[str]:
    done = await asyncio.gather(*acts, return_exceptions=True)  # type: ignore[call-overload]
    for one in done:
        if isinstance(one, BaseException) and not isinstance(one, TongbanError):
            raise one
    return sorted(type(one).__name__ for one in done)


async def test_two_handlers_at_once_decide_a_task_once(world: World) -> None:
    case = await world.submitted()
    both = await _outcomes(
        world.decide(LEAD, case, INTAKE, "accept", revision=1),
        world.decide(LEAD, case, INTAKE, "refuse", revision=1),
    )
    assert both == ["Decided", "TaskFinished"]
    assert await world.one("SELECT count(*) FROM case_events WHERE kind <> 'case.submitted'") == 1


async def test_a_finished_task_stays_as_it_was_decided(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(TaskFinished):
        await world.decide(LEAD, case, INTAKE, "refuse", revision=1)
    assert (await world.page(case)).case.state == "accepted"


async def test_a_decision_from_a_page_that_the_applicant_overtook_is_refused(world: World) -> None:
    case = await world.submitted()
    await applicant.change(world.kernel, await world.actor(FANG), REGION, case, 1, {"child_name": "张大宝"})
    with pytest.raises(StalePage):
        await world.decide(LEAD, case, INTAKE, "accept", revision=1)
    await world.decide(LEAD, case, INTAKE, "accept")
    assert (await world.page(case)).case.state == "accepted"


async def test_two_departments_that_finish_at_once_start_what_waits_for_both_exactly_once(world: World) -> None:
    case = await world.accepted()
    for task in HEALTH_TASKS:
        await world.decide(LEAD, case, task, "approve")
    ready = {task for task, state in (await world.states(case)).items() if state == "ready"}
    assert ready == {"household_registration", "vaccination_record"}
    both = await _outcomes(
        world.decide(WEI, case, "household_registration", "approve"),
        world.decide("宋岩", case, "vaccination_record", "approve"),
    )
    assert both == ["Decided", "Decided"]
    rows = await world.rows(
        "SELECT task, state, revision FROM tasks WHERE task IN ('medical_insurance', 'social_card')"
    )
    assert {(row.task, row.state, row.revision) for row in rows} == {
        ("medical_insurance", "ready", 2),
        ("social_card", "ready", 2),
    }


async def test_the_last_two_decisions_at_once_close_the_case_once(world: World) -> None:
    case = await world.accepted()
    for name, task in (
        (LEAD, "maternity_registration"),
        (LEAD, "birth_certificate"),
        (WEI, "household_registration"),
        ("宋岩", "vaccination_record"),
    ):
        await world.decide(name, case, task, "approve")
    await _outcomes(
        world.decide("郭磊", case, "medical_insurance", "approve"), world.decide("唐丽", case, "social_card", "approve")
    )
    page = await world.page(case)
    assert (page.case.state, page.case.outcome, page.finish_code) == ("closed", "granted", "0")
    assert await world.one("SELECT count(*) FROM case_events WHERE kind = 'case.closed'") == 1
    assert len(page.licences) == 6


async def test_a_task_that_still_waits_can_not_be_decided(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(WrongState):
        await world.decide(LEAD, case, "parenting_guidance", "approve")


async def test_a_department_whose_turn_has_not_come_does_not_see_the_case(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(CaseNotFound):
        await world.decide(WEI, case, "household_registration", "approve")
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.decide(WEI, case, "household_registration", "approve")


async def test_intake_is_accepted_not_approved_and_a_step_the_other_way_round(world: World) -> None:
    case = await world.submitted()
    with pytest.raises(WrongState):
        await world.decide(LEAD, case, INTAKE, "approve")
    await world.decide(LEAD, case, INTAKE, "accept")
    with pytest.raises(WrongState):
        await world.decide(LEAD, case, "birth_certificate", "accept")


@pytest.mark.parametrize("kind", ["refuse", "supplement", "return"])
@pytest.mark.parametrize("reasons", ["", "    ", "不行"])
async def test_a_decision_against_the_applicant_needs_reasons(
    world: World, kind: decisions.DecisionKind, reasons: str
) -> None:
    case = await world.submitted()
    with pytest.raises(ReasonsNeeded):
        await world.decide(LEAD, case, INTAKE, kind, reasons, ("household_book",))
    assert (await world.page(case)).case.state == "submitted"


async def test_a_decline_tells_reasons_and_the_ways_of_appeal(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(ReasonsNeeded):
        await world.decide(LEAD, case, "birth_certificate", "decline", "")
    await world.decide(LEAD, case, "birth_certificate", "decline")
    told = next(e for e in (await world.page(case)).events if e.kind == "task.decided").detail
    assert told["reasons"] == REASONS and "行政复议" in told["appeal"]
    assert (await world.states(case))["household_registration"] == "cancelled"


async def test_a_refusal_closes_every_task(world: World) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "refuse")
    states = await world.states(case)
    assert states.pop(INTAKE) == "done" and set(states.values()) == {"cancelled"}
    assert (await world.page(case)).finish_code == "1"


async def test_missing_materials_are_told_once(world: World) -> None:
    case = await world.submitted()
    with pytest.raises(MaterialsToName):
        await world.decide(LEAD, case, INTAKE, "supplement", materials=())
    with pytest.raises(MaterialsToName):
        await world.decide(LEAD, case, INTAKE, "supplement", materials=("household_book", "moon_rock"))
    await world.decide(LEAD, case, INTAKE, "supplement", materials=("household_book",))
    assert (await world.page(case)).case.state == "supplementing"
    with pytest.raises(WrongState):
        await world.decide(LEAD, case, INTAKE, "accept")


async def test_a_second_notice_of_what_is_missing_is_refused(world: World) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "supplement", materials=("medical_bill",))
    actor, now = await world.actor(FANG), await world.now()
    await files.upload(world.kernel, actor, now, REGION, case, "medical_bill", "a.jpg", "image/jpeg", photo())
    await applicant.change(world.kernel, actor, REGION, case, (await world.page(case)).revision, {})
    with pytest.raises(SupplementOnce):
        await world.decide(LEAD, case, INTAKE, "supplement", materials=("medical_bill",))
    await world.decide(LEAD, case, INTAKE, "accept")


async def test_a_licence_exists_in_the_decisions_own_transaction_and_not_after_a_rollback(world: World) -> None:
    case = await world.accepted()
    before = await world.one("SELECT count(*) FROM licences")
    with pytest.raises(ZeroDivisionError):
        async with world.database.one_transaction():
            await world.decide(LEAD, case, "birth_certificate", "approve")
            assert await world.one("SELECT count(*) FROM licences") == before + 1
            raise ZeroDivisionError
    assert await world.one("SELECT count(*) FROM licences") == before
    assert (await world.states(case))["birth_certificate"] == "ready"
    await world.decide(LEAD, case, "birth_certificate", "approve")
    assert await world.one("SELECT count(*) FROM licences") == before + 1


@pytest.mark.parametrize("table", ["licences", "tasks", "cases", "case_events", "ledger_entries", "outbox"])
async def test_a_decision_that_fails_in_one_table_leaves_nothing_in_any(world: World, table: str) -> None:
    case = await world.accepted()
    watched = ("licences", "case_events", "ledger_entries", "ledger_promises", "outbox")
    before = [await world.one(f"SELECT count(*) FROM {name}") for name in watched]
    await world.rows(f"ALTER TABLE {table} ADD CONSTRAINT full_disk CHECK (false) NOT VALID")
    with pytest.raises(Exception, match="full_disk"):
        await world.decide(LEAD, case, "birth_certificate", "approve")
    assert [await world.one(f"SELECT count(*) FROM {name}") for name in watched] == before
    assert (await world.states(case))["birth_certificate"] == "ready"


async def test_withdrawing_and_accepting_at_once_do_one_of_the_two(world: World) -> None:
    case = await world.submitted()
    actor = await world.actor(FANG)
    both = await _outcomes(
        applicant.withdraw(world.kernel, actor, REGION, case, "先不办了"),
        world.decide(LEAD, case, INTAKE, "accept", revision=1),
    )
    state = (await world.page(case)).case.state
    assert (both, state) in (
        (["Decided", "WrongState"], "accepted"),
        (["WrongState", "list"], "withdrawn"),
    )
    events = {row.kind for row in await world.rows("SELECT kind FROM case_events")} - {"case.submitted"}
    assert events == {"case.accepted" if state == "accepted" else "case.withdrawn"}


async def test_an_accepted_case_can_not_be_changed_and_nothing_is_looked_up_for_it(world: World) -> None:
    case = await world.accepted()
    actor, asked = await world.actor(FANG), await world.one("SELECT count(*) FROM look_ups")
    revision = (await world.page(case)).revision
    with pytest.raises(WrongState):
        await applicant.change(world.kernel, actor, REGION, case, revision, {"marital_status": "unmarried"})
    assert await world.one("SELECT count(*) FROM look_ups") == asked


async def test_somebody_from_elsewhere_finds_no_such_case(world: World) -> None:
    case = await world.accepted()
    for task in (INTAKE, "birth_certificate", "household_registration"):
        with pytest.raises(CaseNotFound):
            await world.decide(JING, case, task, "approve", revision=1)
        with pytest.raises(CaseNotFound):
            await world.decide(JING, case, task, "approve")


async def test_a_department_that_takes_part_decides_its_own_tasks_only(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    with pytest.raises(NotAllowed):
        await world.decide(WEI, case, "vaccination_record", "approve", revision=2)


async def test_the_applicant_does_not_decide(world: World) -> None:
    case = await world.submitted()
    with pytest.raises(CaseNotFound):
        await world.decide(FANG, case, INTAKE, "accept", revision=1)


async def _appointed(world: World, role: str, region: str = REGION, department: str = "health") -> None:
    async with world.database.connection() as connection:
        await appoint(connection, world.accounts[JING], Post(region, department, role))  # type: ignore[arg-type]


async def test_a_head_may_decide_and_a_clerk_may_not(world: World) -> None:
    case = await world.submitted()
    await _appointed(world, "clerk")
    with pytest.raises(CaseNotFound):
        await world.decide(JING, case, INTAKE, "accept", revision=1)
    await _appointed(world, "head")
    assert (await world.decide(JING, case, INTAKE, "accept", revision=1)).case_state == "accepted"


async def test_the_same_office_in_another_region_counts_for_nothing_here(world: World) -> None:
    case = await world.submitted()
    await _appointed(world, "head", region="330104")
    with pytest.raises(CaseNotFound):
        await world.decide(JING, case, INTAKE, "accept", revision=1)


async def test_a_post_that_has_ended_counts_for_nothing(world: World) -> None:
    case = await world.submitted()
    await _appointed(world, "handler")
    await world.rows("UPDATE posts SET valid_until = platform_now() WHERE account = %(a)s", a=world.accounts[JING])
    with pytest.raises(CaseNotFound):
        await world.decide(JING, case, INTAKE, "accept", revision=1)


async def test_acceptance_starts_the_clock_in_working_days(world: World) -> None:
    case = await world.accepted()
    page = await world.page(case)
    # Monday the 23rd; the day of the event does not count; five working days end on Monday the 30th.
    assert page.case.due_on == MONDAY + dt.timedelta(days=7)


async def test_a_returned_case_comes_back_corrected_with_a_new_limit(world: World) -> None:
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "return")
    assert (await world.states(case))[INTAKE] == "waiting"
    await world.go_to(MONDAY + dt.timedelta(days=3))
    page = await world.page(case)
    assert page.editable
    await applicant.change(world.kernel, await world.actor(FANG), REGION, case, page.revision, {"child_name": "张大宝"})
    (row,) = await world.rows("SELECT state, due_on FROM tasks WHERE task = 'intake'")
    assert (row.state, row.due_on) == ("ready", MONDAY + dt.timedelta(days=10))


async def test_a_question_is_answered_once_and_by_a_department_that_takes_part(world: World) -> None:
    case = await world.submitted()
    question = await applicant.ask(world.kernel, await world.actor(FANG), REGION, case, "什么时候能办好？")
    with pytest.raises(CaseNotFound):
        await applicant.answer(world.kernel, await world.actor(JING), REGION, case, question, "不知道")
    answer = applicant.answer
    both = await _outcomes(
        answer(world.kernel, await world.actor(LEAD), REGION, case, question, "五个工作日内"),
        answer(world.kernel, await world.actor(LEAD), REGION, case, question, "很快"),
    )
    assert both == ["WrongState", "list"]
    (told,) = (await world.page(case)).questions
    assert told.answer in ("五个工作日内", "很快") and "卫生健康" in (told.answered_by or "")


async def test_the_number_of_a_case_says_nothing_about_the_next(world: World) -> None:
    made: list[Submitted] = [await world.submit(await world.ready()) for _ in range(3)]
    heads = {one.number[:14] for one in made}
    assert len(heads) == 1 and len({one.number for one in made}) == 3
