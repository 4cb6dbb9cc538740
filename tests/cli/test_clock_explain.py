"""``tongban clock explain``: a case from a file, counted without a server, and every bad file told with its repair."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tongban.cli.clock import explain
from tongban.cli.clock_file import clock_schema

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "spring-festival.yaml"
HEAD = "now: 2024-03-01 09:00\n"
EVENTS = """events:
  - {kind: received, at: 2024-02-01 09:00}
  - {kind: accepted, at: 2024-02-02 10:00}
"""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages in English."""
    monkeypatch.setenv("LC_ALL", "C")


def written(folder: Path, text: str, name: str = "case.yaml") -> str:
    """A file with ``text``."""
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def data(capsys: pytest.CaptureFixture[str], file: str, now: str | None = None) -> Any:
    """What ``--json`` prints."""
    explain(file, as_json=True, now=now)
    return json.loads(capsys.readouterr().out)


def faults(capsys: pytest.CaptureFixture[str], file: str) -> list[tuple[int, str, str]]:
    """Line, key and code of every fault that is told as data; each has a message and a repair in both languages."""
    with pytest.raises(SystemExit) as ended:
        explain(file, as_json=True)
    assert ended.value.code == 1
    found = json.loads(capsys.readouterr().out)["faults"]
    assert all(one[what][language] for one in found for what in ("message", "repair") for language in ("zh-CN", "en"))
    return [(one["line"], one["key"], one["code"]) for one in found]


def test_the_documented_example_is_explained_without_server_or_database(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tongban.cli", "clock", "explain", str(EXAMPLE)]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "zh_CN.UTF-8", "TONGBAN_HOME": str(tmp_path)}
    told = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=True).stdout
    assert "受理日：2024-02-02" in told and "2024-03-20" in told and "2024-03-08" in told
    assert "检验期间不计" in told and "调休上班（春节）" in told
    document = (ROOT / "docs" / "clock.md").read_text("utf-8")
    shown = [line for line in told.splitlines() if line.startswith("  2024")]
    assert shown and all(line in document for line in shown), "docs/clock.md shows another computation"


def test_data_hold_due_dates_what_is_left_and_each_day(capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, str(EXAMPLE))
    decision, promise = found["periods"][-2:]
    assert (decision["due_on"], decision["elapsed"], decision["left"]) == ("2024-03-20", 12, 13)
    assert (promise["due_on"], promise["state"], promise["length"]) == ("2024-03-08", "running", 17)
    assert [day["number"] for day in promise["days"] if day["counts"]] == list(range(1, 18))
    assert found["accepted_on"] == "2024-02-02" and found["deemed_accepted"] is None


def test_json_is_read_like_yaml_and_now_may_be_given(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    as_json = json.dumps(yaml.safe_load(HEAD + EVENTS), default=str)
    file = written(tmp_path, as_json, "case.json")
    assert data(capsys, file) == data(capsys, written(tmp_path, HEAD + EVENTS))
    assert data(capsys, file, now="2024-02-05 09:00")["periods"][-1]["elapsed"] == 2


def test_a_case_that_stands_says_since_when(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = HEAD + EVENTS + "  - {kind: suspended, at: 2024-02-05 09:00, cause: inspection}\n"
    explain(written(tmp_path, text))
    told = capsys.readouterr().out
    assert "still standing: inspection since 2024-02-05" in told and "open (standing)" in told


def test_the_file_brings_its_own_days_notices_and_limits(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    local = """limits:
  - {id: decision, days: 6, basis: 市规定, since: 2020-01-01, region: "330103", unit: workday}
region: "330103"
calendar:
  days:
    - {day: 2024-02-05, is_workday: false, basis: 市政府通知}
"""
    found = data(capsys, written(tmp_path, local + HEAD + EVENTS))
    decision = found["periods"][-1]
    assert (decision["length"], decision["due_on"], decision["basis"]) == (6, "2024-02-18", "市规定")
    assert [day["reason"] for day in decision["days"] if day["day"] == "2024-02-05"] == ["市政府通知"]


def test_a_year_that_is_left_out_gives_a_provisional_day(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = data(capsys, written(tmp_path, "calendar: {years: [2022, 2023]}\n" + HEAD + EVENTS))
    assert found["periods"][-1]["provisional"] is True
    explain(written(tmp_path, "calendar: {years: [2022, 2023]}\n" + HEAD + EVENTS))
    assert "(provisional)" in capsys.readouterr().out


BAD = [
    ("", [(0, "", "yaml.empty")]),
    ("events: [", [(1, "", "yaml.syntax")]),
    ("evnts: []\n", [(1, "events", "yaml.missing_key"), (1, "evnts", "yaml.unknown_key")]),
    ("events: []\n", [(1, "events", "clock.no_events")]),
    ("events:\n  - {kind: recieved, at: 2024-02-01}\n", [(2, "events[0].kind", "yaml.not_listed")]),
    ("events:\n  - {kind: received, at: yesterday}\n", [(2, "events[0].at", "clock.moment")]),
    ("events:\n  - {kind: received, at: 2024-02-30}\n", [(2, "events[0].at", "clock.moment")]),
    ("events:\n  - {kind: received, at: 9999-12-31}\n", [(2, "events[0].at", "clock.moment")]),
    ("events:\n  - {kind: received}\n", [(2, "events[0].at", "yaml.missing_key")]),
    (EVENTS + "  - {kind: suspended, at: 2024-02-03}\n", [(4, "events[2].cause", "clock.no_cause")]),
    (EVENTS + "  - {kind: suspended, at: 2024-02-03, cause: lunch}\n", [(4, "events[2].cause", "yaml.not_listed")]),
    (EVENTS + "  - {kind: extended, at: 2024-02-01}\n", [(4, "events[2]", "clock.event")]),
    (EVENTS + "  - {kind: decided, at: 2099-01-01}\n", [(4, "events[2]", "clock.event")]),
    (EVENTS + "terms: {promise_days: 21}\n", [(0, "terms", "clock.terms")]),
    (EVENTS + "terms: {promise_days: -1}\n", [(4, "terms.promise_days", "clock.number")]),
    (EVENTS + "terms: {silence: maybe}\n", [(4, "terms.silence", "yaml.not_listed")]),
    (EVENTS + "terms: {instant_hours: 4}\n", [(4, "terms.office", "clock.no_office")]),
    (EVENTS + "terms: {closes: noon}\n", [(4, "terms.closes", "clock.time")]),
    (EVENTS + "terms: {office: [13:00-12:00]}\n", [(4, "terms.office[0]", "clock.span")]),
    (EVENTS + "region: '33'\n", [(4, "region", "clock.region")]),
    (EVENTS + "calendar: {years: [2022, 2024]}\n", [(4, "calendar.years", "clock.year_gap")]),
    (EVENTS + "calendar: {years: [2031]}\n", [(4, "calendar.years[0]", "clock.year_unknown")]),
    (
        EVENTS + "calendar:\n  days:\n    - {day: 2024-02-05, is_workday: false, basis: a}\n"
        "    - {day: 2024-02-05, is_workday: true, basis: b}\n",
        [(7, "calendar.days[1].day", "clock.day_doubled")],
    ),
    (
        EVENTS + "limits:\n  - {id: decision, days: 3, unit: hour, basis: L, since: 2020-01-01}\n",
        [(5, "limits[0].unit", "limit.unit")],
    ),
    (
        EVENTS + "limits:\n  - {id: decision, days: 30, basis: L, since: 2020-01-01, region: '33'}\n",
        [(5, "limits[0].days", "limit.longer")],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), BAD)
def test_a_bad_file_is_told_with_line_key_and_repair(
    text: str, wanted: list[tuple[int, str, str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert sorted(faults(capsys, written(tmp_path, text))) == sorted(wanted)


def test_a_calendar_with_a_gap_names_the_day_that_is_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    notice = """calendar:
  notices:
    - year: 2027
      basis: 国务院办公厅关于2027年部分节假日安排的通知
      published_on: 2026-11-20
      holidays:
        - {name: 元旦, from: 2027-01-01, to: 2027-01-03}
"""
    with pytest.raises(SystemExit):
        explain(written(tmp_path, EVENTS + notice))
    told = capsys.readouterr().err
    assert "2027-02-06" in told and "Spring Festival" in told and "Add “春节” to holidays" in told


def test_a_file_that_is_not_there_is_told_with_the_repair(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tongban.cli", "clock", "explain", str(tmp_path / "none.yaml")]
    told = subprocess.run(command, capture_output=True, text=True, env={"LC_ALL": "C"}, cwd=tmp_path, check=False)
    assert told.returncode == 1 and "file.unreadable" in told.stderr and "Repair" in told.stderr


def test_the_schema_accepts_the_example_and_refuses_another_kind() -> None:
    validator = jsonschema_rs.Draft202012Validator(clock_schema())
    example = json.loads(json.dumps(yaml.load(EXAMPLE.read_text("utf-8"), yaml.BaseLoader)))
    example["terms"]["promise_days"] = int(example["terms"]["promise_days"])
    example["events"][-1]["days"] = int(example["events"][-1]["days"])
    assert validator.is_valid(example)
    example["events"][0]["kind"] = "recieved"
    assert not validator.is_valid(example)
