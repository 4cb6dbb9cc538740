"""Whether records reach the case library's feed, and whether whoever receives it keeps up. Called by the doctor."""

import datetime as dt

from tongban.basics.database import Connection
from tongban.cases.library.feed import receivers
from tongban.cases.library.models import Receiver
from tongban.cases.library.writing import Waiting, waiting
from tongban.cli import findings
from tongban.cli.check_database import LATE_SECONDS, SEE_JOBS_LOG
from tongban.cli.findings import Finding

SILENT = dt.timedelta(days=1)
"""A receiver with something to fetch that acknowledged nothing for so long is told of."""


async def check_library(connection: Connection) -> list[Finding]:
    """What is still to be written, and every receiver that falls behind."""
    now = dt.datetime.now(dt.UTC)
    left = await waiting(connection)
    return [_written(left), _dead(left), *(_receiver(one, now) for one in await receivers(connection) if _active(one))]


def _written(left: Waiting) -> Finding:
    shown = (f"办件库 {left.waiting} 个事件待写", f"{left.waiting} events wait to be written for the case library")
    if left.oldest is None or left.oldest < LATE_SECONDS:
        return findings.ok("library.waiting", *shown)
    found = (f"{shown[0]}，最早的已等 {left.oldest:.0f} 秒", f"{shown[1]}, the oldest for {left.oldest:.0f} s")
    return findings.fault("library.waiting", found, SEE_JOBS_LOG)


def _dead(left: Waiting) -> Finding:
    if not left.dead:
        return findings.ok("library.dead", "没有写不成的办件库记录", "every event became records")
    found = (f"{left.dead} 个事件十二次未能写成办件库记录", f"{left.dead} events failed twelve times to become records")
    repair = (
        "按 log/jobs.log 排除原因后执行 tongban doctor --replay",
        "mend the cause that log/jobs.log names, then run tongban doctor --replay",
    )
    return findings.fault("library.dead", found, repair)


def _active(receiver: Receiver) -> bool:
    return receiver.revoked_at is None


def _receiver(one: Receiver, now: dt.datetime) -> Finding:
    left = one.last - one.acknowledged
    shown = (f"接收方“{one.name}”待确认 {left} 条", f"receiver “{one.name}” has {left} records to acknowledge")
    if not left or now - (one.acknowledged_at or one.registered_at) < SILENT:
        return findings.ok("library.receivers", *shown)
    repair = (
        "请接收方检查 tongban library receive 是否在运行；不再接收的请 tongban library revoke",
        "ask it whether its tongban library receive runs; end one that no longer receives with tongban library revoke",
    )
    return findings.warning("library.receivers", shown, repair)
