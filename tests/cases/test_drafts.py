"""Drafts: offered again, resumed elsewhere, never overwritten blindly, looked up only after the notice."""

from uuid import UUID

import pytest
from tests.world import CLAIM, FANG, FORM, JING, REGION, World

from tongban.cases.actions import drafts
from tongban.cases.errors import CaseNotFound, DraftSubmitted, NoticeNotRead, StalePage
from tongban.resources.actions import uses
from tongban.services.errors import UnknownJourney

MARRIAGE = "civil-affairs.marriage"
BILL = "health.delivery-bill"


async def test_the_draft_that_is_open_already_is_offered_again(world: World) -> None:
    first = await world.opened()
    assert (await world.opened()).id == first.id
    assert (await world.opened(JING)).id != first.id


async def test_a_journey_that_nobody_installed_is_refused(world: World) -> None:
    with pytest.raises(UnknownJourney):
        await drafts.open_draft(world.kernel, await world.actor(FANG), await world.now(), REGION, "moon-landing")


async def test_a_draft_is_resumed_on_another_device_as_it_was_left(world: World) -> None:
    left = await world.saved(await world.noticed(), child_name="张小宝", marital_status="married")
    world.secrets.clear()  # another device signs in anew
    found = await drafts.read_draft(world.kernel, await world.actor(FANG), REGION, left.id)
    assert (found.form, found.revision, found.noticed_at) == (left.form, left.revision, left.noticed_at)
    assert {(e.material, e.source, e.found) for e in found.evidence} == {
        (e.material, e.source, e.found) for e in left.evidence
    }


async def test_somebody_elses_draft_does_not_exist(world: World) -> None:
    draft = await world.opened()
    with pytest.raises(CaseNotFound):
        await drafts.read_draft(world.kernel, await world.actor(JING), REGION, draft.id)


async def test_saving_over_what_another_device_saved_is_refused_and_loses_nothing(world: World) -> None:
    draft = await world.noticed()
    newer = await world.saved(draft, child_name="张大宝")
    with pytest.raises(StalePage):
        await world.saved(draft, child_name="张小宝")
    kept = await drafts.read_draft(world.kernel, await world.actor(FANG), REGION, draft.id)
    assert (kept.form["child_name"], kept.revision) == ("张大宝", newer.revision)


async def test_nothing_is_looked_up_before_the_notice_was_read(world: World) -> None:
    draft = await world.opened()
    with pytest.raises(NoticeNotRead):
        await world.saved(draft, marital_status="married")
    assert await world.one("SELECT count(*) FROM look_ups") == 0
    await world.noticed()
    assert await world.one("SELECT count(*) FROM look_ups") > 0


async def test_a_source_that_rests_on_consent_is_not_asked_without_it(world: World) -> None:
    await world.ready(**CLAIM)
    asked = "SELECT count(*) FROM look_ups WHERE source = %(source)s"
    assert await world.one(asked, source=f"resource:{BILL}") == 0
    await world.noticed(consents=("medical_bill",))
    assert await world.one(asked, source=f"resource:{BILL}") == 1


async def test_consent_taken_back_drops_what_it_had_found(world: World) -> None:
    held = await world.ready(consents=("medical_bill",), **CLAIM)
    assert "medical_bill" in {e.material for e in held.evidence}
    left = await world.noticed(consents=())
    assert "medical_bill" not in {e.material for e in left.evidence}


async def test_a_changed_answer_drops_the_evidence_that_was_asked_with_the_old_one(world: World) -> None:
    draft = await world.ready()
    assert "marriage_certificate" in {e.material for e in draft.evidence}
    alone = await world.saved(draft, marital_status="unmarried", has_other_parent=False)
    assert "marriage_certificate" not in {e.material for e in alone.evidence}
    kept = await world.rows("SELECT material FROM case_evidence WHERE case_id = %(c)s", c=draft.id)
    assert "marriage_certificate" not in {row.material for row in kept}
    # The use stays on record: it was made.
    source = f"resource:{MARRIAGE}"
    assert await world.one("SELECT count(*) FROM look_ups WHERE source = %(s)s", s=source) == 1


async def test_a_value_that_was_filled_in_can_be_corrected_and_is_then_the_persons_own(world: World) -> None:
    draft = await world.ready()
    now, actor = await world.now(), await world.actor(FANG)
    assert "birth_hospital" in drafts.readiness_of(world.kernel, actor, draft, now).prefilled
    corrected = await world.saved(draft, birth_hospital="另一家医院")
    ready = drafts.readiness_of(world.kernel, actor, corrected, now)
    assert corrected.form["birth_hospital"] == "另一家医院"
    assert "birth_hospital" not in ready.prefilled
    assert ready.ready


async def test_a_draft_that_is_given_up_is_purged_but_its_uses_stay_visible(world: World) -> None:
    draft, actor = await world.ready(), await world.actor(FANG)
    before = {(u.id, u.source, u.outcome) for u in await _uses(world)}
    assert before
    await drafts.abandon(world.kernel, actor, await world.now(), REGION, draft.id)
    with pytest.raises(CaseNotFound):
        await drafts.read_draft(world.kernel, actor, REGION, draft.id)
    assert await world.one("SELECT count(*) FROM case_evidence") == 0
    assert await world.one("SELECT count(*) FROM look_ups WHERE sealed IS NOT NULL") == 0
    assert await world.one("SELECT octet_length(form) FROM drafts WHERE id = %(d)s", d=draft.id) == 0
    assert {(u.id, u.source, u.outcome) for u in await _uses(world)} == before


async def _uses(world: World) -> list:  # type: ignore[type-arg]
    actor = await world.actor(FANG)
    async with world.database.connection() as connection:
        return list(await uses(connection, [actor.id_key], None))


async def test_a_draft_nobody_touched_for_thirty_days_is_purged_and_a_younger_one_is_not(world: World) -> None:
    old, now = await world.ready(), await world.now()
    await world.rows("UPDATE drafts SET updated_at = updated_at - interval '31 days' WHERE id = %(d)s", d=old.id)
    young = await world.opened(JING)
    assert await drafts.purge_old_drafts(world.kernel, now, 30) == 1
    rows = await world.rows("SELECT id, abandoned_at IS NULL AS open FROM drafts")
    assert {row.id: row.open for row in rows} == {old.id: False, young.id: True}


async def test_a_submitted_draft_can_neither_be_saved_nor_given_up(world: World) -> None:
    draft, actor = await world.ready(), await world.actor(FANG)
    await world.submit(draft)
    with pytest.raises(DraftSubmitted):
        await world.saved(draft, child_name="张大宝")
    with pytest.raises(DraftSubmitted):
        await drafts.abandon(world.kernel, actor, await world.now(), REGION, draft.id)
    assert (await world.opened()).id != draft.id


async def test_a_record_that_is_missing_changes_both_the_count_and_the_form(world: World) -> None:
    with_record = await world.ready()
    case: UUID = (await world.submit(with_record)).id
    full = (await world.page(case)).count
    kernel = world.kernel
    own = world.people[FANG].id_number
    without = world.provider(MARRIAGE).without({"id_number": own})
    world.kernel = type(kernel)(**{**vars(kernel), "providers": {**kernel.providers, MARRIAGE: without}})
    draft = await world.ready()
    assert draft.id != case
    state = {
        s.material.id: s.state
        for s in drafts.readiness_of(world.kernel, await world.actor(FANG), draft, await world.now()).materials
    }
    assert state["marriage_certificate"] == "missing"
    assert "other_parent_name" in with_record.form and "other_parent_name" not in draft.form
    assert full.materials_not_asked == sum(s == "found" for s in state.values()) + 1
    assert full.materials_asked == 0


async def test_a_page_of_a_pack_version_that_is_gone_is_told_so(world: World) -> None:
    draft = await world.ready()
    await world.rows("UPDATE drafts SET version = '9.9.9' WHERE id = %(d)s", d=draft.id)
    with pytest.raises(UnknownJourney):
        await world.submit(draft)


async def test_faulty_values_are_kept_and_named(world: World) -> None:
    draft = await world.saved(await world.noticed(), **{**FORM, "birth_date": "2099-01-01"})
    found = await drafts.read_draft(world.kernel, await world.actor(FANG), REGION, draft.id)
    assert found.form["birth_date"] == "2099-01-01"
    faults = drafts.readiness_of(world.kernel, await world.actor(FANG), found, await world.now()).form_faults
    assert [f["field"] for f in faults if f["field"] == "birth_date"] == ["birth_date"]
