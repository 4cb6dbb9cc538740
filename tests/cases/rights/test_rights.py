"""What 王芳 asks about her data: a copy of her own alone, deletion of what may go, restriction that look-ups honour."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from tests.cases.oversight.test_watching import answered, later, verified
from tests.conftest import Template
from tests.world import CHILD, CLAIM, FANG, JING, LEAD, MOBILE, MONDAY, REGION, WEI, World

from tongban.assembly.definitions import Records
from tongban.assembly.record_provider import RecordProvider
from tongban.basics.outbox import drain
from tongban.cases.actions.applicant import withdraw
from tongban.cases.oversight.errors import TicketNotFound
from tongban.cases.oversight.views import ticket_page, tickets_of
from tongban.cases.retention import actions as retention
from tongban.cases.rights.asking import ask, my_request, my_requests, stop_restricting
from tongban.cases.rights.copied import Copy
from tongban.cases.rights.copying import drop_expired, read_copy
from tongban.cases.rights.errors import AskedAlready, NoCopy, NoRights, RequestNotFound, RestrictedAlready
from tongban.cases.rights.models import Asked, Request
from tongban.jobs import rights
from tongban.ledger.audit import verify_log
from tongban.ledger.sealer import seal_all
from tongban.messages.actions import mine
from tongban.parties.errors import AssuranceTooLow
from tongban.parties.models import Representation
from tongban.resources.consenting import actions as consenting

DATA = "孙丽"
BILL, SOURCE = "medical_bill", "health.delivery-bill"


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """One platform for the whole story, told in the order of this file."""
    address = template.copy()
    found = template.world(address)
    await found.database.open()
    await found.go_to(MONDAY)
    row = {"payer_id_number": found.people[FANG].id_number, "bill_number": "1", "amount": "1.00"}
    bills = RecordProvider(Records(SOURCE, [{**row, "issued_on": "2026-11-15"}]))
    found.kernel = replace(found.kernel, providers={**found.kernel.providers, SOURCE: bills})
    yield found
    await found.database.close()
    template.drop(address)


async def asked(world: World, kind: str, name: str = FANG, text: str = "") -> Request:
    return await ask(world.kernel, await world.actor(name), Asked(kind, REGION, text))  # type: ignore[arg-type]


async def done(world: World) -> None:
    """What the jobs process does with the outbox, as far as requests are concerned."""

    async def kernel_now(_: object) -> object:
        return world.kernel

    async with world.database.connection() as connection:
        while await drain(connection, rights.table(kernel_now)):  # type: ignore[arg-type]
            continue


async def state(world: World, request: Request, name: str = FANG) -> Request:
    return await my_request(world.kernel, await world.actor(name), REGION, request.id)


async def copy_of(world: World, request: Request, name: str = FANG) -> Copy:
    return await read_copy(world.kernel, await world.actor(name), REGION, request.id)


async def test_a_copy_is_asked_on_the_clock_confirmed_and_for_her_alone(world: World) -> None:
    case = await world.accepted(consents=(BILL,), **CLAIM)
    await world.ready()
    made = await asked(world, "copy", text="想看看有哪些数据")
    limit = world.kernel.calendar.add_workdays((await world.now()).date(), 15).day
    assert (made.department, made.answer_due, made.outcome) == ("data-bureau", limit, None)
    with pytest.raises(AskedAlready):
        await asked(world, "copy")
    with pytest.raises(NoCopy):
        await copy_of(world, made)
    with pytest.raises(TicketNotFound):
        await answered(world, JING, made.id)
    seen = await ticket_page(world.kernel, await world.actor(DATA), REGION, made.id)
    assert seen.asked is not None and (seen.asked.name, seen.asked.text) == (FANG, "想看看有哪些数据")
    assert made.id in {line.id for line in (await tickets_of(world.kernel, await world.actor(DATA), REGION))[0]}
    await later(world, 16)
    late = await ticket_page(world.kernel, await world.actor(DATA), REGION, made.id)
    assert late.line.light == "red"

    await answered(world, DATA, made.id, "corrected", "已经核对，是本人申请")
    await done(world)
    granted = await state(world, made)
    assert granted.outcome == "granted" and granted.copy_until is not None
    copy = await copy_of(world, made)
    number = await world.one("SELECT number FROM cases WHERE id = %(c)s", c=case)
    assert [one.number for one in copy.cases] == [number] and len(copy.drafts) == 1
    assert copy.account.id_number == world.people[FANG].id_number and copy.uses and copy.consents and copy.licences
    answers = {one.name: one.value for one in copy.cases[0].form}
    assert answers["mobile"] == MOBILE and answers["bank_account"] == CLAIM["bank_account"]
    assert [e.kind for e in copy.cases[0].events][:2] == ["case.submitted", "case.accepted"]
    for stranger in (JING, WEI, DATA):
        with pytest.raises(NoCopy):
            await copy_of(world, made, stranger)
        with pytest.raises(RequestNotFound):
            await state(world, made, stranger)


async def test_the_copy_holds_nothing_of_anybody_else(world: World) -> None:
    (made,) = await my_requests(world.kernel, await world.actor(FANG))
    text = msgspec.json.encode(await copy_of(world, made)).decode()
    others = [person for name, person in world.people.items() if name != FANG]
    found = {p.name for p in others if p.name in text} | {p.name for p in others if p.id_number in text}
    found |= {p.name for p in others if p.mobile and p.mobile in text}
    assert found == set() and CHILD not in text
    own = {world.people[FANG].id_number, MOBILE, world.people[FANG].mobile}
    assert set(re.findall(r"(?<!\d)(?:\d{17}[\dX]|1[3-9]\d{9})(?!\d)", text)) <= own
    stored = await world.rows("SELECT sealed FROM rights_copies")
    assert all(FANG.encode() not in row.sealed for row in stored)


async def test_who_acts_for_her_gets_no_copy_and_who_is_not_proved_asks_for_nothing(world: World) -> None:
    (made,) = await my_requests(world.kernel, await world.actor(FANG))
    jing, fang = await world.actor(JING), await world.actor(FANG)
    agent = Representation(fang.account, FANG, fang.id_key, "agent")
    with pytest.raises(NoCopy):
        await read_copy(world.kernel, msgspec.structs.replace(jing, represented=(agent,)), REGION, made.id)
    unproved = msgspec.structs.replace(jing, assurance="declared")
    with pytest.raises(AssuranceTooLow):
        await ask(world.kernel, unproved, Asked("copy", REGION))
    without = replace(world.kernel, oversight=replace(world.kernel.oversight, rights=()))
    with pytest.raises(NoRights):
        await ask(without, jing, Asked("copy", REGION))


async def test_an_official_sees_own_matters_in_the_own_copy_and_no_others(world: World) -> None:
    made = await asked(world, "copy", WEI)
    await answered(world, DATA, made.id, "corrected", "已经核对，是本人申请")
    await done(world)
    copy = await copy_of(world, made, WEI)
    assert copy.account.name == WEI and copy.cases == [] and FANG not in msgspec.json.encode(copy).decode()


async def test_a_copy_goes_when_its_days_are_over(world: World) -> None:
    made = next(one for one in await my_requests(world.kernel, await world.actor(FANG)) if one.kind == "copy")
    await later(world, 25)
    with pytest.raises(NoCopy):
        await copy_of(world, made)
    async with world.database.connection() as connection:
        assert await drop_expired(connection) == 2
    assert (await state(world, made)).copy_until is None


async def test_deletion_destroys_what_may_go_and_tells_by_which_rule_the_rest_stays(world: World) -> None:
    ended = await world.submitted()
    await withdraw(world.kernel, await world.actor(FANG), REGION, ended, "不办了")
    await world.ready()
    values = "SELECT count(*) FROM look_ups WHERE case_id = %(c)s AND sealed IS NOT NULL AND person_key IS NOT NULL"
    assert await world.one(values, c=ended) > 0
    made = await asked(world, "deletion", text="以前的都删掉")
    before = (await ticket_page(world.kernel, await world.actor(DATA), REGION, made.id)).asked
    assert before is not None and before.found
    await answered(world, DATA, made.id, "corrected", "可以删除的已经删除")
    told = await state(world, made)
    found = {(one.what, one.why): one for one in told.found}
    assert found["draft", "may-go"].count == 1 and found["look-up-values", "may-go"].count > 0
    assert {(one.what, one.count) for one in before.found} == {(one.what, one.count) for one in told.found}
    kept = found["case", "rule"]
    assert (kept.count, kept.years) == (1, 10) and kept.basis and kept.until is not None
    assert found["open-case", "open"].count == 1 and ("use", "rule") in found
    assert await world.one("SELECT count(*) FROM drafts WHERE submitted_at IS NULL AND abandoned_at IS NULL") == 0
    fang = await world.actor(FANG)
    left = "SELECT count(*) FROM look_ups WHERE case_id = %(c)s AND person_key = %(k)s AND sealed IS NOT NULL"
    assert await world.one(left, c=ended, k=fang.id_key) == 0
    assert await world.one("SELECT count(*) FROM cases WHERE id = %(c)s", c=ended) == 1
    async with world.database.connection() as connection:
        assert (await retention.proof(connection)).holds
        await seal_all(connection, world.kernel.signer)
        assert (await verify_log(connection, [world.kernel.signer.verifier])).findings == []
        entries = await world.rows("SELECT data FROM ledger_entries WHERE kind = 'retention.destroyed'")
    assert entries and all("第四十七条" in row.data["basis"] for row in entries)


async def test_a_refusal_gives_reasons_and_the_ways_of_appeal_and_destroys_nothing(world: World) -> None:
    draft = await world.ready()
    made = await asked(world, "deletion")
    await answered(world, DATA, made.id, "explained", "正在办理诉讼，须保全证据")
    told = await state(world, made)
    assert (told.outcome, told.answer_text) == ("refused", "正在办理诉讼，须保全证据")
    assert "12345" in told.appeal and "人民法院" in told.appeal and told.basis.startswith("个人信息保护法")
    assert await world.one("SELECT count(*) FROM drafts WHERE id = %(d)s AND abandoned_at IS NULL", d=draft.id) == 1
    await verified(world, DATA, made.id, "reopen", "理由没有说清楚")
    assert (await state(world, made)).outcome is None
    await done(world)
    async with world.database.connection() as connection:
        kinds = [one.kind for one in await mine(connection, world.accounts[FANG]) if one.subject == made.id]
    assert kinds == ["rights.reopened", "rights.answered"]


async def test_a_restriction_holds_at_once_at_every_look_up_by_consent_until_it_is_lifted(world: World) -> None:
    made = await asked(world, "restriction")
    assert (made.state, made.outcome) == ("closed", "granted")
    with pytest.raises(RestrictedAlready):
        await asked(world, "restriction")
    draft = await world.opened(JING)
    by_consent = "SELECT count(*) FROM look_ups WHERE case_id = %(c)s AND legal = 'consent' AND outcome <> 'refused'"
    case = await _another_claim(world)
    assert await world.one(by_consent, c=case) == 0
    assert draft.id != case and not await _holds(world, case)
    await stop_restricting(world.kernel, await world.actor(FANG))
    case = await _another_claim(world)
    assert await world.one(by_consent, c=case) > 0 and await _holds(world, case)
    kinds = await world.rows("SELECT kind FROM ledger_entries WHERE kind LIKE 'use.%%' ORDER BY at")
    assert [row.kind for row in kinds] == ["use.restricted", "use.unrestricted"]


async def _holds(world: World, case: UUID) -> bool:
    """Whether what rests on the consent may be written."""
    key = (await world.actor(FANG)).id_key
    async with world.database.transaction() as connection:
        return await consenting.holds(connection, REGION, case, BILL, key)


async def _another_claim(world: World) -> UUID:
    """A draft whose bill is asked for by consent, given up by what came before."""
    await world.rows("UPDATE drafts SET abandoned_at = platform_now() WHERE submitted_at IS NULL")
    return (await world.ready(consents=(BILL,), **CLAIM)).id


async def test_where_the_pack_says_so_a_copy_needs_no_confirmation(world: World) -> None:
    watches = world.kernel.oversight.rights
    at_once = tuple(replace(one, watch=msgspec.structs.replace(one.watch, at_once=True)) for one in watches)
    world.kernel = replace(world.kernel, oversight=replace(world.kernel.oversight, rights=at_once))
    made = await asked(world, "copy", LEAD)
    await done(world)
    assert (await copy_of(world, made, LEAD)).account.name == LEAD
