"""Finds every fault of a calendar file, each with its day and the repair. Pure.

Called before a file is proposed and again when it is approved, and by ``tongban calendar check``. What cannot be
true is a fault; what is only unusual is a warning for the person who approves.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from tongban.basics.calendar import WorkingCalendar, is_of_year
from tongban.basics.calendar_errors import CalendarFault, CalendarRefused, Level
from tongban.basics.calendar_file import NATION, CalendarFile, Edition, is_region
from tongban.basics.festivals import ENGLISH, NEW_YEAR, statutory_days

_WEEKDAYS = "一二三四五六日"


def shown(day: date) -> tuple[str, str]:
    """A day with its weekday, in Chinese and in English."""
    return f"{day.isoformat()}（星期{_WEEKDAYS[day.weekday()]}）", f"{day.isoformat()} ({day:%A})"


def check_calendar(
    file: CalendarFile, standing: Edition | None = None, calendar: WorkingCalendar | None = None
) -> list[CalendarFault]:
    """Everything wrong or unusual about ``file``, by day.

    ``standing`` is the published edition of the same region, kind and year; ``calendar`` the one in force in the
    region without it, for single days that would change nothing.
    """
    found = [*_head(file, standing), *_doubled(file)]
    found += _year(file) if file.kind == "year" else _local(file, calendar)
    return sorted(found, key=lambda fault: (fault.level != "fault", fault.day or date.min))


def require_sound(
    file: CalendarFile, standing: Edition | None = None, calendar: WorkingCalendar | None = None
) -> list[CalendarFault]:
    """The warnings of a file without faults. Raises ``CalendarRefused`` with all faults of any other."""
    found = check_calendar(file, standing, calendar)
    faults = [fault for fault in found if fault.level == "fault"]
    if faults:
        raise CalendarRefused(faults)
    return found


def _fault(field: str, code: str, day: date | None, zh: str, en: str, level: Level = "fault") -> CalendarFault:
    spelt = shown(day) if day else ("", "")
    return CalendarFault(field, f"calendar.{code}", f"{spelt[0]}{zh}", f"{spelt[1]} {en}".strip(), day, level)


def _head(file: CalendarFile, standing: Edition | None) -> Iterator[CalendarFault]:
    if not is_region(file.region):
        yield _fault(
            "region", "region", None, f"行政区划代码 {file.region} 不存在，请核对；全国写 000000。",
            f"There is no region {file.region}: correct it; the nation is 000000.",
        )  # fmt: skip
    if file.kind == "year" and file.region != NATION:
        yield _fault(
            "region", "region_of_year", None, "全年放假安排只能是全国的（000000）；地方另行放假请写在 days 里。",
            "Only the nation (000000) publishes a whole year; write a region's own days under days.",
        )  # fmt: skip
    yield from _supersedes(file, standing)


def _supersedes(file: CalendarFile, standing: Edition | None) -> Iterator[CalendarFault]:
    if standing is None:
        if file.supersedes is not None:
            yield _fault(
                "supersedes", "nothing_to_supersede", None,
                f"{file.year} 年还没有公布过，没有可以替代的第 {file.supersedes} 版，请删去 supersedes。",
                f"{file.year} was not published yet: there is no edition {file.supersedes} to supersede. Remove it.",
            )  # fmt: skip
        return
    if standing.file.verdicts() == file.verdicts():
        yield _fault(
            "year", "same_days", None, f"{file.year} 年第 {standing.number} 版与此日期完全相同，无需再次发布。",
            f"{file.year} is published with exactly these days (edition {standing.number}): nothing to do.",
        )  # fmt: skip
    elif file.supersedes != standing.number:
        day = _first_difference(standing.file, file)
        yield _fault(
            "supersedes", "published", day,
            f"与已公布的第 {standing.number} 版不同。确实要更改的，请写明 supersedes: {standing.number}。",
            f"differs from {file.year}, edition {standing.number}, which is published. If it is meant to change, "
            f"write supersedes: {standing.number}.",
        )  # fmt: skip


def _first_difference(old: CalendarFile, new: CalendarFile) -> date:
    before, after = old.verdicts(), new.verdicts()
    return min(day for day in before.keys() | after.keys() if before.get(day) != after.get(day))


def _doubled(file: CalendarFile) -> Iterator[CalendarFault]:
    every = [day for holiday in file.holidays for day in holiday.days()]
    every += [moved.day for moved in file.moved_workdays] + [local.day for local in file.days]
    for day in sorted(day for day, times in Counter(every).items() if times > 1):
        yield _fault(
            "days" if file.days else "holidays", "doubled", day,
            "写了两次，请只保留一处（不能既放假又上班，也不能属于两个假期；两节相连请合写为一个）。",
            "stands twice: keep one (off or at work, and in one holiday; write festivals that meet as one).",
        )  # fmt: skip


def _year(file: CalendarFile) -> Iterator[CalendarFault]:
    yield from _ranges(file)
    yield from _other_year(file)
    yield from _missing(file)
    yield from _moved(file)
    yield from _balance(file)


def _ranges(file: CalendarFile) -> Iterator[CalendarFault]:
    for holiday in file.holidays:
        if not 0 <= (holiday.last - holiday.first).days < 16:
            yield _fault(
                "holidays", "range", holiday.first,
                f"至 {holiday.last.isoformat()}：“{holiday.name}”的起止日期不对，应为 1 至 16 天。",
                f"to {holiday.last.isoformat()}: {_english(holiday.name)} must last 1 to 16 days; correct its ends.",
            )  # fmt: skip


def _other_year(file: CalendarFile) -> Iterator[CalendarFault]:
    """A notice speaks of its year; New Year's may begin in the last week of the December before."""
    named = [(day, name) for holiday in file.holidays for day in holiday.days()[:16] for name in [holiday.name]]
    for day, name in sorted(named + [(moved.day, moved.name) for moved in file.moved_workdays]):
        if is_of_year(day, file.year) and (day.year == file.year or NEW_YEAR in name):
            continue
        yield _fault(
            "year", "other_year", day,
            f"不属于 {file.year} 年的安排，请删去或改正年份"
            + ("（12 月 25 日以后的日期由下一年元旦的安排决定）。" if day.year == file.year else "。"),
            f"is not of the notice of {file.year}: remove it or correct its year"
            + (" (days from 25 December on belong to the next New Year's)." if day.year == file.year else "."),
        )  # fmt: skip


def _missing(file: CalendarFile) -> Iterator[CalendarFault]:
    off = file.off()
    for festival, days in statutory_days(file.year).items():
        for day in days:
            if day not in off:
                yield _fault(
                    "holidays", "gap", day, f"是{festival}的法定假日，文件里没有。请在 holidays 中补上“{festival}”。",
                    f"is a public holiday ({ENGLISH[festival]}) and missing. Add “{festival}” to holidays.",
                )  # fmt: skip


def _moved(file: CalendarFile) -> Iterator[CalendarFault]:
    for moved in file.moved_workdays:
        if moved.day.weekday() < 5:
            yield _fault(
                "moved_workdays", "weekday", moved.day, "本来就是工作日，不能再列为调休上班，请删去或改正日期。",
                "is a working day anyway and can not be a moved workday: remove it or correct the day.",
            )  # fmt: skip


def _balance(file: CalendarFile) -> Iterator[CalendarFault]:
    """Every moved workday gives one weekday off; what is off beyond that is the law's own holidays."""
    given = sum(day.weekday() < 5 for day in file.off()) - len(file.moved_workdays)
    lawful = sum(len(days) for days in statutory_days(file.year).values())
    if given != lawful:
        yield _fault(
            "holidays", "balance", None,
            f"全年放假的工作日减去调休上班日为 {given} 天，法定假日为 {lawful} 天，请核对原文件。",
            f"Weekdays off less moved workdays are {given}; the law gives {lawful}. Compare with the document.",
            "warning",
        )  # fmt: skip


def _local(file: CalendarFile, calendar: WorkingCalendar | None) -> Iterator[CalendarFault]:
    for local in file.days:
        if local.day.year != file.year:
            yield _fault(
                "days", "other_year", local.day, f"不在 {file.year} 年内，请另写一个文件或改正日期。",
                f"is not in {file.year}: write another file for its year, or correct the day.",
            )  # fmt: skip
        elif calendar is not None and _changes_nothing(local.is_workday, calendar, local.day):
            word = ("工作日", "a working day") if local.is_workday else ("非工作日", "a day off")
            yield _fault(
                "days", "no_change", local.day, f"本来就是{word[0]}，请删去或改正。",
                f"is {word[1]} anyway: remove it or correct it.",
            )  # fmt: skip


def _changes_nothing(is_workday: bool, calendar: WorkingCalendar, day: date) -> bool:
    """On a day whose year is not published, a local decision says something even if the week says the same."""
    known = calendar.day(day)
    return known.is_workday == is_workday and not known.provisional


def _english(name: str) -> str:
    return "/".join(ENGLISH.get(part, part) for part in name.split("、"))
