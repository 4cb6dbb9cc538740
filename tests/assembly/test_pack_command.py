"""``tongban pack`` as people and programs call it, and what is published about the format."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from tongban.assembly.reading import ROOMS
from tongban.assembly.stories import VERBS
from tongban.assembly.vocabulary import APPLICANT, CASE_OUTCOMES, PRIVATE, TASK_OUTCOMES
from tongban.cli.pack import schema_files
from tongban.services.forms import FORMATS

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "packs.md").read_text("utf-8")


def pack(*arguments: str | Path, language: str = "en_US.UTF-8", answer: str = "", **more: str):  # noqa: ANN201
    return subprocess.run(
        [sys.executable, "-m", "tongban.cli.main", "pack", *map(str, arguments)],
        capture_output=True,
        text=True,
        input=answer,
        check=False,
        env={"LC_ALL": language, "PATH": "/usr/bin:/bin", **more},
    )


def test_a_new_pack_passes_the_check_at_once(tmp_path: Path) -> None:
    made = pack("new", "my-thing", "--into", tmp_path)
    assert made.returncode == 0, made.stderr
    checked = pack("check", tmp_path / "my-thing")
    assert (checked.returncode, checked.stdout) == (0, f"{tmp_path / 'my-thing'}: nothing wrong\n")
    again = pack("new", "my-thing", "--into", tmp_path)
    assert again.returncode == 1 and "assembly.folder_taken" in again.stderr


def test_a_journey_is_written_as_a_diagram_with_the_departments_of_the_region(tmp_path: Path) -> None:
    out = tmp_path / "birth.bpmn"
    written = pack("bpmn", ROOT / "packs" / "birth", "--out", out, language="zh_CN.UTF-8")
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    assert "卫生健康局" in out.read_text("utf-8")
    assert pack("bpmn", ROOT / "packs" / "birth", language="zh_CN.UTF-8").stdout == out.read_text("utf-8")


def test_a_diagram_of_no_known_journey_or_of_a_spoilt_pack_is_refused(small: Path) -> None:
    unknown = pack("bpmn", small, "--journey", "other")
    assert unknown.returncode == 1 and "assembly.journey_to_name" in unknown.stderr and "small" in unknown.stderr
    path = small / "journeys" / "small.yaml"
    path.write_text(path.read_text("utf-8").replace("item: small-item", "item: small-itme"), "utf-8")
    spoilt = pack("bpmn", small)
    assert spoilt.returncode == 1 and "There is no item “small-itme”" in spoilt.stderr and spoilt.stdout == ""


def test_an_id_that_can_not_be_one_is_refused(tmp_path: Path) -> None:
    refused = pack("new", "../Bad", "--into", tmp_path)
    assert refused.returncode == 1 and "assembly.bad_pack_id" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_faults_are_printed_with_place_and_repair_in_the_readers_language(small: Path) -> None:
    path = small / "journeys" / "small.yaml"
    path.write_text(path.read_text("utf-8").replace("item: small-item", "item: small-itme"), "utf-8")
    place = f"{path}:23: tasks[0].item"
    english, chinese = pack("check", small), pack("check", small, language="zh_CN.UTF-8")
    assert english.returncode == chinese.returncode == 1
    assert f"{place}\n    There is no item “small-itme”\n    → Did you mean “small-item”?\n" in english.stdout
    assert f"{place}\n    没有名为“small-itme”的事项\n    → 是不是“small-item”？\n" in chinese.stdout


def test_faults_are_data_for_programs(small: Path) -> None:
    (small / "extra.txt").write_text("?")
    answer = pack("check", small, "--json")
    ((one),) = json.loads(answer.stdout)
    assert answer.returncode == 1
    assert [(fault["file"], fault["code"], fault["warning"]) for fault in one["faults"]] == [
        ("extra.txt", "pack.unknown_file", False)
    ]


def test_installing_shows_the_change_asks_and_lists(address: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "pack.yaml").write_text("id: empty\nversion: 1.0.0\nname: e\nowner: e\n")
    database = {"TONGBAN_DATABASE_URL": address}
    declined = pack("install", tmp_path / "empty", answer="n\n", **database)
    assert declined.returncode == 1
    assert "+ manifest.name: e" in declined.stdout and "Nothing was installed." in declined.stderr
    agreed = pack("install", tmp_path / "empty", answer="y\n", **database)
    assert agreed.returncode == 0, agreed.stderr
    listed = json.loads(pack("list", "--json", **database).stdout)
    assert [(one["id"], one["version"], one["active"]) for one in listed if one["id"] == "empty"] == [
        ("empty", "1.0.0", True)
    ]


def test_without_a_database_the_repair_is_told(tmp_path: Path) -> None:
    refused = pack("list", TONGBAN_HOME=str(tmp_path))
    assert refused.returncode == 1 and "database.none" in refused.stderr and "tongban run" in refused.stderr


def test_the_published_schemas_are_current() -> None:
    published = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "schema").glob("*.json")}
    assert published == schema_files(), "run: tongban pack schema --out docs/schema"


def test_the_schemas_accept_a_new_pack_and_refuse_a_misspelt_key(small: Path) -> None:
    texts = schema_files()
    for room in ROOMS:
        validator = jsonschema_rs.Draft202012Validator(json.loads(texts[f"{room.schema}.json"]))
        pattern = room.path if room.path.endswith(".yaml") else f"{room.path}.yaml"
        for path in small.glob(pattern):
            data = yaml.safe_load(path.read_text("utf-8").replace("accept:", "accept: {}"))
            assert validator.is_valid(data), (path, [error.message for error in validator.iter_errors(data)])
            if isinstance(data, dict) and room.schema != "strings":
                assert not validator.is_valid({**data, "nobody_declared_this": 1})


@pytest.mark.parametrize("kind", [FORMATS, VERBS, APPLICANT, PRIVATE, CASE_OUTCOMES])
def test_what_a_pack_may_say_is_documented(kind: dict[str, object]) -> None:
    prose = re.sub(r"^```.*?^```", "", DOCUMENT, flags=re.DOTALL | re.MULTILINE)
    words = set(re.findall(r"`([^`\n]+)`", prose))
    assert set(kind) <= words


def test_the_layout_and_the_outcomes_of_tasks_are_documented() -> None:
    assert all(f"`{room.path}" in DOCUMENT and f"{room.schema}.json" in DOCUMENT for room in ROOMS)
    assert all(f"`<task>.{name}`" in DOCUMENT for name in TASK_OUTCOMES)
