"""Risky use of the exchange is found from counts alone, once a day each, and looked at again when it is answered."""

import datetime as dt
from uuid import uuid4

import pytest
from tests.cases.oversight.test_watching import answered, post, verified
from tests.world import JING, REGION, WEI, World

from tongban.basics.calendar import CST
from tongban.cases.oversight.errors import TicketNotFound
from tongban.cases.oversight.risky_use import WINDOW, look_at_use
from tongban.cases.oversight.views import ticket_page, tickets_of

VERIFIER = "孙丽"
ASK = """INSERT INTO exchange_intents (region, id, at, side, message, consumer, subsystem, provider, resource, officer,
    issue, purpose, basis, grant_id, revision, fields, records, subject, digest, signed_at)
  SELECT %(region)s, gen_random_uuid(), platform_now() - n * interval '1 second' + %(shift)s, %(side)s,
         gen_random_uuid()::text, 'police', %(system)s, 'civil-affairs', 'marriage',
         %(officer)s, %(issue)s, '办件', '依据',
         gen_random_uuid(), 1, %(fields)s, 1, sha256((n + %(first)s)::text::bytea), '\\x00', platform_now()
  FROM generate_series(1, %(times)s) n RETURNING region, id, at"""


async def asked(world: World, times: int, result: str = "found", **other: object) -> None:
    """An officer of the police asked ``times`` times, now by default, and was answered."""
    given = {"region": REGION, "officer": "police-officer-7", "system": None, "issue": "330103-1", "side": "both"}
    given |= {"fields": ["name"], "shift": dt.timedelta(0), "first": 0, "times": times, **other}
    async with world.database.connection() as connection, connection.transaction():
        rows = await (await connection.execute(ASK, given)).fetchall()
        for row in rows:
            await connection.execute(
                "INSERT INTO exchange_outcomes (region, id, at, result, digest) VALUES (%s, %s, %s, %s, '\\x00')",
                (row.region, row.id, row.at, result),
            )


async def looked(world: World) -> set[str]:
    """The watches that have set off tickets once everything of the last day was looked at."""
    await look_at_use(world.kernel, await world.now() - WINDOW)
    return {row.watch for row in await world.rows("SELECT watch FROM tickets WHERE about = 'exchange'")}


async def test_usual_work_sets_nothing_off(world: World) -> None:
    await asked(world, 100)
    assert await looked(world) == set()


@pytest.mark.parametrize(
    ("watch", "times", "other"),
    [
        ("risky_volume", 501, {}),
        ("risky_fields", 21, {"fields": [f"f{n}" for n in range(21)]}),
        ("risky_enumeration", 21, {"result": "missing"}),
        ("risky_no_case", 21, {"issue": None}),
    ],
)
async def test_each_kind_of_risk_is_found(world: World, watch: str, times: int, other: dict[str, object]) -> None:
    await asked(world, times - 2, **other)
    before = await looked(world)
    await asked(world, 2, **other)
    assert await looked(world) - before == {watch}


async def test_calls_at_night_are_found(world: World) -> None:
    now = (await world.now()).astimezone(CST)
    night = now.replace(hour=3, minute=0) - now
    await asked(world, 21, shift=night)
    assert await looked(world) == {"risky_hours"}


async def test_refused_calls_of_one_officer_are_found(world: World) -> None:
    await asked(world, 1)
    for _ in range(21):
        async with world.database.connection() as connection:
            await connection.execute(
                "INSERT INTO exchange_refusals (region, id, at, code, reason, consumer, officer, known)"
                " VALUES (%s, %s, platform_now(), 'exchange.not_granted', '', 'police', 'police-officer-7', true)",
                (REGION, uuid4()),
            )
    assert await looked(world) == {"risky_enumeration"}


async def test_what_the_platform_asks_for_an_application_is_nobodys_risk(world: World) -> None:
    await asked(world, 600, officer=None)
    await asked(world, 600, side="provider")
    assert await looked(world) == set()


async def test_a_system_may_ask_more_often_than_a_person(world: World) -> None:
    await asked(world, 600, officer=None, system="household-check", issue=None)
    assert await looked(world) == set()


async def daily(world: World, days: int, people: int, **other: object) -> None:
    """One look-up now and on each of the last ``days`` days, of ``people`` different people in turn."""
    await asked(world, 1, **{"issue": None, **other})
    for day in range(1, days + 1):
        await asked(world, 1, shift=-dt.timedelta(days=day), first=day % people, **{"issue": None, **other})


async def test_one_person_a_day_over_weeks_is_found_once_and_only_where_no_case_is_named(world: World) -> None:
    await daily(world, 25, 25)
    assert await looked(world) == {"risky_slow"}
    assert await looked(world) == {"risky_slow"}
    (fact,) = await world.rows("SELECT count(*) AS n FROM tickets WHERE about = 'exchange'")
    assert fact.n == 1
    kept = await world.rows("SELECT * FROM exchange_reach")
    assert len(kept) == 25 and {row.calls for row in kept} == {1}


@pytest.mark.parametrize(
    ("people", "other"),
    [(3, {}), (25, {"issue": "330103-1"}), (25, {"officer": None, "system": "household-check"})],
)
async def test_the_same_few_people_or_named_cases_or_a_system_over_weeks_are_usual(
    world: World, people: int, other: dict[str, object]
) -> None:
    await daily(world, 25, people, **other)
    assert await looked(world) == set()


async def test_slow_trying_is_corrected_once_it_has_stopped(world: World) -> None:
    await daily(world, 25, 25)
    await looked(world)
    ticket = await world.one("SELECT id FROM tickets")
    assert not (await answered(world, WEI, ticket, "explained", "账号已经停用，附核查记录")).still_true


async def test_one_find_is_one_ticket_a_day_and_goes_to_the_consumer_and_the_data_bureau(world: World) -> None:
    await asked(world, 21, issue=None)
    await looked(world)
    await asked(world, 21, issue=None)
    await looked(world)
    await post(world, JING, "market-supervision", "handler")
    (line,) = (await tickets_of(world.kernel, await world.actor(VERIFIER), REGION))[0]
    assert (line.department, line.about_number) == ("police", "police · police-officer-7")
    seen = await ticket_page(world.kernel, await world.actor(WEI), REGION, line.id)
    assert not seen.still_true  # it has not gone on since it was found
    assert any("42" in fact.zh or "21" in fact.zh for fact in seen.facts)
    with pytest.raises(TicketNotFound):
        await ticket_page(world.kernel, await world.actor(JING), REGION, line.id)


async def test_corrected_is_believed_when_it_has_stopped(world: World) -> None:
    await asked(world, 21, issue=None)
    await looked(world)
    ticket = await world.one("SELECT id FROM tickets")
    await asked(world, 21, issue=None, shift=dt.timedelta(minutes=1))
    assert (await answered(world, WEI, ticket)).still_true
    assert not (await answered(world, WEI, ticket, "explained", "账号误配已经停用，附核查记录")).still_true
    assert (await verified(world, VERIFIER, ticket)).still_true
    async with world.database.connection() as connection:
        await connection.execute("UPDATE exchange_intents SET at = at - interval '1 hour'")
    moved = await answered(world, WEI, ticket)
    assert not moved.still_true and moved.state == "answered"
    assert (await verified(world, VERIFIER, ticket)).state == "closed"
