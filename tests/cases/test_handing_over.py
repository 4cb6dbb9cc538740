"""A matter of another district of the node: handled there, and everything comes back to where it was applied for."""

from typing import Any
from uuid import UUID

import pytest
from tests.cases.oversight.test_pages import Browser, browser
from tests.world import FANG, JING, LEAD, REASONS, REGION, WEI, World

from tongban.basics.database import Connection
from tongban.basics.outbox import drain
from tongban.cases.actions import files
from tongban.cases.actions.decisions import Decided, Decision, DecisionKind, decide
from tongban.cases.actions.elsewhere import link_of, relays
from tongban.cases.actions.procedures.performing import perform
from tongban.cases.actions.procedures.shapes import Act
from tongban.cases.errors import ActNeeds, CaseNotFound, WrongState
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE
from tongban.cases.path_errors import NotElsewhere
from tongban.cases.views.desk import task_page
from tongban.cases.views.reading import case_page
from tongban.cases.views.shapes import CasePage
from tongban.cli.kernel_stage import photo
from tongban.parties.errors import NotAllowed

__all__ = ["browser"]
THERE = "330190"
YE, LIANG = "叶青", "梁栋"


async def hand_over(world: World, case: UUID, region: str = THERE, name: str = LEAD) -> None:
    revision = await world.one("SELECT revision FROM cases WHERE region = %(r)s AND id = %(c)s", r=REGION, c=case)
    act = Act("hand_over", revision, reasons=REASONS, region=region)
    await perform(world.kernel, await world.actor(name), REGION, case, act)


async def deliver(world: World) -> None:
    """What the jobs process does with the outbox."""

    async def kernel_now(_: Connection) -> Kernel:
        return world.kernel

    async with world.database.connection() as connection:
        while await drain(connection, relays(kernel_now)):
            continue


async def there(world: World, name: str, case: UUID, task: str, kind: DecisionKind) -> Decided:
    """Decide there, and let the outbox be drained."""
    actor = await world.actor(name)
    revision = (await task_page(world.kernel, actor, THERE, case, task)).task.revision
    made = await decide(world.kernel, actor, THERE, case, task, Decision(kind, revision, REASONS))
    await deliver(world)
    return made


async def page(world: World, case: UUID, region: str, name: str = FANG) -> CasePage:
    return await case_page(world.kernel, await world.actor(name), region, case)


async def submitted(world: World, **form: Any) -> UUID:
    return await world.submitted(household_region=THERE, **form)


async def test_the_case_goes_where_it_belongs_and_its_result_comes_back(world: World) -> None:
    case = await submitted(world)
    number = (await page(world, case, REGION)).case.number
    await hand_over(world, case)
    await deliver(world)
    here, away = await page(world, case, REGION), await page(world, case, THERE)
    assert (here.case.state, here.finish_code, here.case.number) == ("handed_over", "4", number)
    assert away.case.number.startswith(THERE) and away.case.state == "submitted"
    assert here.paths.elsewhere is not None and here.paths.elsewhere.number == away.case.number
    assert away.paths.elsewhere is not None and away.paths.elsewhere.number == number
    await there(world, YE, case, INTAKE, "accept")
    for name, task in ((YE, "maternity_registration"), (YE, "birth_certificate"), (LIANG, "household_registration")):
        await there(world, name, case, task, "approve")
    for name, task in ((YE, "vaccination_record"), ("邱慧", "medical_insurance"), ("邱慧", "social_card")):
        await there(world, name, case, task, "approve")
    here = await page(world, case, REGION)
    assert here.case.outcome == "granted" and here.case.state == "handed_over"
    assert here.paths.elsewhere is not None and here.paths.elsewhere.progress == "case.closed"
    told = [event.detail["kind"] for event in here.events if event.kind == "case.progress_returned"]
    assert told.count("task.decided") == 6 and told[0] == "case.accepted" and told[-1] == "case.closed"
    assert [x.number.split(".")[6][2:8] for x in (await page(world, case, THERE)).licences].count(THERE) == 6


async def test_the_receipt_of_the_first_application_stays_valid(world: World) -> None:
    case = await submitted(world)
    found = "SELECT digest FROM ledger_entries WHERE region = %(r)s AND subject = %(c)s AND kind = 'case.submitted'"
    before = await world.one(found, r=REGION, c=case)
    await hand_over(world, case)
    await deliver(world)
    assert await world.one(found, r=REGION, c=case) == before
    assert await world.one(found, r=THERE, c=case) != before


async def test_a_message_that_comes_twice_makes_one_case_and_tells_once(world: World) -> None:
    case = await submitted(world)
    await hand_over(world, case)
    await world.rows("CREATE TABLE kept AS SELECT * FROM outbox")
    await deliver(world)
    await there(world, YE, case, INTAKE, "accept")
    await world.rows("INSERT INTO outbox SELECT * FROM kept ON CONFLICT DO NOTHING")
    accepted = "SELECT id FROM case_events WHERE region = %(r)s AND kind = 'case.accepted'"
    again = await world.one(accepted, r=THERE)
    await world.rows(
        "INSERT INTO outbox (region, id, topic, payload) VALUES (%(r)s, %(i)s, 'case.accepted',"
        " jsonb_build_object('case', %(c)s::uuid, 'detail', '{}'::jsonb))",
        r=THERE,
        i=again,
        c=case,
    )
    await deliver(world)
    assert await world.one("SELECT count(*) FROM cases WHERE region = %(r)s", r=THERE) == 1
    told = "SELECT count(*) FROM case_events WHERE region = %(r)s AND kind = 'case.progress_returned'"
    assert await world.one(told, r=REGION) == 1
    assert await world.one("SELECT count(*) FROM outbox WHERE error IS NOT NULL") == 0


async def test_uploads_and_promises_go_along_and_open_only_there(world: World) -> None:
    draft = await world.ready(household_region=THERE, settle_with="other_parent")
    actor, now = await world.actor(FANG), await world.now()
    kept = await files.upload(
        world.kernel, actor, now, REGION, draft.id, "settlement_statement", "a.jpg", "image/jpeg", photo()
    )
    case = (await world.submit(draft)).id
    await hand_over(world, case)
    await deliver(world)
    await there(world, YE, case, INTAKE, "accept")
    await there(world, YE, case, "birth_certificate", "approve")
    officer = await world.actor(LIANG)
    read = await files.read_file(world.kernel, officer, THERE, case, kept.id)
    assert read.content.startswith(b"\xff\xd8")
    with pytest.raises(CaseNotFound):
        await files.read_file(world.kernel, officer, REGION, case, kept.id)
    sealed = await world.rows("SELECT content FROM case_files WHERE case_id = %(c)s", c=case)
    assert len({bytes(row.content) for row in sealed}) == 2


async def test_nobody_here_decides_any_more_and_nobody_there_sees_the_case_here(world: World) -> None:
    case = await submitted(world)
    await hand_over(world, case)
    await deliver(world)
    with pytest.raises(WrongState):
        await world.decide(LEAD, case, INTAKE, "accept", revision=2)
    with pytest.raises(WrongState):
        await hand_over(world, case)
    with pytest.raises(CaseNotFound):
        await page(world, case, REGION, YE)
    with pytest.raises(CaseNotFound):
        await page(world, case, THERE, LEAD)


async def test_a_matter_that_does_not_belong_there_stays(world: World) -> None:
    case = await world.submitted()
    with pytest.raises(NotElsewhere):
        await hand_over(world, case)
    with pytest.raises(ActNeeds):
        await hand_over(world, case, REGION)
    far = await world.submitted("徐静", **TWINS)
    with pytest.raises(NotElsewhere):
        await hand_over(world, far, "330106")
    with pytest.raises(CaseNotFound):
        await hand_over(world, case, name=JING)
    with pytest.raises(CaseNotFound):
        await hand_over(world, case, name=WEI)
    await world.decide(LEAD, case, INTAKE, "accept")
    with pytest.raises((WrongState, NotAllowed)):
        await hand_over(world, case)


async def test_a_case_that_came_from_nowhere_has_no_link(world: World) -> None:
    case = await world.accepted()
    await deliver(world)
    async with world.database.connection() as connection:
        assert await link_of(connection, REGION, case) is None
    assert (await world.page(case)).paths.elsewhere is None


TWINS = {"household_region": "330106", "child_name": "孙一诺", "second_child_name": "孙一禾"}


async def test_the_person_reads_where_it_is_handled_and_what_came_back(browser: Browser, world: World) -> None:
    case = await submitted(world)
    await hand_over(world, case)
    await deliver(world)
    await there(world, YE, case, INTAKE, "accept")
    here = (await browser.get(FANG, f"/matters/{REGION}/{case}")).text
    away = await page(world, case, THERE)
    assert "已移交其他地区办理" in here and away.case.number in here and f"/matters/{THERE}/{case}" in here
    assert "最新进展：已受理，开始计时" in here and "已取消" not in here
    read = (await browser.get(FANG, f"/matters/{THERE}/{case}")).text
    number = (await page(world, case, REGION)).case.number
    assert "移交来的" in read and number in read and "杭州市公安局下城区分局" in read and ">police" not in read
