"""王芳 closes her account: not while somebody waits for something, then at once; and what it is afterwards."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from tests.api_client import Program
from tests.cases.test_enterprise_cases import FORM as SHOP_FORM
from tests.cases.test_enterprise_cases import HEAD, SHOP, TO_BRING
from tests.conftest import Template
from tests.world import CLAIM, FANG, MONDAY, REGION, WEI, World

from tongban.cases.actions import drafts, files
from tongban.cases.actions.applicant import withdraw
from tongban.cases.actions.submission import submit
from tongban.cases.closing.actions import close, weigh
from tongban.cases.closing.errors import ClosingHeld
from tongban.cases.closing.models import Closing
from tongban.cases.oversight.tickets import TicketAnswer, answer_ticket
from tongban.cases.retention import actions as retention
from tongban.cases.rights.asking import ask, my_requests
from tongban.cases.rights.models import Asked
from tongban.cases.views.reading import my_cases
from tongban.cli.kernel_stage import photo
from tongban.cli.seeding import PASSWORD
from tongban.ledger.audit import verify_log
from tongban.ledger.sealer import seal_all
from tongban.parties.appointing.actions import answer, offer
from tongban.parties.appointing.models import Wish
from tongban.parties.errors import NotSignedIn, WrongCredentials
from tongban.parties.guarding.appointed import Proposal, confirm, end, propose
from tongban.parties.log_in import proving
from tongban.parties.log_in.errors import ConfirmFirst
from tongban.parties.log_in.signing_in import sign_in
from tongban.parties.models import Particulars, Subject

GUARDIAN, AGENT, OTHER = "张强", "林晓", "冯雪"
BILL = "medical_bill"
GONE = (
    "sessions WHERE account = a.id",
    "passkeys WHERE account = a.id",
    "messages WHERE account = a.id",
    "consents WHERE owner = a.id AND withdrawn_at IS NULL",
    "drafts WHERE account = a.id AND submitted_at IS NULL AND abandoned_at IS NULL",
)
"""Nothing of a closed account ``a`` is left in these."""


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """One platform for the whole story, told in the order of this file, behind the wall."""
    async with template.opened(walled=True) as found:
        yield replace(found, accounts=dict(found.accounts))


async def weighed(world: World, name: str = FANG) -> Closing:
    return await weigh(world.kernel, await world.actor(name), await world.now())


async def held(world: World, name: str) -> list[str]:
    """What stands in the way of closing; each is refused by name, and nothing has changed."""
    await world.surer(name)
    kinds = [one.kind for one in (await weighed(world, name)).obstacles]
    with pytest.raises(ClosingHeld) as refused:
        await close(world.kernel, await world.actor(name))
    assert all(one.zh in refused.value.message() for one in (await weighed(world, name)).obstacles)
    assert (await world.actor(name)).login
    return kinds


async def test_nobody_closes_an_account_without_proving_again_to_be_its_owner(world: World) -> None:
    with pytest.raises(ConfirmFirst):
        await close(world.kernel, await world.actor(FANG))
    assert (await world.actor(FANG)).login == "wangfang"


async def test_who_is_in_office_is_closed_by_the_directory_and_not_here(world: World) -> None:
    assert await held(world, WEI) == ["staff"]


async def test_it_stays_open_while_a_case_runs_a_request_waits_or_a_guardian_stands(world: World) -> None:
    case = await world.submitted()
    hall, now = Subject(REGION, department="hall"), await world.now()
    numbers = world.people[FANG].id_number, world.people[GUARDIAN].id_number
    said = Proposal(
        FANG, numbers[0], GUARDIAN, numbers[1], "court-order", "（2026）演示民特 1 号", dt.date(2027, 11, 1), True
    )
    async with world.database.connection() as connection:
        made = await propose(connection, world.kernel.vault, await world.actor("何平"), hall, said, now)
        await confirm(connection, await world.actor("蒋琳"), made, now)
    await ask(world.kernel, await world.actor(FANG), Asked("copy", REGION))
    assert await held(world, FANG) == ["guarded", "case", "request"]
    (ward,) = (await weighed(world, GUARDIAN)).obstacles
    assert ward.kind == "ward" and f"{FANG}有 1 件办件" in ward.zh and FANG in ward.en
    assert await held(world, GUARDIAN) == ["ward"]
    async with world.database.connection() as connection:
        await end(connection, await world.actor("蒋琳"), made, "mistaken", await world.now())
    assert (await weighed(world, GUARDIAN)).obstacles == ()
    await withdraw(world.kernel, await world.actor(FANG), REGION, case, "不办了")
    assert await held(world, FANG) == ["request"]


async def test_the_only_one_who_governs_an_enterprise_with_open_cases_stays(world: World) -> None:
    shop = await world.one("SELECT id FROM enterprises WHERE name = %(n)s", n=SHOP)
    actor, now = await world.actor(HEAD), await world.now()
    draft = (await drafts.open_draft(world.kernel, actor, now, REGION, "restaurant", shop)).draft
    draft = await drafts.read_notice(world.kernel, actor, now, REGION, draft.id, [])
    for material in TO_BRING:
        await files.upload(world.kernel, actor, now, REGION, draft.id, material, "photo.jpg", "image/jpeg", photo())
    await drafts.save_form(world.kernel, actor, now, REGION, draft.id, draft.revision, SHOP_FORM)
    await submit(world.kernel, await world.secret(HEAD), "token", REGION, draft.id)
    assert await held(world, HEAD) == ["enterprise"]
    wish = Wish(AGENT, "administrator", world.people[AGENT].id_number, "", (), None)
    async with world.database.connection() as connection:
        made = await offer(connection, world.kernel.vault, await world.actor(HEAD), shop, wish, (), now)
        await answer(connection, world.kernel.vault, await world.actor(AGENT), made, True, now)
    assert (await weighed(world, HEAD)).obstacles == ()


async def refusal(world: World, login: str) -> tuple[type[Exception], str, str | None]:
    """What sign-in says to ``login`` with the password that everybody of the cast has."""
    with pytest.raises(WrongCredentials) as refused:
        async with world.database.connection() as connection:
            await sign_in(
                connection, login=login, password=PASSWORD, source="10.0.0.9", kind="token", agent="", code="",
                vault=world.kernel.vault,
            )  # fmt: skip
    return refused.type, refused.value.message(), refused.value.field


async def prepared(world: World) -> UUID:
    """王芳 has a case that ended, a draft with a consent, an agent, a passkey; the data bureau answered her request."""
    (made,) = await my_requests(world.kernel, await world.actor(FANG))
    said = TicketAnswer("explained", 1, "请先说明需要哪些数据")
    await answer_ticket(world.kernel, await world.actor("孙丽"), REGION, made.id, said)
    await world.ready(consents=(BILL,), **CLAIM)
    now, fang, agent = await world.now(), await world.actor(FANG), world.people[OTHER]
    wish = Wish(OTHER, "agent", agent.id_number, "", ("birth",), MONDAY + dt.timedelta(days=30))
    async with world.database.connection() as connection:
        asked = await offer(connection, world.kernel.vault, fang, None, wish, ("birth",), now)
        await answer(connection, world.kernel.vault, await world.actor(OTHER), asked, True, now)
    await world.rows(
        "INSERT INTO passkeys (id, account, public_key, sign_count, name, backed_up, made_at)"
        " VALUES ('k', %(a)s, 'p', 0, 'k', false, now())",
        a=fang.account,
    )
    found: UUID = await world.one("SELECT id FROM cases WHERE account = %(a)s AND enterprise IS NULL", a=fang.account)
    return found


async def test_closing_ends_every_way_in_at_once_and_leaves_what_a_rule_keeps(api: Program) -> None:
    world = api.world
    case, fang = await prepared(world), await world.actor(FANG)
    licences = await world.one("SELECT count(*) FROM licences WHERE holder_key = %(k)s", k=fang.id_key)
    assert licences and len((await world.actor(OTHER)).represented) == 1
    told = await api.did(FANG, "GET", "/account/closing")
    assert told["obstacles"] == [] and {"draft", "case", "licence", "use"} <= {one["what"] for one in told["found"]}
    await api.refused(FANG, "POST", "/account/closing", 400, json={"sure": False})
    done = await api.did(FANG, "POST", "/account/closing", json={"sure": True})
    assert done["found"] == told["found"] and done["name_kept"] and told["name_kept"]

    await api.refused(FANG, "GET", "/account/closing", 401)
    with pytest.raises(NotSignedIn):
        await world.actor(FANG)
    assert await refusal(world, "wangfang") == await refusal(world, "nobody.ever")
    counted = " + ".join(f"(SELECT count(*) FROM {one})" for one in GONE)
    (row,) = await world.rows(
        f"SELECT {counted} AS n, a.mobile, a.kept, a.login, p.name, p.id_key, p.sealed"
        "  FROM accounts a JOIN persons p ON p.id = a.person WHERE a.id = %(a)s",
        a=fang.account,
    )
    assert (row.n, row.mobile, row.kept, row.login, row.name) == (0, None, True, f"closed-{fang.account}", FANG)
    known = msgspec.json.decode(world.kernel.vault.open(row.sealed, row.id_key), type=Particulars)
    assert known.mobile is None and known.id_number == world.people[FANG].id_number
    assert (await world.actor(OTHER)).represented == ()
    valid = "SELECT count(*) FROM licences WHERE holder_key = %(k)s AND state = 'valid'"
    assert await world.one(valid, k=fang.id_key) == licences
    assert await world.one("SELECT count(*) FROM cases WHERE id = %(c)s", c=case) == 1
    entry = await world.one("SELECT data::text FROM ledger_entries WHERE kind = 'account.closed'")
    assert '"kept": true' in entry and world.people[FANG].id_number not in entry
    async with world.database.connection() as connection:
        assert (await retention.proof(connection)).holds
        await seal_all(connection, world.kernel.signer)
        assert (await verify_log(connection, [world.kernel.signer.verifier])).findings == []


async def registered(world: World, login: str, name: str, number: str) -> None:
    """Somebody registers by their own word, with a telephone of their own."""
    async with world.database.connection() as connection:
        world.accounts[name] = await proving.register_declared(
            connection, world.kernel.vault, login=login, name=name, id_number=number, mobile="19900002044",
            password="purple lantern on the river",
        )  # fmt: skip
    await world.surer(name)


async def test_who_comes_back_registers_anew_and_has_the_cases_again_by_proof(world: World) -> None:
    closed = world.accounts[FANG]
    await registered(world, "wangfang", FANG, world.people[FANG].id_number)
    assert (await my_cases(world.kernel, await world.actor(FANG)))[0] == []
    async with world.database.connection() as connection:
        clerk, number = await world.actor("何平"), world.people[FANG].id_number
        await proving.prove_in_person(
            connection, world.kernel.vault, clerk, login="wangfang", name=FANG, id_number=number
        )
    (case,) = (await my_cases(world.kernel, await world.actor(FANG)))[0]
    assert case.state == "withdrawn" and len(await my_requests(world.kernel, await world.actor(FANG))) == 1
    assert await world.one("SELECT disabled_at IS NOT NULL FROM accounts WHERE id = %(a)s", a=closed)


async def test_where_no_record_needs_them_name_and_identity_go_too(world: World) -> None:
    name, number = "宋雨", "330103199809120640"
    await registered(world, "songyu1998", name, number)
    actor = await world.actor(name)
    assert not (await weighed(world, name)).name_kept and (await weighed(world, WEI)).name_kept
    assert not (await close(world.kernel, actor)).name_kept
    (row,) = await world.rows("SELECT id_key, name, sealed FROM persons WHERE id = %(p)s", p=actor.person)
    held = msgspec.json.decode(world.kernel.vault.open(row.sealed, row.id_key), type=Particulars)
    assert (row.name, held) == ("", Particulars("")) and row.id_key != actor.id_key
    assert await refusal(world, "songyu1998") == await refusal(world, "nobody.ever")
