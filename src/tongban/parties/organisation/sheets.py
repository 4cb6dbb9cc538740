"""The organisation as an Excel file with three sheets (机构、岗位、人员), out and in. Pure: no database.

Everything wrong with a file is told at once, with sheet, row, column, what stands there and the repair. Called by the
administrators' page, the API and the first installation. Identity numbers and people's own mobile numbers are read but
never written out; an empty cell leaves what is there.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.faults import Fault
from tongban.basics.workbooks import Book, Rows, Unreadable, read_book
from tongban.parties.organisation.columns import (
    COLUMNS,
    KIND_NAMES,
    POSITIONS,
    ROLE_NAMES,
    STAFF,
    UNITS,
    Column,
    Unread,
)
from tongban.parties.organisation.errors import Unfit
from tongban.parties.organisation.models import REACHED, Contact, Official, Position, Unit
from tongban.parties.organisation.staff import OfficialWish, contact_faults
from tongban.parties.organisation.units import PositionWish, UnitWish

MOST_ROWS = 10_000
MOST_FAULTS = 200


class StaffWish(Struct, frozen=True):
    """One row of people: who, and the positions to be given."""

    official: OfficialWish
    positions: tuple[str, ...] = ()


class Row(Struct, frozen=True):
    """One row that was read and where it stands: sheet and number. ``given``: which values it names."""

    sheet: str
    number: int
    wish: UnitWish | PositionWish | StaffWish
    given: frozenset[str] = frozenset()

    def place(self, name: str) -> str:
        """Sheet, row and column of one value, as a fault names them."""
        return place_of(self.sheet, self.number, next((c for c in COLUMNS[self.sheet] if c.name == name), None))


def place_of(sheet: str, number: int, column: Column | None) -> str:
    """Sheet, row and column in words."""
    return f"“{sheet}”第 {number} 行" + (f"“{column.title}”" if column else "")


class Sheets(Struct, frozen=True):
    """A whole file as read."""

    units: tuple[Row, ...] = ()
    positions: tuple[Row, ...] = ()
    staff: tuple[Row, ...] = ()


def workbook(units: Iterable[Unit] = (), positions: Iterable[Position] = (), staff: Iterable[Official] = ()) -> bytes:
    """The organisation as it stands, ready to be changed and handed in again; with nothing, the empty form."""
    book = Book()
    _sheet(book, UNITS, ({**_plain(one), "kind": KIND_NAMES[one.kind], "roles": "、".join(one.roles)} for one in units))
    _sheet(book, POSITIONS, ({**_plain(one), "role": ROLE_NAMES[one.role]} for one in positions))
    _sheet(book, STAFF, (_person(one) for one in staff))
    return book.content()


def _plain(one: Unit | Position) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


def _person(one: Official) -> dict[str, Any]:
    held = "、".join(dict.fromkeys(h.position for h in one.holdings if h.position and h.until is None))
    office = {"phone": one.contact.phone, "email": one.contact.email, "room": one.contact.room}
    return {"login": one.login, "name": one.name, "positions": held, **office}


def _sheet(book: Book, title: str, rows: Iterable[dict[str, Any]]) -> None:
    columns = COLUMNS[title]
    heads = [f"{column.title}{'*' if column.must else ''}" for column in columns]
    book.sheet(title, heads, [column.width for column in columns]).add(
        [str(row.get(column.name) or "") for column in columns] for row in rows
    )


def read_sheets(content: bytes) -> Sheets:
    """Every row of the three sheets. Raises ``Unfit`` with all faults of the file."""
    try:
        book, faults = read_book(content, MOST_ROWS + 1), list[Fault]()
    except Unreadable as error:
        raise Unfit([Fault("file", error.zh, error.en)]) from error
    found: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    for name in COLUMNS:
        if name in book:
            found[name] = list(_rows(book[name], name, faults))
    _check_once(found, faults)
    if not any(found.values()) and not faults:
        named = "、".join(COLUMNS)
        faults.append(Fault("file", f"没有找到数据，工作表应名为：{named}", f"No rows; the sheets are: {named}"))
    if faults:
        raise Unfit(faults[:MOST_FAULTS])
    return Sheets(tuple(found[UNITS]), tuple(found[POSITIONS]), tuple(found[STAFF]))


def _rows(sheet: Rows, name: str, faults: list[Fault]) -> Iterator[Row]:
    lines = ([cell.value for cell in row] for row in sheet)
    heads = [str(value or "").strip().rstrip("*＊") for value in next(lines, ())]
    missing = [column.title for column in COLUMNS[name] if column.must and column.title not in heads]
    if missing:
        listed = "、".join(missing)
        faults.append(Fault("file", f"缺少列：{listed}", f"Columns are missing: {listed}", f"“{name}”"))
        return
    at = {column: heads.index(column.title) for column in COLUMNS[name] if column.title in heads}
    for number, values in enumerate(lines, 2):
        if number > MOST_ROWS:
            faults.append(Fault("file", f"最多 {MOST_ROWS} 行", f"At most {MOST_ROWS} rows", f"“{name}”"))
            return
        cells = {column: _text(values[index]) if index < len(values) else "" for column, index in at.items()}
        if any(cells.values()):
            row = _row(name, number, cells, faults)
            if row is not None:
                yield row


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip().replace("\x00", "")


def _row(name: str, number: int, cells: dict[Column, str], faults: list[Fault]) -> Row | None:
    before, read = len(faults), dict[str, Any]()
    for column, text in cells.items():
        place = place_of(name, number, column)
        if not text:
            if column.must:
                faults.append(Fault(column.name, "必须填写", "Must be filled in", place))
            continue
        try:
            read[column.name] = column.read(text)
        except Unread as wrong:
            zh, en = f"“{text[:30]}”不对，{wrong.zh}", f"“{text[:30]}” does not fit. {wrong.en}"
            faults.append(Fault(column.name, zh, en, place))
    if len(faults) > before:
        return None
    row = Row(name, number, _wish(name, read), frozenset(read))
    faults += _person_faults(row) if name == STAFF else []
    return row


def _wish(name: str, read: dict[str, Any]) -> UnitWish | PositionWish | StaffWish:
    if name == UNITS:
        return UnitWish(**read)
    if name == POSITIONS:
        return PositionWish(**read)
    contact = Contact(**{one: read[one] for one in REACHED if one in read})
    official = {one: read[one] for one in ("login", "name", "id_number") if one in read}
    return StaffWish(OfficialWish(**official, contact=contact), tuple(read.get("positions", ())))


def _person_faults(row: Row) -> list[Fault]:
    assert isinstance(row.wish, StaffWish)
    official = row.wish.official
    found = [Fault(f.field, f.zh, f.en, row.place(f.field)) for f in contact_faults(official.contact)]
    if official.id_number:
        try:
            resident_id.parse(official.id_number.upper())
        except CodeError:
            zh, en = (
                "身份证号不对，请核对 18 位数字和校验码",
                "The identity number is wrong: 18 digits with check digit",
            )
            found.append(Fault("id_number", zh, en, row.place("id_number")))
    return found


def _check_once(found: dict[str, list[Row]], faults: list[Fault]) -> None:
    """Ids, log-in names and identity numbers stand once in a file."""
    for rows in found.values():
        seen: dict[tuple[str, str], int] = {}
        for row in rows:
            for name, value in _unique(row):
                first = seen.setdefault((name, value), row.number)
                if first != row.number:
                    zh, en = f"与第 {first} 行重复，请合并为一行", f"The same as row {first}: make them one"
                    faults.append(Fault(name, zh, en, row.place(name)))


def _unique(row: Row) -> Iterator[tuple[str, str]]:
    if isinstance(row.wish, StaffWish):
        yield "login", row.wish.official.login
        if row.wish.official.id_number:
            yield "id_number", row.wish.official.id_number.upper()
    else:
        yield "id", row.wish.id
