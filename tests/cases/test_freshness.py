"""Evidence serves for the days its resource declares; a decision asks again for what has lapsed."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest
from tests.world import FANG, LEAD, WEI, World

from tongban.cases.errors import CaseNotFound, EvidenceLapsed

LATER = dt.date(2027, 1, 4)
BIRTHS = "health.birth-record"
RECORD = {"mother_id_number": "330103199405160523"}


async def _looked_up(world: World, case: UUID, material: str) -> list[dt.datetime]:
    rows = await world.rows(
        "SELECT asked_at FROM look_ups WHERE case_id = %(case)s AND material = %(material)s AND outcome = 'found'"
        " ORDER BY asked_at",
        case=case,
        material=material,
    )
    return [row[0] for row in rows]


async def test_fresh_evidence_is_not_asked_for_again(world: World) -> None:
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    assert len(await _looked_up(world, case, "birth_record")) == 1


async def test_lapsed_evidence_is_asked_again_and_the_decision_rests_on_the_new_answer(world: World) -> None:
    case = await world.accepted()
    await world.go_to(LATER)
    await world.decide(LEAD, case, "birth_certificate", "approve")
    assert len(await _looked_up(world, case, "birth_record")) == 2
    found = next(m for m in (await world.page(case)).materials if m.id == "birth_record")
    assert found.looked_up_at is not None and found.looked_up_at.astimezone().date() == LATER


async def test_a_record_that_is_gone_by_then_holds_the_approval_up_and_nothing_is_half_done(world: World) -> None:
    case = await world.accepted()
    await world.go_to(LATER)
    gone = {**world.kernel.providers, BIRTHS: world.provider(BIRTHS).without(RECORD)}
    world.kernel = replace(world.kernel, providers=gone)
    with pytest.raises(EvidenceLapsed) as refused:
        await world.decide(LEAD, case, "birth_certificate", "approve")
    assert "医院出生医学记录" in refused.value.message("zh-CN")
    assert (await world.states(case))["birth_certificate"] == "ready"
    await world.decide(LEAD, case, "birth_certificate", "decline")


async def test_nobody_without_a_part_in_the_case_sets_off_a_look_up(world: World) -> None:
    case = await world.accepted()
    await world.go_to(LATER)
    with pytest.raises(CaseNotFound):
        await world.decide(WEI, case, "birth_certificate", "approve", revision=1)
    assert len(await _looked_up(world, case, "birth_record")) == 1
    assert (await world.page(case, FANG)).case.state == "accepted"
