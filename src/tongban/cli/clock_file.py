"""A case as a file for ``tongban clock explain``: its keys, their check, and what ``derive`` is handed.

Read with the same reader as packs, so that every fault names file line, key, value found and repair. JSON is read
too. ``docs/schema/clock.json`` is generated from these types; ``docs/clock.md`` describes them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tongban.assembly.checks import dated_limits
from tongban.assembly.checks.scope import Scope
from tongban.assembly.decoding import Decoder, empty, type_info
from tongban.assembly.definitions import Pack
from tongban.assembly.documents import compose
from tongban.assembly.faults import Fault, fault, near
from tongban.assembly.places import Place, Places
from tongban.assembly.reading import read_pack
from tongban.basics.calendar import CST, Override, WorkingCalendar
from tongban.basics.calendar_check import check_calendar
from tongban.basics.calendar_errors import CalendarRefused
from tongban.basics.calendar_file import CalendarFile, calendar_of, calendar_of_data
from tongban.cases.clock.events import CAUSES, FOLLOWS, ClockEvent
from tongban.cases.clock.hours import OfficeHours
from tongban.cases.clock.limits import Limits
from tongban.cases.clock.terms import SilenceRule, Terms
from tongban.cases.definitions import DatedLimit
from tongban.cli.errors import ClockFileRefused

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?")
SPAN = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})")
FIRST_YEAR, LAST_YEAR = 2000, 2100
REGION = re.compile(r"\d{6}")


class DayPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision about one day, which comes before the published calendar."""

    day: date
    is_workday: bool
    basis: str


class CalendarPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Which days are worked. ``years``: the years whose notices count, left out for all that are published;
    ``notices``: further years, as files of ``tongban calendar``; ``days``: single days."""

    years: list[int] | None = None
    notices: list[dict[str, Any]] = []
    days: list[DayPart] = []


class TermsPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Under which terms the case runs; see ``tongban.cases.clock.terms.Terms``. ``office``: spans such as
    ``09:00-12:00``; ``closes``: a time such as ``17:30``."""

    joint: bool = False
    promise_days: int | None = None
    statutory_days: int | None = None
    statutory_basis: str = ""
    steps: dict[str, int] = {}
    lower_review: str | None = None
    silence: SilenceRule | None = None
    step_silence: dict[str, SilenceRule] = {}
    instant_hours: int | None = None
    step_hours: dict[str, int] = {}
    office: list[str] = []
    closes: str | None = None


class EventPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One dated event. ``at`` is a day, a time in China (``2024-02-08 09:00``), or a time with its zone."""

    kind: str
    at: str
    task: str | None = None
    cause: str | None = None
    days: int | None = None
    basis: str | None = None
    outcome: str | None = None


class ClockFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A case. ``region`` has six digits, left out for national limits only; ``now`` is when the case is looked at;
    ``limits`` take the place of national limits of the same name, or add a region's."""

    events: list[EventPart]
    region: str | None = None
    now: str | None = None
    calendar: CalendarPart = CalendarPart()
    limits: list[DatedLimit] = []
    terms: TermsPart = TermsPart()


@dataclass(frozen=True)
class TriedCase:
    """What ``derive`` is handed, where each event stands in the file, and the English of the national limits."""

    events: list[ClockEvent]
    terms: Terms
    calendar: WorkingCalendar
    now: datetime | None
    lines: list[int] = field(default_factory=list)
    english: Mapping[str, str] = field(default_factory=dict)


def read_case(text: str, name: str, statutes: Path) -> TriedCase:
    """The case in ``text`` (YAML or JSON). ``statutes`` is the folder of the pack with the national limits.

    Raises ``ClockFileRefused`` with every fault of the file.
    """
    node, faults = compose(text, name)
    if node is None:
        raise ClockFileRefused(faults or [fault(name, 0, "", "yaml.empty")])
    decoder = Decoder(Places())
    file = decoder.read(node, ClockFile, Place(name, node, ()))
    faults = [*faults, *decoder.faults]
    if not faults:
        reader = _Reader(file, decoder.places, statutes)
        case = reader.case()
        faults = reader.faults
    if faults:
        raise ClockFileRefused(sorted(faults))
    return case


class _Reader:
    """Turns a well-formed file into a case, and notes what is wrong with its values."""

    def __init__(self, file: ClockFile, places: Places, statutes: Path) -> None:
        self.file = file
        self.places = places
        self.statutes = read_pack(statutes).draft
        self.faults: list[Fault] = []

    def case(self) -> TriedCase:
        """The case; whole only if ``faults`` stays empty."""
        file = self.file
        if file.region is not None and not REGION.fullmatch(file.region):
            self.refuse(file, "region", code="clock.region", found=file.region)
        if not file.events:
            self.refuse(file, "events", code="clock.no_events")
        events = [self.event(part) for part in file.events]
        now = self.moment(file, "now", file.now) if file.now is not None else None
        lines = [self.places.at(part).line for part in file.events]
        return TriedCase(events, self.terms(), self.calendar(), now, lines, self.statutes.strings.get("en", {}))

    def refuse(self, value: object, *steps: str | int, code: str, found: object = "", **data: object) -> None:
        """Note a fault."""
        self.faults.append(self.places.fault(value, *steps, code=code, found=found, **data))

    def moment(self, holder: object, key: str, text: str) -> datetime:
        """A time; without a zone it is China Standard Time."""
        try:
            if not MOMENT.fullmatch(text):
                raise ValueError
            found = datetime.fromisoformat(text)
            if not FIRST_YEAR <= found.year <= LAST_YEAR:
                raise ValueError
        except ValueError:
            self.refuse(holder, key, code="clock.moment", found=text)
            return datetime(FIRST_YEAR, 1, 1, tzinfo=CST)
        return found if found.tzinfo else found.replace(tzinfo=CST)

    def event(self, part: EventPart) -> ClockEvent:
        """One event."""
        for key, found, listed in (("kind", part.kind, set(FOLLOWS)), ("cause", part.cause, set(CAUSES))):
            if found is not None and found not in listed:
                zh, en = near(found, listed)
                self.refuse(part, key, code="yaml.not_listed", found=found, repair_zh=zh, repair_en=en)
        if part.kind == "suspended" and part.cause is None:
            known = ", ".join(sorted(CAUSES))
            self.refuse(part, "cause", code="clock.no_cause", found=part.kind, known=known)
        at = self.moment(part, "at", part.at)
        return ClockEvent(part.kind, at, part.task, part.cause, part.days, part.basis, part.outcome)

    def terms(self) -> Terms:
        """The terms with their limits."""
        part = self.file.terms
        self._positive(part)
        if (part.instant_hours is not None or part.step_hours) and not part.office:
            self.refuse(part, "office", code="clock.no_office")
        closes = self._clock(part, "closes", part.closes) if part.closes is not None else None
        given = {name: getattr(part, name) for name in part.__struct_fields__ if name not in ("office", "closes")}
        office = OfficeHours(tuple(self._spans(part)))
        region = self.file.region or "000000"
        return Terms(region=region, limits=self.limits(), office=office, closes=closes, **given)

    def _positive(self, part: TermsPart) -> None:
        numbers: list[tuple[tuple[str, ...], int | None]] = [
            ((name,), getattr(part, name)) for name in ("promise_days", "statutory_days", "instant_hours")
        ]
        numbers += [(("steps", task), days) for task, days in part.steps.items()]
        numbers += [(("step_hours", task), hours) for task, hours in part.step_hours.items()]
        for path, number in numbers:
            if number is not None and not 0 <= number <= 1000:
                self.refuse(part, *path, code="clock.number", found=number)

    def _clock(self, holder: object, key: str, text: str) -> time | None:
        try:
            return time.fromisoformat(text)
        except ValueError:
            self.refuse(holder, key, code="clock.time", found=text)
            return None

    def _spans(self, part: TermsPart) -> Iterator[tuple[time, time]]:
        before = time()
        for index, text in enumerate(part.office):
            found = SPAN.fullmatch(text)
            try:
                opens, closes = (time.fromisoformat(word) for word in found.groups()) if found else (before, before)
            except ValueError:
                opens = closes = before
            if not before <= opens < closes:
                self.refuse(part, "office", index, code="clock.span", found=text)
                continue
            yield opens, closes
            before = closes

    def limits(self) -> Limits:
        """The file's limits before the national ones."""
        given = self.file.limits
        national = self.statutes.limits
        replaced = {limit.id for limit in given if limit.region is None}
        kept = [limit for limit in national if limit.id not in replaced]
        pack = msgspec.structs.replace(empty(type_info(Pack)), limits=[*kept, *given])
        self.faults += dated_limits.check(Scope(pack, self.places))
        return Limits([*kept, *given])

    def calendar(self) -> WorkingCalendar:
        """The calendar of the case."""
        part = self.file.calendar
        notices = list(self._notices(part))
        whole = WorkingCalendar.published()
        calendar = calendar_of(notices, self.file.region or "000000", whole)
        if part.years is not None:
            calendar = self._only(part, part.years, calendar)
        days = {one.day: Override(one.is_workday, one.basis) for one in part.days}
        if len(days) < len(part.days):
            self._doubled_days(part.days)
        return calendar.overridden(days) if days else calendar

    def _notices(self, part: CalendarPart) -> Iterator[CalendarFile]:
        for index, data in enumerate(part.notices):
            try:
                file = calendar_of_data(data)
                wrong = [one for one in check_calendar(file) if one.level == "fault"]
            except CalendarRefused as refused:
                wrong = refused.found
            for one in wrong:
                self.refuse(part, "notices", index, code="clock.calendar", found=one.field, zh=one.zh, en=one.en)
            if not wrong:
                yield file

    def _only(self, part: CalendarPart, years: list[int], calendar: WorkingCalendar) -> WorkingCalendar:
        """``calendar`` as far as the notices of ``years`` go; a year between two of them may not be missing."""
        for year in sorted(set(years) - calendar.years):
            self.refuse(part, "years", years.index(year), code="clock.year_unknown", found=year)
        gap = sorted(set(range(min(years), max(years) + 1)) - set(years)) if years else []
        for year in gap:
            self.refuse(part, "years", code="clock.year_gap", found=year)
        return calendar.only(frozenset(years))

    def _doubled_days(self, days: Sequence[DayPart]) -> None:
        seen: set[date] = set()
        for one in days:
            if one.day in seen:
                self.refuse(one, "day", code="clock.day_doubled", found=one.day)
            seen.add(one.day)


def clock_schema() -> dict[str, Any]:
    """The file's JSON Schema, with the words that may stand as kinds and causes."""
    made = msgspec.json.schema(ClockFile)
    event = made["$defs"]["EventPart"]["properties"]
    event["kind"] = {"enum": list(FOLLOWS)}
    event["cause"] = {"enum": [None, *sorted(CAUSES)], "default": None}
    event["at"]["pattern"] = f"^{MOMENT.pattern}$"
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A case for tongban clock explain"}
    return {**head, **made}
