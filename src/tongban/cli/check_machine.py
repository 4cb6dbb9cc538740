"""Whether this machine can carry a node: Python, cores, memory, disk, clock, holidays. Called by the doctor."""

import datetime as dt
import os
import shutil
import sys
from pathlib import Path

from tongban.basics.calendar import WorkingCalendar
from tongban.cli import findings
from tongban.cli.findings import Finding

LEAST_PYTHON = (3, 11)
LEAST_MEMORY, GOOD_MEMORY = 1 << 30, 2 << 30  # bytes
LEAST_DISK, GOOD_DISK = 1 << 30, 5 << 30  # bytes


def check_machine(home: Path) -> list[Finding]:
    """Everything about the machine; ``home`` is the working folder, which need not be there yet."""
    return [
        check_python(sys.version_info[:3]),
        check_cores(os.cpu_count() or 1),
        check_memory(_memory()),
        check_disk(shutil.disk_usage(_nearest(home)).free, home),
        check_clock(dt.datetime.now(dt.UTC), _installed_at()),
    ]


def check_python(version: tuple[int, ...]) -> Finding:
    """Python 3.11 or newer."""
    shown = ".".join(map(str, version))
    if version >= LEAST_PYTHON:
        return findings.ok("machine.python", f"Python {shown}", f"Python {shown}")
    repair = ("安装 Python 3.11 或更高版本", "install Python 3.11 or newer")
    return findings.fault("machine.python", (f"Python {shown} 过旧", f"Python {shown} is too old"), repair)


def check_cores(cores: int) -> Finding:
    """Two cores or more."""
    if cores >= 2:
        return findings.ok("machine.cores", f"{cores} 个处理器核", f"{cores} cores")
    repair = ("增加到两个以上", "give the machine two or more")
    return findings.warning("machine.cores", ("只有一个处理器核", "only one core"), repair)


def check_memory(total: int) -> Finding:
    """``total`` bytes of memory."""
    shown = (f"内存 {total / (1 << 30):.1f} GB", f"{total / (1 << 30):.1f} GB of memory")
    if total >= GOOD_MEMORY:
        return findings.ok("machine.memory", *shown)
    repair = ("增加到 2 GB 以上，或减少 TONGBAN_WORKERS", "give it 2 GB or more, or lower TONGBAN_WORKERS")
    return findings.Finding("machine.memory", "warning" if total >= LEAST_MEMORY else "fault", shown, repair)


def check_disk(free: int, home: Path) -> Finding:
    """``free`` bytes where ``home`` lies."""
    shown = (f"{home} 剩余 {free / (1 << 30):.1f} GB", f"{free / (1 << 30):.1f} GB free at {home}")
    if free >= GOOD_DISK:
        return findings.ok("machine.disk", *shown)
    repair = ("清理磁盘，或把 TONGBAN_HOME 移到更大的盘", "free some space, or move TONGBAN_HOME to a larger disk")
    return findings.Finding("machine.disk", "warning" if free >= LEAST_DISK else "fault", shown, repair)


def check_clock(now: dt.datetime, installed_at: dt.datetime) -> Finding:
    """A clock that stands before the program was installed is wrong."""
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    if now >= installed_at - dt.timedelta(days=1):
        return findings.ok("machine.clock", f"时钟 {shown}", f"clock {shown}")
    found = (f"时钟 {shown} 早于程序安装时间", f"the clock says {shown}, before the program was installed")
    return findings.fault("machine.clock", found, ("用 NTP 校时", "set it by NTP"))


def check_years(today: dt.date, calendar: WorkingCalendar) -> list[Finding]:
    """Whether the holidays of this year and of the next are published; ``today`` as the platform counts it."""
    return [_year(year, year == today.year, calendar) for year in (today.year, today.year + 1)]


def _year(year: int, present: bool, calendar: WorkingCalendar) -> Finding:
    name = "calendar.this_year" if present else "calendar.next_year"
    if year in calendar.years:
        return findings.ok(name, f"{year} 年放假安排已收录", f"the holidays of {year} are known")
    found = (
        f"{year} 年放假安排未收录，期限暂按星期推定并标明“暂定”",
        f"the holidays of {year} are not known: periods are counted by the week and marked provisional",
    )
    repair = (
        "国务院公布后（通常在十一月）由两位管理员执行 tongban calendar propose 和 approve，不用重启",
        "once they are published (usually in November) two administrators run tongban calendar propose and approve",
    )
    return findings.fault(name, found, repair) if present else findings.warning(name, found, repair)


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _installed_at() -> dt.datetime:
    return dt.datetime.fromtimestamp(Path(__file__).stat().st_mtime, dt.UTC)
