"""``tongban code check KIND VALUE``: says whether a code is valid, what it tells, or what to repair.

Mounted by the main command. Exit status: 0 valid, 1 not valid, 2 unknown kind.
"""

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from tongban.basics.calendar import local_day
from tongban.basics.clock import SystemClock
from tongban.basics.codes import KINDS, CodeError, Context, Kind, Parsed

Divisions = Callable[[], Mapping[str, str]]
Succeeded = Callable[[dt.date], Mapping[str, str]]


def make_code_app(load_divisions: Divisions | None = None, load_succeeded: Succeeded | None = None) -> App:
    """The ``code`` command group.

    ``load_divisions`` gives the division table (code → name) and is called only when a division code is
    checked; without it division codes are checked in structure only. ``load_succeeded`` gives, for a day, the
    codes of divisions that ended and those that answer for them.
    """
    app = App(name="code", help="Check codes and say what is in them.")

    @app.command
    def check(kind: str, value: Annotated[str, Parameter(allow_leading_hyphen=True)], /) -> None:
        """Say whether VALUE is a valid code of KIND, and why not.

        Parameters
        ----------
        kind
            resident-id, uscc, item, licence, region, case or mobile.
        value
            The code; a single - reads it from standard input, so that it stays out of the shell's history.
        """
        typed = sys.stdin.readline().strip() if value == "-" else value
        raise SystemExit(_check(kind, typed, load_divisions, load_succeeded))

    return app


def _check(name: str, value: str, load_divisions: Divisions | None, load_succeeded: Succeeded | None) -> int:
    kind = KINDS.get(name)
    if kind is None:
        print(f"unknown kind “{name}”; known kinds: {', '.join(KINDS)}", file=sys.stderr)
        return 2
    today = local_day(SystemClock().now())
    divisions = load_divisions() if name == "region" and load_divisions else None
    succeeded = load_succeeded(today) if name == "region" and load_succeeded else {}
    context = Context(today=today, divisions=divisions, succeeded=succeeded)
    try:
        _print_parts(kind, kind.parse(value, context))
    except CodeError as fault:
        _print_fault(fault)
        return 1
    return 0


def _print_parts(kind: Kind[Parsed], parsed: Parsed) -> None:
    print(f"valid {kind.label.en} 有效的{kind.label.zh}")
    for part, found in msgspec.to_builtins(parsed).items():
        if found:
            print(f"  {part.replace('_', ' ')}: {_shown(kind, part, found)}")


def _shown(kind: Kind[Parsed], part: str, found: str | tuple[str, ...]) -> str:
    if not isinstance(found, str):
        return " ".join(found)
    return kind.label.shown(found) if part == "code" else found


def _print_fault(fault: CodeError) -> None:
    print(f"not valid ({fault.data['reason']})")
    print(f"  {fault.message('zh-CN')}")
    print(f"  {fault.message('en')}")


code_app = make_code_app()
