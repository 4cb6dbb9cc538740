"""No version of a pack takes away a limit by which a case was counted."""

import datetime as dt
import shutil
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import namedtuple_row
from tests.world import MONDAY, PACKS, World

from tongban.assembly.errors import LimitsInUse
from tongban.assembly.installing import install
from tongban.assembly.limits_kept import lost
from tongban.basics.errors import TongbanError
from tongban.cases.definitions import DatedLimit

LAW = DatedLimit("notice", 5, "行政许可法 第三十二条", dt.date(2004, 7, 1))
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))


def limit(**changes: object) -> DatedLimit:
    plain = {name: getattr(LAW, name) for name in LAW.__struct_fields__}
    return DatedLimit(**{**plain, **changes})


def test_a_limit_that_ends_and_is_followed_by_another_is_not_lost() -> None:
    ended = limit(until=MONDAY)
    assert lost([LAW], [ended, limit(days=3, since=dt.date(2026, 11, 24))], MONDAY) == []
    assert lost([LAW], [limit(basis="新的条文", note="改了说明")], MONDAY) == []


@pytest.mark.parametrize(
    "after",
    [
        [],
        [limit(days=3)],
        [limit(unit="day")],
        [limit(region="33")],
        [limit(since=dt.date(2020, 1, 1))],
        [limit(until=dt.date(2026, 11, 20))],
    ],
    ids=["gone", "shorter", "unit", "narrower", "later", "ended in the past"],
)
def test_a_limit_that_is_gone_or_altered_is_lost(after: list[DatedLimit]) -> None:
    assert lost([LAW], after, MONDAY) == [LAW]


@given(DAYS, DAYS, DAYS)
def test_what_is_kept_says_the_same_for_every_day_that_has_passed(
    since: dt.date, until: dt.date, today: dt.date
) -> None:
    old, new = limit(since=since), limit(since=since, until=until)
    days = [since + dt.timedelta(days=n) for n in range((today - since).days + 1)]
    same = all(new.in_force("330103", day) for day in days)
    assert (lost([old], [new], today) == []) == same


def newer(tmp_path: Path, text: str) -> Path:
    """The pack of the law's limits with ``text`` in place of the notice's limit, as a new version."""
    folder = tmp_path / "statutes"
    shutil.copytree(PACKS / "statutes", folder)
    for name, old, new in (
        ("pack.yaml", "version: 1.0.0", "version: 9.0.0"),
        ("limits/licensing.yaml", "- id: notice\n  days: 5\n", text),
    ):
        found = (folder / name).read_text("utf-8")
        assert old in found
        (folder / name).write_text(found.replace(old, new), "utf-8")
    return folder


async def install_there(world: World, folder: Path) -> None:
    async with await psycopg.AsyncConnection.connect(
        world.database.conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        await install(connection, [folder])


async def test_a_version_that_drops_a_limit_of_a_running_case_is_refused_by_name(world: World, tmp_path: Path) -> None:
    await world.submitted()
    changed = newer(tmp_path, "- id: notice\n  days: 3\n")
    with pytest.raises(LimitsInUse) as refused:
        await install_there(world, changed)
    error: TongbanError = refused.value
    assert "notice [CN] 5 workday, 2004-07-01" in error.message("zh-CN") and "until" in error.message("zh-CN")
    assert await world.one("SELECT version FROM packs WHERE id = 'statutes' AND active") == "1.0.0"


async def test_a_version_that_ends_the_limit_and_adds_another_is_installed(world: World, tmp_path: Path) -> None:
    await world.submitted()
    added = "- {id: notice, days: 3, basis: 行政许可法 第四十三条, since: 2026-11-24}\n"
    text = f"{added}- id: notice\n  days: 5\n  until: 2026-11-23\n"
    await install_there(world, newer(tmp_path, text))
    assert await world.one("SELECT version FROM packs WHERE id = 'statutes' AND active") == "9.0.0"


async def test_where_no_case_was_counted_by_it_a_limit_may_change(world: World, tmp_path: Path) -> None:
    await install_there(world, newer(tmp_path, "- id: notice\n  days: 3\n"))
    assert await world.one("SELECT version FROM packs WHERE id = 'statutes' AND active") == "9.0.0"
