"""A calendar as a dated file: the holidays of one year, or single days of a region. Pure; reads no disk.

Called by ``calendars`` (propose, approve, take up), by the command line, and by whoever tries a case without a
server. ``docs/operating.md`` shows both kinds of file. A file is never edited after it was approved: a newer one
supersedes it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import msgspec
import yaml
from chinese_calendar import constants  # type: ignore[import-untyped,unused-ignore]
from msgspec import Meta, Struct

from tongban.basics.calendar import Override, WorkingCalendar, is_of_year
from tongban.basics.calendar_errors import CalendarFault, CalendarRefused
from tongban.basics.codes.region import PROVINCES

NATION = "000000"
MOST_BYTES = 200_000
Kind = Literal["year", "days"]
_Name = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$")]
_Long = Annotated[str, Meta(min_length=4, max_length=300, pattern=r"^[^\x00-\x1f]+$")]
_RegionCode = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]


class Holiday(Struct, frozen=True, forbid_unknown_fields=True):
    """Days off in a row, both ends included. ``name`` in Chinese, several festivals joined by 、."""

    name: _Name
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")

    def days(self) -> list[date]:
        """Every day of it; none when it ends before it begins."""
        return [self.first + timedelta(days=step) for step in range((self.last - self.first).days + 1)]


class MovedWorkday(Struct, frozen=True, forbid_unknown_fields=True):
    """A day of a weekend on which offices work, for the festival ``name``."""

    day: date
    name: _Name


class LocalDay(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision about one day in one region."""

    day: date
    is_workday: bool
    name: _Name


class CalendarFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One file. With ``holidays`` it is the nation's notice of a year; with ``days`` it decides single days.

    ``region``: six digits, zeros at the end stand for everything below; ``000000`` is the nation. ``basis``: the
    document with its number. ``supersedes``: the edition that this file takes the place of (0 is what came with
    the program), needed exactly when there is one.
    """

    year: Annotated[int, Meta(ge=2008, le=2049)]
    basis: _Long
    published_on: date
    region: _RegionCode = NATION
    supersedes: Annotated[int, Meta(ge=0)] | None = None
    holidays: Annotated[tuple[Holiday, ...], Meta(max_length=40)] = ()
    moved_workdays: Annotated[tuple[MovedWorkday, ...], Meta(max_length=60)] = ()
    days: Annotated[tuple[LocalDay, ...], Meta(max_length=366)] = ()

    @property
    def kind(self) -> Kind:
        """``year`` for the notice of a whole year, ``days`` for single days."""
        return "days" if self.days else "year"

    def off(self) -> dict[date, str]:
        """Days off of a year's notice, each with its festival."""
        return {day: holiday.name for holiday in self.holidays for day in holiday.days()}

    def moved(self) -> dict[date, str]:
        """Moved workdays of a year's notice, each with its festival."""
        return {moved.day: moved.name for moved in self.moved_workdays}

    def verdicts(self) -> dict[date, bool]:
        """What the file decides: day → whether offices work."""
        if self.kind == "days":
            return {local.day: local.is_workday for local in self.days}
        return dict.fromkeys(self.off(), False) | dict.fromkeys(self.moved(), True)

    def overrides(self) -> dict[date, Override]:
        """Single days as a calendar takes them."""
        return {
            local.day: Override(
                local.is_workday, f"{'上班' if local.is_workday else '放假'}（{local.name}，{self.basis}）"
            )
            for local in self.days
        }


class _Loader(yaml.BaseLoader):
    """Plain data only: every scalar a text (so 000000 stays six zeros), no key twice, no anchors."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="no anchors (&, *) in a calendar file", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(problem=f"“{twice}” stands twice", problem_mark=node.start_mark)
        return dict(super().construct_mapping(node, deep))


def parse_calendar(content: bytes | str) -> CalendarFile:
    """The file in ``content`` (YAML or JSON, UTF-8). Raises ``CalendarRefused`` when it cannot be read."""
    data = content.encode() if isinstance(content, str) else content
    if len(data) > MOST_BYTES:
        raise CalendarRefused([_unreadable(f"{len(data)} bytes; at most {MOST_BYTES}")])
    try:
        return calendar_of_data(yaml.load(data.decode("utf-8-sig"), _Loader))
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise CalendarRefused([_unreadable(" ".join(str(error).split()))]) from error


def calendar_of_data(data: object) -> CalendarFile:
    """The file that plain ``data`` spell (a mapping as read from JSON or YAML). Raises ``CalendarRefused``."""
    if isinstance(data, Mapping):
        data = {name: value for name, value in data.items() if value not in (None, "", "null", "~")}
    try:
        file = msgspec.convert(data, CalendarFile, strict=False)
    except msgspec.ValidationError as error:
        raise CalendarRefused([_malformed(str(error))]) from error
    if bool(file.days) == bool(file.holidays or file.moved_workdays):
        raise CalendarRefused([_neither()])
    return file


def _unreadable(reason: str) -> CalendarFault:
    return CalendarFault(
        "file", "calendar.unreadable",
        f"文件无法读取（{reason}）。请按样例写成 UTF-8 编码的 YAML 或 JSON。",
        f"The file can not be read ({reason}). Write it as YAML or JSON in UTF-8, as the example shows.",
    )  # fmt: skip


def _malformed(reason: str) -> CalendarFault:
    """msgspec names the place: ``… - at `$.holidays[0].from```."""
    found = re.search(r"at `\$\.?(.*)`$", reason)
    return CalendarFault(
        found[1] if found and found[1] else "file", "calendar.malformed",
        f"内容不符合格式（{reason}）。日期写成 2027-01-01，行政区划代码写六位数字。",
        f"It does not fit the format ({reason}). Write days as 2027-01-01 and the region as six digits.",
    )  # fmt: skip


def _neither() -> CalendarFault:
    return CalendarFault(
        "holidays", "calendar.neither",
        "文件应当写明全年放假安排（holidays、moved_workdays），或者个别日期（days），二者只能有一种。",
        "The file must hold either a year's holidays (holidays, moved_workdays) or single days (days), not both.",
    )  # fmt: skip


class Edition(Struct, frozen=True):
    """A published file and its number among those of its region, kind and year."""

    number: int
    file: CalendarFile


def built_in(year: int) -> Edition | None:
    """What came with the program for ``year``, as edition 0; None when the year was not yet published then."""
    off = {day: name for day, name in constants.holidays.items() if is_of_year(day, year)}
    if not any(day.year == year for day in off):
        return None
    moved = {day: name for day, name in constants.workdays.items() if is_of_year(day, year)}
    file = CalendarFile(
        year=year,
        basis=f"国务院办公厅关于{year}年部分节假日安排的通知",
        published_on=date(year - 1, 12, 31),
        holidays=tuple(Holiday(name, day, day) for day, name in sorted(off.items())),
        moved_workdays=tuple(MovedWorkday(day, name) for day, name in sorted(moved.items())),
    )
    return Edition(0, file)


def is_region(code: str) -> bool:
    """Whether ``code`` can be a region of a calendar: the nation or below a province."""
    return code == NATION or (len(code) == 6 and code.isdigit() and code[:2] in PROVINCES)


def covers(region: str, other: str) -> bool:
    """Whether a calendar of ``region`` is in force in ``other``: pairs of zeros at the end stand for everything."""
    return other.startswith(re.sub(r"(00)+$", "", region))


def calendar_of(files: Iterable[CalendarFile], region: str, base: WorkingCalendar | None = None) -> WorkingCalendar:
    """The calendar of ``region``: published years, then single days, those of smaller regions first.

    ``files`` are the newest editions, in any order; ``base`` is what came with the program.
    """
    held = [file for file in files if covers(file.region, region)]
    calendar = base or WorkingCalendar.published()
    for file in sorted((f for f in held if f.kind == "year"), key=lambda f: f.year):
        calendar = calendar.with_year(file.year, file.off(), file.moved())
    overrides: dict[date, Override] = {}
    for file in sorted((f for f in held if f.kind == "days"), key=lambda f: f.region.rstrip("0")):
        overrides |= file.overrides()
    return calendar.overridden(overrides) if overrides else calendar
