"""Consent: kept with the text that was shown, taken back at once, and no look-up by it afterwards."""

from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from tests.world import CLAIM, FANG, JING, LEAD, REGION, WEI, World

from tongban.assembly.definitions import Records
from tongban.assembly.record_provider import RecordProvider
from tongban.cases.actions import consents, drafts, files
from tongban.cases.actions.evidence import gather
from tongban.cases.errors import CaseNotFound
from tongban.cases.models import INTAKE
from tongban.cases.rows import open_dossier
from tongban.cases.views.desk import task_page
from tongban.cli.kernel_stage import photo
from tongban.parties.models import Representation

BILL = "medical_bill"
SOURCE = "health.delivery-bill"


async def looked_up(world: World, case: UUID, outcome: str = "found") -> int:
    """How often the bill was asked for by consent, with ``outcome``."""
    counted = "SELECT count(*) FROM look_ups WHERE case_id = %(c)s AND legal = 'consent' AND outcome = %(o)s"
    return int(await world.one(counted, c=case, o=outcome))


async def applied(world: World) -> UUID:
    """A case of 王芳 that holds her bill, found by her consent."""
    row = {"payer_id_number": world.people[FANG].id_number, "bill_number": "1", "amount": "1.00"}
    bills = RecordProvider(Records(SOURCE, [{**row, "issued_on": "2026-11-15"}]))
    world.kernel = replace(world.kernel, providers={**world.kernel.providers, SOURCE: bills})
    return await world.submitted(consents=(BILL,), **CLAIM)


async def withdrawn(world: World, case: UUID, name: str = FANG) -> consents.Held:
    return await consents.withdraw_consent(world.kernel, await world.actor(name), REGION, case, BILL)


async def test_a_consent_is_kept_with_the_text_that_was_shown(world: World) -> None:
    draft = await world.ready(consents=(BILL,), **CLAIM)
    (kept,) = await world.rows(
        "SELECT c.material, c.language, c.digest, t.content, t.version FROM consents c JOIN notice_texts t"
        " ON t.digest = c.digest WHERE c.case_id = %(c)s AND c.withdrawn_at IS NULL", c=draft.id
    )  # fmt: skip
    assert (kept.material, kept.language, kept.version) == (BILL, "zh-CN", draft.version)
    told = [one for one in kept.content["look_ups"] if one["material"] == BILL]
    assert {one["legal"] for one in told} == {"consent"}
    assert all(one["basis"] and one["fields"] and one["purpose"] and one["provider"] for one in told)
    assert await world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'consent.given'") == 1
    read = "SELECT count(*) FROM notice_readings WHERE case_id = %(c)s AND digest = %(d)s"
    assert await world.one(read, c=draft.id, d=kept.digest) == 1


async def test_a_consent_taken_back_mid_case_ends_look_ups_and_the_case_goes_on_by_upload(world: World) -> None:
    case = await applied(world)
    await world.decide(LEAD, case, INTAKE, "accept")
    asked = await looked_up(world, case)
    assert asked > 0
    before = await consents.consent(world.kernel, await world.actor(FANG), REGION, case, BILL)
    assert (before.standing, before.stage, before.uploads) == (True, "open", True)

    after = await withdrawn(world, case)
    assert (after.standing, after.uploads) == (False, True)
    sealed = "SELECT count(*) FROM look_ups WHERE case_id = %(c)s AND legal = 'consent' AND sealed IS NOT NULL"
    assert await world.one(sealed, c=case) == 0
    page = await world.page(case)
    assert next(one.state for one in page.materials if one.id == BILL) == "missing"
    assert [event.detail for event in page.events if event.kind == "case.consent_withdrawn"] == [
        {"materials": [BILL], "upload": True}
    ]

    actor, now = await world.actor(FANG), await world.now()
    await files.upload(world.kernel, actor, now, REGION, case, BILL, "bill.jpg", "image/jpeg", photo())
    page = await world.page(case)
    assert next(one.state for one in page.materials if one.id == BILL) == "uploaded"
    assert await looked_up(world, case) == asked


async def test_a_look_up_that_was_queued_before_is_refused_at_the_checkpoint_afterwards(world: World) -> None:
    case = await applied(world)
    async with world.database.connection() as connection:
        row = await drafts._queries.draft(connection, region=REGION, id=case)
        held = await drafts._queries.case(connection, region=REGION, id=case)
    stale = drafts.to_draft(world.kernel.vault, row, row.account)
    await withdrawn(world, case)
    asked = await looked_up(world, case)
    # Whoever read the draft before the withdrawal still believes in the consent; the checkpoint does not.
    queued = msgspec.structs.replace(stale, evidence=(), form=stale.form)
    assert BILL in queued.consents
    dossier = open_dossier(world.kernel.vault, REGION, case, held.dossier)
    queued = msgspec.structs.replace(queued, form=dossier.form)
    version = drafts.version_of(world.kernel, queued)
    found = await gather(world.kernel, version, queued, dossier.applicant, await world.now())
    assert BILL not in {one.material for one in found if one.found}
    assert await looked_up(world, case) == asked
    assert await looked_up(world, case, "refused") > 0


async def test_what_was_decided_before_stands_when_the_consent_is_taken_back(world: World) -> None:
    case = await applied(world)
    await world.rows("UPDATE tasks SET state = 'cancelled' WHERE case_id = %(c)s", c=case)
    await world.rows("UPDATE cases SET state = 'accepted' WHERE id = %(c)s", c=case)
    held = await withdrawn(world, case)
    assert (held.standing, held.stage, held.uploads) == (False, "decided", False)
    page = await world.page(case)
    assert next(one.state for one in page.materials if one.id == BILL) == "found"


async def test_only_its_owner_takes_a_consent_back_once_and_whoever_was_about_to_decide_reads_again(
    world: World,
) -> None:
    case = await applied(world)
    lead = await world.actor(LEAD)
    for name in (JING, WEI):
        with pytest.raises(CaseNotFound):
            await withdrawn(world, case, name)
        assert await consents.my_consents(world.kernel, await world.actor(name)) == []
    (own,) = await consents.my_consents(world.kernel, await world.actor(FANG))
    assert own.standing
    before = (await task_page(world.kernel, lead, REGION, case, INTAKE)).task.revision
    await withdrawn(world, case)
    await withdrawn(world, case)
    assert (await task_page(world.kernel, lead, REGION, case, INTAKE)).task.revision == before + 1
    page = await world.page(case)
    assert [event.kind for event in page.events].count("case.consent_withdrawn") == 1
    assert await world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'consent.withdrawn'") == 1


async def test_an_agent_agrees_for_nobody_and_a_guardian_for_the_child(world: World) -> None:
    draft, fang, jing = await world.opened(), await world.actor(FANG), await world.actor(JING)
    standing = "SELECT account, subject_key FROM consents WHERE case_id = %(c)s AND withdrawn_at IS NULL"
    for capacity, agreed in (("agent", 0), ("guardian", 1)):
        hat = Representation(fang.account, fang.name, fang.id_key, capacity)
        acting = msgspec.structs.replace(jing, represented=(hat,))
        await drafts.read_notice(world.kernel, acting, await world.now(), REGION, draft.id, [BILL])
        given = await world.rows(standing, c=draft.id)
        assert [(one.account, one.subject_key) for one in given] == [(jing.account, fang.id_key)] * agreed
