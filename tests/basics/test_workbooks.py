"""Excel files: texts stay texts, what Excel can not hold is left out, and what is no such file is refused."""

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.basics.workbooks import LARGEST, Book, Unreadable, open_book


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
