"""While the log's witness is away, data of high grades wait and nothing else changes; it ends by itself."""

from datetime import timedelta
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.world import World

from tongban.cli.check_trust import check_trust
from tongban.resources.definitions import Grade, Importance, Resource
from tongban.resources.exchange.outages import POLICY, answering, waits, witness_away

GRADES, IMPORTANCE = get_args(Grade), get_args(Importance)
AGES = st.integers(0, 30 * 24).map(lambda hours: timedelta(hours=hours))


def graded(world: World, *grades: str) -> Resource:
    """A resource of the pack with fields of other grades."""
    found = next(iter(world.kernel.resources.values()))
    fields = [msgspec.structs.replace(found.fields[0], id=f"f{n}", grade=grade) for n, grade in enumerate(grades)]
    return msgspec.structs.replace(found, fields=fields)


@given(grade=st.sampled_from(GRADES), importance=st.sampled_from(IMPORTANCE), younger=AGES, older=AGES)
def test_what_waits_at_an_age_waits_at_every_older_one(
    grade: Grade, importance: Importance, younger: timedelta, older: timedelta
) -> None:
    younger, older = sorted((younger, older))
    limit = POLICY.limit(grade, importance)
    assert (limit is not None and younger > limit) <= (limit is not None and older > limit)


def test_a_higher_grade_never_waits_longer_than_a_lower_one() -> None:
    forever = timedelta.max
    by_grade = [POLICY.limit(grade, "general") or forever for grade in GRADES]
    by_importance = [POLICY.limit("L1", importance) or forever for importance in IMPORTANCE]
    assert by_grade == sorted(by_grade, reverse=True)
    assert by_importance == sorted(by_importance, reverse=True)
    assert by_grade[0] == forever


async def test_the_highest_grade_among_the_asked_fields_counts_and_no_other(world: World) -> None:
    resource = graded(world, "L1", "L4")
    away = timedelta(hours=5)
    assert waits(resource, ["f0"], away) is None
    assert waits(resource, ["f0", "f1"], away)
    assert waits(resource, ["f0", "f1"], timedelta(hours=3)) is None


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
        assert any(one.check == "trust.connector" and one.level == "warning" for one in said)
        assert any(one.silent_since for one in await answering(connection, await world.now() - timedelta(days=1)))
    await _heads(world, (5, 9000, True), (9, 8000, True))
    async with world.database.connection() as connection:
        said = await check_trust(connection, await world.now())
    assert any(one.check == "trust.witness" and one.level == "ok" for one in said)
    await world.ready()
    assert await world.one("SELECT count(*) FROM look_ups WHERE outcome = 'found'") > 0
