"""Packs are installed all or none, never changed afterwards, and shown before."""

from pathlib import Path

import psycopg
import pytest

from tongban.assembly.changes import changes
from tongban.assembly.errors import PackDamaged, PackDiffers, PackOlder, PackRefused, PacksDisagree, PacksMoved
from tongban.assembly.installing import Plan, apply, install, load_installed, plan, read_installed, stamp
from tongban.assembly.loading import load_pack
from tongban.assembly.scaffold import scaffold
from tongban.basics.codes.invented import invented_uscc
from tongban.basics.database import Connection

PACKS = Path(__file__).parents[2] / "packs"
XIACHENG = PACKS / "xiacheng"


@pytest.fixture
def region(tmp_path: Path) -> Path:
    """A small region pack in which civil affairs is bound, and the people of a new pack live."""
    folder = tmp_path / "region"
    (folder / "regions").mkdir(parents=True)
    (folder / "strings").mkdir()
    (folder / "pack.yaml").write_text("id: region\nversion: 1.0.0\nname: 区\nowner: 区\n", "utf-8")
    (folder / "regions" / "330103.yaml").write_text(
        'code: "330103"\nname: 区\ndivisions:\n  - {code: "330103", name: 区, level: county}\n'
        "departments:\n  - {id: civil, name: 区, short: 区, roles: [civil-affairs], uscc: USCC}\n".replace(
            "USCC", invented_uscc("330103", 1, "department")
        ),
        "utf-8",
    )
    (folder / "strings" / "en.yaml").write_text("区: District\n", "utf-8")
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Change ``old`` into ``new`` in one file."""
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


async def test_what_was_installed_is_what_runs(connection: Connection, region: Path, small: Path) -> None:
    await install(connection, [small, region])
    platform = await load_installed(connection)
    assert platform.packs == {"small": "0.1.0", "region": "1.0.0"}
    assert platform.catalogue.journey("small").key == ("small", "0.1.0", "small")
    assert platform.directory.department_for("330103", "civil-affairs").id == "civil"
    assert platform.layouts["small-licence"] == (small / "licences/small-licence.typ").read_text("utf-8")
    assert (await read_installed(connection)).packs["small", "0.1.0"] == load_pack(small).pack


async def test_a_pack_whose_role_nobody_plays_is_refused(connection: Connection, small: Path) -> None:
    with pytest.raises(PackRefused) as refused:
        await install(connection, [small])
    assert {fault.code for fault in refused.value.faults} == {"pack.role_unbound"}
    assert {(fault.file, fault.key) for fault in refused.value.faults} >= {("journeys/small.yaml", "lead")}


async def test_one_faulty_pack_keeps_all_out(connection: Connection, region: Path, small: Path) -> None:
    edit(small, "journeys/small.yaml", "item: small-item", "item: nowhere")
    with pytest.raises(PackRefused):
        await install(connection, [region, small])
    assert (await read_installed(connection)).packs == {}


async def test_the_same_content_again_changes_nothing(connection: Connection, region: Path, small: Path) -> None:
    await install(connection, [region, small])
    before = await stamp(connection)
    done = await install(connection, [region, small])
    assert done == Plan((), before)


async def test_the_same_version_with_other_content_is_refused(
    connection: Connection, region: Path, small: Path
) -> None:
    await install(connection, [region, small])
    edit(small, "journeys/small.yaml", "days: 3\n", "days: 2\n")
    with pytest.raises(PackDiffers) as refused:
        await install(connection, [small])
    assert refused.value.data == {"pack": "small", "version": "0.1.0"}


async def test_a_new_version_is_active_and_the_old_one_stays_for_its_cases(
    connection: Connection, region: Path, small: Path
) -> None:
    await install(connection, [region, small])
    edit(small, "journeys/small.yaml", ">= 18", ">= 16")
    edit(small, "pack.yaml", "0.1.0", "0.2.0")
    await install(connection, [small])
    catalogue = (await load_installed(connection)).catalogue
    assert catalogue.journey("small").version == "0.2.0"
    assert catalogue.pinned("small", "0.1.0", "small").journey.eligible[0].rule.endswith(">= 18")


async def test_an_older_version_does_not_replace_a_newer_one(connection: Connection, region: Path, small: Path) -> None:
    edit(small, "pack.yaml", "0.1.0", "0.10.0")
    await install(connection, [region, small])
    edit(small, "pack.yaml", "0.10.0", "0.9.0")
    with pytest.raises(PackOlder):
        await install(connection, [small])


async def test_a_region_that_unbinds_a_role_in_use_is_refused(
    connection: Connection, region: Path, small: Path
) -> None:
    await install(connection, [region, small])
    edit(region, "regions/330103.yaml", "[civil-affairs]", "[police]")
    edit(region, "pack.yaml", "1.0.0", "1.1.0")
    with pytest.raises(PackRefused) as refused:
        await install(connection, [region])
    assert {(fault.file, fault.code) for fault in refused.value.faults} == {("small", "pack.role_unbound")}


async def test_two_packs_may_not_declare_the_same_journey(
    connection: Connection, region: Path, small: Path, tmp_path: Path
) -> None:
    await install(connection, [region, small])
    other = scaffold("other", tmp_path)
    edit(other, "journeys/other.yaml", "id: other\n", "id: small\n")
    with pytest.raises(PacksDisagree):
        await install(connection, [other])


async def test_nothing_happens_when_the_reader_declines(connection: Connection, region: Path) -> None:
    shown: list[Plan] = []

    def decline(planned: Plan) -> bool:
        shown.append(planned)
        return False

    assert await install(connection, [region], accept=decline) is None
    assert len(shown[0].steps) == 1
    assert (await read_installed(connection)).packs == {}


async def test_an_installation_in_between_is_noticed(connection: Connection, region: Path, tmp_path: Path) -> None:
    planned = await plan(connection, [region])
    await install(connection, [region])
    edit(region, "pack.yaml", "1.0.0", "1.0.1")
    with pytest.raises(PacksMoved):
        await apply(connection, planned)


async def test_the_database_itself_refuses_to_change_or_lose_a_version(connection: Connection, region: Path) -> None:
    await install(connection, [region])
    for statement in ("UPDATE packs SET content = '{}'", "DELETE FROM packs", "TRUNCATE packs"):
        with pytest.raises(psycopg.Error, match="never change"):
            await connection.execute(statement)
    assert list((await read_installed(connection)).packs) == [("region", "1.0.0")]


async def test_a_stored_pack_that_was_tampered_with_is_not_served(connection: Connection, region: Path) -> None:
    await install(connection, [region])
    await connection.execute("ALTER TABLE packs DISABLE TRIGGER packs_never_change")
    await connection.execute("UPDATE packs SET content = replace(content, 'civil', 'other')")
    await connection.execute("ALTER TABLE packs ENABLE TRIGGER packs_never_change")
    with pytest.raises(PackDamaged):
        await load_installed(connection)


async def test_running_servers_are_told(connection: Connection, region: Path) -> None:
    await connection.execute("LISTEN packs_changed")
    await install(connection, [region])
    heard = [note.channel async for note in connection.notifies(timeout=1, stop_after=1)]
    assert heard == ["packs_changed"]


def test_a_change_is_told_by_key_with_rules_in_words_and_days_with_their_unit(small: Path) -> None:
    old = load_pack(small).pack
    edit(small, "journeys/small.yaml", ">= 18", ">= 16")
    edit(small, "journeys/small.yaml", "promise: {days: 3}", "promise: {days: 4}")
    edit(small, "forms/small.yaml", "sensitive: true, ", "")
    new = load_pack(small).pack
    assert new is not None
    assert [line for change in changes(old, new) for line in change.lines("en")] == [
        "- journeys[small].promise.days: 3 working days",
        "+ journeys[small].promise.days: 4 working days",
        "- journeys[small].eligible[adult].rule: age_years(applicant.birth_date, today) >= 18",
        "-   = full years from applicant's date of birth to today is at least 18",
        "+ journeys[small].eligible[adult].rule: age_years(applicant.birth_date, today) >= 16",
        "+   = full years from applicant's date of birth to today is at least 16",
        "- forms[small].steps[about_you].fields[mobile].sensitive: true",
    ]


@pytest.mark.skipif(not XIACHENG.is_dir(), reason="the region pack lies beside the checkout's packs")
async def test_the_district_of_the_texts_can_be_installed(connection: Connection) -> None:
    await install(connection, [PACKS / "statutes", XIACHENG])
    platform = await load_installed(connection)
    departments = platform.directory.region("330103").departments
    assert sum(one.division is None for one in departments) == 42
