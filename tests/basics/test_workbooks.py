"""Excel files: texts stay texts, what Excel can not hold is left out, and what is no such file is refused."""

import datetime as dt
import io
import os
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tongban.basics.workbooks import LARGEST, READER, Book, Cell, Unreadable, open_book, read_book


def written(*values: object) -> bytes:
    book = Book()
    book.sheet("办件", ["栏目"] * len(values), [12]).add([values])
    return book.content()


@given(st.sampled_from(["", "=", "+", "-", "@"]), st.text(max_size=40))
@settings(max_examples=40, deadline=None)
def test_a_text_is_never_evaluated_and_every_text_can_be_written(first: str, rest: str) -> None:
    cell = open_book(written(first + rest), formulas=True)["办件"]["A2"]
    assert cell.data_type == "s" or cell.value is None
    assert str(cell.value or "")[: len(first)] == first and cell.number_format == "@"


def test_days_and_moments_are_shown_as_such_and_numbers_stay_numbers() -> None:
    sheet = open_book(written(dt.date(2026, 11, 23), dt.datetime(2026, 11, 23, 9, 30), 7, None))["办件"]
    formats = [sheet.cell(2, column).number_format for column in (1, 2)]
    assert formats == ["yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
    assert (sheet.cell(2, 3).value, sheet.cell(2, 4).value) == (7, None)


def packed(size: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(size))
    return held.getvalue()


@pytest.mark.parametrize("content", [b"", b"name,age\n", packed(100), packed(20 * LARGEST + 1), bytes(LARGEST + 1)])
def test_what_is_no_readable_excel_file_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        open_book(content)
    with pytest.raises(Unreadable):
        read_book(content, 10)


def test_what_somebody_sent_is_read_by_another_process_and_comes_back_as_what_it_was() -> None:
    moment, day = dt.datetime(2026, 11, 23, 9, 30), dt.datetime(2026, 11, 23)
    (rows,) = read_book(written("=1+1", 7, 2.5, True, None, moment, day.date()), 10).values()
    assert [cell.value for cell in rows[1]] == ["=1+1", 7, 2.5, True, None, moment, day]
    assert len(next(iter(read_book(written("x"), 1).values()))) == 1, "no row beyond the most"
    held = Workbook()
    held.active.append(["=SUM(A2:A3)", "text"])
    out = io.BytesIO()
    held.save(out)
    (rows,) = read_book(out.getvalue(), 10, formulas=True).values()
    assert rows == [[Cell("=SUM(A2:A3)", formula=True), Cell("text")]]
    assert READER._free[0].pid != os.getpid()


def test_a_file_that_costs_the_reader_is_refused_and_the_next_one_is_read() -> None:
    read_book(written(1), 10)
    os.kill(READER._free[0].pid, 9)
    with pytest.raises(Unreadable):
        read_book(written(1), 10)
    assert len(read_book(written(1), 10)) == 1
