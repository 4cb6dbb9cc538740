"""``tongban backup``: settle where backups go, make and list them, rehearse the way back; and the process.

Mounted by the main command. The way back is ``tongban restore``. For operators: docs/backup.md.
"""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from tongban.basics.calendar import CST
from tongban.cli.backup_process import Keeper, base_now
from tongban.cli.rehearsing import rehearse_and_note
from tongban.cli.running import database_address
from tongban.cli.settings import read_settings
from tongban.connectors.backup.base import archive_of
from tongban.connectors.backup.errors import TargetNotEmpty
from tongban.connectors.backup.plan import BackupPlan, read_plan, write_plan
from tongban.connectors.backup.sealing import make_identity, read_identity

backup_app = App(name="backup", help="Back the node up, list the backups, rehearse a restore.")


@backup_app.command(name="identity")
def identity_(file: Path) -> None:
    """Make the operator's key pair: the private key into a new file, the public one printed.

    Parameters
    ----------
    file
        Where the private key goes: on a medium that is carried away, never on the node.
    """
    if file.exists():
        raise TargetNotEmpty(folder=str(file))
    print(make_identity(file))


@backup_app.command(name="set")
def set_(
    destination: Path,
    *,
    recipient: list[str],
    keys_to: Path | None = None,
    at: str = "02:30",
    keep_days: int = 14,
    keep_weeks: int = 8,
    seal_seconds: int = 60,
) -> None:
    """Settle where backups go; in force at the node's next start.

    Parameters
    ----------
    destination
        A mounted folder of another machine.
    recipient
        Public key (age1…) of whoever may open backups; may be given several times.
    keys_to
        Folder for the sealed copy of the keys, never the destination.
    at
        When the daily base is made, Chinese time.
    keep_days
        Every base of so many days stays.
    keep_weeks
        Beyond them, one a week stays for so many weeks.
    seal_seconds
        How much of the newest the archive may lack.
    """
    plan = BackupPlan(destination, recipient, keys_to, at, keep_days, keep_weeks, seal_seconds)
    write_plan(read_settings().home, plan)
    print("已保存，下次启动时生效 kept, in force at the next start")


@backup_app.command
def now() -> None:
    """Make a base now, beside the running node."""
    settings = read_settings()
    plan, conninfo = read_plan(settings.home), database_address(settings)
    base = base_now(settings, plan, archive_of(plan, conninfo), conninfo)
    print(f"{base.folder}  {base.manifest.size // 1024} kB")


@backup_app.command(name="list")
def list_() -> None:
    """List the bases, and since when and how far the log reaches."""
    settings = read_settings()
    plan = read_plan(settings.home)
    archive = archive_of(plan, database_address(settings))
    for base in archive.bases():
        print(f"{_shown(base.manifest.ended)}  {base.manifest.size // 1024} kB  {base.folder}")
    for newest in archive.segments()[-1:]:
        told = dt.datetime.fromtimestamp(newest.stat().st_mtime, dt.UTC)
        print(f"日志封存至 log sealed up to {_shown(told)}  {newest.name}")
    first = archive.bases()[0].manifest.segment if archive.bases() else ""
    for gap in archive.gaps(first) if first else []:
        print(f"✗ 日志缺段 missing from the log: {gap}")


@backup_app.command
def rehearse(
    *, identity: Path, to: Annotated[str | None, Parameter(name="--to")] = None,
    unproven_log: Annotated[bool, Parameter(negative="")] = False,
) -> None:  # fmt: skip
    """Restore the newest backup into a scratch database, verify the ledger in it, and throw it away.

    Parameters
    ----------
    identity
        File with the operator's private key.
    to
        Moment to lead to, as ``2026-11-23 02:59`` (Chinese time); by default the newest that is archived.
    unproven_log
        Take a base and a log of before they were signed; it is recorded.
    """
    settings = read_settings()
    opened, moment = read_identity(identity), None if to is None else moment_of(to)
    done = asyncio.run(rehearse_and_note(settings, database_address(settings), opened, moment, unproven=unproven_log))
    print("\n".join(done.told()))
    raise SystemExit(0 if done.well else 1)


@backup_app.command
def keep() -> None:
    """Stream the log, seal it, make the daily base, let old ones go, until SIGTERM (started by serve)."""
    settings = read_settings()
    plan, conninfo = read_plan(settings.home), settings.database_url or database_address(settings)
    Keeper(settings, plan, archive_of(plan, conninfo), conninfo).run()


@backup_app.command(name="forget")
def forget_() -> None:
    """Let the server drop the log that waits for backups: for a node that makes none any more."""
    from tongban.connectors.backup.wal import drop_slot

    drop_slot(database_address(read_settings()))


def moment_of(text: str) -> dt.datetime:
    """``2026-11-23 02:59[:30[.5]][+08:00]`` as an aware moment; without a zone it is Chinese time.

    Raises ``MomentUnreadable``.
    """
    from tongban.cli.errors import MomentUnreadable

    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise MomentUnreadable(found=text) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=CST)


def _shown(moment: dt.datetime) -> str:
    return f"{moment.astimezone(CST):%Y-%m-%d %H:%M:%S}"
