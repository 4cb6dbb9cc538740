"""Dated limits that packs declare: what a check refuses, what is installed, what stays when a pack is raised."""

from datetime import date
from pathlib import Path

import pytest

from tongban.assembly.changes import changes
from tongban.assembly.definitions import Pack
from tongban.assembly.errors import PackRefused
from tongban.assembly.faults import Fault
from tongban.assembly.installing import install, load_installed
from tongban.assembly.loading import load_pack
from tongban.basics.database import Connection
from tongban.cases.clock.errors import LimitUnknown
from tongban.cases.clock.limits import CLOCK_UNITS

PACKS = Path(__file__).parents[2] / "packs"
STATUTES, XIACHENG = PACKS / "statutes", PACKS / "xiacheng"
NATION = "- {id: decision, days: 20, basis: Law, since: 2004-07-01}\n"
FILE = "limits/all.yaml"

FAULTY = [
    ("- {id: decision, days: 20, unit: hour, basis: L, since: 2004-07-01}", (1, "[0].unit", "limit.unit")),
    ("- {id: decision, days: 20, unit: week, basis: L, since: 2004-07-01}", (1, "[0].unit", "yaml.not_listed")),
    ("- {id: decision, days: 20, since: 2004-07-01}", (1, "[0].basis", "yaml.missing_key")),
    ("- {id: decision, days: 20, basis: '', since: 2004-07-01}", (1, "[0].basis", "yaml.missing_value")),
    ("- {id: decision, days: 0, basis: L, since: 2004-07-01}", (1, "[0].days", "limit.zero")),
    ("- {id: decision, days: 9999, basis: L, since: 2004-07-01}", (1, "[0].days", "limit.long")),
    ("- {id: decision, days: 9, basis: L, since: 2004-07-01, until: 2004-01-01}", (1, "[0].until", "limit.dates")),
    (NATION + "- {id: decision, days: 15, basis: L, since: 2020-01-01}", (2, "[1].since", "limit.overlap")),
    (
        NATION + "- {id: decision, days: 15, basis: L, since: 2020-01-01, region: '3301031'}",
        (2, "[1].region", "limit.region"),
    ),
    (
        NATION + "- {id: decision, days: 21, basis: L, since: 2020-01-01, region: '3301'}",
        (2, "[1].days", "limit.longer"),
    ),
    (
        "- {id: decision, days: 9, basis: L, since: 2020-01-01, region: '3301'}",
        (1, "[0].id", "limit.nothing_wider"),
    ),
]

SOUND = [
    NATION,
    NATION.replace("2004-07-01}", "2004-07-01, until: 2019-12-31}")
    + "- {id: decision, days: 15, basis: L, since: 2020-01-01}",
    NATION + "- {id: decision, days: 15, basis: L, since: 2020-01-01, region: '330103'}",
    NATION + "- {id: decision, days: 30, basis: L, since: 2020-01-01, region: '33', note: A law of its own allows it.}",
    "- {id: rating-answer, days: 24, unit: hour, basis: L, since: 2020-01-01, region: '33'}",
]


def _pack(folder: Path, text: str, *, version: str = "1.0.0", requires: str = "") -> Path:
    (folder / "limits").mkdir(parents=True, exist_ok=True)
    head = f"id: {folder.name}\nversion: {version}\nname: L\nowner: L\n{requires}"
    (folder / "pack.yaml").write_text(head, "utf-8")
    (folder / FILE).write_text(text, "utf-8")
    return folder


def _place(fault: Fault) -> tuple[str, int, str, str]:
    return fault.file, fault.line, fault.key, fault.code


@pytest.mark.parametrize(("text", "wanted"), FAULTY, ids=lambda value: value[2] if isinstance(value, tuple) else None)
def test_a_faulty_limit_is_told_with_its_place_and_repair(
    text: str, wanted: tuple[int, str, str], tmp_path: Path
) -> None:
    loaded = load_pack(_pack(tmp_path / "local", text))
    assert [_place(fault) for fault in loaded.faults] == [(FILE, *wanted)]
    assert all(
        fault.message(language) and fault.repair(language) for fault in loaded.faults for language in ("zh", "en")
    )


@pytest.mark.parametrize("text", SOUND)
def test_limits_that_follow_each_other_or_shorten_are_sound(text: str, tmp_path: Path) -> None:
    assert load_pack(_pack(tmp_path / "local", text)).faults == ()


def _statutes() -> Pack:
    found = load_pack(STATUTES).pack
    assert found is not None
    return found


def test_another_packs_limit_is_compared_too(tmp_path: Path) -> None:
    text = "- {id: decision, days: 30, basis: L, since: 2020-01-01, region: '33'}\n" + NATION
    loaded = load_pack(_pack(tmp_path / "local", text), [_statutes()])
    assert [fault.code for fault in loaded.faults] == ["limit.longer", "limit.overlap"]
    assert "statutes" in loaded.faults[1].message("en")


def test_the_law_declares_every_limit_that_the_clock_asks_for() -> None:
    statutes = _statutes()
    assert {limit.id for limit in statutes.limits} == set(CLOCK_UNITS)
    assert all(limit.region is None and limit.since == date(2004, 7, 1) for limit in statutes.limits)
    unverified = [limit.id for limit in statutes.limits if limit.note]
    assert unverified == ["supplement-response"]


async def test_installed_limits_come_back_and_the_district_overrides_the_nation(connection: Connection) -> None:
    await install(connection, [STATUTES, XIACHENG])
    limits = (await load_installed(connection)).limits
    assert limits.at("decision", "330103", date(2026, 11, 23)).days == 20
    assert limits.at("delivery", "330103", date(2026, 11, 23)).days == 5
    assert limits.at("delivery", "330105", date(2026, 11, 23)).days == 10
    assert limits.at("delivery", "330103", date(2025, 12, 31)).days == 10
    with pytest.raises(LimitUnknown) as unknown:
        limits.at("decision", "330103", date(2004, 6, 30))
    assert "2004-06-30" in unknown.value.message("zh-CN")


async def test_a_local_limit_that_would_outlast_the_installed_law_is_not_installed(
    connection: Connection, tmp_path: Path
) -> None:
    await install(connection, [STATUTES])
    local = _pack(tmp_path / "local", "- {id: notice, days: 6, basis: L, since: 2020-01-01, region: '33'}")
    with pytest.raises(PackRefused):
        await install(connection, [local])
    assert (await load_installed(connection)).packs == {"statutes": "1.0.0"}


async def test_a_text_stored_before_limits_existed_is_still_the_same_version(connection: Connection) -> None:
    await install(connection, [STATUTES])
    await connection.execute("ALTER TABLE packs DISABLE TRIGGER ALL")
    await connection.execute(
        "UPDATE packs SET content = stored.content, digest = sha256(convert_to(stored.content, 'UTF8'))"
        " FROM (SELECT replace(content, ',\"note\":\"\"', '') AS content FROM packs) AS stored"
    )
    await connection.execute("ALTER TABLE packs ENABLE TRIGGER ALL")
    assert not (await _installed_again(connection))


async def _installed_again(connection: Connection) -> bool:
    done = await install(connection, [STATUTES])
    return bool(done and done.steps)


def test_a_change_of_a_limit_is_told_with_where_and_since_when(tmp_path: Path) -> None:
    old = load_pack(_pack(tmp_path / "local", NATION)).pack
    text = NATION.replace("}", ", until: 2026-12-31}") + "- {id: decision, days: 15, basis: Law, since: 2027-01-01}"
    new = load_pack(_pack(tmp_path / "local", text, version="1.1.0")).pack
    assert new is not None
    told = [line for change in changes(old, new) for line in change.lines("en")]
    assert "+ limits[decision 2004-07-01].until: 2026-12-31" in told
    assert "+ limits[decision 2027-01-01].days: 15 working days" in told
