"""Which act asks for which paper, and what every paper must say to be lawful."""

import ast
import datetime as dt
import re
from pathlib import Path
from typing import get_args

import pytest
from tests.cases.told import APPEALS, DETAILS, told

import tongban
from tongban.cases.papers.kinds import NOTICES, TITLES, WITHOUT, NoticeKind, kind_of
from tongban.cases.papers.paper import PaperIncomplete
from tongban.cases.papers.words import compose
from tongban.parties.rules import ACTIONS

SOURCE = Path(tongban.__file__).parent


def recorded_kinds() -> set[str]:
    """Every kind of event that an act can record: what its source names and is no permission."""
    found: set[str] = set()
    for folder in ("actions", "oversight", "library"):
        for file in (SOURCE / "cases" / folder).rglob("*.py"):
            if file.name == "names.py":  # what rules read, not what happens
                continue
            texts = (
                node.value for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant)
            )
            found |= {
                value for value in texts if isinstance(value, str) and re.fullmatch(r"(case|task)\.[a-z_]+", value)
            }
    return found - ACTIONS.keys()


def text(kind: NoticeKind, **changes: object) -> str:
    paper = compose(told(kind, **changes))
    return "\n".join([paper.title, paper.opening, *(line for part in paper.parts for line in part.lines)])


def test_every_event_has_a_paper_or_a_reason_why_the_law_asks_none() -> None:
    assert recorded_kinds() >= {"case.accepted", "case.suspended", "task.decided"}
    assert recorded_kinds() - NOTICES.keys() - WITHOUT.keys() == set()
    assert not NOTICES.keys() & WITHOUT.keys()


def test_every_kind_has_a_title_words_and_an_event() -> None:
    kinds = set(get_args(NoticeKind))
    assert set(TITLES) == set(DETAILS) == kinds
    assert set(NOTICES.values()) | {"decline"} == kinds


@pytest.mark.parametrize("kind", list(TITLES))
def test_every_paper_names_the_matter_the_case_and_its_basis(kind: NoticeKind) -> None:
    said = text(kind)
    assert "开餐饮店一件事" in said and "330103-261123-7KQ4M9T-T" in said
    assert "《中华人民共和国行政许可法》第三十二条。" in said
    assert "None" not in said and "{" not in said


@pytest.mark.parametrize("kind", list(TITLES))
def test_an_enterprise_is_addressed_as_one(kind: NoticeKind) -> None:
    said = text(kind, enterprise=True)
    assert "您" not in said


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [
        ("refusal", {"detail": {}}),
        ("refusal", {"appeals": ()}),
        ("decline", {"detail": {}}),
        ("decline", {"appeals": ()}),
        ("supplement", {"detail": {"reasons": "缺件"}}),
        ("extension", {"detail": {"days": 5}}),
        ("termination", {"detail": {}}),
        ("termination", {"basis": None}),
        ("revocation", {"appeals": ()}),
        ("tolerance", {"detail": {"materials": ["lease"], "due_on": "2026-12-07"}}),
        ("tolerance", {"detail": {"materials": ["lease"], "consequence": "终止办理"}}),
        ("tolerance", {"detail": {"due_on": "2026-12-07", "consequence": "终止办理"}}),
        ("hearing-right", {"detail": {"reasons": "拟不予许可"}}),
        ("commitment", {"pledge": None}),
    ],
)
def test_a_paper_without_what_the_law_asks_is_not_written(kind: NoticeKind, lacking: dict[str, object]) -> None:
    with pytest.raises(PaperIncomplete):
        compose(told(kind, **lacking))


def test_refusals_tell_reasons_and_both_ways_of_appeal() -> None:
    for kind in ("refusal", "decline", "revocation", "correction"):
        said = text(kind)  # type: ignore[arg-type]
        assert all(appeal in said for appeal in APPEALS)
        assert DETAILS[kind]["reasons"] in said  # type: ignore[index]


def test_the_time_a_special_procedure_needs_is_told() -> None:
    assert "12 个工作日，预计至2026年12月9日" in text("suspension")


def test_tolerance_tells_list_form_deadline_and_consequence() -> None:
    said = text("tolerance")
    assert "场地租赁合同（形式：四角完整的照片）" in said
    assert "10 个工作日，即2026年12月7日前" in said and "逾期未补齐的，终止办理" in said


def test_a_combined_result_names_each_departments_finding() -> None:
    said = text("visit-result")
    assert "结论为：需要整改后复验" in said
    assert "下城区市场监督管理局：需要整改后复验。洗消水池数量不足，至少三个。" in said


def test_a_day_that_rests_on_an_unpublished_year_is_marked_wherever_it_stands() -> None:
    late = dt.date(2027, 1, 6)
    assert "2027年1月6日（暂定：" in text("acceptance", due_on=late, provisional=True)
    assert "暂定" not in text("acceptance")
    moved = text(
        "suspension", detail={**DETAILS["suspension"], "until": "2027-01-06"}, provisional_days=frozenset({late})
    )
    assert "预计至2027年1月6日（暂定：" in moved


def test_what_is_no_licensing_gets_a_refusal_but_no_grant_in_writing() -> None:
    approved, declined = {"decision": "approved"}, {"decision": "declined"}
    assert kind_of("task.decided", approved, "01") == "grant"
    assert kind_of("task.decided", approved, "07") is None
    assert kind_of("task.decided", declined, "07") == "decline"
    assert compose(told("decline", licensing=False)).title == "不予办理决定书"


def test_a_clock_stopped_by_a_visit_or_a_referral_is_told_in_their_papers() -> None:
    assert kind_of("case.suspended", {"cause": "test"}, None) == "suspension"
    assert kind_of("case.suspended", {"cause": "inspection", "visit": "site"}, None) is None
    assert kind_of("case.suspended", {"cause": "referral"}, None) is None
    assert kind_of("case.resumed", {"cause": "referral"}, None) == "resumption"
    assert kind_of("question.asked", {}, None) is None
