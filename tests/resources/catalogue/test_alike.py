"""What a new project has in common with what exists is found, and told in words."""

import datetime as dt
from uuid import uuid4

from tongban.resources.catalogue.alike import compare, shared_words
from tongban.resources.catalogue.definitions import ApplicationContent, Project
from tongban.resources.catalogue.models import Entry

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
VISITS = ApplicationContent(
    name="独居老人探访登记小程序",
    summary="社区工作者登记独居老人探访情况",
    functions=["探访任务派发", "探访登记", "异常上报"],
    data=["201001/000001"],
)
PAYMENTS = ApplicationContent(name="统一支付", summary="非税收费", functions=["缴费下单", "对账"])


def entry(content: ApplicationContent) -> Entry:
    return Entry(
        "330103", uuid4(), "application", "A000001", "civil-affairs", None, "published", 1, 1, content, False, None,
        NOW, NOW,
    )  # fmt: skip


def test_a_project_like_an_existing_application_is_found_with_what_agrees() -> None:
    project = Project(
        "独居老人走访登记平台", "社区工作者上门探访独居老人并登记情况", ["走访任务派发", "探访登记"], ["201001/000001"]
    )
    (found,) = compare(project, [entry(VISITS), entry(PAYMENTS)], 35)
    assert found.name == VISITS.name
    assert found.score >= 70
    assert found.functions == [("走访任务派发", "探访任务派发"), ("探访登记", "探访登记")]
    assert found.data == ["201001/000001"]
    assert "独居老人" in "".join(found.words)


def test_a_project_with_nothing_in_common_finds_nothing() -> None:
    project = Project("会议室预订", "工作人员查看空闲会议室并预订", ["会议室预订", "冲突提醒"])
    assert compare(project, [entry(VISITS), entry(PAYMENTS)], 20) == []


def test_the_same_system_again_is_wholly_alike() -> None:
    again = Project(VISITS.name, VISITS.summary, VISITS.functions, VISITS.data)
    (found,) = compare(again, [entry(VISITS)], 90)
    assert found.score >= 98


def test_a_part_about_which_nothing_is_said_does_not_count() -> None:
    silent = Project(VISITS.name, VISITS.summary, VISITS.functions)
    (found,) = compare(silent, [entry(VISITS)], 90)
    assert found.score >= 98 and found.data == []


def test_shared_words_are_the_longest_runs_as_they_were_written() -> None:
    assert shared_words("社区独居老人探访", "独居老人登记和探访") == ["独居老人", "探访"]
