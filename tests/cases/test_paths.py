"""Paths beside the plain one: promises signed and kept or broken, what follows late, one visit for all, a head's word.

The birth journey's own paths where it has them; a visit is laid over it, since no birth needs one.
"""

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.world import FANG, JING, LEAD, MONDAY, REASONS, REGION, WEI, World

from tongban.cases.actions import files, pledges
from tongban.cases.actions.procedures.performing import perform
from tongban.cases.actions.procedures.shapes import Act, Performed
from tongban.cases.actions.timers import look_at
from tongban.cases.errors import (
    ActNeeds,
    AlreadySo,
    CaseNotFound,
    DraftSubmitted,
    MaterialsMissing,
    NoticeNotRead,
    ReasonsNeeded,
    WrongState,
)
from tongban.cases.models import INTAKE, Draft
from tongban.cases.path_errors import (
    Barred,
    FindingRecorded,
    NoLicence,
    NoSuchPath,
    NothingToChange,
    NotTolerable,
    ToleranceOpen,
    VisitDate,
    VisitNotPassed,
    VisitPending,
    VisitTooEarly,
)
from tongban.cli.kernel_stage import photo
from tongban.licences.actions import of_source
from tongban.parties.errors import NotAllowed
from tongban.services.paths import Tolerance, Visit

POLICE_HEAD = "方远"
SONG = "宋岩"
OTHER = {"settle_with": "other_parent"}
CLAIM = {"claims_reimbursement": True, "bank_name": "演示银行", "bank_account": "6222020200112233445"}
REGISTER = "household_registration"
VISIT = Visit(
    id="home",
    name="联合入户核查",
    tasks=[REGISTER, "vaccination_record"],
    within=5,
    result="联合核查意见书",
    stops="inspection",
    basis="行政许可法 第四十五条",
    prepare=["请家长在家"],
)


async def act(world: World, name: str, case: UUID, kind: str, **said: Any) -> Performed:
    """Act as ``name`` on the newest page."""
    found = "SELECT revision FROM cases WHERE id = %(c)s"
    if said.get("task"):
        found = "SELECT revision FROM tasks WHERE case_id = %(c)s AND task = %(t)s"
    revision = await world.one(found, c=case, t=said.get("task"))
    reasons = said.pop("reasons", REASONS)
    made = Act(kind, revision, reasons=reasons, **said)
    return await perform(world.kernel, await world.actor(name), REGION, case, made)


def changed(world: World, **journey: Any) -> None:
    """The birth journey with some of its paths declared differently."""
    kernel = world.kernel
    version = kernel.catalogue.journey("birth")
    other = replace(version, journey=msgspec.structs.replace(version.journey, **journey))
    catalogue = replace(
        kernel.catalogue,
        active={**kernel.catalogue.active, "birth": other},
        versions={**kernel.catalogue.versions, version.key: other},
    )
    world.kernel = replace(kernel, catalogue=catalogue)


async def sign(world: World, draft: Draft, name: str = FANG, commitment: str = "settle_together") -> Draft:
    return await pledges.sign_commitment(
        world.kernel, await world.actor(name), await world.now(), REGION, draft.id, commitment
    )


async def tolerate(world: World, draft: Draft, *materials: str) -> Draft:
    actor, now = await world.actor(FANG), await world.now()
    return await pledges.sign_tolerance(world.kernel, actor, now, REGION, draft.id, materials)


async def upload(world: World, case: UUID, material: str) -> None:
    actor, now = await world.actor(FANG), await world.now()
    await files.upload(world.kernel, actor, now, REGION, case, material, "a.jpg", "image/jpeg", photo())


async def kinds(world: World, case: UUID) -> list[str]:
    rows = await world.rows("SELECT kind FROM case_events WHERE case_id = %(c)s ORDER BY at, id", c=case)
    return [row.kind for row in rows]


async def detail(world: World, case: UUID, kind: str) -> dict[str, Any]:
    found = "SELECT detail FROM case_events WHERE case_id = %(c)s AND kind = %(k)s ORDER BY id DESC LIMIT 1"
    answer: dict[str, Any] = await world.one(found, c=case, k=kind)
    return answer


async def promised(world: World) -> UUID:
    """A case accepted on a commitment, with the police's step begun."""
    case = (await world.submit(await sign(world, await world.ready(**OTHER)))).id
    await world.decide(LEAD, case, INTAKE, "accept")
    await world.decide(LEAD, case, "birth_certificate", "approve")
    return case


async def tolerated(world: World) -> UUID:
    """A case accepted without the bill, with the reimbursement's step begun."""
    case = (await world.submit(await tolerate(world, await world.ready(**CLAIM), "medical_bill"))).id
    await world.decide(LEAD, case, INTAKE, "accept")
    for name, task in ((LEAD, "birth_certificate"), (WEI, REGISTER), ("郭磊", "medical_insurance")):
        await world.decide(name, case, task, "approve")
    return case


# ---- commitment -----------------------------------------------------------------------------------


async def test_a_signed_promise_is_kept_sealed_and_its_digest_is_in_the_ledger(world: World) -> None:
    draft = await sign(world, await world.ready(**OTHER))
    assert draft.commitments == ("settle_together",)
    case = (await world.submit(draft)).id
    async with world.database.connection() as connection:
        (pledge,) = await pledges.pledges_of(connection, world.kernel, REGION, case)
    assert "双方已经商定" in pledge.text and "撤销出生登记" in pledge.text
    assert hashlib.sha256(pledge.text.encode()).digest() == pledge.digest
    sealed = await world.one("SELECT text FROM case_pledges WHERE case_id = %(c)s", c=case)
    assert "商定".encode() not in sealed
    recorded = "SELECT data->'detail'->>'digest' FROM ledger_entries WHERE kind = 'case.commitment_signed'"
    assert await world.one(recorded) == pledge.digest.hex()


async def test_without_the_promise_the_material_is_still_asked_for(world: World) -> None:
    draft = await world.ready(**OTHER)
    with pytest.raises(MaterialsMissing):
        await world.submit(draft)
    actor, now = await world.actor(FANG), await world.now()
    signed = await sign(world, draft)
    taken = await pledges.take_back(world.kernel, actor, now, REGION, draft.id, "commitment", "settle_together")
    assert (signed.commitments, taken.commitments) == (("settle_together",), ())
    with pytest.raises(MaterialsMissing):
        await world.submit(draft)


async def test_a_promise_is_signed_only_where_the_journey_offers_it_and_by_the_applicant(world: World) -> None:
    with pytest.raises(NoticeNotRead):
        await sign(world, await world.opened())
    draft = await world.ready()
    with pytest.raises(NoSuchPath):
        await sign(world, draft)
    with pytest.raises(NoSuchPath):
        await sign(world, draft, commitment="everything")
    with pytest.raises(CaseNotFound):
        await sign(world, draft, name="张强")
    case = await world.submit(draft)
    with pytest.raises(DraftSubmitted):
        await sign(world, replace_id(draft, case.id))


def replace_id(draft: Draft, new: UUID) -> Draft:
    return msgspec.structs.replace(draft, id=new)


async def test_a_promise_that_no_longer_fits_the_form_stops_the_submission(world: World) -> None:
    draft = await sign(world, await world.ready(**OTHER))
    with pytest.raises(NoSuchPath):
        await world.submit(await world.saved(draft, settle_with="applicant"))


async def test_a_task_on_a_promise_is_due_at_once_and_verified_afterwards(world: World) -> None:
    case = await promised(world)
    due = "SELECT due_on FROM tasks WHERE case_id = %(c)s AND task = %(t)s"
    assert await world.one(due, c=case, t=REGISTER) == MONDAY
    with pytest.raises(WrongState):
        await act(world, WEI, case, "verify_commitment", task=REGISTER)
    await world.decide(WEI, case, REGISTER, "approve")
    assert await world.one("SELECT verify_by FROM case_verifications") == dt.date(2026, 12, 21)
    with pytest.raises(NoSuchPath):
        await act(world, LEAD, case, "verify_commitment", task="birth_certificate")
    with pytest.raises(CaseNotFound):
        await act(world, JING, case, "verify_commitment", task=REGISTER)
    await act(world, WEI, case, "verify_commitment", task=REGISTER)
    with pytest.raises(AlreadySo):
        await act(world, WEI, case, "verify_commitment", task=REGISTER)
    assert (await world.page(case)).paths.commitments[0].state == "verified"


async def test_a_false_promise_takes_the_licence_back_and_bars_until_repaired(world: World) -> None:
    case = await promised(world)
    await world.decide(WEI, case, REGISTER, "approve")
    with pytest.raises(NotAllowed):
        await act(world, WEI, case, "break_commitment", task=REGISTER)
    with pytest.raises(ReasonsNeeded):
        await act(world, POLICE_HEAD, case, "break_commitment", task=REGISTER, reasons="假的")
    await act(world, POLICE_HEAD, case, "break_commitment", task=REGISTER)
    states = await world.rows("SELECT state FROM licences WHERE type = 'birth-registration' AND source = %(c)s", c=case)
    assert [row.state for row in states] == ["withdrawn"]
    told = await detail(world, case, "case.decision_revoked")
    assert told["reasons"] == REASONS and "行政复议" in told["appeal"] and len(told["licences"]) == 1
    assert (await detail(world, case, "case.commitment_broken"))["consequence"]
    draft = await world.ready(**OTHER)
    offer = await pledges.offered(world.kernel, await world.actor(FANG), await world.now(), REGION, draft.id)
    assert offer.barred is not None and offer.commitments == []
    with pytest.raises(Barred):
        await sign(world, draft)
    with pytest.raises(NotAllowed):
        await act(world, WEI, case, "repair_commitment", task=REGISTER)
    await act(world, POLICE_HEAD, case, "repair_commitment", task=REGISTER)
    assert (await sign(world, draft)).commitments == ("settle_together",)


async def test_bad_credit_that_comes_after_signing_stops_the_submission(world: World) -> None:
    draft = await sign(world, await world.ready(**OTHER))
    actor = await world.actor(FANG)
    async with world.database.connection() as connection:
        await pledges.record_bad_credit(
            connection, region=REGION, person_key=actor.id_key, kind="court", department="police",
            reasons="失信被执行人", recorded_on=MONDAY,
        )  # fmt: skip
    with pytest.raises(Barred, match="失信被执行人"):
        await world.submit(draft)


async def test_bad_credit_in_one_region_does_not_bar_in_another(world: World) -> None:
    actor = await world.actor(FANG)
    async with world.database.connection() as connection:
        await pledges.record_bad_credit(
            connection, region="330190", person_key=actor.id_key, kind="court", department="yunhe-police",
            reasons="失信被执行人", recorded_on=MONDAY,
        )  # fmt: skip
    assert (await sign(world, await world.ready(**OTHER))).commitments


# ---- tolerance ------------------------------------------------------------------------------------


async def test_only_declared_and_missing_materials_may_follow(world: World) -> None:
    draft = await world.ready(**OTHER, **CLAIM)
    with pytest.raises(NotTolerable):
        await tolerate(world, draft, "settlement_statement")
    with pytest.raises(NotTolerable):
        await tolerate(world, draft, "identity")
    assert (await tolerate(world, draft, "medical_bill")).tolerated == ("medical_bill",)
    changed(world, tolerance=None)
    with pytest.raises(NoSuchPath):
        await tolerate(world, draft, "medical_bill")


async def test_what_is_tolerated_holds_back_the_approval_until_it_comes(world: World) -> None:
    case = await tolerated(world)
    told = await detail(world, case, "case.tolerated")
    assert (told["due_on"], told["then"]) == ("2026-11-26", "decline") and told["consequence"]
    with pytest.raises(ToleranceOpen):
        await world.decide("郭磊", case, "reimbursement", "approve")
    with pytest.raises(MaterialsMissing):
        await act(world, FANG, case, "supply")
    with pytest.raises(WrongState):
        await upload(world, case, "marriage_certificate")
    await upload(world, case, "medical_bill")
    with pytest.raises(NotAllowed):
        await act(world, LEAD, case, "supply")
    await act(world, FANG, case, "supply")
    with pytest.raises(NoSuchPath):
        await act(world, FANG, case, "supply")
    await world.decide("郭磊", case, "reimbursement", "approve")
    assert (await world.page(case)).paths.tolerance.state == "met"


async def test_a_missed_day_declines_what_needed_the_material_once(world: World) -> None:
    case = await tolerated(world)
    await world.go_to(MONDAY + dt.timedelta(days=3), hour=23)
    await look_at(world.kernel, REGION, case)
    assert "case.tolerance_missed" not in await kinds(world, case)
    await world.go_to(MONDAY + dt.timedelta(days=4))
    for _ in range(2):
        await look_at(world.kernel, REGION, case)
    assert (await kinds(world, case)).count("case.tolerance_missed") == 1
    page = await world.page(case)
    assert page.paths.tolerance.state == "missed" and page.case.state == "accepted"
    decided = "SELECT decision FROM tasks WHERE case_id = %(c)s AND task = 'reimbursement'"
    assert await world.one(decided, c=case) == "declined"
    assert (await detail(world, case, "task.decided"))["appeal"]
    with pytest.raises(WrongState):
        await upload(world, case, "medical_bill")


async def test_a_missed_day_ends_the_case_where_the_journey_says_so(world: World) -> None:
    changed(world, tolerance=Tolerance(3, "逾期未补齐的，终止办理", "本区清单", "terminate"))
    case = await tolerated(world)
    await world.go_to(MONDAY + dt.timedelta(days=4))
    await look_at(world.kernel, REGION, case)
    page = await world.page(case)
    assert (page.case.state, page.finish_code) == ("terminated", "6")
    assert (await kinds(world, case))[-2:] == ["case.tolerance_missed", "case.terminated"]
    assert "行政复议" in (await detail(world, case, "case.terminated"))["appeal"]


# ---- one visit ------------------------------------------------------------------------------------


async def visited(world: World, **other: Any) -> UUID:
    """A case whose two departments have to go together, ready for it."""
    changed(world, visits=[msgspec.structs.replace(VISIT, **other)])
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    return case


async def arranged(world: World, **other: Any) -> UUID:
    case = await visited(world, **other)
    told = {"at": "09:30", "people": "李伟、宋岩"}
    await act(world, LEAD, case, "arrange_visit", until=MONDAY + dt.timedelta(days=2), detail=told)
    return case


async def test_a_visit_is_arranged_by_who_leads_it_for_a_day_that_is_near(world: World) -> None:
    changed(world, visits=[VISIT])
    case = await world.accepted()
    friday, wednesday = MONDAY + dt.timedelta(days=4), MONDAY + dt.timedelta(days=2)
    with pytest.raises(VisitTooEarly):
        await act(world, LEAD, case, "arrange_visit", until=friday)
    await world.decide(LEAD, case, "birth_certificate", "approve")
    with pytest.raises(NotAllowed):
        await act(world, WEI, case, "arrange_visit", until=friday)
    with pytest.raises(NotAllowed):
        await act(world, WEI, case, "arrange_visit", until=friday, task=REGISTER)
    with pytest.raises(ActNeeds):
        await act(world, LEAD, case, "arrange_visit", until=MONDAY)
    for day in (MONDAY + dt.timedelta(days=5), MONDAY + dt.timedelta(days=8)):
        with pytest.raises(VisitDate):
            await act(world, LEAD, case, "arrange_visit", until=day)
    with pytest.raises(NoSuchPath):
        await act(world, LEAD, case, "arrange_visit", until=friday, detail={"visit": "elsewhere"})
    await act(world, LEAD, case, "arrange_visit", until=wednesday)
    with pytest.raises(AlreadySo):
        await act(world, LEAD, case, "arrange_visit", until=friday)
    told = await detail(world, case, "case.visit_arranged")
    assert told["departments"] == ["police", "disease-control"] and told["prepare"] == ["请家长在家"]


async def test_the_tasks_wait_for_one_combined_result_while_others_go_on(world: World) -> None:
    case = await arranged(world)
    with pytest.raises(VisitPending):
        await world.decide(WEI, case, REGISTER, "approve")
    with pytest.raises(VisitPending):
        await world.decide(WEI, case, REGISTER, "decline")
    await world.decide(LEAD, case, "maternity_registration", "approve")
    with pytest.raises(FindingRecorded):
        await act(world, WEI, case, "record_finding", task=REGISTER, cause="pass")
    await world.go_to(MONDAY + dt.timedelta(days=2))
    with pytest.raises(ActNeeds):
        await act(world, WEI, case, "record_finding", task=REGISTER, cause="perhaps")
    with pytest.raises(ReasonsNeeded):
        await act(world, WEI, case, "record_finding", task=REGISTER, cause="rectify", reasons="")
    await act(world, WEI, case, "record_finding", task=REGISTER, cause="pass", reasons="")
    with pytest.raises(FindingRecorded):
        await act(world, WEI, case, "record_finding", task=REGISTER, cause="fail")
    assert "case.visit_done" not in await kinds(world, case)
    await act(world, SONG, case, "record_finding", task="vaccination_record", cause="pass")
    told = await detail(world, case, "case.visit_done")
    assert (told["result"], told["name"]) == ("passed", "联合核查意见书")
    assert [one["finding"] for one in told["findings"]] == ["pass", "pass"]
    assert (await kinds(world, case)).count("case.visit_done") == 1
    await world.decide(WEI, case, REGISTER, "approve")
    assert (await world.page(case)).paths.visits[0].now.result == "passed"


async def test_the_clock_stands_from_arranging_to_the_result_only_where_the_law_lets_it(world: World) -> None:
    case = await arranged(world)
    due = "SELECT due_on FROM cases WHERE id = %(c)s"
    assert await world.one(due, c=case) is None
    await world.go_to(MONDAY + dt.timedelta(days=2))
    await act(world, WEI, case, "record_finding", task=REGISTER, cause="pass")
    await act(world, SONG, case, "record_finding", task="vaccination_record", cause="pass")
    # Tuesday and Wednesday do not count: five working days from Monday end on the Wednesday after.
    assert await world.one(due, c=case) == dt.date(2026, 12, 2)


async def test_the_clock_runs_on_through_a_visit_that_the_law_does_not_name(world: World) -> None:
    case = await arranged(world, stops=None, basis=None)
    assert await world.one("SELECT due_on FROM cases WHERE id = %(c)s", c=case) == dt.date(2026, 11, 30)
    assert "case.suspended" not in await kinds(world, case)


async def test_a_department_that_asks_for_changes_visits_again_and_the_others_need_not(world: World) -> None:
    case = await arranged(world)
    await world.go_to(MONDAY + dt.timedelta(days=2))
    await act(world, WEI, case, "record_finding", task=REGISTER, cause="pass")
    await act(world, SONG, case, "record_finding", task="vaccination_record", cause="rectify")
    await world.decide(WEI, case, REGISTER, "approve")
    with pytest.raises(VisitPending):
        await world.decide(SONG, case, "vaccination_record", "approve")
    await act(world, LEAD, case, "arrange_visit", until=MONDAY + dt.timedelta(days=3))
    assert (await detail(world, case, "case.visit_arranged"))["departments"] == ["disease-control"]
    await world.go_to(MONDAY + dt.timedelta(days=3))
    await act(world, SONG, case, "record_finding", task="vaccination_record", cause="pass")
    assert (await detail(world, case, "case.visit_done"))["result"] == "passed"
    await world.decide(SONG, case, "vaccination_record", "approve")


async def test_whoever_did_not_pass_the_site_declines(world: World) -> None:
    case = await arranged(world)
    await world.go_to(MONDAY + dt.timedelta(days=2))
    await act(world, WEI, case, "record_finding", task=REGISTER, cause="fail")
    await act(world, SONG, case, "record_finding", task="vaccination_record", cause="pass")
    with pytest.raises(VisitNotPassed):
        await world.decide(WEI, case, REGISTER, "approve")
    with pytest.raises(AlreadySo):
        await act(world, LEAD, case, "arrange_visit", until=MONDAY + dt.timedelta(days=4))
    await world.decide(WEI, case, REGISTER, "decline")
    await world.decide(SONG, case, "vaccination_record", "approve")


async def test_a_visit_that_is_called_off_lets_the_clock_run(world: World) -> None:
    case = await arranged(world)
    with pytest.raises(NotAllowed):
        await act(world, WEI, case, "call_off_visit")
    await act(world, LEAD, case, "call_off_visit")
    assert await world.one("SELECT due_on FROM cases WHERE id = %(c)s", c=case) == dt.date(2026, 11, 30)
    with pytest.raises(AlreadySo):
        await act(world, LEAD, case, "call_off_visit")
    await act(world, LEAD, case, "arrange_visit", until=MONDAY + dt.timedelta(days=1))


async def test_who_does_not_take_part_has_no_finding(world: World) -> None:
    case = await arranged(world)
    await world.go_to(MONDAY + dt.timedelta(days=2))
    with pytest.raises(NoSuchPath):
        await act(world, LEAD, case, "record_finding", task="maternity_registration", cause="pass")
    with pytest.raises(NotAllowed):
        await act(world, LEAD, case, "record_finding", task=REGISTER, cause="pass")


# ---- changed decisions ----------------------------------------------------------------------------


async def registered(world: World) -> UUID:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.decide(WEI, case, REGISTER, "approve")
    return case


async def test_a_correction_is_the_next_version_of_the_licence_and_ends_the_wrong_one(world: World) -> None:
    case = await registered(world)
    with pytest.raises(NotAllowed):
        await act(world, WEI, case, "correct_decision", task=REGISTER, detail={"child_name": "张大宝"})
    with pytest.raises(NothingToChange):
        await act(world, POLICE_HEAD, case, "correct_decision", task=REGISTER, detail={"colour": "红"})
    with pytest.raises(ActNeeds):
        await act(world, POLICE_HEAD, case, "correct_decision", task=REGISTER, detail={"child_name": "张小宝"})
    await act(world, POLICE_HEAD, case, "correct_decision", task=REGISTER, detail={"child_name": "张大宝"})
    async with world.database.connection() as connection:
        issued = await of_source(connection, world.kernel.vault, REGION, case)
    old, new = [one for one in issued if one.type == "birth-registration"]
    assert (old.state, new.state, new.version) == ("cancelled", "valid", 2)
    assert (new.value("child_name"), new.holder_name, new.holder_key) == ("张大宝", "张大宝", old.holder_key)
    assert new.value("ethnicity") == old.value("ethnicity") and new.number.split(".")[:8] == old.number.split(".")[:8]
    told = await detail(world, case, "case.decision_corrected")
    assert told["replaces"] == old.number and told["appeal"] and told["fields"]
    await act(world, POLICE_HEAD, case, "correct_decision", task=REGISTER, detail={"child_name": "张三宝"})
    states = await world.rows("SELECT state FROM licences WHERE type = 'birth-registration' ORDER BY version")
    assert [row.state for row in states][-3:] == ["cancelled", "cancelled", "valid"]


async def test_a_decision_is_revoked_by_the_head_with_its_article_once(world: World) -> None:
    case = await registered(world)
    with pytest.raises(NotAllowed):
        await act(world, WEI, case, "revoke_decision", task=REGISTER, basis="行政许可法 第六十九条")
    with pytest.raises(ActNeeds):
        await act(world, POLICE_HEAD, case, "revoke_decision", task=REGISTER)
    with pytest.raises(NotAllowed):
        await act(world, POLICE_HEAD, case, "revoke_decision", task="medical_insurance", basis="行政许可法 第六十九条")
    with pytest.raises(WrongState):
        await act(world, "沈洁", case, "revoke_decision", task="maternity_registration", basis="行政许可法 第六十九条")
    await act(world, POLICE_HEAD, case, "revoke_decision", task=REGISTER, basis="行政许可法 第六十九条")
    found = "SELECT state FROM licences WHERE type = 'birth-registration' AND source = %(c)s"
    assert await world.one(found, c=case) == "withdrawn"
    told = await detail(world, case, "case.decision_revoked")
    assert told["reasons"] == REASONS and "行政复议" in told["appeal"]
    with pytest.raises(WrongState):
        await act(world, POLICE_HEAD, case, "revoke_decision", task=REGISTER, basis="行政许可法 第六十九条")
    with pytest.raises(WrongState):
        await act(world, POLICE_HEAD, case, "correct_decision", task=REGISTER, detail={"child_name": "张大宝"})


async def test_a_decision_without_a_licence_has_nothing_to_correct(world: World) -> None:
    case = (await world.submit(await world.ready(wants_guidance=True))).id
    await world.decide(LEAD, case, INTAKE, "accept")
    await world.decide(LEAD, case, "birth_certificate", "approve")
    await world.decide(LEAD, case, "parenting_guidance", "approve")
    with pytest.raises(NoLicence):
        await act(world, "沈洁", case, "correct_decision", task="parenting_guidance", detail={"child_name": "张大宝"})


# ---- fast lane ------------------------------------------------------------------------------------


async def test_the_fast_lane_is_open_to_whom_the_rule_names_and_shows(world: World) -> None:
    fast, plain = await world.submitted(birth_weight=1400), await world.submitted("林晓", **LIN)
    rows = await world.rows("SELECT id, fast_lane FROM cases")
    assert {row.id: row.fast_lane is not None for row in rows} == {fast: True, plain: False}
    assert (await kinds(world, fast)) == ["case.submitted", "case.fast_laned"]
    due = "SELECT due_on FROM tasks WHERE case_id = %(c)s AND task = 'intake'"
    assert await world.one(due, c=fast) == dt.date(2026, 11, 24)
    assert await world.one(due, c=plain) == dt.date(2026, 11, 30)
    await world.decide(LEAD, fast, INTAKE, "accept")
    assert await world.one("SELECT due_on FROM cases WHERE id = %(c)s", c=fast) == dt.date(2026, 11, 27)


LIN = {"marital_status": "unmarried", "has_other_parent": False, "child_name": "林小满"}
