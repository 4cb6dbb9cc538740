"""Another person is asked for their own consent; until they give it the applicant uploads and learns nothing."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.world import CLAIM, FORM, JING, LEAD, MONDAY, REGION, World

from tongban.cases.actions import consents, drafts, files
from tongban.cases.actions.drafts import readiness_of
from tongban.cases.actions.young import age
from tongban.cases.closing.actions import close
from tongban.cases.consent_of_others.answering import Asked, answer, asked_of_me, request
from tongban.cases.consent_of_others.asking import LASTS, MOST_OF_ONE
from tongban.cases.consent_of_others.errors import RequestNotFound, RequestOver
from tongban.cases.errors import CaseNotFound
from tongban.cases.models import INTAKE, Draft
from tongban.cli.kernel_stage import photo
from tongban.messages.actions import mine
from tongban.parties.errors import AssuranceTooLow
from tongban.parties.models import Representation
from tongban.resources.consenting.restricting import lift, restrict

BILL = "medical_bill_of_other"
SUN, XU, YANG = "孙伟", "徐静", "刘洋"
NOBODY = "330103198001010054"
FATHER = {
    **FORM, **CLAIM, "applicant_role": "father", "child_name": "孙小宝", "second_child_name": "孙小贝",
    "bill_payer": "other_parent",
}  # fmt: skip
"""孙伟 applies; the bill of the birth was paid by 徐静, whom the marriage record names."""


async def filled_in(world: World, **changes: Any) -> Draft:
    """孙伟's draft with everything typed; he ticks consent in her place, which counts for nothing."""
    return await world.saved(await world.noticed(SUN, (BILL,)), SUN, **{**FATHER, **changes})


async def state_of(world: World, draft: Draft) -> str:
    """Where the bill stands as 孙伟 sees it."""
    actor = await world.actor(SUN)
    read = await drafts.read_draft(world.kernel, actor, REGION, draft.id)
    ready = readiness_of(world.kernel, actor, read, await world.now())
    return next(one.state for one in ready.materials if one.material.id == BILL)


async def looked_up(world: World) -> int:
    """How often anything was asked, or tried, about 徐静 by consent."""
    key = (await world.actor(XU)).id_key
    counted = "SELECT count(*) FROM look_ups WHERE person_key = %(k)s AND legal = 'consent'"
    return int(await world.one(counted, k=key))


async def asked(world: World, name: str = XU) -> list[Asked]:
    return await asked_of_me(world.kernel, await world.actor(name))


async def said(world: World, what: Any = "given", name: str = XU) -> Asked:
    """``name`` answers what she is asked."""
    (one,) = await asked(world, name)
    return await answer(world.kernel, await world.actor(name), REGION, one.id, what)


async def again(world: World, draft: Draft, **changes: Any) -> Draft:
    """The draft saved once more, as somebody goes on with it."""
    read = await drafts.read_draft(world.kernel, await world.actor(SUN), REGION, draft.id)
    return await world.saved(read, SUN, **changes)


async def test_the_other_parent_gives_their_own_consent_and_the_bill_is_found_under_their_eyes(world: World) -> None:
    draft = await filled_in(world)
    assert (await state_of(world, draft), await looked_up(world), draft.consents) == ("missing", 0, ())
    (one,) = await asked(world)
    assert (one.asker, one.material.id, one.open, one.until - one.asked_at) == (SUN, BILL, True, LASTS)
    assert [(plan.legal, bool(plan.fields and plan.purpose and plan.basis)) for plan in one.plans] == [
        ("consent", True)
    ]
    async with world.database.connection() as connection:
        (told,) = [m for m in await mine(connection, world.accounts[XU]) if m.kind == "consent.asked"]
    assert (told.detail["request"], told.detail["material"]) == (str(one.id), BILL)

    assert (await said(world)).answer == (
        await answer(world.kernel, await world.actor(XU), REGION, one.id, "given")
    ).answer
    draft = await again(world, draft)
    assert (await state_of(world, draft), await looked_up(world)) == ("found", 1)
    (use,) = await world.rows(
        "SELECT person_key, material, outcome FROM look_ups WHERE case_id = %(c)s AND legal = 'consent'", c=draft.id
    )
    assert (use.person_key, use.material, use.outcome) == ((await world.actor(XU)).id_key, BILL, "found")
    (given,) = await world.rows(
        "SELECT owner, subject_key, until, language FROM consents WHERE case_id = %(c)s", c=draft.id
    )
    assert (given.owner, given.until, given.language) == (world.accounts[XU], one.until, "zh-CN")
    # He reads the notice again and ticks nothing: hers stands, and is not his to read or to take back.
    await drafts.read_notice(world.kernel, await world.actor(SUN), await world.now(), REGION, draft.id, [])
    assert await state_of(world, draft) == "found"
    for name in (SUN, JING):
        with pytest.raises(CaseNotFound):
            await consents.withdraw_consent(world.kernel, await world.actor(name), REGION, draft.id, BILL)
        assert await consents.my_consents(world.kernel, await world.actor(name)) == []
    kinds = await world.rows("SELECT kind FROM ledger_entries WHERE kind LIKE 'consent.%%' ORDER BY at, id")
    assert [row.kind for row in kinds] == ["consent.asked", "consent.given"]


async def test_taken_back_mid_case_the_applicant_uploads_and_nothing_more_is_looked_up(world: World) -> None:
    draft = await filled_in(world)
    await said(world)
    case = (await world.submit(await again(world, draft), SUN)).id
    await world.decide(LEAD, case, INTAKE, "accept")
    assert [o.id for o in (await world.page(case, LEAD)).materials if o.of_another] == [BILL]
    xu = await world.actor(XU)
    (held,) = await consents.my_consents(world.kernel, xu)
    assert (held.stage, held.standing, held.uploads, held.files) == ("open", True, False, ())
    for capacity in ("agent", "guardian"):
        hat = Representation(xu.account, xu.name, xu.id_key, capacity)
        acting = msgspec.structs.replace(await world.actor(JING), represented=(hat,))
        assert await consents.my_consents(world.kernel, acting) == []
    assert not (await consents.withdraw_consent(world.kernel, xu, REGION, case, BILL)).standing
    await consents.withdraw_consent(world.kernel, xu, REGION, case, BILL)
    page = await world.page(case, SUN)
    assert next(one.state for one in page.materials if one.id == BILL) == "missing"
    (ended,) = [event for event in page.events if event.kind == "case.consent_of_other_ended"]
    assert (ended.actor, ended.detail) == ("platform", {"materials": [BILL], "upload": True})
    sealed = "SELECT count(*) FROM look_ups WHERE case_id = %(c)s AND legal = 'consent' AND sealed IS NOT NULL"
    assert (await world.one(sealed, c=case), await looked_up(world)) == (0, 1)
    sun, now = await world.actor(SUN), await world.now()
    await files.upload(world.kernel, sun, now, REGION, case, BILL, "bill.jpg", "image/jpeg", photo())
    assert next(o.state for o in (await world.page(case, SUN)).materials if o.id == BILL) == "uploaded"


async def test_refused_unanswered_restricted_or_nobody_at_all_look_alike_to_the_applicant(world: World) -> None:
    xu, now = await world.actor(XU), await world.now()
    seen = []
    draft = await filled_in(world)
    seen.append(await again(world, draft))
    await said(world, "refused")
    seen.append(await again(world, draft))
    assert await asked(world) == [], "who refused is not asked again for the same application"
    with pytest.raises(RequestOver):
        (row,) = await world.rows("SELECT id FROM consent_requests")
        await answer(world.kernel, xu, REGION, row.id, "given")
    seen.append(await again(world, draft, other_parent_id_number=NOBODY))
    await drafts.abandon(world.kernel, await world.actor(SUN), now, REGION, draft.id)
    async with world.database.connection() as connection:
        await restrict(connection, REGION, draft.id, xu.id_key, now)
    seen.append(await filled_in(world))
    assert await asked(world) == []
    views = {
        (one.state, one.evidence) for draft in seen
        for one in readiness_of(world.kernel, await world.actor(SUN), draft, now).materials if one.material.id == BILL
    }  # fmt: skip
    assert views == {("missing", None)} and await looked_up(world) == 0
    async with world.database.connection() as connection:
        assert not [m for m in await mine(connection, world.accounts[SUN]) if m.kind.startswith("consent.")]
        await lift(connection, xu.id_key, now)
    await again(world, seen[-1])
    assert len(await asked(world)) == 1


async def test_only_the_very_person_answers_and_only_when_proved(world: World) -> None:
    await filled_in(world)
    (one,) = await asked(world)
    xu, sun = await world.actor(XU), await world.actor(SUN)
    hats = [
        msgspec.structs.replace(
            await world.actor(JING), represented=(Representation(xu.account, xu.name, xu.id_key, capacity),)
        )
        for capacity in ("agent", "guardian")
    ]
    for stranger in (sun, await world.actor(LEAD), *hats):
        assert await asked_of_me(world.kernel, stranger) == []
        with pytest.raises(RequestNotFound):
            await answer(world.kernel, stranger, REGION, one.id, "given")
        with pytest.raises(RequestNotFound):
            await request(world.kernel, stranger, REGION, one.id)
    declared = msgspec.structs.replace(xu, assurance="declared")
    assert await asked_of_me(world.kernel, declared) == []
    with pytest.raises(AssuranceTooLow):
        await answer(world.kernel, declared, REGION, one.id, "given")
    assert await world.one("SELECT count(*) FROM consents WHERE request IS NOT NULL") == 0


async def test_naming_somebody_else_ends_what_was_given_and_requests_are_bounded(world: World) -> None:
    draft = await filled_in(world)
    await said(world)
    draft = await again(world, draft)
    number = world.people[YANG].id_number
    draft = await again(world, draft, other_parent_id_number=number)
    assert (await state_of(world, draft), draft.consents, len(await asked(world, YANG))) == ("missing", (), 1)
    assert await world.one("SELECT count(*) FROM consents WHERE withdrawn_at IS NULL AND request IS NOT NULL") == 0
    assert await looked_up(world) == 1
    sealed = "SELECT count(*) FROM look_ups WHERE material = %(m)s AND sealed IS NOT NULL"
    assert await world.one(sealed, m=BILL) == 0
    mother = world.people[XU].id_number
    for _ in range(MOST_OF_ONE + 1):
        draft = await again(world, draft, other_parent_id_number=mother)
        draft = await again(world, draft, other_parent_id_number=number)
    to_one = "SELECT asked_key, count(*) AS times FROM consent_requests GROUP BY asked_key"
    assert {row.times for row in await world.rows(to_one)} <= set(range(1, MOST_OF_ONE + 1))
    assert await world.one("SELECT count(*) FROM consent_requests") <= 5


async def test_another_s_consent_ends_by_itself_after_its_last_day(world: World) -> None:
    draft = await filled_in(world)
    await said(world)
    draft = await again(world, draft)
    await world.go_to(MONDAY + LASTS + dt.timedelta(days=1))
    async with world.database.connection() as connection:
        await age(connection, await world.now())
    assert await world.one("SELECT count(*) FROM consents WHERE withdrawn_at IS NULL AND request IS NOT NULL") == 0
    cause = "SELECT data ->> 'cause' FROM ledger_entries WHERE kind = 'consent.withdrawn'"
    assert await world.one(cause) == "its last day has passed"


async def test_closing_her_account_ends_her_consents_and_none_of_his(world: World) -> None:
    own = {"claims_reimbursement": False, "bill_payer": None}
    draft = await world.noticed(SUN, ("medical_bill",))
    draft = await world.saved(draft, SUN, **{**FATHER, **own})
    draft = await again(world, draft, **{name: FATHER[name] for name in own})
    await said(world)
    await world.surer(XU)
    await close(world.kernel, await world.actor(XU))
    left = await world.rows("SELECT owner FROM consents WHERE case_id = %(c)s AND withdrawn_at IS NULL", c=draft.id)
    assert [row.owner for row in left] == [world.accounts[SUN]]


async def test_a_request_is_over_once_the_application_was_sent_with_the_document(world: World) -> None:
    draft, sun = await filled_in(world), await world.actor(SUN)
    (one,) = await asked(world)
    now = await world.now()
    await files.upload(world.kernel, sun, now, REGION, draft.id, BILL, "bill.jpg", "image/jpeg", photo())
    case: UUID = (await world.submit(await drafts.read_draft(world.kernel, sun, REGION, draft.id), SUN)).id
    assert await asked(world) == []
    with pytest.raises(RequestOver):
        await answer(world.kernel, await world.actor(XU), REGION, one.id, "given")
    assert (case, await looked_up(world)) == (draft.id, 0)
