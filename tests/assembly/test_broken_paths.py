"""Paths declared so that nobody could walk them, or not lawfully: each is told with its key."""

import shutil
from pathlib import Path

import pytest

from tongban.assembly.loading import load_pack

BIRTH = Path(__file__).parents[2] / "packs" / "birth"
JOURNEY = "journeys/birth.yaml"
VISIT = """visits:
  - id: home
    name: 育儿指导
    tasks: [{tasks}]
    within: {within}
    result: 育儿指导
{more}
notice:
  - 申请人为"""
Faults = set[tuple[str, str]]
ALONE = ("visits[0].tasks", "path.visit_alone")


@pytest.fixture
def birth(tmp_path: Path) -> Path:
    """A copy without its stories and its invented people."""
    copy = tmp_path / "birth"
    shutil.copytree(BIRTH, copy, ignore=shutil.ignore_patterns("tests", "seed"))
    return copy


def found(folder: Path, old: str, new: str, file: str = JOURNEY, times: int = 1) -> Faults:
    """Key and code of every fault but of translations, with ``old``, which is there ``times``, replaced by ``new``."""
    path = folder / file
    text = path.read_text("utf-8")
    assert text.count(old) == times
    path.write_text(text.replace(old, new), "utf-8")
    faults = load_pack(folder).faults
    for language in ("zh-CN", "en"):
        assert all(fault.message(language) and fault.repair(language) for fault in faults)
    return {(fault.key, fault.code) for fault in faults if "translation" not in fault.code}


def visit(folder: Path, tasks: str, within: int = 3, more: str = "") -> Faults:
    """What is wrong with a shared visit."""
    return found(folder, "notice:\n  - 申请人为", VISIT.format(tasks=tasks, within=within, more=more))


def test_the_birth_pack_itself_is_sound(birth: Path) -> None:
    assert found(birth, "days: 3\n  consequence", "days: 3\n  consequence") == set()


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("days: 3\n  consequence", "days: 6\n  consequence", {("tolerance.days", "path.tolerance_days")}),
        ("days: 3\n  consequence", "days: 0\n  consequence", {("tolerance.days", "path.no_days")}),
        ("verify_days: 20", "verify_days: 0", {("commitments[0].verify_days", "path.no_days")}),
        (
            "materials: [settlement_statement]",
            "materials: [household_book]",
            {("commitments[0].materials[0]", "path.material_shared")},
        ),
        (
            "materials: [settlement_statement]",
            "materials: [nothing]",
            {("commitments[0].materials[0]", "pack.reference")},
        ),
        (
            "tasks: [household_registration, household_registration_second]\n    materials: [settlement_statement]",
            "tasks: []\n    materials: []",
            {("commitments[0].tasks", "path.no_tasks")},
        ),
        (
            "when: form.settle_with = 'other_parent'\n    told",
            "when: form.settle = 'other_parent'\n    told",
            {("commitments[0].when", "pack.rule")},
        ),
        (
            "rule: form.birth_weight < 1500",
            "rule: household_registration.decision = 'approved'",
            {("fast_lane.rule", "pack.rule_scope")},
        ),
        ("promise: 4\n", "promise: 6\n", {("fast_lane.promise", "path.lane_longer")}),
        ("promise: 4\n", "promise: 3\n", {("fast_lane.promise", "path.lane_path")}),
        ("acceptance: 1\n", "acceptance: 6\n", {("fast_lane.acceptance", "path.lane_longer")}),
        (
            "{household_registration: 1, household_registration_second: 1}",
            "{household_registration: 3, nothing: 1}",
            {
                ("fast_lane.tasks.household_registration", "path.lane_longer"),
                ("fast_lane.tasks.nothing", "pack.reference"),
                ("fast_lane.promise", "path.lane_path"),
            },
        ),
        ("to: form.household_region", "to: form.nowhere", {("hand_over.to", "pack.dotted_name")}),
    ],
)
def test_a_path_declared_wrongly_is_refused_at_its_key(birth: Path, old: str, new: str, faults: Faults) -> None:
    assert found(birth, old, new) == faults


def test_a_task_rests_on_one_commitment_only(birth: Path) -> None:
    twice = "  - id: settle_together\n    name: 育儿指导\n    tasks: [household_registration]\n    text: 育儿指导\n"
    twice += "    consequence: 育儿指导\n    verify_days: 1\n    basis: 育儿指导\n"
    faults = found(birth, "commitments:\n", "commitments:\n" + twice.replace("settle_together", "other"))
    assert faults == {("commitments[1].tasks[0]", "path.task_twice")}


def test_tolerance_where_no_material_may_follow_is_refused(birth: Path) -> None:
    assert found(birth, "    tolerable: true\n", "", times=2) == {("tolerance", "path.nothing_tolerable")}


def test_what_can_not_be_brought_can_not_follow(birth: Path) -> None:
    only = "    tolerable: true\n    sources:\n      - {licence: household-register, shows: [address]}\n  - id: spare\n"
    only += "    name: 户口簿\n    tasks: [reimbursement]\n    sources:\n"
    assert ("materials[7].tolerable", "path.not_brought") in found(birth, "    tolerable: true\n    sources:\n", only)


@pytest.mark.parametrize(
    ("tasks", "within", "more", "faults"),
    [
        ("household_registration, vaccination_record", 3, "", set()),
        ("household_registration, nothing", 3, "", {("visits[0].tasks[1]", "pack.reference"), ALONE}),
        ("household_registration, medical_insurance", 3, "", {("visits[0].tasks[1]", "path.visit_order")}),
        ("maternity_registration, birth_certificate", 3, "", {ALONE}),
        ("household_registration, vaccination_record", 0, "", {("visits[0].within", "path.no_days")}),
        (
            "household_registration, vaccination_record",
            3,
            "    stops: inspection",
            {("visits[0].stops", "path.stops_basis")},
        ),
        ("household_registration, vaccination_record", 3, "    lead: tax", {("visits[0].lead", "path.visit_lead")}),
    ],
)
def test_a_visit_is_one_that_departments_can_make_together(
    birth: Path, tasks: str, within: int, more: str, faults: Faults
) -> None:
    assert visit(birth, tasks, within, more) == faults


@pytest.mark.parametrize(("new", "wrong"), [("finish: 1\nhours: 4", False), ("finish: 2\nhours: 4", True)])
def test_only_an_instant_item_counts_in_hours(birth: Path, new: str, wrong: bool) -> None:
    faults = found(birth, "finish: 2", new, "items/parenting-guidance.yaml")
    assert faults == ({("hours", "path.hours")} if wrong else set())
