"""Consent: kept with the text that was shown, taken back at once, and no look-up by it afterwards."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.world import CLAIM, FANG, JING, LEAD, REGION, WEI, World

from tongban.assembly.definitions import Records
from tongban.assembly.record_provider import RecordProvider
from tongban.cases.actions import consents, decisions, drafts, files
from tongban.cases.actions.evidence import gather
from tongban.cases.errors import CaseNotFound, StalePage
from tongban.cases.models import INTAKE
from tongban.cases.rows import open_dossier
from tongban.cases.views.desk import task_page
from tongban.cli.kernel_stage import photo
from tongban.parties.models import Representation
from tongban.resources.consenting import actions as consenting

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


@asynccontextmanager
async def meanwhile(world: World, late: Coroutine[Any, Any, Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """Inside one transaction everything of the block happens; ``late`` runs into it and waits for its end."""
    begin = asyncio.Event()

    async def afterwards() -> Any:
        await begin.wait()
        return await late

    running = asyncio.create_task(afterwards())
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with world.database.one_transaction() as connection:
        yield running
        begin.set()
        for _ in range(200):
            row = await (await connection.execute(waits)).fetchone()
            if row is not None and row[0]:
                break
            await asyncio.sleep(0.01)
        assert not running.done()


async def evidence_of(world: World, case: UUID) -> set[str]:
    """The materials for which the dossier of a case holds something looked up."""
    async with world.database.connection() as connection:
        held = await drafts._queries.case(connection, region=REGION, id=case)
    return {one.material for one in open_dossier(world.kernel.vault, REGION, case, held.dossier).evidence if one.found}


async def approving(world: World, case: UUID, task: str) -> decisions.Decision:
    """An approval of ``task`` as whoever handles it saw it."""
    revision = "SELECT revision FROM tasks WHERE case_id = %(c)s AND task = %(t)s"
    return decisions.Decision("approve", await world.one(revision, c=case, t=task))


@pytest.mark.parametrize("withdrawn_first", [True, False])
async def test_what_was_asked_again_before_a_decision_is_not_written_back_after_the_consent_ended(
    world: World, withdrawn_first: bool
) -> None:
    case = await applied(world)
    await world.decide(LEAD, case, INTAKE, "accept")
    assert BILL in await evidence_of(world, case)
    lead, task = await world.actor(LEAD), "birth_certificate"
    decision = await approving(world, case, task)
    await world.rows("UPDATE case_evidence SET fresh_until = platform_now() WHERE case_id = %(c)s", c=case)
    evidence = await decisions.prepare_decision(world.kernel, lead, REGION, case, task, decision)
    assert evidence is not None and BILL in {one.material for one in evidence if one.found}
    if withdrawn_first:
        await withdrawn(world, case)
    await decisions.make_decision(world.kernel, lead, REGION, case, task, decision, evidence)
    if not withdrawn_first:
        await withdrawn(world, case)
    assert (await world.states(case))[task] == "done"
    held = await evidence_of(world, case)
    assert BILL not in held and held


async def test_what_a_source_answers_is_bound_under_the_consent_or_not_at_all(world: World) -> None:
    draft, key = await world.ready(consents=(BILL,), **CLAIM), (await world.actor(FANG)).id_key
    about = (REGION, draft.id, BILL, key)

    async def held() -> bool:
        async with world.database.transaction() as connection:
            return await consenting.holds(connection, *about)

    async with meanwhile(world, withdrawn(world, draft.id)) as ending, world.database.connection() as connection:
        assert await consenting.holds(connection, *about)
    assert (await ending).standing is False
    await drafts.read_notice(world.kernel, await world.actor(FANG), await world.now(), REGION, draft.id, [BILL])
    assert await held()
    async with meanwhile(world, held()) as binding:
        await withdrawn(world, draft.id)
    assert await binding is False


async def test_a_submission_and_a_withdrawal_at_one_moment_leave_no_case_with_what_was_found(world: World) -> None:
    row = {"payer_id_number": world.people[FANG].id_number, "bill_number": "1", "amount": "1.00"}
    bills = RecordProvider(Records(SOURCE, [{**row, "issued_on": "2026-11-15"}]))
    world.kernel = replace(world.kernel, providers={**world.kernel.providers, SOURCE: bills})
    draft = await world.ready(consents=(BILL,), **CLAIM)
    # The submission has read the draft with what was found, and comes to write after the withdrawal.
    async with meanwhile(world, world.submit(draft)) as submitting:
        await withdrawn(world, draft.id)
    with pytest.raises(StalePage):
        await submitting
    await drafts.read_notice(world.kernel, await world.actor(FANG), await world.now(), REGION, draft.id, [BILL])
    # The withdrawal has read a draft, and comes to write when it is a case.
    async with meanwhile(world, withdrawn(world, draft.id)) as ending:
        await world.submit(draft)
    assert (await ending).stage == "open"
    assert BILL not in await evidence_of(world, draft.id)
    assert [e.kind for e in (await world.page(draft.id)).events].count("case.consent_withdrawn") == 1
