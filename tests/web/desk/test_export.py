"""The Excel file: every row of the list, the same filters, and never a formula."""

import datetime as dt
import io

from openpyxl import load_workbook

from tongban.cases.views.desk import inbox

from .cast import REGION, Cast

FORMULA = '=HYPERLINK("http://example.invalid","张三")'


async def test_the_whole_list_is_exported_with_dates_and_numbers(cast: Cast) -> None:
    person, _ = await cast.at_the_police("钱多多")
    browser = await cast.browser("李伟")
    answer = await browser.get("/desk/export.xlsx?light=green")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    title, *rows = list(sheet.iter_rows(values_only=True))
    assert title[:6] == ("剩余工作日", "到期日", "事项", "环节", "申请人", "办件编号")
    whole = await inbox(cast.kernel, await cast.actor("李伟"), REGION, await cast.today(), most=999)
    assert [row[5] for row in rows] == [line.number for line in whole.tasks if line.light == "green"]
    mine = next(row for row in rows if row[4] == person)
    assert mine[0] == 2 and isinstance(mine[1], dt.datetime) and mine[3] == "出生登记"
    assert mine[7] == "杭州市公安局下城区分局"


async def test_a_name_like_a_formula_stays_text(cast: Cast) -> None:
    people = [(await cast.at_the_police(name))[0] for name in (FORMULA, "+1+1", "-1", "@SUM(A1)")]
    answer = await (await cast.browser("李伟")).get("/desk/export.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row}
    for person in people:
        cell = cells[person]
        assert (cell.data_type, cell.quotePrefix, cell.number_format) == ("s", True, "@")


async def test_decided_tasks_are_exported_too(cast: Cast) -> None:
    person, stage = await cast.at_the_police("孙办结")
    await cast.decide("李伟", stage.case, "household_registration", "approve")
    answer = await (await cast.browser("李伟")).get("/desk/export.xlsx?tab=decided")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    row = next(row for row in sheet.iter_rows(values_only=True) if row[4] == person)
    assert row[8] == "同意办理"
