"""Excel files, out and in: what lists, forms and reports of every noun share.

Texts are cells of type text that Excel leaves alone: a name that begins like a formula stays a name, also after an edit
or a copy as CSV. Rows are written as they come, so that a long list never stands in memory as cells. The library is
loaded by the first file, because few processes write one.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of what ``Book.content`` gives."""
LARGEST = 4 * 1024 * 1024
"""Bytes of a file that is read; unpacked twenty times as much."""


def column_letter(number: int) -> str:
    """What Excel calls its column ``number``, counted from 1."""
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))


class Sheet:
    """One sheet of a ``Book``: its heads are bold and stay in sight."""

    def __init__(self, sheet: Any, heads: Sequence[str], widths: Sequence[float]) -> None:
        from openpyxl.styles import Font

        self._sheet = sheet
        sheet.freeze_panes = "A2"
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[column_letter(number)].width = width
        self._heads = [_cell(sheet, head, None) for head in heads]
        for cell in self._heads:
            cell.font = Font(bold=True)

    def begin(self) -> None:
        """Write the heads, once. What is never begun holds no file open: a list may still be refused before it."""
        if self._heads:
            self._sheet.append(self._heads)
            self._heads = []

    def add(self, rows: Iterable[Sequence[Any]], dates: str = "yyyy-mm-dd") -> None:
        """Append ``rows``. ``dates``: how days are shown; moments are shown to the minute."""
        self.begin()
        for row in rows:
            self._sheet.append([_cell(self._sheet, value, dates) for value in row])


class Book:
    """A file that is being written."""

    def __init__(self) -> None:
        from openpyxl import Workbook

        self._book = Workbook(write_only=True)
        self._sheets: list[Sheet] = []

    def sheet(self, title: str, heads: Sequence[str], widths: Sequence[float] = ()) -> Sheet:
        """A new sheet named ``title``. ``widths``: of its first columns, in characters."""
        self._sheets.append(Sheet(self._book.create_sheet(title), heads, widths))
        return self._sheets[-1]

    def content(self) -> bytes:
        """The finished file."""
        for sheet in self._sheets:
            sheet.begin()
        held = io.BytesIO()
        self._book.save(held)
        return held.getvalue()


def _cell(sheet: Any, value: Any, dates: str | None) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, dt.date):
            cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, dt.datetime) else dates
        return cell
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    # What follows a leading = + - @ is never evaluated.
    cell.data_type, cell.number_format, cell.quotePrefix = "s", "@", True
    return cell


class Unreadable(ValueError):
    """No Excel file that is read here: another format, broken, or too large."""

    zh = "不是可以读取的 Excel 文件（.xlsx，不超过 4 MB）"
    en = "No readable Excel file (.xlsx, at most 4 MB)"


def open_book(content: bytes, *, formulas: bool = False) -> "Workbook":
    """The file with ``content`` for reading; with ``formulas`` cells show these, not what they came to.

    Raises ``Unreadable``.
    """
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(one.file_size for one in packed.infolist())
        if len(content) > LARGEST or unpacked > 20 * LARGEST:
            raise Unreadable()
        return load_workbook(io.BytesIO(content), read_only=True, data_only=not formulas)
    except Exception as error:  # openpyxl raises whatever the broken part of a file makes it raise
        raise Unreadable() from error
