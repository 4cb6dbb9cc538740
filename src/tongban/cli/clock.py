"""``tongban clock explain FILE``: when something is due and why, day by day, from a file. No server, no database.

Mounted by the main command. Exit status: 0 explained, 1 the file or its events are refused.
"""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from tongban.assembly.documents import MAX_BYTES
from tongban.assembly.faults import Fault, fault
from tongban.basics.calendar import CST, WorkingCalendar, local_day
from tongban.basics.clock import SystemClock
from tongban.cases.clock.days import CountedDay, days_of
from tongban.cases.clock.derive import derive
from tongban.cases.clock.errors import ClockFault, LimitTooLong, LimitUnknown
from tongban.cases.clock.periods import Clock, Period
from tongban.cases.clock.terms import check_terms
from tongban.cases.clock.words import CAUSES, PERIODS, SILENCE, STATES, UNITS
from tongban.cli.clock_file import FIRST_YEAR, LAST_YEAR, TriedCase, read_case
from tongban.cli.errors import ClockFileRefused, FileUnreadable
from tongban.cli.main import reader_language
from tongban.cli.pack import fault_data, fault_text

clock_app = App(name="clock", help="Say when something is due, and why, without a server.")
WIDTH = 110

WORDS = {
    "zh-CN": {
        "head": ("期限", "起算日", "长度", "已过", "剩余", "届满日", "状态", "依据"),
        "open": "未定（中止）",
        "provisional": "暂定",
        "now": "截至 {now}",
        "accepted": "受理日：{day}",
        "deemed": "受理日：{day}（逾期未告知，视为自收到之日起受理）",
        "standing": "中止未恢复：{cause}{task}，自 {since} 起，已 {workdays} 个工作日（{days} 日）",
        "silence": "{rule}{task}：{at}{happened}",
        "happened": "（已届满）",
        "extended": "（含延长 {days}）",
        "counted": "第 {first}–{last} 日",
        "hours": "{hours} 小时",
        "not": "不计",
        "refused": "{file}: {count} 处需要修改",
        "computation": "{name}：逐日计算",
    },
    "en": {
        "head": ("period", "begins after", "length", "elapsed", "left", "last day", "state", "basis"),
        "open": "open (standing)",
        "provisional": "provisional",
        "now": "as of {now}",
        "accepted": "accepted on {day}",
        "deemed": "accepted on {day} (deemed: nothing was asked in time)",
        "standing": "still standing: {cause}{task} since {since}, {workdays} working days ({days} days) by now",
        "silence": "{rule}{task}: {at}{happened}",
        "happened": " (passed)",
        "extended": " ({days} of them by extension)",
        "counted": "day {first}–{last}",
        "hours": "{hours} hours",
        "not": "not counted",
        "refused": "{file}: {count} changes needed",
        "computation": "{name}: day by day",
    },
}


@clock_app.command
def explain(
    file: str,
    /,
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    now: str | None = None,
) -> None:
    """Print due dates, elapsed and remaining days, and the computation day by day.

    Parameters
    ----------
    file
        The case as YAML or JSON (docs/clock.md); a single - reads it from standard input.
    as_json
        Print everything as JSON.
    now
        Look at the case at this time (2024-03-01 09:00, time in China) rather than at the file's, or today's.
    """
    try:
        case, clock = _explained(file, now)
    except ClockFileRefused as refused:
        _print_faults(file, refused.faults, as_json)
        raise SystemExit(1) from None
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(as_data(clock, case.calendar)), indent=2).decode())
    else:
        _Printer(clock, case).print()


def _explained(file: str, now: str | None) -> tuple[TriedCase, Clock]:
    from tongban.cli.run import pack_folders

    statutes = next((folder for folder in pack_folders() if folder.name == "statutes"), Path("packs/statutes"))
    name = Path(file).name
    case = read_case(_text(file), name, statutes)
    at = _now(now) or case.now or SystemClock().now()
    try:
        first = case.events[0]
        check_terms(case.terms, local_day(first.at))
        return case, derive(case.events, case.terms, case.calendar, at)
    except ClockFault as wrong:
        number = int(wrong.data["number"])
        raise ClockFileRefused([_told(name, case.lines[number - 1], f"events[{number - 1}]", wrong)]) from wrong
    except (LimitTooLong, LimitUnknown) as wrong:
        raise ClockFileRefused([_told(name, 0, "terms", wrong)]) from wrong


def _told(name: str, line: int, key: str, wrong: ClockFault | LimitTooLong | LimitUnknown) -> Fault:
    code = "clock.event" if isinstance(wrong, ClockFault) else "clock.terms"
    zh, en = wrong.message("zh-CN"), wrong.message("en")
    return fault(name, line, key, code, wrong.code, zh=zh, en=en)


def _text(file: str) -> str:
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else Path(file).read_bytes()
        if len(data) > MAX_BYTES:
            raise FileUnreadable(file=file, reason=f"> {MAX_BYTES} bytes")
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(file=file, reason=str(error)) from error


def _now(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValueError
    except ValueError:
        raise ClockFileRefused([fault("--now", 0, "", "clock.moment", text)]) from None
    return found if found.tzinfo else found.replace(tzinfo=CST)


def _print_faults(file: str, faults: Sequence[Fault], as_json: bool) -> None:
    if as_json:
        print(
            msgspec.json.format(msgspec.json.encode({"faults": [fault_data(one) for one in faults]}), indent=2).decode()
        )
        return
    words = WORDS[reader_language()]
    print(str(words["refused"]).format(file=file, count=len(faults)), file=sys.stderr)
    for one in faults:
        print(fault_text(Path(), one), file=sys.stderr)


def as_data(clock: Clock, calendar: WorkingCalendar) -> dict[str, Any]:
    """The clock for programs: each period with its computation day by day."""
    made: dict[str, Any] = msgspec.to_builtins(clock)
    for data, period in zip(made["periods"], clock.periods, strict=True):
        data["name_zh"], data["name_en"] = PERIODS[period.name]
        data.pop("stops")
        data["days"] = msgspec.to_builtins(days_of(period, clock, calendar))
    for name in ("stops", "closes", "office"):
        made.pop(name)
    return made


class _Printer:
    """Prints a clock as a table and, below it, each computation."""

    def __init__(self, clock: Clock, case: TriedCase) -> None:
        self.clock = clock
        self.calendar = case.calendar
        self.translated = case.english
        self.english = reader_language() == "en"
        self.words: dict[str, Any] = WORDS[reader_language()]
        self.console = Console(highlight=False, soft_wrap=False)
        self.console.width = max(self.console.width, WIDTH)

    def say(self, key: str, **data: object) -> str:
        """A sentence."""
        return str(self.words[key]).format(**data)

    def print(self) -> None:
        """Everything."""
        clock = self.clock
        self.console.print(self.say("now", now=f"{clock.now.astimezone(CST):%Y-%m-%d %H:%M}"))
        if clock.accepted_on is not None:
            self.console.print(self.say("deemed" if clock.deemed_accepted else "accepted", day=clock.accepted_on))
        self.console.print(self._summary())
        for line in (*self._standing(), *self._silence(), *self._remarks()):
            self.console.print(line, markup=False)
        for period in clock.periods:
            if period.ended_at is None or period.name in ("decision", "promise", "step", "instant"):
                self._computation(period)

    def _summary(self) -> Table:
        table = Table(*self.words["head"], box=None, pad_edge=False)
        for period in self.clock.periods:
            unit = UNITS[period.unit][self.english]
            length = f"{period.length} {unit}"
            if period.extended:
                length += self.say("extended", days=period.extended)
            state = STATES[period.state][self.english]
            table.add_row(
                self._name(period), f"{period.began_on}", length, f"{period.elapsed}", f"{period.left}",
                self._due(period), state, self._basis(period),
            )  # fmt: skip
        return table

    def _name(self, period: Period) -> str:
        name = PERIODS[period.name][self.english]
        return f"{name} {period.task}" if period.task else name

    def _basis(self, period: Period) -> str:
        return self.translated.get(period.basis, period.basis) if self.english else period.basis

    def _due(self, period: Period) -> str:
        if period.due_on is None or period.due_at is None:
            return self.say("open")
        due = f"{period.due_at.astimezone(CST):%Y-%m-%d %H:%M}" if period.unit == "hour" else f"{period.due_on}"
        return f"{due} ({self.say('provisional')})" if period.provisional else due

    def _standing(self) -> list[str]:
        return [
            self.say(
                "standing", cause=CAUSES[one.cause][self.english], task=f" {one.task}" if one.task else "",
                since=one.since, workdays=one.workdays, days=one.days,
            )
            for one in self.clock.standing
        ]  # fmt: skip

    def _silence(self) -> list[str]:
        return [
            self.say(
                "silence", rule=SILENCE[one.rule][self.english], task=f" {one.task}" if one.task else "",
                at=f"{one.at.astimezone(CST):%Y-%m-%d %H:%M}" if one.at else self.say("open"),
                happened=self.say("happened") if one.happened else "",
            )
            for one in self.clock.silence
        ]  # fmt: skip

    def _remarks(self) -> list[str]:
        return [f"! {one.en if self.english else one.zh}" for one in self.clock.remarks]

    def _computation(self, period: Period) -> None:
        days = days_of(period, self.clock, self.calendar)
        self.console.print(f"\n{self.say('computation', name=self._name(period))}", markup=False)
        for run in _runs(days, self.english):
            first, last = run[0], run[-1]
            span = f"{first.day}" if first is last else f"{first.day} – {last.day}"
            self.console.print(
                f"  {span:<24} {self._counted(first, last):<16} {_reason(first, self.english)}", markup=False
            )

    def _counted(self, first: CountedDay, last: CountedDay) -> str:
        if first.hours is not None:
            return self.say("hours", hours=first.hours) if first.counts else self.say("not")
        if first.number is None:
            return self.say("not")
        if first.number == last.number:
            return self.say("counted", first=first.number, last=last.number).replace(f"–{last.number}", "")
        return self.say("counted", first=first.number, last=last.number)


def _reason(day: CountedDay, english: bool) -> str:
    return day.reason_en if english else day.reason


def _runs(days: Sequence[CountedDay], english: bool) -> list[list[CountedDay]]:
    """Neighbouring days that count, or do not, for the same reason."""
    runs: list[list[CountedDay]] = []
    for day in days:
        before = runs[-1][-1] if runs else None
        same = before and (before.counts, before.hours, _reason(before, english)) == (
            day.counts, day.hours, _reason(day, english),
        )  # fmt: skip
        if same:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs
