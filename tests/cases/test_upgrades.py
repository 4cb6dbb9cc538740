"""A running case goes on to its end while its pack, the limits of the law and the platform are upgraded under it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import yoyo
from psycopg import sql
from psycopg.rows import namedtuple_row
from tests.conftest import Template, named
from tests.world import FANG, LEAD, PACKS, REGION, WEI, World

from tongban.assembly.installing import install, load_installed
from tongban.basics.ids import new_id
from tongban.basics.migrate import _yoyo_address, migrate
from tongban.cases.actions.timers import look_at_due
from tongban.cases.measures.counting import count_all
from tongban.cases.models import INTAKE
from tongban.cases.oversight.finding import look
from tongban.cases.views.desk import task_page
from tongban.cli.compose import kernel_of

BEFORE = "0008_cases"
"""The last migration of the database in which the case begins."""
REGISTER = "household_registration"
STEPS = (LEAD, "maternity_registration"), (LEAD, "birth_certificate"), (WEI, REGISTER)


def newer(pack: str, into: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of ``pack`` as version 9.0.0 with ``edits``: file, old text, new text."""
    folder = into / pack
    shutil.copytree(PACKS / pack, folder)
    lines = (folder / "pack.yaml").read_text("utf-8").splitlines()
    version = next(line for line in lines if line.startswith("version"))
    for name, old, new in (("pack.yaml", version, "version: 9.0.0"), *edits):
        text = (folder / name).read_text("utf-8")
        assert text.count(old) == 1, old
        (folder / name).write_text(text.replace(old, new), "utf-8")
    return folder


async def upgraded(world: World, *folders: Path) -> World:
    """``world`` after ``folders`` were installed: a process that starts again reads them from the database."""
    async with await psycopg.AsyncConnection.connect(
        world.database.conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        await install(connection, folders)
        platform = await load_installed(connection)
    old = world.kernel
    kernel = kernel_of(platform, old.database, old.vault, old.signer, old.providers)
    return replace(world, kernel=kernel, platform=platform)


async def finish(world: World, case: UUID) -> list[str]:
    """Approve whatever is ready, as whoever has it, until nothing is; the order of decisions."""
    order: list[str] = []
    while rows := await world.rows(
        "SELECT task, department FROM tasks WHERE case_id = %(c)s AND state = 'ready'", c=case
    ):
        task, department = rows[0]
        who = next(p.name for p in world.people.values() if p.posts.get(department) in ("handler", "head"))
        await world.decide(who, case, task, "approve")
        order.append(task)
    return order


async def test_a_running_case_keeps_the_tasks_and_limits_it_began_under(world: World, tmp_path: Path) -> None:
    case = await world.accepted(pays_insurance=True)
    await world.decide(LEAD, case, "birth_certificate", "approve")
    due = "SELECT due_on FROM tasks WHERE case_id = %(c)s AND task = %(t)s"
    before = await world.one(due, c=case, t=REGISTER), (await world.page(case)).case.due_on
    text = (PACKS / "birth/journeys/birth.yaml").read_text("utf-8")
    dropped = text[text.index("  - id: insurance_payment\n") : text.index("  - id: birth_certificate_second\n")]
    house = "item: birth-registration\n    days: 2\n    after: [birth_certificate]\n"
    edits = (
        ("journeys/birth.yaml", dropped, ""),
        ("journeys/birth.yaml", house, house.replace("days: 2", "days: 1")),
        ("tests/both-parents.yaml", "    - decide: {insurance_payment: approve}\n", ""),
    )
    law = "- {id: decision-joint, days: 30, basis: 行政许可法 第四十三条, since: 2026-11-24}\n"
    limits = ("limits/licensing.yaml", "- id: decision-joint\n", f"{law}- id: decision-joint\n  until: 2026-11-23\n")
    world = await upgraded(world, newer("statutes", tmp_path, limits), newer("birth", tmp_path, *edits))
    assert world.kernel.catalogue.journey("birth").version == "9.0.0"
    await world.decide(WEI, case, REGISTER, "approve")
    assert (await world.one(due, c=case, t=REGISTER), (await world.page(case)).case.due_on) == before
    assert {"medical_insurance", "insurance_payment"} <= set(await finish(world, case))
    page = await world.page(case)
    assert (page.case.state, page.case.outcome) == ("closed", "granted")
    later = await world.accepted(child_name="张小贝", pays_insurance=True)
    await world.decide(LEAD, later, "birth_certificate", "approve")
    assert "insurance_payment" not in await world.states(later)
    assert await world.one(due, c=later, t=REGISTER) < before[0]


# ---- the platform itself ----------------------------------------------------------------------------


def migrate_until(address: str, last: str) -> None:
    """An older program's database: its migrations up to ``last``, made for a demonstration."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE migration_checksums (name text PRIMARY KEY, sha256 text NOT NULL)")
        with as_file(files("tongban.basics").joinpath("migrations")) as folder:
            backend = yoyo.get_backend(_yoyo_address(address))
            found = yoyo.read_migrations(str(folder))
            with backend.lock():
                backend.apply_migrations(found.filter(lambda one: one.id <= last))
            backend.connection.close()
        connection.execute("INSERT INTO installation (kind) VALUES ('demonstration')")


_COLUMNS = (
    "SELECT table_name, array_agg(column_name::text ORDER BY column_name) AS names FROM information_schema.columns"
    " JOIN pg_tables ON schemaname = 'public' AND tablename = table_name"
    " WHERE table_schema = 'public' AND is_generated = 'NEVER' GROUP BY table_name"
)


def carry(source: str, target: str) -> None:
    """Every row that the older database could hold, as an older program would have left it."""
    with psycopg.connect(source) as old, psycopg.connect(target) as new:
        new.execute("SET session_replication_role = replica")
        held, known = dict(old.execute(_COLUMNS).fetchall()), dict(new.execute(_COLUMNS).fetchall())
        for table in sorted(known.keys() & held.keys() - {"installation", "migration_checksums"}):
            if not table.startswith(("_yoyo", "yoyo", "procrastinate")):
                _copy(old, new, table, [name for name in known[table] if name in held[table]])


def _copy(old: psycopg.Connection, new: psycopg.Connection, table: str, names: list[str]) -> None:
    place = {"t": sql.Identifier(table), "c": sql.SQL(", ").join(map(sql.Identifier, names))}
    with (
        old.cursor().copy(sql.SQL("COPY (SELECT {c} FROM {t}) TO STDOUT").format(**place)) as read,
        new.cursor().copy(sql.SQL("COPY {t} ({c}) FROM STDIN").format(**place)) as write,
    ):
        for data in read:
            write.write(data)


@pytest.fixture
def older(template: Template) -> Iterator[str]:
    """An empty database as it was after the migration ``BEFORE``."""
    name = f"older{new_id().hex[-10:]}"
    with psycopg.connect(template.server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    address = named(template.server, name)
    migrate_until(address, BEFORE)
    yield address
    template.drop(address)


async def test_cases_of_an_older_database_go_on_after_every_newer_migration(
    world: World, template: Template, older: str
) -> None:
    closed, running, waiting = await world.accepted(), await world.accepted(), await world.submitted()
    await finish(world, closed)
    await world.decide(LEAD, running, "birth_certificate", "approve")
    dues = (await world.page(running)).case.due_on
    await world.rows("DELETE FROM posts WHERE role = 'supervisor'")  # a post that the older program did not know
    await world.rows("DELETE FROM grants WHERE journey IS NULL")  # the platform itself asked for nothing then
    carry(world.database.conninfo, older)
    assert migrate(older, "demonstration")[0] == "0009_clock_calendars"
    after = template.world(older)
    await after.database.open()
    try:
        # What newer programs keep beside each case was made for those that were there.
        looks = "SELECT case_id FROM cases c WHERE c.look_at IS NOT NULL ORDER BY case_id".replace("case_id", "id")
        assert {row.id for row in await after.rows(looks)} == {running, waiting}
        assert {row.case_id for row in await after.rows("SELECT case_id FROM watch_looks")} == {running, waiting}
        assert {row.case_id for row in await after.rows("SELECT case_id FROM measures_due")} == {closed}
        while await look_at_due(after.kernel, REGION):
            continue
        await look(after.kernel)
        async with after.database.connection() as connection:
            await count_all(connection, after.kernel)
        assert await after.one("SELECT case_id FROM case_measures") == closed
        assert (await after.page(running)).case.due_on == dues
        await after.decide(LEAD, waiting, INTAKE, "accept")
        for case in (running, waiting):
            await finish(after, case)
            page = await after.page(case)
            assert (page.case.state, page.case.outcome, page.finish_code) == ("closed", "granted", "0")
            assert page.clock.periods and len(page.licences) == 6
        seen = await task_page(after.kernel, await after.actor(WEI), REGION, closed, REGISTER)
        assert seen.computation and (await after.page(closed, FANG)).effect is not None
    finally:
        await after.database.close()
