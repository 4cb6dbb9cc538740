"""The league table: worked out plainly, and no small count of others can be read out of it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.oversight.test_watching import found, later, post
from tests.world import JING, LEAD, REGION, WEI, World

from tongban.basics.calendar import WorkingCalendar
from tongban.cases.models import INTAKE
from tongban.cases.oversight.league import league
from tongban.cases.oversight.standings import (
    FEW,
    LEAST,
    Counted,
    DayCount,
    DecidedCount,
    covered,
    kept,
    mondays,
    placed,
    standing,
)
from tongban.parties.errors import NotAllowed

CALENDAR = WorkingCalendar.published()
TODAY = dt.date(2026, 11, 25)
WEEKS = mondays(TODAY)


def decided(department: str, n: int, used: int, late: bool = False, back: int = 1) -> DecidedCount:
    """``n`` tasks decided ``back`` weeks ago after ``used`` working days."""
    on = WEEKS[-1 - back] + dt.timedelta(days=4)
    started = next(
        day for day in (on - dt.timedelta(days=d) for d in range(30)) if CALENDAR.workdays_between(day, on) == used
    )
    return DecidedCount(department, on, started, on - dt.timedelta(days=1) if late else on, n)


def test_shares_and_means_are_those_of_a_plain_count() -> None:
    counted = Counted([decided("a", 6, 1), decided("a", 2, 4, late=True)], {"a": 3}, [DayCount("a", TODAY, 2)], [])
    row = standing("a", ["a"], counted, WEEKS, CALENDAR)
    assert (row.decided, row.on_time, row.mean_days, row.overdue, row.tickets) == (8, 75.0, 1.8, 3, 2)
    assert [week.decided for week in row.weeks][-3:] == [0, 8, 0]


def test_nothing_is_said_about_fewer_than_five() -> None:
    row = standing("a", ["a"], Counted([decided("a", 4, 1)], {}, [], []), WEEKS, CALENDAR)
    assert (row.on_time, row.mean_days) == (None, None)


def test_the_change_compares_the_halves() -> None:
    counted = Counted([decided("a", 5, 1, late=True, back=8), decided("a", 5, 1, back=1)], {}, [], [])
    assert standing("a", ["a"], counted, WEEKS, CALENDAR).change == 100.0


def test_departments_with_the_same_record_share_a_place() -> None:
    counted = Counted([decided(d, 5, 1, late=d == "c") for d in "abc"] + [decided("d", 1, 1)], {}, [], [])
    rows = placed([standing(d, [d], counted, WEEKS, CALENDAR) for d in "dcba"])
    assert [(row.id, row.place) for row in rows] == [("a", 1), ("b", 1), ("c", 3), ("d", None)]


@given(st.lists(st.integers(0, 30), max_size=8))
def test_no_small_count_can_be_worked_out_from_the_sum(counts: list[int]) -> None:
    shown = covered(counts)
    hidden = [n for n, said in zip(counts, shown, strict=True) if isinstance(said, str)]
    assert all(said == n for n, said in zip(counts, shown, strict=True) if not isinstance(said, str))
    assert all(isinstance(said, str) for n, said in zip(counts, shown, strict=True) if 0 < n < LEAST)
    # Whoever knows the sum knows what the hidden ones come to, but of at least two (or of all there is).
    assert len(hidden) != 1 or not [n for n in counts if n >= LEAST]


def test_ones_own_counts_are_exact_and_those_of_others_are_not() -> None:
    counted = Counted([decided("a", 3, 1), decided("b", 3, 1), decided("c", 9, 1)], {"b": 1}, [], [])
    rows = {row.id: row for row in kept([standing(d, [d], counted, WEEKS, CALENDAR) for d in "abc"], ["a"])}
    assert rows["a"].decided == 3 and rows["b"].decided == FEW and rows["c"].decided == "hidden"
    assert rows["b"].overdue == FEW


async def test_the_table_is_counted_from_what_people_did(world: World) -> None:
    for _ in range(5):
        case = await world.submitted()
        await world.decide(LEAD, case, INTAKE, "accept")
    late = await world.submitted()
    await later(world, 6)
    await found(world)
    await world.decide(LEAD, late, INTAKE, "accept")
    await post(world, JING, "government-office", "supervisor")
    world.secrets.clear()
    table = await league(world.kernel, await world.actor(JING), REGION)
    row = next(one for one in table.departments if one.standing.id == "health").standing
    assert (row.decided, row.on_time) == (6, 83.3)
    overdue = await world.one(
        "SELECT count(*) FROM tasks t JOIN cases c ON c.id = t.case_id WHERE t.department = 'health'"
        " AND t.state = 'ready' AND c.account IS NOT NULL AND t.due_on < %(today)s",
        today=table.until,
    )
    tickets = await world.one("SELECT count(*) FROM tickets WHERE department = 'health'")
    assert (row.overdue, row.tickets) == (overdue, tickets)
    assert table.regions[0].name and table.total.decided == 6


async def test_a_handler_and_an_applicant_do_not_read_the_table(world: World) -> None:
    for name in (WEI, "王芳"):
        with pytest.raises(NotAllowed):
            await league(world.kernel, await world.actor(name), REGION)
