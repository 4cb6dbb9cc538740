"""Excel files, out and in: what lists, forms and reports of every noun share.

Texts are cells of type text that Excel leaves alone: a name that begins like a formula stays a name, also after an edit
or a copy as CSV. Rows are written as they come, so that a long list never stands in memory as cells. A file that
somebody sent is read in a process of its own (``apart``). The library is loaded by the first file, because few
processes write one.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from tongban.basics.apart import Room

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


class Cell(Struct, frozen=True):
    """What stands in one cell: None, bool, int, float, str, date or datetime; a ``formula`` as its text."""

    value: Any
    formula: bool = False


class _Asked(Struct, frozen=True, array_like=True):
    content: bytes
    most: int
    formulas: bool


Rows = list[list[Cell]]


def read_book(content: bytes, most: int, *, formulas: bool = False) -> dict[str, Rows]:
    """Every sheet of a file that somebody sent, by its name: its rows with the heads, at most ``most`` of each.

    With ``formulas`` cells show these, not what they came to. Waits for the process that reads: call it in a thread
    where others wait. Raises ``Unreadable``.
    """
    told = READER.ask(msgspec.msgpack.encode(_Asked(content[: LARGEST + 1], most, formulas)))
    try:
        sheets = msgspec.msgpack.decode(told, type=dict[str, list[list[Any]]] | None) if told is not None else None
    except msgspec.DecodeError:
        sheets = None
    if sheets is None:
        raise Unreadable()
    return {name: [[_unpacked(cell) for cell in row] for row in rows] for name, rows in sheets.items()}


def answer(question: bytes) -> bytes:
    """What ``read_book`` is told; runs in the other process. None for a file that can not be read."""
    asked = msgspec.msgpack.decode(question, type=_Asked)
    try:
        sheets = {
            str(sheet.title): [[_packed(cell) for cell in row] for row in sheet.iter_rows(max_row=asked.most)]
            for sheet in open_book(asked.content, formulas=asked.formulas).worksheets
        }
    except Exception:  # a broken sheet is met only while it is read, and raises whatever it likes
        return msgspec.msgpack.encode(None)
    return msgspec.msgpack.encode(sheets)


READER = Room(f"{__name__}:{answer.__name__}", most=1)
_READ = {"moment": dt.datetime.fromisoformat, "day": dt.date.fromisoformat}


def _packed(cell: Any) -> Any:
    """One cell as plain data: what is no number or text says what it is."""
    value = cell.value
    if cell.data_type == "f":
        return ["formula", str(value)]
    if isinstance(value, dt.datetime):
        return ["moment", value.isoformat()]
    if isinstance(value, dt.date):
        return ["day", value.isoformat()]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _unpacked(told: Any) -> Cell:
    if not isinstance(told, list):
        return Cell(told)
    kind, text = told
    return Cell(text, formula=True) if kind == "formula" else Cell(_READ[kind](text))


def open_book(content: bytes, *, formulas: bool = False) -> "Workbook":
    """The file with ``content`` for reading; with ``formulas`` cells show these, not what they came to.

    For files of one's own, and in the process apart. Raises ``Unreadable``.
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
