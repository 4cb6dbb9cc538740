"""The inbox: what 李伟 sees in the morning, and what 陈静 never sees."""

import datetime as dt
import re

import pytest

from tongban.cases.views.desk import NEVER, Narrowing, inbox

from .cast import OPENING, REGION, Cast, task_path

LATER = OPENING + dt.timedelta(days=3)


async def test_a_handler_sees_what_waits_for_the_own_department(cast: Cast) -> None:
    person, stage = await cast.at_the_police("何小雨")
    page = await (await cast.browser("李伟")).get("/desk")
    assert page.status_code == 200
    assert person in page.text
    assert task_path(stage, "household_registration") in page.text
    assert task_path(stage, "vaccination_record") not in page.text


async def test_somebody_elsewhere_sees_an_inbox_without_it(cast: Cast) -> None:
    person, _ = await cast.at_the_police("莫须有")
    page = await (await cast.browser("陈静")).get("/desk")
    assert page.status_code == 200
    assert person not in page.text
    assert "都办完了" in page.text


@pytest.mark.parametrize(
    "choice", ["department=police", "region=330106", "department=police&tab=decided", "region=%00"]
)
@pytest.mark.parametrize("path", ["/desk", "/desk/export.xlsx"])
async def test_another_departments_inbox_is_refused(cast: Cast, path: str, choice: str) -> None:
    page = await (await cast.browser("陈静")).get(f"{path}?{choice}")
    assert page.status_code == 403


@pytest.mark.parametrize(
    ("who", "status", "told"),
    [
        ("何平", 200, ["您的岗位没有需要审批的办件", "/desk/identity"]),
        ("吴浩", 200, ["/desk/checklist", "/desk/calendars", "/desk/applications", "/desk/catalogue"]),
        ("王芳", 403, ["工作台供政务工作人员使用"]),
    ],
)
async def test_who_decides_nothing_sees_where_to_go_or_reads_whom_to_ask(
    cast: Cast, who: str, status: int, told: list[str]
) -> None:
    page = await (await cast.browser(who)).get("/desk")
    assert page.status_code == status
    assert all(text in page.text for text in told)
    assert who != "何平" or "/desk/checklist" not in page.text


async def test_a_visitor_is_led_to_signing_in_and_back(cast: Cast) -> None:
    page = await (await cast.browser(None)).get("/desk?light=red")
    assert page.status_code == 303
    assert page.headers["location"] == "/sign-in?next=%2Fdesk%3Flight%3Dred"


async def test_filters_stay_in_every_link(cast: Cast) -> None:
    await cast.at_the_police()
    page = await (await cast.browser("李伟")).get("/desk?journey=birth&task=household_registration&light=green")
    links = re.findall(r'data-row href="([^"]+)"', page.text)
    assert links
    for link in links:
        assert "journey=birth&amp;task=household_registration&amp;light=green" in link
    assert 'value="green" selected' in page.text


async def test_a_filter_that_fits_nothing_offers_to_see_everything(cast: Cast) -> None:
    page = await (await cast.browser("李伟")).get("/desk?journey=no-such-journey")
    assert "没有符合筛选条件的办件" in page.text


async def test_each_light_lists_exactly_the_tasks_that_show_it(cast: Cast) -> None:
    actor = await cast.actor("李伟")
    await cast.at_the_police()
    shown = {}
    everything = (await inbox(cast.kernel, actor, REGION, LATER, most=999)).tasks
    for light in ("red", "yellow", "green"):
        listed = await inbox(cast.kernel, actor, REGION, LATER, most=999, only=Narrowing(light=light))  # type: ignore[arg-type]
        assert {line.light for line in listed.tasks} <= {light}
        shown[light] = len(listed.tasks)
    # A task whose clock stands shows no light.
    standing = sum(line.light == "none" for line in everything)
    assert sum(shown.values()) == len(everything) - standing
    whole = await inbox(cast.kernel, actor, REGION, LATER)
    assert (whole.open, whole.late, whole.soon) == (len(everything), shown["red"], shown["yellow"])


async def test_pages_follow_each_other_without_gap_or_repetition(cast: Cast) -> None:
    for _ in range(3):
        await cast.at_the_police()
    actor, today, seen, after = await cast.actor("李伟"), await cast.today(), [], None
    whole = (await inbox(cast.kernel, actor, REGION, today, most=999)).tasks
    while True:
        part = await inbox(cast.kernel, actor, REGION, today, after, most=2)
        seen += part.tasks
        last = part.tasks[-1]
        if part.next is None:
            break
        after = (last.due_on or NEVER, last.case_id, last.task)
    assert [(t.case_id, t.task) for t in seen] == [(t.case_id, t.task) for t in whole]


@pytest.mark.parametrize("after", ["nonsense", "2026-11-23~x~y", "~~"])
async def test_a_broken_place_in_the_list_is_told(cast: Cast, after: str) -> None:
    page = await (await cast.browser("李伟")).get(f"/desk?after={after}")
    assert page.status_code == 400
    assert "列表的位置无法识别" in page.text
