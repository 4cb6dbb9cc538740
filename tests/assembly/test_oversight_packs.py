"""Watches, their tickets and lights in packs: what is sound is taken, what is not is told with its place."""

import shutil
from pathlib import Path

import pytest

from tongban.assembly.loading import load_pack
from tongban.assembly.overseeing import compile_oversight
from tongban.assembly.reading import read_pack

PACKS = Path(__file__).parents[2] / "packs"
WATCHES = {
    "overdue_step", "accepted_idle", "refused_without_reason", "skipped_step", "result_missing", "stopped_too_long",
    "promise_missed", "urging_unanswered",
}  # fmt: skip


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the pack that comes with the platform, to spoil."""
    folder = tmp_path / "supervision"
    shutil.copytree(PACKS / "supervision", folder)
    return folder


def faults(folder: Path) -> set[tuple[str, str, str]]:
    """(code, file, key) of everything that is wrong."""
    return {(fault.code, fault.file, fault.key) for fault in load_pack(folder).faults if not fault.warning}


def spoil(file: Path, old: str, new: str) -> None:
    """Write something else into a file."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_the_eight_watches_are_sound_and_compile(pack: Path) -> None:
    assert faults(pack) == set()
    oversight = compile_oversight([read_pack(pack).draft])
    assert {one.watch.id for one in oversight.watches} == WATCHES and oversight.tickets is not None
    assert all(one.rule.explain("en") and one.rule.explain("zh-CN") for one in oversight.watches)


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("task.overdue_days > 0", "task.overdue_dayz > 0", "pack.rule", "rule"),
        ("task.overdue_days > 0", "task.overdue_days > 0 AND task.overdue_days < 0", "pack.never_true", "rule"),
        ("task.state = 'ready'", "task.state = 'reddy'", "pack.rule", "rule"),
        ("days: 2", "days: 0", "watch.days", "days"),
        ("days: 2", "days: 2\njourneys: [moon-walk]", "pack.reference", "journeys[0]"),
        ("days: 2", "days: 2\nseverity: dreadful", "yaml.not_listed", "severity"),
        ("title: 环节超期", "title: 环节拖延", "translation.missing", "title"),
    ],
)
def test_a_watch_that_is_wrong_is_told_with_its_place(pack: Path, old: str, new: str, code: str, key: str) -> None:
    spoil(pack / "watches/overdue-step.yaml", old, new)
    found = faults(pack)
    assert (code, "watches/overdue-step.yaml", key) in {(c, f, k) for c, f, k in found} | {
        (c.partition(".")[0] + ".rule" if c.startswith("rule.") else c, f, k) for c, f, k in found
    }


def test_watches_without_a_way_for_their_tickets_are_refused(pack: Path) -> None:
    (pack / "tickets.yaml").unlink()
    assert {code for code, _, _ in faults(pack)} >= {"watch.way"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- yellow: {days: 3}\n", None),
        ("- yellow: {days: 2, share: 20}\n  level: case\n", None),
        ("- yellow: {}\n", "light.nothing"),
        ("- yellow: {share: 101}\n", "light.range"),
        ("- yellow: {days: 1}\n  red: {days: 3}\n", "light.never_yellow"),
        ("- yellow: {days: 1}\n  level: case\n  task: intake\n", "light.level"),
        ("- yelow: {days: 1}\n", "yaml.unknown_key"),
    ],
)
def test_lights_make_sense_or_are_refused(pack: Path, text: str, code: str | None) -> None:
    (pack / "lights.yaml").write_text(text, "utf-8")
    found = {one for one, _, _ in faults(pack)}
    assert (code in found) if code else found == set()


def test_two_packs_with_the_same_watch_are_refused(pack: Path) -> None:
    shutil.copy(pack / "watches/overdue-step.yaml", pack / "watches/again.yaml")
    assert ("pack.duplicate_id", "watches/overdue-step.yaml", "id") in faults(pack) | {
        (code, "watches/overdue-step.yaml", key) for code, _, key in faults(pack)
    }
