"""``tongban calendar``: check a calendar file, propose it, approve what another proposed, list what was published.

Mounted by the main command. ``check`` needs no server. Whoever proposes, approves or declines signs in with their
own account: a calendar is put into force by two people. Exit status: 0 done, 1 refused (every fault is printed).
"""

import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from cyclopts import App, Parameter
from psycopg.rows import namedtuple_row

from tongban.basics.calendar_check import check_calendar
from tongban.basics.calendar_errors import CalendarFault, CalendarRefused
from tongban.basics.calendar_file import CalendarFile, built_in, calendar_of, parse_calendar
from tongban.basics.database import Connection, StoreUnavailable, platform_now
from tongban.calendars import actions
from tongban.calendars.models import Proposal
from tongban.cli.errors import FileUnreadable, NoDatabase
from tongban.cli.main import reader_language
from tongban.cli.running import with_database
from tongban.parties.actions import sign_out, who_is
from tongban.parties.log_in.signing_in import sign_in
from tongban.parties.models import Actor

calendar_app = App(
    name="calendar", help="Put the holidays of a year, or a region's own days, into force by two people."
)
Result = TypeVar("Result")
Json = Annotated[bool, Parameter(name="--json", negative="")]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], negative="")]
As = Annotated[str, Parameter(name="--as")]

WORDS = {
    "zh-CN": {
        "sound": "没有错误",
        "faults": "{count} 处错误，{warnings} 处提醒；什么都没有改变",
        "warning": "提醒",
        "alone": "（没有连接数据库，只与随程序提供的年份核对）",
        "proposed": "已提出，编号 {id}。请另一位管理员执行：tongban calendar approve {id} --as <账号>",
        "ask": "批准后立即生效，不能修改，只能由新文件替代。现在批准吗？[y/N] ",
        "kept": "没有批准。",
        "published": "已公布：{region} {year} 年第 {edition} 版。未办结办件的期限随即重新计算，"
        "有变动的会告知本人和经办部门。",
        "declined": "已不予批准。",
        "none": "没有任何提案；各年放假安排来自随程序提供的数据。",
        "password": "{login} 的密码：",
        "state": {"proposed": "等待批准", "published": "已公布", "declined": "不予批准"},
        "superseded": "已被替代",
    },
    "en": {
        "sound": "nothing wrong",
        "faults": "{count} faults, {warnings} warnings; nothing was changed",
        "warning": "warning",
        "alone": "(no database: compared only with the years that came with the program)",
        "proposed": "Proposed as {id}. Another administrator runs: tongban calendar approve {id} --as <login>",
        "ask": "It takes effect at once and is never edited, only superseded. Approve now? [y/N] ",
        "kept": "Nothing was approved.",
        "published": "Published: {region} {year}, edition {edition}. Due dates of open cases are worked out "
        "anew within seconds; whoever is concerned by one that moves is told.",
        "declined": "Declined.",
        "none": "Nothing was proposed; all years come with the program.",
        "password": "Password of {login}: ",
        "state": {"proposed": "waits", "published": "published", "declined": "declined"},
        "superseded": "superseded",
    },
}


def _word(key: str, **data: object) -> str:
    found: Any = WORDS[reader_language()][key]
    return str(found).format(**data)


@calendar_app.command
def check(file: Path, /, *, as_json: Json = False) -> None:
    """Check a calendar file; print every fault with its day and the repair. Works without a server too.

    Parameters
    ----------
    file
        YAML or JSON; docs/operating.md shows both kinds.
    as_json
        Print the faults as JSON.
    """
    alone = False
    try:
        read = parse_calendar(_content(file))
        try:
            found: Sequence[CalendarFault] = with_database(lambda connection: actions.check(connection, read))
        except (NoDatabase, StoreUnavailable):
            alone, found = True, check_calendar(read, _came_with_program(read), calendar_of([], read.region))
    except CalendarRefused as refused:
        found = refused.found
    faults = sum(fault.level == "fault" for fault in found)
    print(_as_json(found) if as_json else _told(found, alone))
    raise SystemExit(1 if faults else 0)


def _came_with_program(file: CalendarFile) -> Any:
    return built_in(file.year) if file.kind == "year" else None


def _told(found: Sequence[CalendarFault], alone: bool) -> str:
    faults = sum(fault.level == "fault" for fault in found)
    head = _word("faults", count=faults, warnings=len(found) - faults) if found else _word("sound")
    return "\n".join([head + (_word("alone") if alone else ""), *(_line(fault) for fault in found)])


def _line(fault: CalendarFault) -> str:
    mark = "✗" if fault.level == "fault" else _word("warning")
    return f"  {mark} {fault.code}: {fault.zh if reader_language() == 'zh-CN' else fault.en}"


def _as_json(found: Sequence[CalendarFault]) -> str:
    return msgspec.json.format(msgspec.json.encode(list(found)), indent=2).decode()


@calendar_app.command
def propose(file: Path, /, *, login: As) -> None:
    """Propose a calendar file for approval by another administrator.

    Parameters
    ----------
    file
        YAML or JSON.
    login
        Your account; its password is asked for, or taken from TONGBAN_PASSWORD.
    """
    content = _content(file)
    try:
        made = _signed(login, lambda connection, actor: _propose(connection, actor, content))
    except CalendarRefused as refused:
        raise SystemExit(_told(refused.found, False)) from refused
    for warning in made.warnings:
        print(_line(warning))
    print(_word("proposed", id=made.id))


async def _propose(connection: Connection, actor: Actor, content: bytes) -> Proposal:
    return await actions.propose(connection, actor, content, await platform_now(connection))


@calendar_app.command
def approve(proposal: UUID, /, *, login: As, yes: Yes = False) -> None:
    """Publish what another administrator proposed, after showing it.

    Parameters
    ----------
    proposal
        Its number, as ``list`` shows it.
    login
        Your account.
    yes
        Do not ask again.
    """

    async def act(connection: Connection, actor: Actor) -> str:
        seen = await actions.read(connection, actor, proposal)
        print(_summary(seen))
        if not yes and not await asyncio.to_thread(_agreed):
            return _word("kept")
        done = await actions.approve(connection, actor, proposal, await platform_now(connection))
        return _word("published", region=done.region, year=done.year, edition=done.edition)

    print(_signed(login, act))


@calendar_app.command
def decline(proposal: UUID, /, *, login: As, reasons: str) -> None:
    """Decline a proposal, or withdraw your own.

    Parameters
    ----------
    proposal
        Its number.
    login
        Your account.
    reasons
        Why, at least five characters.
    """

    async def act(connection: Connection, actor: Actor) -> None:
        await actions.decline(connection, actor, proposal, reasons, await platform_now(connection))

    _signed(login, act)
    print(_word("declined"))


@calendar_app.command(name="list")
def show(*, as_json: Json = False) -> None:
    """List what was proposed and published, what waits first.

    Parameters
    ----------
    as_json
        Print it as JSON.
    """
    found = with_database(actions.everything)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        print("\n".join(_row(one) for one in found) or _word("none"))


def _row(one: Proposal) -> str:
    states: Any = WORDS[reader_language()]["state"]
    state = _word("superseded") if one.state == "published" and not one.in_force else states[one.state]
    people = " → ".join(name for name in (one.proposed_by, one.decided_by) if name)
    edition = f"#{one.edition}" if one.edition else "-"
    return f"{one.id}  {one.region}  {one.year}  {one.kind:<4}  {edition:<3}  {state}  {people}  {one.file.basis}"


def _summary(one: Proposal) -> str:
    file = one.file
    lines = [_row(one), *(f"  {h.name}: {h.first} – {h.last}" for h in file.holidays)]
    lines += [f"  {m.name}: + {m.day}" for m in file.moved_workdays]
    lines += [f"  {d.name}: {'+' if d.is_workday else '-'} {d.day}" for d in file.days]
    return "\n".join([*lines, *(_line(warning) for warning in one.warnings)])


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileUnreadable(file=str(file), reason=error.strerror or type(error).__name__) from error


def _signed(login: str, act: Callable[[Connection, Actor], Awaitable[Result]]) -> Result:
    """Do ``act`` as whoever signs in as ``login``; the session ends with it."""
    password = _password(login)

    async def run(connection: Connection) -> Result:
        connection.row_factory = namedtuple_row
        secret = await sign_in(connection, login=login, password=password, source="command line", kind="token")
        try:
            return await act(connection, (await who_is(connection, secret, "token")).actor)
        finally:
            await sign_out(connection, secret)

    return with_database(run)


def _agreed() -> bool:
    return input(_word("ask")).strip().lower() in ("y", "yes", "是")


def _password(login: str) -> str:
    given = os.environ.get("TONGBAN_PASSWORD")
    if given is not None:
        return given
    if sys.stdin.isatty():
        return getpass.getpass(_word("password", login=login))
    return sys.stdin.readline().rstrip("\n")
