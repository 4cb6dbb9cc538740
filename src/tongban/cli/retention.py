"""``tongban retention``: what is older than its rule, destroy it now, prove it, set a rule.

Mounted by the main command. The jobs process does the same by itself every few minutes. Exit status of ``proof``: 0 it
holds, 1 it does not.
"""

import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from cyclopts import App
from psycopg.rows import namedtuple_row

from tongban.basics.database import Connection
from tongban.cases.retention import actions
from tongban.cases.retention.actions import Kind, Rule
from tongban.cli.running import with_database

retention_app = App(name="retention", help="How long what is kept: what is due, destroy it, prove it.")
Result = TypeVar("Result")


def _with_rows(act: Callable[[Connection], Awaitable[Result]], database: str | None) -> Result:
    async def named(connection: Connection) -> Result:
        connection.row_factory = namedtuple_row
        return await act(connection)

    return with_database(named, database)


@retention_app.command
def plan(*, database: str | None = None) -> None:
    """List every rule and what is due by it; changes nothing.

    Parameters
    ----------
    database
        libpq address; by default this deployment's.
    """
    for one in _with_rows(actions.plan, database):
        rule = one.rule
        early = ", 本人可申请提前删除 earlier on request" if rule.on_request else ""
        print(
            f"{rule.kind}: {rule.years} 年 years, {rule.action}{early}, 到期 due {one.due}, 暂缓 held {one.held};"
            f" {rule.basis}"
        )


@retention_app.command
def run(*, database: str | None = None) -> None:
    """Destroy everything that is due, in small batches; may be stopped and called again.

    Parameters
    ----------
    database
        libpq address; by default this deployment's.
    """
    gone = _with_rows(lambda connection: actions.run(connection, batches=sys.maxsize), database)
    print("\n".join(f"{kind}: 已销毁 destroyed {count}" for kind, count in gone.items()))


@retention_app.command
def proof(*, database: str | None = None) -> None:
    """Show that nothing older than its rule is left and that every destroyed thing has its entry in the ledger.

    Parameters
    ----------
    database
        libpq address; by default this deployment's.
    """
    found = _with_rows(actions.proof, database)
    print(
        f"批次 batches {found.batches}, 已销毁 destroyed {found.destroyed}, 超期 left {found.left}, "
        f"暂缓 held {found.held}"
    )
    print("\n".join(found.faults) or ("成立 holds" if found.holds else "不成立 does not hold"))
    if not found.holds:
        sys.exit(1)


@retention_app.command
def rule(
    kind: Kind,
    /,
    *,
    years: int,
    basis: str,
    action: Literal["destroy", "archive"] = "destroy",
    on_request: bool = False,
    database: str | None = None,
) -> None:
    """Set how long a kind is kept, recorded in the ledger.

    Parameters
    ----------
    kind
        case, look-up-values, use or message.
    years
        1 to 100.
    basis
        The rule that says so, in words.
    action
        destroy, or archive: listed only.
    on_request
        The person may have it destroyed earlier, once the case it belongs to has ended.
    database
        libpq address; by default this deployment's.
    """
    set_to = Rule(kind, years, action, basis, on_request)
    _with_rows(lambda connection: actions.set_rule(connection, set_to, getpass.getuser()), database)
    print(f"{kind}: {years} 年 years, {action}; {basis}")
