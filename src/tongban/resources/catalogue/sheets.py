"""The catalogue as an Excel file, out and in.

A file that was exported can be changed and imported again. Everything wrong with it is told at once, with sheet, row,
column, what stands there and the repair; then nothing is changed. Called by the desk and the API.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from tongban.basics.faults import Fault
from tongban.basics.workbooks import Book, Cell, Rows, Sheet, Unreadable, column_letter, read_book
from tongban.resources.catalogue import rules
from tongban.resources.catalogue.columns import (
    CODE,
    COLUMNS,
    FIELD_COLUMNS,
    FIELDS_SHEET,
    KIND_OF,
    OWNER,
    PROVIDER,
    REVISION,
    SHEETS,
    Column,
    Unread,
    count,
    text,
)
from tongban.resources.catalogue.definitions import CONTENTS, KINDS, Content, Kind, ResourceContent
from tongban.resources.catalogue.errors import EntryUnfit
from tongban.resources.catalogue.models import Entry
from tongban.resources.definitions import ResourceField

MOST_ROWS = 5000
MOST_FAULTS = 200
SHOWN = 30


class Imported(Struct, frozen=True):
    """One row that was read: a new entry where ``code`` is empty, else a change on top of ``revision``."""

    place: str
    kind: Kind
    code: str
    revision: int | None
    content: Content


def workbook(entries: Iterable[Entry], providers: Mapping[str, str]) -> bytes:
    """``entries`` as a file with a sheet for each kind, and one for the fields of resources."""
    book = Book()
    listed = list(entries)
    for kind in KINDS:
        _sheet(book, SHEETS[kind], [CODE, REVISION, PROVIDER], COLUMNS[kind]).add(
            _row(entry, providers.get(entry.provider, entry.provider)) for entry in listed if entry.kind == kind
        )
    _sheet(book, FIELDS_SHEET, [OWNER], FIELD_COLUMNS).add(
        [entry.code, *_values(field, FIELD_COLUMNS)]
        for entry in listed
        if isinstance(entry.content, ResourceContent)
        for field in entry.content.fields
    )
    return book.content()


def _row(entry: Entry, provider: str) -> list[Any]:
    return [entry.code, entry.revision, provider, *_values(entry.content, COLUMNS[entry.kind])]


def _sheet(book: Book, title: str, head: list[str], columns: tuple[Column, ...]) -> Sheet:
    widths = [18] * len(head) + [column.width for column in columns]
    return book.sheet(title, [*head, *(column.title for column in columns)], widths)


def _values(holder: Any, columns: tuple[Column, ...]) -> list[Any]:
    values = [(column, getattr(holder, column.name)) for column in columns]
    return [None if value is None else column.write(value) for column, value in values]


def read_workbook(content: bytes) -> list[Imported]:
    """Every row of every known sheet. Raises ``EntryUnfit`` with all faults of the file."""
    reading = _Reading()
    try:
        book = read_book(content, MOST_ROWS + 2, formulas=True)
    except Unreadable as error:
        raise EntryUnfit([Fault("file", error.zh, error.en)]) from error
    fields = reading.fields(book[FIELDS_SHEET]) if FIELDS_SHEET in book else {}
    found = [row for name in book if name in KIND_OF for row in reading.rows(name, book[name], fields)]
    for owner, (place, _) in fields.items():
        if owner not in reading.owners:
            zh, en = f"“{owner}”不在“数据资源”表中", f"“{owner}” stands in no row of the sheet of resources"
            reading.faults.append(Fault("file", zh, en, place))
    if not found and not reading.faults:
        listed = "、".join(KIND_OF)
        reading.faults.append(Fault("file", f"没有找到数据，工作表应名为：{listed}", f"No rows; sheets: {listed}"))
    rules.require(reading.faults[:MOST_FAULTS])
    return found


class _Row(Struct, frozen=True):
    """One row of a sheet: its cells by title."""

    sheet: str
    number: int
    cells: dict[str, Any]
    letters: dict[str, str]

    def place(self, title: str | None = None) -> str:
        """Where it stands, as Excel calls it."""
        column = f" {self.letters[title]} 列“{title}”" if title in self.letters else ""
        return f"“{self.sheet}”第 {self.number} 行{column}"


class _Reading:
    """Reads sheets and gathers every fault."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.owners: set[str] = set()

    def fields(self, sheet: Rows) -> dict[str, tuple[str, list[ResourceField]]]:
        """Owner (code or name) → where its first field stands, and its fields."""
        found: dict[str, tuple[str, list[ResourceField]]] = {}
        for row in self._table(FIELDS_SHEET, sheet, [OWNER, *(column.title for column in FIELD_COLUMNS)]):
            values = self._read(row, FIELD_COLUMNS)
            owner = str(row.cells.get(OWNER) or "").strip()
            missing = [title for title, known in ((OWNER, owner), ("标识", "id" in values), ("名称", "label" in values))
                       if not known]  # fmt: skip
            for title in missing:
                self._fault(row, title, None, "不能为空", "May not be empty")
            if not missing:
                found.setdefault(owner, (row.place(OWNER), []))[1].append(ResourceField(**values))
        return found

    def rows(self, name: str, sheet: Rows, fields: Mapping[str, tuple[str, list[ResourceField]]]) -> Iterator[Imported]:
        """The entries of one sheet that can be read."""
        kind = KIND_OF[name]
        for row in self._table(name, sheet, [CODE, "名称"]):
            before = len(self.faults)
            values = self._read(row, COLUMNS[kind])
            code: str = self._cell(row, CODE, text(20)) or ""
            revision = self._cell(row, REVISION, count)
            if kind == "resource":
                names = {code, str(values.get("name"))}
                own = [fields[name][1] for name in sorted(names) if name in fields]
                self.owners |= names
                values["fields"] = [field for part in own for field in part]
            if "name" not in values:
                if not row.cells.get("名称"):
                    self._fault(row, "名称", None, "不能为空", "May not be empty")
                values["name"] = "?"  # so that the rest of the row is judged too
            if code and revision is None:
                self._fault(row, REVISION, None, "修改已有条目时保留导出时的版本号", "Keep the revision exported")
            content: Content = CONTENTS[kind](**values)
            self._unfit(row, kind, content)
            if len(self.faults) == before:
                yield Imported(row.place(), kind, code, revision, content)

    def _unfit(self, row: _Row, kind: Kind, content: Content) -> None:
        titles = {column.name: column.title for column in COLUMNS[kind]}
        for fault in rules.draft_faults(content):
            value = getattr(content, fault.field) if fault.field in titles else None
            self._fault(row, titles.get(fault.field), value, fault.zh, fault.en)

    def _table(self, name: str, sheet: Rows, needed: list[str]) -> Iterator[_Row]:
        rows = iter(sheet)
        head = {str(cell.value).strip(): number for number, cell in enumerate(next(rows, ())) if cell.value is not None}
        letters = {title: column_letter(number + 1) for title, number in head.items()}
        for title in needed:
            if title not in head:
                zh, en = f"缺少“{title}”列", f"The column “{title}” is missing"
                self.faults.append(Fault("file", zh, en, f"“{name}”第 1 行"))
        for number, cells in enumerate(rows, 2):
            if number > MOST_ROWS + 1:
                zh, en = f"最多 {MOST_ROWS} 行，请分几次导入", f"At most {MOST_ROWS} rows; split the file"
                self.faults.append(Fault("file", zh, en, f"“{name}”"))
                return
            values = {title: cells[place].value for title, place in head.items() if place < len(cells)}
            row = _Row(name, number, values, letters)
            if any(value not in (None, "") for value in values.values()):
                self._formulas(row, cells, head)
                yield row

    def _formulas(self, row: _Row, cells: Sequence[Cell], head: Mapping[str, int]) -> None:
        for title, place in head.items():
            if place < len(cells) and cells[place].formula:
                self._fault(row, title, cells[place].value, "不能是公式，请粘贴为数值", "No formulas: paste values")

    def _read(self, row: _Row, columns: tuple[Column, ...]) -> dict[str, Any]:
        found = {column.name: self._cell(row, column.title, column.read) for column in columns}
        return {name: value for name, value in found.items() if value is not None}

    def _cell(self, row: _Row, title: str, read: Any) -> Any:
        value = row.cells.get(title)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            if isinstance(value, str) and "\0" in value:
                raise Unread("含有无法保存的字符", "It holds a character that can not be stored")
            return read(value)
        except Unread as error:
            self._fault(row, title, value, error.zh, error.en)
            return None

    def _fault(self, row: _Row, title: str | None, value: Any, zh: str, en: str) -> None:
        shown = str(value)[:SHOWN] if value is not None else ""
        said = f"“{shown}”" if shown else ""
        self.faults.append(Fault("file", f"{said}{zh}", f"{said} {en}".strip(), row.place(title)))


def changed_entries(rows: Iterable[Imported]) -> list[Imported]:
    """The rows that name a code, once each. Raises ``EntryUnfit`` where a code stands twice."""
    seen: dict[str, Imported] = {}
    twice = []
    for row in rows:
        if row.code and row.code in seen:
            zh, en = f"代码 {row.code} 在 {seen[row.code].place} 已经出现", f"Code {row.code} stands twice"
            twice.append(Fault("file", zh, en, row.place))
        elif row.code:
            seen[row.code] = row
    rules.require(twice)
    return list(seen.values())
