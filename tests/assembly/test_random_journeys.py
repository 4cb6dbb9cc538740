"""Packs that nobody has seen are accepted; the same packs spoilt in one place are refused, naming the place."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongban.assembly.checks.limits import longest_path
from tongban.assembly.compiling import compile_journey
from tongban.assembly.loading import load_pack
from tongban.services.forms import validate_form

from .conftest import random_journey

RandomPack = random_journey.RandomPack
TODAY = dt.date(2026, 11, 22)

# what was spoilt → the fault that must name it: (file, key, code)
Place = tuple[str, str, str]
Spoil = Callable[[Any], Place]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_a_random_pack_is_sound_and_its_rules_agree_with_the_generator(seed: int, tmp_path: Path) -> None:
    pack = RandomPack(seed)
    loaded = load_pack(pack.write(tmp_path / str(seed)))
    assert loaded.faults == ()
    assert loaded.pack is not None
    (journey,) = loaded.pack.journeys
    version = compile_journey(loaded.pack, journey)
    checked = validate_form(version, pack.answers, {"today": TODAY})
    assert checked.faults == ()
    facts = {f"form.{name}": value for name, value in checked.values.items()}
    facts |= {f"{task}.decision": "approved" if runs else None for task, runs in pack.applies.items()}
    assert {task.id: version.holds(task.when, facts) is True for task in journey.tasks} == pack.applies
    days = {task.id: task.days for task in journey.tasks}
    assert longest_path(days, {task.id: task.after for task in journey.tasks})[0] == pack.longest


def _journey_file(pack: Any) -> str:
    return f"journeys/{pack.name}.yaml"


def _item_renamed(pack: Any) -> Place:
    pack.journey["tasks"][1]["item"] = f"{pack.name}-itme-1"
    return _journey_file(pack), "tasks[1].item", "pack.reference"


def _predecessor_renamed(pack: Any) -> Place:
    pack.journey["tasks"][2]["after"] = ["task_00"]
    return _journey_file(pack), "tasks[2].after[0]", "pack.reference"


def _circle(pack: Any) -> Place:
    first, second = pack.journey["tasks"][:2]
    first["after"], second["after"] = ["task_1"], ["task_0"]
    return _journey_file(pack), "tasks[0].after[0]", "pack.cycle"


def _waits_for_itself(pack: Any) -> Place:
    pack.journey["tasks"][0]["after"] = ["task_0"]
    return _journey_file(pack), "tasks[0].after[0]", "pack.cycle"


def _rule_with_unknown_name(pack: Any) -> Place:
    pack.journey["tasks"][0]["when"] = "form.nobody_asked = 'x'"
    return _journey_file(pack), "tasks[0].when", "pack.rule"


def _rule_with_wrong_type(pack: Any) -> Place:
    pack.journey["tasks"][0]["when"] = "form.full_name > 5"
    return _journey_file(pack), "tasks[0].when", "pack.rule"


def _guard_never_true(pack: Any) -> Place:
    pack.journey["tasks"][0]["when"] = "form.full_name = 'a' AND form.full_name = 'b'"
    return _journey_file(pack), "tasks[0].when", "pack.never_runs"


def _guard_that_the_engine_never_meets(pack: Any) -> Place:
    first, second = pack.journey["tasks"][:2]
    first.pop("when", None)
    second["after"], second["when"] = ["task_0"], "task_0.decision = 'declined'"
    return _journey_file(pack), "tasks[1].when", "pack.never_runs"


def _guard_against_the_guard_of_what_it_needs(pack: Any) -> Place:
    first, second = pack.journey["tasks"][:2]
    first["when"] = "form.full_name = 'a'"
    second["after"] = ["task_0"]
    second["when"] = "task_0.decision = 'approved' AND form.full_name = 'b'"
    return _journey_file(pack), "tasks[1].when", "pack.never_runs"


def _prefill_of_another_kind(pack: Any) -> Place:
    field = {"id": "number", "label": "姓名", "kind": "integer", "prefill": "applicant.birth_date"}
    pack.files[f"forms/{pack.name}.yaml"]["steps"][0]["fields"].insert(0, field)
    return f"forms/{pack.name}.yaml", "steps[0].fields[0].prefill", "pack.kind_fits_not"


def _post_misspelt(pack: Any) -> Place:
    pack.files["seed/people.yaml"][0]["posts"] = {"police": "handeler"}
    return "seed/people.yaml", "[0].posts.police", "yaml.not_listed"


def _decision_of_a_later_task(pack: Any) -> Place:
    pack.journey["tasks"][0]["when"] = "task_2.decision = 'approved'"
    return _journey_file(pack), "tasks[0].when", "pack.rule_scope"


def _material_for_nobody(pack: Any) -> Place:
    pack.journey["materials"][0]["tasks"] = []
    return _journey_file(pack), "materials[0].tasks", "pack.material_unused"


def _promise_too_short(pack: Any) -> Place:
    pack.journey["promise"]["days"] = pack.longest - 1
    return _journey_file(pack), "promise.days", "limit.path"


def _promise_past_the_law(pack: Any) -> Place:
    pack.journey["statutory"]["days"] = pack.journey["promise"]["days"] - 1
    return _journey_file(pack), "promise.days", "limit.statutory"


def _form_missing(pack: Any) -> Place:
    pack.journey["form"] = "another"
    return _journey_file(pack), "form", "pack.reference"


def _key_misspelt(pack: Any) -> Place:
    pack.journey["tasks"][0]["deparment"] = "police"
    return _journey_file(pack), "tasks[0].deparment", "yaml.unknown_key"


def _same_task_twice(pack: Any) -> Place:
    pack.journey["tasks"][1]["id"] = "task_0"
    return _journey_file(pack), "tasks[1].id", "pack.duplicate_id"


def _other_department(pack: Any) -> Place:
    pack.journey["tasks"][0]["department"] = "fire"
    return _journey_file(pack), "tasks[0].department", "item.department"


def _wrong_person(pack: Any) -> Place:
    person = pack.files["seed/people.yaml"][0]
    person["id_number"] = pack.id_number[:-1] + ("0" if pack.id_number[-1] != "0" else "1")
    return "seed/people.yaml", "[0].id_number", "code.invalid"


def _item_code_short(pack: Any) -> Place:
    pack.files[f"items/{pack.name}-item-0.yaml"]["code"] = "00070000000"
    return f"items/{pack.name}-item-0.yaml", "code", "code.item_length"


def _translation_lost(pack: Any) -> Place:
    del pack.strings["环节 0"]
    return _journey_file(pack), "tasks[0].name", "translation.missing"


def _story_of_unknown_task(pack: Any) -> Place:
    pack.files["tests/end.yaml"][0]["steps"][2]["decide"]["task_99"] = "approve"
    return "tests/end.yaml", "[0].steps[2].decide.task_99", "pack.reference"


def _folder_renamed(pack: Any) -> Place:
    pack.files["pack.yaml"]["id"] = "other"
    return "pack.yaml", "id", "pack.folder_name"


SPOILS: list[Spoil] = [
    _item_renamed,
    _predecessor_renamed,
    _circle,
    _waits_for_itself,
    _rule_with_unknown_name,
    _rule_with_wrong_type,
    _guard_never_true,
    _guard_that_the_engine_never_meets,
    _guard_against_the_guard_of_what_it_needs,
    _prefill_of_another_kind,
    _post_misspelt,
    _decision_of_a_later_task,
    _material_for_nobody,
    _promise_too_short,
    _promise_past_the_law,
    _form_missing,
    _key_misspelt,
    _same_task_twice,
    _other_department,
    _wrong_person,
    _item_code_short,
    _translation_lost,
    _story_of_unknown_task,
    _folder_renamed,
]


@pytest.mark.parametrize("seed", [3, 11])
@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__.strip("_"))
def test_a_spoilt_pack_is_refused_at_the_place_that_was_spoilt(spoil: Spoil, seed: int, tmp_path: Path) -> None:
    pack = RandomPack(seed)
    file, key, code = spoil(pack)
    folder = pack.write(tmp_path)
    loaded = load_pack(folder)
    assert loaded.pack is None
    (found,) = [fault for fault in loaded.faults if (fault.file, fault.key, fault.code) == (file, key, code)]
    assert found.line > 0
    line = (folder / file).read_text("utf-8").splitlines()[found.line - 1]
    assert key.rpartition(".")[2] in line or (key.endswith("]") and line.lstrip().startswith("- "))
    assert found.repair("zh-CN") and found.repair("en")


def test_two_spoilt_places_are_told_at_once(tmp_path: Path) -> None:
    pack = RandomPack(5)
    spoils = [_circle]
    places = {spoil(pack) for spoil in spoils}
    faults = load_pack(pack.write(tmp_path)).faults
    assert places <= {(fault.file, fault.key, fault.code) for fault in faults}
