"""The journeys' stories leave the right rows of the national exchange tables, checked row by row."""

import ast
import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeGuard
from uuid import UUID

import pytest
from tests.cases.library.telling import TOLD, entries, kinds, played_and_seen, story

import tongban.cases
from tongban.assembly.definitions import Pack, Story
from tongban.cases.library.batches import Entry
from tongban.cases.library.definitions import ACTIONS, EVENTS, LEAVING, SPECIAL_TYPES, TABLES
from tongban.cases.library.errors import EventUnmapped, RecordUnfit
from tongban.cases.library.models import DatedEvent, History, IssuedLicence
from tongban.cases.library.rules import fitted, records_of, version_number
from tongban.cases.models import Applicant, Task
from tongban.cli.stories import Rehearsal
from tongban.parties.definitions import Department

RECORDING = ("Event", "record", "begin")
HEALTH, POLICE = "11330103MB9010379M", "11330103MB9020745L"


def _shown(entry: Entry, *columns: str) -> tuple[str | None, ...]:
    return (entry.kind, *(entry.content[column] for column in columns))


def _of(found: list[Entry], kind: str) -> list[Entry]:
    return [entry for entry in found if entry.kind == kind]


async def test_the_whole_story_of_a_birth_leaves_these_records(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await played_and_seen(rehearsal, monkeypatch, *story("birth", "both-parents"), entries)
    number = found[0].number
    assert {entry.content["project_no"] for entry in found} == {number}
    assert [entry.position for entry in found] == list(range(1, len(found) + 1))
    (accept,) = _of(found, "accept")
    day, people = {k: v for k, v in accept.content.items() if k.endswith("_date")}, accept.content["applyer_page_code"]
    assert {k: (v or "")[:10] for k, v in day.items()} == {
        "apply_date": "2026-11-23", "accept_date": "2026-11-23", "promise_date": "2026-11-30",
    }  # fmt: skip
    assert accept.content["promise_date"] == "2026-11-30 23:59:59"
    assert people == next(p.id_number for p in rehearsal.platform.seeds.people if p.name == "王芳")
    assert {k: v for k, v in accept.content.items() if k not in (*day, "applyer_page_code", *_SYNC)} == {
        "project_no": number,
        "catalog_code": "000720001001",
        "task_code": f"{HEALTH}4000720001001",
        "task_handle_item": None,
        "task_name": "生育登记凭证办理",
        "task_version": accept.content["task_version"],
        "project_name": "新生儿出生一件事",
        "project_type": "2",
        "apply_type": "9",
        "applyer_type": "1",
        "applyer_name": "王芳",
        "applyer_page_type": "111",
        "org_code": HEALTH,
        "org_name": "下城区卫生健康局",
        "handle_user_name": "下城区卫生健康局",
    }
    steps = [
        _shown(e, "process_name", "event_name", "handle_explain", "handle_user_name", "task_code")[1:]
        for e in _of(found, "process")
    ]
    assert steps == [
        ("收件", "1", "收件", "申请人", None),
        ("受理", "3", "受理", "下城区卫生健康局", None),
        ("生育登记凭证", "8", "同意", "下城区卫生健康局", f"{HEALTH}4000720001001"),
        ("出生医学证明", "8", "同意", "下城区卫生健康局", f"{HEALTH}4000723002001"),
        ("出生登记", "8", "同意", "杭州市公安局下城区分局", f"{POLICE}4000709001001"),
        ("预防接种电子档案", "8", "同意", "下城区疾病预防控制中心", "12330103MB9072596K4002023003001"),
        ("育儿指导", "8", "同意", "下城区卫生健康局", steps[6][4]),
        ("居民医保参保", "8", "同意", "杭州市医疗保障局下城分局", "11330103MB9031110Y4002036001001"),
        ("社保卡", "8", "同意", "下城区人力资源和社会保障局", "11330103MB904148254002014001001"),
        ("医保缴费", "8", "同意", steps[9][3], steps[9][4]),
        ("办结", "11", "办结", steps[9][3], None),
    ]
    assert (steps[6][4] or "").startswith(f"{HEALTH}4") and "税务" in (steps[9][3] or "")
    times = [
        ((e.content["event_start_time"] or "")[:10], (e.content["event_end_time"] or "")[:10])
        for e in _of(found, "process")
    ]
    monday, tuesday, wednesday, thursday = (f"2026-11-{day}" for day in (23, 24, 25, 26))
    assert times == [
        (monday, monday), (monday, monday), (monday, tuesday), (monday, tuesday), (tuesday, wednesday),
        (tuesday, wednesday), (tuesday, wednesday), (wednesday, wednesday), (wednesday, wednesday),
        (wednesday, thursday), (thursday, thursday),
    ]  # fmt: skip
    assert [_shown(e, "material_name", "get_type", "get_num")[1:] for e in _of(found, "material")] == [
        ("申请人居民身份证", "3", "1"),
        ("申请人户口簿", "4", "1"),  # the register is asked before the booklet of licences
        ("结婚证", "4", "1"),
        ("医院出生医学记录", "4", "1"),
    ]
    (result,) = _of(found, "result")
    assert (result.content["result_type"], (result.content["result_date"] or "")[:10]) == ("0", thursday)
    assert result.content["result_explain"] == "准予" and result.content["cd_operation"] == "I"
    assert len((result.content["result_cetr_no"] or "").split("；")) == 6
    assert (result.content["result_cetr_name"] or "").startswith("生育登记凭证；出生医学证明；")
    assert _of(found, "special_procedure") == [] and len(found) == 1 + 11 + 4 + 1


_SYNC = ("row_guid", "data_source", "cd_operation", "cd_batch", "cd_time")


async def test_what_is_refused_ends_with_its_finish_code_and_reasons(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await played_and_seen(rehearsal, monkeypatch, *story("birth", "refusal", 1), entries)
    assert [_shown(e, "event_name", "handle_explain") for e in _of(found, "process")] == [
        ("process", "1", "收件"),
        ("process", "4", "孩子已在其他地方登记户口"),
    ]
    assert [_shown(e, "result_type", "result_explain", "result_cetr_no") for e in _of(found, "result")] == [
        ("result", "1", "孩子已在其他地方登记户口", None)
    ]
    assert len(found) == 3


async def test_a_supplement_is_two_steps_and_what_was_uploaded_counts_as_uploaded(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await played_and_seen(rehearsal, monkeypatch, *story("birth", "supplement"), entries)
    assert [e.content["event_name"] for e in _of(found, "process")] == ["1", "6", "7", "3"]
    asked, supplied = _of(found, "process")[1:3]
    assert supplied.content["event_start_time"] == asked.content["event_end_time"]
    ways = {e.content["material_name"]: e.content["get_type"] for e in _of(found, "material")}
    assert ways["结婚证"] == "2" and ways["申请人居民身份证"] == "3"


async def test_what_is_withdrawn_is_void(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await played_and_seen(rehearsal, monkeypatch, *story("birth", "withdraw"), entries)
    assert [_shown(e, "result_type") for e in _of(found, "result")] == [("result", "2")]


def _history(*events: DatedEvent, **changes: Any) -> History:
    """A case of the birth journey with these events and nothing else."""
    health = Department("health", "下城区卫生健康局", "卫健", HEALTH, ["health"])
    version = SimpleNamespace(journey=SimpleNamespace(task=lambda task: None), items={}, version="1.2.3")
    facts = {
        "region": "330103", "case_id": UUID(int=9), "number": "330103-261123-0000000-B",
        "applicant": Applicant("王芳", ""), "version": version, "departments": {"health": health}, "lead": health,
        "performers": {}, "tasks": (), "events": events,
    }  # fmt: skip
    return History(**{**facts, **changes})


def _event(number: int, kind: str, hour: int, **detail: Any) -> DatedEvent:
    at = dt.datetime(2026, 11, 23, hour, tzinfo=dt.UTC)
    return DatedEvent(UUID(int=number), at, kind, None, "health", "行政许可法 第四十五条", detail)


NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


def _rows(history: History, kind: str, *columns: str) -> list[tuple[str | None, ...]]:
    made = [record for event in history.events for record in records_of(history, event, NOW)]
    return [tuple(record.content[column] for column in columns) for record in made if record.kind == kind]


def test_a_special_procedure_is_begun_and_ended_on_the_same_row() -> None:
    history = _history(
        _event(1, "case.suspended", 1, cause="inspection", reasons="送检设备"),
        _event(2, "case.suspended", 2, cause="ordinary"),
        _event(3, "case.resumed", 3, cause="inspection", outcome="检验合格"),
        _event(4, "case.extended", 4, days=10, reasons="情况复杂"),
    )
    (begun, other, ended, extended) = _rows(
        history, "special_procedure", "row_guid", "cd_operation", "special_type", "special_name", "special_time",
        "end_time", "result",
    )  # fmt: skip
    assert begun[1:] == ("I", "2", "检验", "2026-11-23 09:00:00", None, None)
    assert other[1:] == ("I", "2", "普通挂起", "2026-11-23 10:00:00", None, None)
    assert ended == (begun[0], "U", "2", "检验", "2026-11-23 09:00:00", "2026-11-23 11:00:00", "检验合格")
    noon = "2026-11-23 12:00:00"
    assert extended[1:] == ("I", "1", "延长审批", noon, noon, "延长 10 个工作日")
    assert _rows(history, "process", "event_name") == [("9",), ("9",), ("10",), ("9",)]
    assert _rows(history, "special_procedure", "special_reason")[0] == ("送检设备",)


@pytest.mark.parametrize(
    ("ending", "code"),
    [("case.closed", "0"), ("case.refused", "1"), ("case.withdrawn", "2"), ("case.deleted", "3"),
     ("case.referred", "4"), ("case.handed_over", "4"), ("case.lapsed", "5"), ("case.terminated", "6")],
)  # fmt: skip
def test_every_end_has_its_finish_code(ending: str, code: str) -> None:
    history = _history(_event(1, ending, 1), finish_code=code)
    assert _rows(history, "result", "result_type", "cd_operation") == [(code, "I")]


def test_a_referral_that_comes_back_is_no_end() -> None:
    assert _rows(_history(_event(1, "case.referred", 1)), "result", "result_type") == []
    history = _history(_event(1, "case.referred", 1), _event(2, "case.closed", 2), finish_code="6")
    assert _rows(history, "result", "result_type") == [("6",)]


def test_a_changed_decision_replaces_the_result_and_a_revoked_licence_leaves_it() -> None:
    closed, corrected, revoked = (
        _event(1, "case.closed", 1), _event(2, "case.decision_corrected", 2), _event(3, "case.decision_revoked", 3),
    )  # fmt: skip
    licences = (
        IssuedLicence("卡", "A", closed.at, corrected.at), IssuedLicence("卡", "B", corrected.at),
        IssuedLicence("簿", "C", closed.at, revoked.at),
    )  # fmt: skip
    left = Task("one", "step", "health", "done", decision="approved")
    history = _history(closed, corrected, revoked, finish_code="0", licences=licences, tasks=(left,))
    shown = _rows(history, "result", "cd_operation", "result_type", "result_cetr_no")
    assert shown == [("I", "0", "A；C"), ("U", "0", "B；C"), ("U", "0", "B")]
    assert len(set(_rows(history, "result", "row_guid"))) == 1
    void = _history(closed, revoked, finish_code="0", licences=licences)
    assert _rows(void, "result", "result_type") == [("0",), ("2",)]
    # Before the case has ended there is no result to replace.
    assert _rows(_history(corrected, revoked), "result", "result_type") == []


@pytest.mark.parametrize(
    ("changes", "column"),
    [({"project_no": None}, "project_no"), ({"result_type": "12345"}, "result_type"), ({"mobile": "1"}, "mobile")],
)
def test_what_does_not_fit_is_refused_by_its_column_and_never_by_its_value(
    changes: dict[str, str | None], column: str
) -> None:
    row = {column.name: "1" for column in TABLES["result"]}
    assert fitted("result", {**row, "result_explain": "长" * 3000})["result_explain"] == "长" * 2000
    with pytest.raises(RecordUnfit) as refused:
        fitted("result", {**row, **changes})
    assert refused.value.data["column"] == column and "12345" not in refused.value.message()


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(EventUnmapped):
        records_of(_history(), _event(1, "case.astonished", 1), NOW)


def test_a_version_is_one_whole_number() -> None:
    assert [version_number(text) for text in ("1.2.3", "0.1.0", "2.0", "10.0.1")] == ["10203", "100", "20000", "100001"]


@pytest.mark.parametrize(("pack", "told"), TOLD, ids=[f"{pack.manifest.id}: {told.it}" for pack, told in TOLD])
async def test_every_record_of_every_story_fits_its_table(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, pack: Pack, told: Story
) -> None:
    async def look(stage: Any) -> tuple[set[str], list[Entry]]:
        return await kinds(stage), await entries(stage)

    journey = told.journey or pack.journeys[0].id
    happened, found = await played_and_seen(rehearsal, monkeypatch, journey, told, look)
    assert happened <= EVENTS.keys()
    assert bool(found) == bool(happened & set(LEAVING))
    numbers = {person.id_number for person in rehearsal.platform.seeds.people}
    for entry in found:
        columns = {column.name: column for column in TABLES[entry.kind]}  # type: ignore[index]
        assert entry.content.keys() == columns.keys()
        for name, value in entry.content.items():
            assert value is not None or not columns[name].required, (entry.kind, name)
            assert value is None or 0 < len(value) <= columns[name].most, (entry.kind, name)
            assert columns[name].personal or not any(number in (value or "") for number in numbers), name
        if entry.kind == "process":
            assert entry.content["event_name"] in ACTIONS
        if entry.kind == "special_procedure":
            assert entry.content["special_type"] in SPECIAL_TYPES


def _recorded() -> set[str]:
    """Every event that the sources record: what is handed to ``Event`` and its like, and ``event=``."""
    found: set[str] = set()
    for file in Path(tongban.cases.__file__).parent.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            given = call.args if name in RECORDING else []
            told = [*given, *(keyword.value for keyword in call.keywords if keyword.arg == "event")]
            found |= {text.value for node in told for text in ast.walk(node) if _is_event(text)}
    return found


def _is_event(node: ast.AST) -> TypeGuard[ast.Constant]:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"(case|task|question|visit)\.[a-z_]+", node.value) is not None
    )


def test_every_event_that_the_platform_records_is_mapped() -> None:
    recorded = _recorded()
    assert recorded - EVENTS.keys() == set()
    assert {"case.accepted", "case.withdrawn", "task.decided"} <= recorded


def test_every_action_and_its_reason_is_one_of_the_tables() -> None:
    assert {mapped.action for mapped in EVENTS.values() if mapped.action} <= ACTIONS.keys()
    assert all(bool(mapped.action) != bool(mapped.why) for mapped in EVENTS.values())
    assert {since for mapped in EVENTS.values() for since in mapped.since} <= EVENTS.keys()
