"""Special acts: done by whom the table names, in the state it names, with what it needs; refused whole otherwise."""

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from tests.world import FANG, JING, LEAD, MONDAY, REASONS, REGION, WEI, World

from tongban.basics.errors import TongbanError
from tongban.cases.actions import applicant
from tongban.cases.actions.procedures.performing import perform
from tongban.cases.actions.procedures.shapes import Act, Performed
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.cases.course import CAUSES
from tongban.cases.errors import (
    ActNeeds,
    AlreadySo,
    CaseNotFound,
    CaseSuspended,
    ExtensionOnce,
    HearingLate,
    OwnExtension,
    ReasonsNeeded,
    StalePage,
    TaskFinished,
    UnknownAct,
    WrongState,
)
from tongban.cases.finish import ENDS, FINISHES
from tongban.cases.models import INTAKE
from tongban.cases.views.desk import EVERYTHING, Narrowing, inbox, task_page
from tongban.parties.actions import appoint
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Post
from tongban.parties.rules import ACTIONS

JIE = "沈洁"
"""Heads the health department, which leads."""

FRIDAY = MONDAY + dt.timedelta(days=4)


async def act(world: World, name: str, case: UUID, kind: str, revision: int | None = None, **said: Any) -> Performed:
    """Act as ``name`` on the newest page, unless ``revision`` says on which."""
    if revision is None:
        found = "SELECT revision FROM cases WHERE id = %(c)s"
        if said.get("task"):
            found = "SELECT revision FROM tasks WHERE case_id = %(c)s AND task = %(t)s"
        revision = await world.one(found, c=case, t=said.get("task"))
    reasons = said.pop("reasons", REASONS)
    return await perform(
        world.kernel, await world.actor(name), REGION, case, Act(kind, revision, reasons=reasons, **said)
    )


async def kinds(world: World, case: UUID) -> list[str]:
    """What happened to the case after it was accepted."""
    rows = await world.rows("SELECT kind FROM case_events WHERE case_id = %(c)s ORDER BY at, id", c=case)
    return [row.kind for row in rows if row.kind not in ("case.submitted", "case.accepted")]


def test_every_act_names_who_may_do_it_and_every_end_has_its_code() -> None:
    assert all(procedure.action in ACTIONS for procedure in PROCEDURES.values())
    assert set(ENDS.values()) | {"0", "6"} == set(FINISHES)


async def test_an_act_that_nobody_declared_is_refused_with_those_that_are(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(UnknownAct, match="suspend"):
        await act(world, LEAD, case, "abolish")


@pytest.mark.parametrize("cause", sorted(CAUSES))
async def test_a_case_stands_for_each_cause_and_goes_on(world: World, cause: str) -> None:
    case = await world.accepted()
    await act(world, LEAD, case, "suspend", cause=cause, until=FRIDAY)
    with pytest.raises(CaseSuspended, match="Resume"):
        await world.decide(LEAD, case, "birth_certificate", "approve")
    with pytest.raises(AlreadySo):
        await act(world, LEAD, case, "suspend", cause=cause, until=FRIDAY)
    await act(world, LEAD, case, "resume", cause=cause)
    await world.decide(LEAD, case, "birth_certificate", "approve")
    with pytest.raises(AlreadySo):
        await act(world, LEAD, case, "resume", cause=cause)
    assert await kinds(world, case) == ["case.suspended", "case.resumed", "task.decided"]


async def test_the_written_notice_tells_cause_days_and_the_day_it_should_end(world: World) -> None:
    case = await world.accepted()
    await act(world, LEAD, case, "suspend", cause="appraisal", until=FRIDAY, reasons="需要鉴定亲子关系")
    told = (await world.page(case)).events[-1]
    assert told.detail == {"cause": "appraisal", "until": "2026-11-27", "days": 4, "reasons": "需要鉴定亲子关系"}
    assert told.basis == "行政许可法 第四十五条"


async def test_a_suspended_step_stops_itself_and_nobody_else(world: World) -> None:
    case = await world.accepted()
    await act(world, LEAD, case, "suspend", task="birth_certificate", cause="test", until=FRIDAY)
    with pytest.raises(CaseSuspended):
        await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.decide(LEAD, case, "maternity_registration", "approve")
    assert (await world.states(case))["maternity_registration"] == "done"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"cause": "holiday", "until": FRIDAY}, ActNeeds),
        ({"cause": "test"}, ActNeeds),
        ({"cause": "test", "until": MONDAY}, ActNeeds),
        ({"cause": "test", "until": FRIDAY, "reasons": "  "}, ReasonsNeeded),
        ({"cause": "test", "until": FRIDAY, "task": "no_such_task"}, CaseNotFound),
        ({"cause": "test", "until": FRIDAY, "task": "household_registration"}, NotAllowed),
        ({"cause": "test", "until": FRIDAY, "revision": 1}, StalePage),
    ],
)
async def test_a_suspension_that_lacks_something_is_refused(
    world: World, said: dict[str, Any], error: type[TongbanError]
) -> None:
    case = await world.accepted()
    with pytest.raises(error):
        await act(world, LEAD, case, "suspend", **{"revision": 2, **said})
    assert await kinds(world, case) == []


async def test_who_takes_no_part_is_told_nothing_and_the_applicant_that_it_is_not_his(world: World) -> None:
    case = await world.accepted()
    for name, error in ((JING, CaseNotFound), (WEI, CaseNotFound), (FANG, NotAllowed)):
        with pytest.raises(error):
            await act(world, name, case, "suspend", cause="test", until=FRIDAY)
    with pytest.raises(NotAllowed):
        await act(world, LEAD, case, "request_hearing")


async def test_nothing_is_suspended_before_acceptance_nor_after_the_end(world: World) -> None:
    case = await world.submitted()
    with pytest.raises(WrongState):
        await act(world, LEAD, case, "suspend", cause="test", until=FRIDAY)
    await world.decide(LEAD, case, INTAKE, "refuse")
    with pytest.raises(WrongState):
        await act(world, LEAD, case, "suspend", cause="test", until=FRIDAY)


async def test_a_finished_task_is_not_suspended(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    with pytest.raises(TaskFinished):
        await act(world, LEAD, case, "suspend", task="birth_certificate", cause="test", until=FRIDAY)


async def test_two_at_once_suspend_once(world: World) -> None:
    case = await world.accepted()
    both = await asyncio.gather(
        act(world, LEAD, case, "suspend", revision=2, cause="test", until=FRIDAY),
        act(world, JIE, case, "suspend", revision=2, cause="test", until=FRIDAY),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in both) == ["Performed", "StalePage"]
    assert await kinds(world, case) == ["case.suspended"]


async def test_tasks_that_stand_wait_at_the_end_of_the_inbox_and_none_is_lost_between_pages(world: World) -> None:
    standing, running = await world.accepted(), await world.accepted()
    await act(world, LEAD, standing, "suspend", cause="test", until=FRIDAY)
    actor, found, after = await world.actor(LEAD), [], None
    for _ in range(9):
        page = await inbox(world.kernel, actor, REGION, MONDAY, after, most=1)
        found += [(line.case_id, line.light) for line in page.tasks]
        if page.next is None:
            break
        due, case, task = page.next.split("~")
        after = (dt.date.fromisoformat(due), UUID(case), task)
    assert [case for case, _ in found] == [running, running, standing, standing]
    assert {light for case, light in found if case == standing} == {"none"}
    for light in ("green", "yellow", "red"):
        narrowed = await inbox(world.kernel, actor, REGION, MONDAY, only=Narrowing(light=light))
        assert standing not in {line.case_id for line in narrowed.tasks}
    assert len((await inbox(world.kernel, actor, REGION, MONDAY, only=EVERYTHING)).tasks) == 4


# ---- extension ---------------------------------------------------------------------------------------


async def test_a_handler_asks_the_head_extends_and_the_applicant_is_told_why(world: World) -> None:
    case = await world.accepted()
    before = (await world.page(case)).case.due_on
    await act(world, LEAD, case, "ask_extension", days=3, reasons="需要向外省核实出生记录")
    with pytest.raises(NotAllowed):
        await act(world, LEAD, case, "extend")
    await act(world, JIE, case, "extend", reasons="情况属实，同意延长")
    page = await world.page(case)
    assert before == dt.date(2026, 11, 30) and page.case.due_on == dt.date(2026, 12, 3)
    assert page.events[-1].detail == {"days": 3, "reasons": "情况属实，同意延长"}
    with pytest.raises(ExtensionOnce):
        await act(world, LEAD, case, "ask_extension", days=1)


async def test_whoever_asked_for_an_extension_may_not_approve_it_in_any_post(world: World) -> None:
    case = await world.accepted()
    await act(world, LEAD, case, "ask_extension", days=3, reasons="需要向外省核实出生记录")
    async with world.database.connection() as connection:
        await appoint(connection, world.accounts[LEAD], Post(REGION, "health", "head"))
    world.secrets.clear()
    with pytest.raises(OwnExtension, match="another head"):
        await act(world, LEAD, case, "extend")
    assert (await world.page(case)).clock.extension == "asked"
    await act(world, JIE, case, "extend")
    assert (await world.page(case)).clock.extension == "granted"


async def test_who_asked_is_another_pseudonym_in_every_case(world: World) -> None:
    asked = []
    for child in ("张小宝", "张小贝"):
        case = await world.accepted(child_name=child)
        await act(world, JIE, case, "ask_extension", days=3)
        asked += [e.detail["asked_by"] for e in (await world.page(case)).events if e.kind == "case.extension_asked"]
        with pytest.raises(OwnExtension):
            await act(world, JIE, case, "extend")
    assert len(set(asked)) == 2 and str(world.accounts[JIE]) not in asked


async def test_an_extension_that_the_head_refuses_changes_nothing(world: World) -> None:
    case = await world.accepted()
    await act(world, LEAD, case, "ask_extension", days=3)
    await act(world, JIE, case, "refuse_extension", reasons="材料齐全，按期办结")
    assert (await world.page(case)).case.due_on == dt.date(2026, 11, 30)
    with pytest.raises(AlreadySo):
        await act(world, JIE, case, "extend")


async def test_nothing_is_extended_unasked_nor_beyond_the_law_nor_late(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(AlreadySo):
        await act(world, JIE, case, "extend")
    with pytest.raises(ActNeeds):
        await act(world, LEAD, case, "ask_extension", days=16)
    await world.go_to(dt.date(2026, 12, 1))
    with pytest.raises(ExtensionOnce):
        await act(world, LEAD, case, "ask_extension", days=3)


# ---- hearing -----------------------------------------------------------------------------------------


async def test_a_hearing_is_told_requested_and_held_and_its_days_do_not_count(world: World) -> None:
    case = await world.accepted()
    await act(world, LEAD, case, "tell_hearing")
    await world.go_to(MONDAY + dt.timedelta(days=1))
    await act(world, FANG, case, "request_hearing", reasons="")
    assert (await world.page(case)).case.due_on is None
    with pytest.raises(CaseSuspended):
        await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.go_to(MONDAY + dt.timedelta(days=7))
    await act(world, LEAD, case, "hold_hearing", reasons="双方陈述意见，笔录已签字")
    # One day was used up on Tuesday; four remain after Monday the 30th.
    assert (await world.page(case)).case.due_on == dt.date(2026, 12, 4)


async def test_a_hearing_is_requested_within_five_working_days_by_the_applicant_alone(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(AlreadySo):
        await act(world, FANG, case, "request_hearing")
    await act(world, LEAD, case, "tell_hearing")
    with pytest.raises(AlreadySo):
        await act(world, LEAD, case, "tell_hearing")
    await world.go_to(dt.date(2026, 12, 1))
    with pytest.raises(HearingLate, match="2026-11-30"):
        await act(world, FANG, case, "request_hearing")


# ---- transfer ----------------------------------------------------------------------------------------


async def test_a_transferred_task_is_seen_by_the_new_department_and_no_longer_by_the_old(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await task_page(world.kernel, await world.actor(WEI), REGION, case, "household_registration")
    await act(world, WEI, case, "transfer", task="household_registration", department="market")
    with pytest.raises(CaseNotFound):
        await task_page(world.kernel, await world.actor(WEI), REGION, case, "household_registration")
    with pytest.raises(CaseNotFound):
        await world.decide(WEI, case, "household_registration", "approve", revision=3)
    await world.decide(JING, case, "household_registration", "approve")
    assert (await world.page(case)).events[-2].detail["to"] == "market"


async def test_a_task_is_transferred_by_its_department_to_another_that_exists(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(CaseNotFound):
        await act(world, WEI, case, "transfer", task="birth_certificate", department="police")
    for department in ("health", "moon-office", None):
        with pytest.raises(ActNeeds):
            await act(world, LEAD, case, "transfer", task="birth_certificate", department=department)


# ---- ends --------------------------------------------------------------------------------------------


async def test_a_case_is_withdrawn_until_it_is_decided_and_what_was_decided_stands(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "maternity_registration", "approve")
    await act(world, FANG, case, "withdraw", reasons="")
    page = await world.page(case)
    assert (page.case.state, page.finish_code, len(page.licences)) == ("withdrawn", "2", 1)
    assert (await world.states(case))["birth_certificate"] == "cancelled"
    with pytest.raises(WrongState):
        await world.decide(LEAD, case, "birth_certificate", "approve", revision=3)
    with pytest.raises(WrongState):
        await applicant.withdraw(world.kernel, await world.actor(FANG), REGION, case, "")


@pytest.mark.parametrize(
    ("kind", "said", "state", "code"),
    [
        ("terminate", {"basis": "行政许可法 第七十条"}, "terminated", "6"),
        ("refer", {"cause": "upward", "detail": {"to": "市卫生健康委"}}, "referred", "4"),
    ],
)
async def test_the_head_ends_a_case_and_its_code_says_how(
    world: World, kind: str, said: dict[str, Any], state: str, code: str
) -> None:
    case = await world.accepted()
    with pytest.raises(NotAllowed):
        await act(world, LEAD, case, kind, **said)
    await act(world, JIE, case, kind, **said)
    page = await world.page(case)
    assert (page.case.state, page.finish_code) == (state, code)
    assert "ready" not in (await world.states(case)).values()


async def test_only_a_case_not_yet_accepted_is_deleted_and_its_traces_stay(world: World) -> None:
    case = await world.submitted()
    await act(world, JIE, case, "delete", reasons="重复登记，另有一件在办")
    page = await world.page(case)
    assert (page.case.state, page.finish_code) == ("deleted", "3")
    assert [event.kind for event in page.events] == ["case.submitted", "case.deleted"]
    accepted = await world.accepted()
    with pytest.raises(WrongState):
        await act(world, JIE, accepted, "delete")


async def test_a_termination_names_its_law(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(ActNeeds):
        await act(world, JIE, case, "terminate")


async def test_a_case_referred_for_review_stands_until_it_comes_back(world: World) -> None:
    case = await world.accepted()
    await act(world, JIE, case, "refer", cause="review", until=FRIDAY, detail={"to": "市卫生健康委"})
    assert (await world.page(case)).case.due_on is None
    await world.go_to(FRIDAY)
    await act(world, LEAD, case, "resume", cause="referral", reasons="上级审查意见已收到")
    # The clock stood from Monday to Friday; five working days follow.
    assert (await world.page(case)).case.due_on == dt.date(2026, 12, 4)


# ---- delivery ----------------------------------------------------------------------------------------


async def test_a_result_is_delivered_once_and_not_before_the_decision(world: World) -> None:
    case = await world.accepted()
    with pytest.raises(WrongState):
        await act(world, LEAD, case, "deliver", cause="post", reasons="")
