"""Themes and the way of requests in packs: what is sound is taken, what is not is told with its place."""

import shutil
from pathlib import Path

import pytest

from tongban.assembly.loading import load_packs

PACKS = Path(__file__).parents[2] / "packs"
THEME = "themes/restaurant-watch.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packs that a theme needs, to spoil."""
    for name in ("food-safety-theme", "restaurant", "statutes", "data-sharing"):
        shutil.copytree(PACKS / name, tmp_path / name)
    return tmp_path


def faults(folder: Path) -> set[tuple[str, str, str]]:
    """(code, file, key) of everything that is wrong."""
    names = ("statutes", "restaurant", "data-sharing", "food-safety-theme")
    loaded = load_packs([folder / name for name in names])
    return {(fault.code, fault.file, fault.key) for one in loaded for fault in one.faults if not fault.warning}


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("resource: housing.premises", "resource: housing.castles", "pack.reference", "lines[0].resource"),
        ("[uscc, address,", "[uscc, colour, address,", "pack.reference", "lines[0].fields[1]"),
        ("quota: 200\n  - ", "masks: {area: {kind: shift, days: 3}}\n  - ", "theme.mask", "lines[0].masks.area"),
        ("quota: 200\n  - ", "masks: {landlord: {kind: hide}}\n  - ", "theme.mask", "lines[0].masks.landlord"),
        ("quota: 200\n  - ", "rows: area > 1 AND area < 1\n  - ", "pack.never_true", "lines[0].rows"),
        ("quota: 200\n  - ", "rows: colour = 1\n  - ", "theme.rows", "lines[0].rows"),
        ("scene: ", "scene: 另外，", "translation.missing", "scene"),
    ],
)
def test_a_theme_that_is_wrong_is_told_with_its_place(folder: Path, old: str, new: str, code: str, key: str) -> None:
    assert faults(folder) == set()
    file = folder / "food-safety-theme" / THEME
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    assert (code, THEME, key) in faults(folder)


def test_a_rule_that_ends_before_it_begins_is_told(folder: Path) -> None:
    file = folder / "data-sharing" / "sharing.yaml"
    file.write_text(file.read_text("utf-8").replace("since: 2025-08-01", "since: 2025-08-01\n    until: 2025-01-01", 1))
    assert {(code, name) for code, name, _ in faults(folder)} == {("limit.dates", "sharing.yaml")}
