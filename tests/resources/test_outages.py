"""While the log's witness is away, data of high grades wait and nothing else changes; it ends by itself."""

from datetime import date, timedelta
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.world import World

from tongban.basics.calendar import CST
from tongban.cli.check_trust import check_trust
from tongban.resources.definitions import Grade, Importance, Resource
from tongban.resources.exchange.errors import LimitUnfit
from tongban.resources.exchange.limits import Limit, Policy, change_limit, policy_now, policy_on
from tongban.resources.exchange.outages import answering, waits, witness_away

GRADES, IMPORTANCE = get_args(Grade), get_args(Importance)
AGES = st.integers(0, 30 * 24).map(lambda hours: timedelta(hours=hours))


def graded(world: World, *grades: str) -> Resource:
    """A resource of the pack with fields of other grades."""
    found = next(iter(world.kernel.resources.values()))
    fields = [msgspec.structs.replace(found.fields[0], id=f"f{n}", grade=grade) for n, grade in enumerate(grades)]
    return msgspec.structs.replace(found, fields=fields)


LIMITS = st.lists(
    st.builds(
        Limit,
        kind=st.sampled_from((*GRADES, *IMPORTANCE)),
        valid_from=st.dates(date(2026, 1, 1), date(2026, 1, 9)),
        hours=st.none() | st.integers(1, 30 * 24),
        basis=st.just("b"),
    ),
    unique_by=lambda one: (one.kind, one.valid_from),
    max_size=12,
)


@given(st.sampled_from(GRADES), st.sampled_from(IMPORTANCE), AGES, AGES, LIMITS)
def test_what_waits_at_an_age_waits_at_every_older_one(
    grade: Grade, importance: Importance, younger: timedelta, older: timedelta, limits: list[Limit]
) -> None:
    younger, older = sorted((younger, older))
    limit = policy_on(limits, date(2026, 1, 9)).limit(grade, importance)
    assert (limit is not None and younger > limit) <= (limit is not None and older > limit)


@given(LIMITS, st.dates(date(2026, 1, 1), date(2026, 1, 9)))
def test_a_limit_is_in_force_from_its_day_until_the_next_of_its_kind(limits: list[Limit], day: date) -> None:
    policy = policy_on(limits, day)
    for kind in (*GRADES, *IMPORTANCE):
        begun = sorted((one.valid_from, one.hours) for one in limits if one.kind == kind and one.valid_from <= day)
        last = begun[-1][1] if begun else None
        assert policy.limits.get(kind) == (None if last is None else timedelta(hours=last))


async def test_a_higher_grade_never_waits_longer_than_a_lower_one(world: World) -> None:
    forever = timedelta.max
    policy = await in_force(world)
    by_grade = [policy.limit(grade, "general") or forever for grade in GRADES]
    by_importance = [policy.limit("L1", importance) or forever for importance in IMPORTANCE]
    assert by_grade == sorted(by_grade, reverse=True)
    assert by_importance == sorted(by_importance, reverse=True)
    assert by_grade[0] == forever


async def in_force(world: World) -> Policy:
    async with world.database.connection() as connection:
        return await policy_now(connection)


async def test_limits_are_changed_from_a_day_on_shown_and_recorded_and_a_senseless_one_is_refused(world: World) -> None:
    now = await world.now()
    today = now.astimezone(CST).date()
    later = today + timedelta(days=10)
    async with world.database.connection() as connection:
        await change_limit(connection, Limit("L3", today, 12, "数据局决定 1 号"), now)
        await change_limit(connection, Limit("L3", later, 6, "数据局决定 2 号"), now)
        for wrong in (
            Limit("L3", today, 1000, "比二级还长"),
            Limit("L4", today, 8, "第十天起会比三级还长"),
            Limit("L4", today - timedelta(days=1), 3, "过去的日期"),
            Limit("L5", today, 3, "没有这一级"),
            Limit("L4", today, 0, "没有时间"),
            Limit("L4", today, 3, " "),
        ):
            with pytest.raises(LimitUnfit):
                await change_limit(connection, wrong, now)
        said = [one for one in await check_trust(connection, now) if one.check == "trust.limits"]
    assert (await in_force(world)).limits["L3"] == timedelta(hours=12)
    assert "L3 12 h" in said[0].line("en") and f"{later} L3 6 h" in said[0].line("en")
    kept = await world.rows("SELECT data FROM ledger_entries WHERE kind = 'exchange.limit_changed' ORDER BY id")
    assert [row.data["hours"] for row in kept] == [12, 6]


async def test_the_highest_grade_among_the_asked_fields_counts_and_no_other(world: World) -> None:
    resource = graded(world, "L1", "L4")
    away = timedelta(hours=5)
    policy = await in_force(world)
    assert waits(resource, ["f0"], away, policy) is None
    assert waits(resource, ["f0", "f1"], away, policy)
    assert waits(resource, ["f0", "f1"], timedelta(hours=3), policy) is None


async def _heads(world: World, *heads: tuple[int, float, bool]) -> None:
    """Heads of the log: size, hours since it was sealed, whether the witness cosigned it."""
    async with world.database.connection() as connection:
        await connection.execute("DELETE FROM ledger_checkpoints")
        for number, (size, hours, cosigned) in enumerate(heads):
            await connection.execute(
                "INSERT INTO ledger_checkpoints (log, size, number, root, note, sealed_at, cosigned_at) VALUES"
                " (1, %s, %s, '', '', clock_timestamp() - %s, CASE WHEN %s THEN clock_timestamp() END)",
                (size, number + 1, timedelta(hours=hours), cosigned),
            )


@pytest.mark.parametrize(
    ("heads", "hours"),
    [
        ((), 0),
        (((5, 50, False),), 0),
        (((5, 50, True),), 0),
        (((5, 50, True), (9, 30, False), (12, 2, False)), 30),
        (((5, 50, True), (9, 30, False), (12, 2, True)), 0),
    ],
)
async def test_the_age_is_that_of_the_oldest_head_since_the_witness_last_signed(
    world: World, heads: tuple[tuple[int, float, bool], ...], hours: float
) -> None:
    await _heads(world, *heads)
    async with world.database.connection() as connection:
        away = await witness_away(connection)
    assert abs(away - timedelta(hours=hours)) < timedelta(minutes=1)


async def test_an_outage_makes_graded_data_unavailable_and_it_recovers_by_itself(world: World) -> None:
    await _heads(world, (5, 9000, True), (9, 8000, False))
    await world.ready()
    rows = await world.rows("SELECT l.outcome, l.reason, o.result FROM look_ups l JOIN exchange_outcomes o USING (id)")
    waiting = [row for row in rows if row.reason and "witness" in row.reason]
    assert waiting and all((row.outcome, row.result) == ("unavailable", "unavailable") for row in waiting)
    async with world.database.connection() as connection:
        said = await check_trust(connection, await world.now())
        assert any(one.check == "trust.witness" and one.level == "fault" for one in said)
        silent = [one.found[0] for one in said if one.check == "trust.connector" and one.level == "warning"]
        assert silent and all("没有可用应答（近 7 天没有应答过）" in one for one in silent)
        assert any(one.silent_since for one in await answering(connection, await world.now() - timedelta(days=1)))
    await _heads(world, (5, 9000, True), (9, 8000, True))
    async with world.database.connection() as connection:
        said = await check_trust(connection, await world.now())
    assert any(one.check == "trust.witness" and one.level == "ok" for one in said)
    await world.ready()
    assert await world.one("SELECT count(*) FROM look_ups WHERE outcome = 'found'") > 0
