"""Deciding: at once in favour, after a preview against, and what is told when something came between."""

import asyncio

import pytest

from tongban.cases.models import INTAKE
from tongban.cases.views.desk import task_page
from tongban.cases.views.shapes import TaskPage
from tongban.cli.kernel_stage import KernelStage

from .cast import REGION, Cast, task_path

STEP = "household_registration"
REASONS = "经核查，申报的落户地址不是家庭户。"


async def read(cast: Cast, stage: KernelStage, task: str, who: str = "李伟") -> TaskPage:
    return await task_page(cast.kernel, await cast.actor(who), REGION, stage.case, task)


async def test_an_approval_stands_at_once_and_leads_to_the_next_task(cast: Cast) -> None:
    _, other = await cast.at_the_police()
    _, stage = await cast.at_the_police("谢小满")
    browser = await cast.browser("李伟")
    page = await browser.get(task_path(stage, STEP))
    assert page.status_code == 200
    sent = await browser.send(
        f"{task_path(stage, STEP)}/decision?journey=birth", {"kind": "approve", "revision": browser.revision()}
    )
    assert sent.status_code == 303
    assert (await read(cast, stage, STEP)).task.decision == "approved"
    onward = sent.headers["location"]
    assert onward.startswith("/desk/tasks/") and "journey=birth" in onward and str(stage.case) in onward
    assert str(other.case) in onward or not onward.startswith(task_path(stage, STEP))
    told = await browser.get(onward)
    assert "已办理：同意办理" in told.text and "谢小满" in told.text and "/desk/receipts/" in told.text


async def test_a_decision_against_the_applicant_is_previewed_first(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser("李伟")
    await browser.get(task_path(stage, STEP))
    fields = {"kind": "decline", "reasons": REASONS, "revision": browser.revision()}
    preview = await browser.send(f"{task_path(stage, STEP)}/decision", fields)
    assert preview.status_code == 200
    assert "还没有办理" in preview.text and REASONS in preview.text and "行政复议" in preview.text
    assert (await read(cast, stage, STEP)).task.state == "ready"
    edited = await browser.send(f"{task_path(stage, STEP)}/decision", {**fields, "step": "edit"})
    assert REASONS in edited.text and 'value="decline" required checked' in edited.text
    made = await browser.send(f"{task_path(stage, STEP)}/decision", {**fields, "step": "confirm"})
    assert made.status_code == 303
    decided = await read(cast, stage, STEP)
    assert (decided.task.decision, decided.task.reasons) == ("declined", REASONS)
    assert "行政复议" in decided.page.events[-1].detail.get("appeal", "") or any(
        "行政复议" in str(event.detail.get("appeal")) for event in decided.page.events
    )


async def test_a_supplement_notice_is_built_by_ticking(cast: Cast) -> None:
    _, stage = await cast.apply()
    browser = await cast.browser("周敏")
    await browser.get(task_path(stage, INTAKE))
    fields = {
        "kind": "supplement",
        "reasons": "户口簿缺少首页，请补拍。",
        "materials": ["household_book", "identity"],
        "revision": browser.revision(),
    }
    preview = await browser.send(f"{task_path(stage, INTAKE)}/decision", fields)
    assert "补正材料告知书" in preview.text and "申请人户口簿" in preview.text
    made = await browser.send(f"{task_path(stage, INTAKE)}/decision", {**fields, "step": "confirm"})
    assert made.status_code == 303
    seen = await read(cast, stage, INTAKE, "周敏")
    assert seen.page.case.state == "supplementing"
    asked = next(event for event in seen.page.events if event.kind == "case.supplement_asked")
    assert set(asked.detail["materials"]) == {"household_book", "identity"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "refuse", "reasons": "不行"}, "请写明理由"),
        ({"kind": "supplement", "reasons": "请补交清楚的照片。"}, "请勾选需要补正的材料"),
        ({"kind": "supplement", "reasons": "请补交清楚的照片。", "materials": "no-such"}, "请勾选需要补正的材料"),
        ({"reasons": "没有选择意见就提交了。"}, "请先选择一种办理意见"),
        ({"kind": "nonsense", "reasons": "没有这种意见。"}, "请先选择一种办理意见"),
    ],
)
async def test_what_is_missing_is_told_and_nothing_typed_is_lost(cast: Cast, fields: dict[str, str], told: str) -> None:
    _, stage = await cast.apply()
    browser = await cast.browser("周敏")
    await browser.get(task_path(stage, INTAKE))
    page = await browser.send(f"{task_path(stage, INTAKE)}/decision", {**fields, "revision": browser.revision()})
    assert page.status_code == 422
    assert told in page.text and fields["reasons"] in page.text
    assert (await read(cast, stage, INTAKE, "周敏")).task.state == "ready"


async def test_a_task_that_was_finished_meanwhile_is_not_decided_twice(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser("李伟")
    await browser.get(task_path(stage, STEP))
    revision = browser.revision()
    await cast.decide("方远", stage.case, STEP, "approve")
    page = await browser.send(
        f"{task_path(stage, STEP)}/decision",
        {"kind": "decline", "reasons": REASONS, "revision": revision, "step": "confirm"},
    )
    assert page.status_code == 409
    assert "这个环节已经办理完毕" in page.text and REASONS in page.text and "继续办理下一件" in page.text
    assert (await read(cast, stage, STEP)).task.decision == "approved"


async def test_two_handlers_at_once_make_one_decision(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    browsers = [await cast.browser("李伟"), await cast.browser("方远")]
    for browser in browsers:
        await browser.get(task_path(stage, STEP))
    address = f"{task_path(stage, STEP)}/decision"
    answers = await asyncio.gather(
        *(browser.send(address, {"kind": "approve", "revision": browser.revision()}) for browser in browsers)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    events = (await read(cast, stage, STEP)).page.events
    assert sum(event.kind == "task.decided" and event.task == STEP for event in events) == 1


@pytest.mark.parametrize("kind", ["accept", "refuse"])
async def test_a_stale_page_keeps_what_was_typed_and_shows_the_newest(cast: Cast, kind: str) -> None:
    person, stage = await cast.apply()
    browser = await cast.browser("周敏")
    await browser.get(task_path(stage, INTAKE))
    stale = browser.revision()
    await stage.change(person, {"child_name": "王改名"}, ())
    fields = {"kind": kind, "reasons": "申请人的孩子姓名不规范。", "revision": stale}
    page = await browser.send(f"{task_path(stage, INTAKE)}/decision", fields)
    assert page.status_code == 409
    assert "内容已在别处更新" in page.text and "王改名" in page.text and fields["reasons"] in page.text
    assert browser.revision() != stale
    assert (await read(cast, stage, INTAKE, "周敏")).task.state == "ready"


async def test_a_revision_that_was_tampered_with_fits_no_page(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser("李伟")
    await browser.get(task_path(stage, STEP))
    page = await browser.send(f"{task_path(stage, STEP)}/decision", {"kind": "approve", "revision": "9e9"})
    assert page.status_code == 409


@pytest.mark.parametrize(("who", "status"), [("陈静", 404), ("王芳", 404), ("周敏", 403), ("何平", 404)])
async def test_nobody_else_decides(cast: Cast, who: str, status: int) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser(who)
    await browser.get("/receipt-check")
    page = await browser.send(f"{task_path(stage, STEP)}/decision", {"kind": "approve", "revision": "2"})
    assert page.status_code == status
    assert (await read(cast, stage, STEP)).task.state == "ready"


async def test_leaving_a_task_for_the_next_changes_nothing(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    await cast.at_the_police()
    browser = await cast.browser("李伟")
    page = await browser.get(task_path(stage, STEP))
    due = (await read(cast, stage, STEP)).task.due_on
    onward = await browser.get(f"/desk/next?after={due}~{stage.case}~{STEP}")
    assert page.status_code == 200 and onward.status_code == 303
    assert not onward.headers["location"].startswith(task_path(stage, STEP))
    assert (await read(cast, stage, STEP)).task.state == "ready"
