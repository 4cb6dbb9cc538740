"""A calendar is put into force by two people, never edited, only superseded; everything is on the ledger."""

import datetime as dt
from pathlib import Path

import psycopg
import pytest
from msgspec import structs
from tests.world import FANG, WEI, World

from tongban.basics.calendar import WorkingCalendar
from tongban.basics.calendar_errors import CalendarRefused
from tongban.basics.calendar_file import calendar_of
from tongban.basics.ids import new_id
from tongban.calendars import actions
from tongban.calendars.errors import (
    CalendarDecided,
    CalendarUnknown,
    ProposedAlready,
    ReasonsMissing,
    SamePerson,
)
from tongban.calendars.models import Proposal, Published
from tongban.parties.actions import register
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Particulars

TEXT = (Path(__file__).parents[2] / "docs/examples/calendar-2027-invented.yaml").read_text("utf-8")
OTHER = TEXT.replace("day: 2027-02-20", "day: 2027-02-21")
HAO, NING = "吴浩", "钱宁"
LOCAL = """
year: 2027
region: "330000"
basis: 虚构示例：关于亚运会放假的通知
published_on: 2026-11-20
days: [{day: 2027-03-10, is_workday: false, name: 亚运会}]
"""


async def propose(world: World, name: str = HAO, text: str = TEXT) -> Proposal:
    async with world.database.connection() as connection:
        return await actions.propose(connection, await world.actor(name), text, await world.now())


async def approve(world: World, proposal: Proposal, name: str = NING) -> Published:
    async with world.database.connection() as connection:
        return await actions.approve(connection, await world.actor(name), proposal.id, await world.now())


async def in_force(world: World) -> WorkingCalendar:
    async with world.database.connection() as connection:
        return calendar_of(await actions.files_in_force(connection), "330103")


async def test_one_proposes_and_another_approves(world: World) -> None:
    proposal = await propose(world)
    assert 2027 not in (await in_force(world)).years
    published = await approve(world, proposal)
    assert (published.edition, published.year, str(published.since)) == (1, 2027, "2026-12-25")
    assert 2027 in (await in_force(world)).years
    kinds = [row[0] for row in await world.rows("SELECT kind FROM ledger_entries WHERE subject = %(i)s ORDER BY id",
                                                i=proposal.id)]  # fmt: skip
    assert kinds == ["calendar.proposed", "calendar.published"]
    assert await world.one("SELECT payload->>'since' FROM outbox WHERE topic = 'calendar.published'") == "2026-12-25"


async def test_nobody_approves_what_they_proposed_not_even_with_a_second_account(world: World) -> None:
    proposal = await propose(world)
    with pytest.raises(SamePerson):
        await approve(world, proposal, HAO)
    async with world.database.connection() as connection:
        person = world.people[HAO]
        particulars = Particulars(person.id_number)
        second = await register(
            connection, world.kernel.vault, name=HAO, particulars=particulars, login="second", password_hash="none"
        )
        assert second is not None
        await world.rows(
            "INSERT INTO posts (region, account, department, role) VALUES ('330103', %(a)s, 'x', 'administrator')",
            a=second,
        )
    twin = {**world.accounts, "second": second}
    world.accounts = twin
    with pytest.raises(SamePerson):
        await approve(world, proposal, "second")
    with pytest.raises(psycopg.errors.CheckViolation):
        await world.rows("UPDATE calendars SET state = 'published', edition = 1, decided_by = proposed_by,"
                         " decided_at = now()")  # fmt: skip


@pytest.mark.parametrize("name", [FANG, WEI])
async def test_who_administers_nothing_neither_proposes_nor_approves_nor_reads(world: World, name: str) -> None:
    proposal = await propose(world)
    with pytest.raises(NotAllowed):
        await propose(world, name)
    with pytest.raises(NotAllowed):
        await approve(world, proposal, name)
    async with world.database.connection() as connection:
        with pytest.raises(NotAllowed):
            await actions.listed(connection, await world.actor(name))
        with pytest.raises(NotAllowed):
            await actions.read(connection, await world.actor(name), proposal.id)


async def test_an_administrator_decides_nothing_about_another_province(world: World) -> None:
    with pytest.raises(NotAllowed):
        await propose(world, HAO, LOCAL.replace("330000", "450000"))


async def test_a_faulty_file_leaves_nothing_behind(world: World) -> None:
    with pytest.raises(CalendarRefused) as refused:
        await propose(world, HAO, TEXT.replace("  - {name: 春节, from: 2027-02-05, to: 2027-02-13}\n", ""))
    assert [fault["code"] for fault in refused.value.faults] == ["calendar.gap"] * 4
    assert await world.one("SELECT count(*) FROM calendars") == 0


async def test_the_same_file_waits_once_and_what_is_decided_stays_decided(world: World) -> None:
    proposal = await propose(world)
    with pytest.raises(ProposedAlready):
        await propose(world, NING)
    await approve(world, proposal)
    with pytest.raises(CalendarDecided):
        await approve(world, proposal)
    with pytest.raises(CalendarUnknown):
        await approve(world, structs.replace(proposal, id=new_id()))


async def test_a_published_year_is_superseded_by_name_and_both_editions_stay(world: World) -> None:
    await approve(world, await propose(world))
    with pytest.raises(CalendarRefused):
        await propose(world, NING, OTHER)
    newer = await approve(world, await propose(world, NING, OTHER + "supersedes: 1\n"), HAO)
    assert (newer.edition, str(newer.since)) == (2, "2027-02-20")
    async with world.database.connection() as connection:
        held = await actions.listed(connection, await world.actor(HAO))
    assert sorted((one.edition, one.in_force) for one in held) == [(1, False), (2, True)]


async def test_two_proposals_of_one_year_can_not_both_be_published(world: World) -> None:
    first, second = await propose(world), await propose(world, NING, OTHER)
    await approve(world, first)
    with pytest.raises(CalendarRefused, match="supersedes: 1"):
        await approve(world, second, HAO)
    async with world.database.connection() as connection:
        with pytest.raises(ReasonsMissing):
            await actions.decline(connection, await world.actor(HAO), second.id, " ", await world.now())
        await actions.decline(connection, await world.actor(HAO), second.id, "与原文件不一致", await world.now())
        assert (await actions.read(connection, await world.actor(HAO), second.id)).state == "declined"


async def test_a_region_gets_days_of_its_own(world: World) -> None:
    await approve(world, await propose(world, HAO, LOCAL))
    day = (await in_force(world)).day(dt.date(2027, 3, 10))
    assert not day.is_workday and not day.provisional and "亚运会" in day.reason


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM calendars", "TRUNCATE calendars", "UPDATE calendars SET content = content WHERE state = 'published'",
     "UPDATE calendars SET year = 2026"],
)  # fmt: skip
async def test_the_store_itself_refuses_to_edit_a_calendar(world: World, statement: str) -> None:
    await approve(world, await propose(world))
    with pytest.raises(psycopg.Error, match="refused"):
        await world.rows(statement)
