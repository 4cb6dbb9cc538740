"""Things sent twice at the same moment: a submission, an allowance's last one, two people's answers to one wish."""

import asyncio

import pytest
from tests.api.test_window import CLERK, MOBILE, PRESENT, code_of, filled
from tests.api_client import Program
from tests.world import FANG, LEAD, REASONS, REGION, WEI

from tongban.parties.access.allowances import ALLOWANCES
from tongban.parties.actions import appoint
from tongban.parties.models import Post

pytestmark = pytest.mark.long
BASIS = "行政许可法 第六十九条"
SECOND, THIRD = "陈雨", "赵刚"


async def test_twenty_submissions_with_twenty_keys_make_one_case(api: Program) -> None:
    draft = await api.ready()
    path, body = f"/drafts/{REGION}/{draft['id']}/submission", {"revision": draft["revision"]}
    answers = await asyncio.gather(*(api.ask(FANG, "POST", path, json=body) for _ in range(20)))
    assert {one.json()["number"] for one in answers if one.status_code == 201} == {
        await api.world.one("SELECT number FROM cases")
    }
    assert {one.status_code for one in answers} == {201}


async def test_the_last_of_an_allowance_is_given_once_to_many_who_ask_at_once(api: Program) -> None:
    most = ALLOWANCES["export"].most
    path = f"/catalogue/{REGION}/export.xlsx"
    for _ in range(most - 1):
        assert (await api.ask(WEI, "GET", path)).status_code == 200
    answers = await asyncio.gather(*(api.ask(WEI, "GET", path) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200, *[429] * 7]


@pytest.mark.parametrize("both_confirm", [True, False])
async def test_of_two_heads_who_answer_one_wish_at_once_one_is_heard(api: Program, both_confirm: bool) -> None:
    world = api.world
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    async with world.database.connection() as connection:
        for name in (SECOND, THIRD):
            await appoint(connection, world.accounts[name], Post(REGION, "health", "head"))
    licence = await world.one("SELECT id FROM licences WHERE source = %(c)s", c=case)
    place = f"/desk/{REGION}/licences/{licence}/changes"
    wish = {"kind": "reissue", "reasons": REASONS, "basis": BASIS}
    asked = await api.did(LEAD, "POST", place, json=wish)
    said = ({"confirm": True}, {"confirm": both_confirm, "reasons": REASONS})
    tries = [
        api.ask(name, "POST", f"{place}/{asked['id']}/answer", json=answer)
        for _ in range(4)
        for name, answer in zip((SECOND, THIRD), said, strict=True)
    ]
    answers = await asyncio.gather(*tries)
    assert sorted(one.status_code for one in answers) == [201, *[409] * 7]
    outcome = await world.one("SELECT outcome FROM licence_changes WHERE id = %(i)s", i=asked["id"])
    made = await world.one("SELECT count(*) FROM licences WHERE source = %(c)s AND type = 'birth-certificate'", c=case)
    assert made == (2 if outcome == "done" else 1)


async def test_of_many_wishes_for_one_licence_at_once_one_waits(api: Program) -> None:
    world = api.world
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    licence = await world.one("SELECT id FROM licences WHERE source = %(c)s", c=case)
    place = f"/desk/{REGION}/licences/{licence}/changes"
    wish = {"kind": "revoke", "reasons": REASONS, "basis": BASIS}
    answers = await asyncio.gather(*(api.ask(LEAD, "POST", place, json=wish) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [201, *[409] * 7]


async def test_the_code_from_a_telephone_confirms_once_for_many_who_bring_it_at_once(api: Program) -> None:
    place, draft, revision = await filled(api)
    await api.did(CLERK, "POST", f"{place}/code", json={"mobile": MOBILE})
    said = {"revision": revision, "how": "code", "code": await code_of(api)}
    answers = await asyncio.gather(*(api.ask(CLERK, "PUT", f"{place}/confirmation", json=said) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [204, *[422] * 11]
    confirmed = await api.world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'assistance.confirmed'")
    assert confirmed == 1
    made = await asyncio.gather(
        *(api.ask(CLERK, "POST", f"{draft}/submission", json={"revision": revision}) for _ in range(8))
    )
    of_hers = await api.world.rows(
        "SELECT number FROM cases WHERE account = (SELECT account FROM assistances WHERE matter = %(m)s)",
        m=draft.rsplit("/", 1)[1],
    )
    assert {one.json()["number"] for one in made} == {row.number for row in of_hers} and len(of_hers) == 1


async def test_somebody_taken_in_many_times_at_once_has_one_draft(api: Program) -> None:
    answers = await asyncio.gather(*(api.ask(CLERK, "POST", "/window", json=PRESENT) for _ in range(10)))
    assert {one.status_code for one in answers} == {201} and len({one.json()["draft"] for one in answers}) == 1
    assert await api.world.one("SELECT count(*) FROM drafts WHERE submitted_at IS NULL") == 1
    kept = await api.world.one("SELECT count(*) FROM accounts WHERE login LIKE 'kept-%%'")
    assert kept == 1
