"""What the redesign came to, on the desk: for heads, with picture, table and Excel, and nothing of too few cases."""

import io
import re
from collections.abc import AsyncIterator

import pytest
from openpyxl import load_workbook

from .cast import REGION, Cast

HEAD = "沈洁"
PAGE = f"/desk/journeys/birth?region={REGION}&from=2026-11&until=2026-11"
STEPS = '["task:birth_certificate:approved", "task:household_registration:declined", "event:supplement", "end:partly"]'


async def put(cast: Cast, cases: int) -> None:
    """Counts as if so many cases had ended in November."""
    phases = {"waiting": 1440, "untouched": 2880, "standing": 0, "worked": 720, "idle": 2880}
    rows = [("journey", "", name, 1) for name in ("links", "materials", "trips", "materials_not_asked")]
    rows += [("journey", "", "days", 3), ("journey", "", "fields_not_asked", 11), ("path", "d", "cases", 0)]
    rows += [("station", "household_registration", name, value) for name, value in phases.items()]
    rows += [("item", "birth-registration", name, 2) for name in ("days", "materials", "trips")]
    async with cast.kernel.database.connection() as connection:
        await connection.execute("DELETE FROM measure_counts")
        await connection.execute("INSERT INTO measure_paths VALUES ('d', %s) ON CONFLICT DO NOTHING", (STEPS,))
        for row in rows:
            await connection.execute(
                "INSERT INTO measure_counts VALUES (%s, 'birth', '2026-11-01', %s, %s, %s, %s, %s)",
                (REGION, *row, cases),
            )


@pytest.fixture
async def counted(cast: Cast) -> AsyncIterator[Cast]:
    """Eight cases have ended."""
    await put(cast, 8)
    yield cast
    async with cast.kernel.database.connection() as connection:
        await connection.execute("DELETE FROM measure_counts")


async def test_a_head_sees_before_and_after_where_time_goes_and_the_ways(counted: Cast) -> None:
    browser = await counted.browser(HEAD)
    answer = await browser.get(PAGE)
    assert answer.status_code == 200
    for said in ("32 天", "3 个工作日", "16 个", "半数办件 3–3", "没有让人交 8 件材料，没有让人填 88 项内容", "青海省"):
        assert said in answer.text, said
    for said in ("堵点", "出生登记：不予办理", "一次性告知补正", "部分办成，办成 1 个环节", "8 件"):
        assert said in answer.text, said
    widths = [float(width) for width in re.findall(r'class="phase-\w+" x="[\d.]+" y="0" width="([\d.]+)"', answer.text)]
    assert widths == [28.57, 57.14, 14.29]
    listed = await browser.get("/desk/journeys")
    assert "/desk/journeys/birth" in listed.text and "新生儿出生一件事" in listed.text


async def test_the_page_is_there_in_english(counted: Cast) -> None:
    answer = await (await counted.browser(HEAD)).get(PAGE + "&lang=en")
    assert "Before and after" in answer.text and "Bottleneck" in answer.text and "Supplement" not in answer.text


async def test_too_few_cases_show_nothing_and_say_when_there_will_be_something(cast: Cast) -> None:
    await put(cast, 4)
    answer = await (await cast.browser(HEAD)).get(PAGE)
    assert "办结满 5 件后" in answer.text and "堵点" not in answer.text and "4 件" not in answer.text


async def test_the_same_stands_in_excel(counted: Cast) -> None:
    answer = await (await counted.browser(HEAD)).get(PAGE.replace("birth?", "birth/export.xlsx?"))
    assert answer.headers["content-disposition"].endswith('tongban-birth-202611-202611.xlsx"')
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["改革前后", "各环节", "各事项", "办理路径", "说明"]
    compared = {row[0]: row[1:] for row in book["改革前后"].iter_rows(values_only=True)}
    assert compared["时间"] == (32, 3, 3, 3, 8)
    assert compared["没有让人填的内容（项）"][1] == 88
    station = list(book["各环节"].iter_rows(values_only=True))[1]
    assert station[0] == "出生登记" and station[3:9] == (8, 1, 2, 0, 0.5, 2) and station[-1] == "是"
    (_, way) = book["办理路径"].iter_rows(values_only=True)
    assert way[0] == 8 and "出生登记：不予办理" in str(way[1])


@pytest.mark.parametrize("name", ["李伟", "周敏", "何平"])
@pytest.mark.parametrize("path", ["/desk/journeys", PAGE, PAGE.replace("birth?", "birth/export.xlsx?")])
async def test_nobody_but_heads_reads_it(cast: Cast, name: str, path: str) -> None:
    assert (await (await cast.browser(name)).get(path)).status_code == 403


@pytest.mark.parametrize("months", ["from=2026-12&until=2026-11", "from=heute", "from=2001-01&until=2026-11"])
async def test_months_that_make_no_sense_are_told(cast: Cast, months: str) -> None:
    answer = await (await cast.browser(HEAD)).get(f"/desk/journeys/birth?region={REGION}&{months}")
    assert answer.status_code == 422 and "2026-11" in answer.text


async def test_an_unknown_journey_is_not_found(cast: Cast) -> None:
    assert (await (await cast.browser(HEAD)).get("/desk/journeys/nowhere")).status_code == 404


async def test_the_guide_shows_the_plan_until_there_is_something_real(counted: Cast) -> None:
    visitor = await counted.browser(None)
    real = await visitor.get(f"/guides/birth?region={REGION}")
    assert "最近一年的实际" in real.text and "8 件办结的中位数" in real.text
    await put(counted, 4)
    planned = await visitor.get(f"/guides/birth?region={REGION}")
    assert "计划这样" in planned.text and "办结满 5 件后" in planned.text


async def test_everybody_may_take_the_diagram(cast: Cast) -> None:
    answer = await (await cast.browser(None)).get(f"/guides/birth/journey.bpmn?region={REGION}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/bpmn+xml")
    assert 'name="下城区卫生健康局"' in answer.text and 'attachment; filename="birth.bpmn"' in str(answer.headers)
    assert (await (await cast.browser(None)).get("/guides/nowhere/journey.bpmn")).status_code == 404
