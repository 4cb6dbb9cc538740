"""Whether the database serves: version, kind, migrations, outbox, ledger, queue. Called by the doctor.

Only reads. Numbers are asked in a few statements; what they mean is decided by functions that need no database.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from importlib.resources import files

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.migrate import MINIMUM_SERVER
from tongban.basics.sql import load_queries
from tongban.cli import findings
from tongban.cli.findings import Finding

queries = load_queries("tongban.cli")
MOST_WAITING = 1000
LATE_SECONDS = 60.0
RESTART = ("重启 tongban run 或 tongban serve", "restart tongban run or tongban serve")
SEE_JOBS_LOG = ("看日志 log/jobs.log，必要时重启", "see log/jobs.log, restart if need be")

REPLAY = (
    "按 log/jobs.log 排除原因后执行 tongban doctor --replay",
    "mend the cause that log/jobs.log names, then run tongban doctor --replay",
)


class Health(Struct, frozen=True):
    """Numbers that tell whether what follows a change still follows. Ages in seconds; None: nothing waits.

    ``dead``: outbox messages given up; ``waiting`` and ``oldest``: those due. ``unsealed`` entries, ``broken``
    promises, ``uncosigned``: age of the oldest head without the witness since its last one. ``failed`` and
    ``stalled`` jobs. ``skew``: seconds by which the database's clock is ahead of this machine's.
    ``papers_owed``: notices ordered more than ten minutes ago and not made. ``measures_failed``: cases that could
    not be measured and were given up.
    """

    dead: int = 0
    waiting: int = 0
    oldest: float | None = None
    unsealed: int = 0
    broken: int = 0
    uncosigned: float | None = None
    failed: int = 0
    stalled: int = 0
    skew: float = 0.0
    papers_owed: int = 0
    measures_failed: int = 0


async def check_database(connection: Connection, connections_needed: int) -> list[Finding]:
    """Everything about the database at ``connection`` (autocommit)."""
    row = await queries.server_state(connection)
    found = [check_version(row.version), check_connections(row.connections, connections_needed)]
    if row.standby:
        repair = ("把 TONGBAN_DATABASE_URL 指向主库", "point TONGBAN_DATABASE_URL at the primary")
        found.append(findings.fault("database.primary", ("这是只读备库", "this is a read-only standby"), repair))
    if row.installation is None:
        repair = ("运行 tongban run（演示）或 tongban serve", "start tongban run (demonstration) or tongban serve")
        return [*found, findings.fault("database.kind", ("数据库是空的", "the database is empty"), repair)]
    kind = await queries.installation_kind(connection)
    zh = {"demonstration": "演示库", "production": "正式库"}.get(kind, kind)
    found.append(findings.ok("database.kind", zh, str(kind)))
    applied = {name: sha256 async for name, sha256 in queries.applied_migrations(connection)}
    found.append(check_migrations(applied, _shipped()))
    if row.queue is None:
        found.append(findings.fault("queue.tables", ("缺少任务队列表", "the queue's tables are missing"), RESTART))
        return found
    return [*found, *judge(await _health(connection))]


async def _health(connection: Connection) -> Health:
    row = (await queries.health(connection))._asdict()
    skew = (row.pop("at") - dt.datetime.now(dt.UTC)).total_seconds()
    return Health(**row, skew=skew)


def check_version(number: int) -> Finding:
    """``number`` as ``server_version_num``."""
    shown = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number >= MINIMUM_SERVER:
        return findings.ok("database.version", shown, shown)
    repair = ("升级到 16 或更高版本", "upgrade to 16 or newer")
    return findings.fault("database.version", (f"{shown} 过旧", f"{shown} is too old"), repair)


def check_connections(allowed: int, needed: int) -> Finding:
    """Whether the server allows the connections that web and jobs may open."""
    if allowed >= needed:
        return findings.ok("database.connections", f"连接上限 {allowed}", f"{allowed} connections allowed")
    found = (f"连接上限 {allowed}，需要 {needed}", f"{allowed} connections allowed, {needed} needed")
    repair = ("提高 max_connections，或减少 TONGBAN_WORKERS", "raise max_connections, or lower TONGBAN_WORKERS")
    return findings.warning("database.connections", found, repair)


def _shipped() -> dict[str, str]:
    folder = files("tongban.basics").joinpath("migrations")
    texts = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(".sql")}
    return {name.removesuffix(".sql"): hashlib.sha256(text).hexdigest() for name, text in texts.items()}


def check_migrations(applied: Mapping[str, str], shipped: Mapping[str, str]) -> Finding:
    """``applied`` and ``shipped`` map names to SHA-256."""
    edited = sorted(name for name in applied.keys() & shipped.keys() if applied[name] != shipped[name])
    if edited:
        shown = ", ".join(edited)
        repair = ("恢复原文件，另写新的迁移", "restore the files and write new migrations instead")
        return findings.fault("database.migrations", (f"已执行的迁移被改动：{shown}", f"edited: {shown}"), repair)
    if unknown := sorted(applied.keys() - shipped.keys()):
        shown = ", ".join(unknown)
        repair = ("使用更新版本的程序", "use a newer version of the program")
        found = (f"数据库比程序新：{shown}", f"the database is newer than the program: {shown}")
        return findings.fault("database.migrations", found, repair)
    if waiting := sorted(shipped.keys() - applied.keys()):
        shown = ", ".join(waiting)
        return findings.fault("database.migrations", (f"尚未执行：{shown}", f"not applied yet: {shown}"), RESTART)
    return findings.ok("database.migrations", f"{len(applied)} 个迁移，校验一致", f"{len(applied)}, checksums agree")


def judge(health: Health) -> list[Finding]:
    """What the numbers mean."""
    return [
        _outbox(health),
        _dead(health),
        _sealing(health),
        _promises(health),
        _witness(health),
        *_queue(health),
        _papers(health),
        _measures(health),
        _skew(health),
    ]


def _outbox(health: Health) -> Finding:
    shown = (f"发件箱 {health.waiting} 条待处理", f"{health.waiting} messages wait")
    if health.oldest is None or health.oldest < LATE_SECONDS:
        return findings.ok("outbox.waiting", *shown)
    found = (f"{shown[0]}，最早的已等 {health.oldest:.0f} 秒", f"{shown[1]}, the oldest for {health.oldest:.0f} s")
    return findings.fault("outbox.waiting", found, SEE_JOBS_LOG)


def _dead(health: Health) -> Finding:
    if not health.dead:
        return findings.ok("outbox.dead", "没有处理失败的消息", "no message was given up")
    found = (f"{health.dead} 条消息十二次处理失败", f"{health.dead} messages failed twelve times")
    return findings.fault("outbox.dead", found, REPLAY)


def _sealing(health: Health) -> Finding:
    shown = (f"{health.unsealed} 条存证待封存", f"{health.unsealed} entries wait to be sealed")
    if health.unsealed <= MOST_WAITING:
        return findings.ok("ledger.unsealed", *shown)
    return findings.fault("ledger.unsealed", shown, SEE_JOBS_LOG)


def _promises(health: Health) -> Finding:
    if not health.broken:
        return findings.ok("ledger.promises", "封存承诺都已兑现", "every promise was kept")
    found = (
        f"{health.broken} 条存证超过承诺时间仍未封存",
        f"{health.broken} entries were not sealed by the time promised",
    )
    return findings.fault("ledger.promises", found, SEE_JOBS_LOG)


def _witness(health: Health) -> Finding:
    if health.uncosigned is None or health.uncosigned < LATE_SECONDS:
        return findings.ok("ledger.cosigned", "见证方会签及时", "the witness has cosigned what was sealed")
    found = (
        f"见证方已 {health.uncosigned:.0f} 秒没有会签",
        f"the witness has not cosigned for {health.uncosigned:.0f} s",
    )
    repair = (
        "检查 TONGBAN_WITNESS_URL、见证方是否运行、keys/witnesses.txt",
        "check TONGBAN_WITNESS_URL, that the witness runs, and keys/witnesses.txt",
    )
    return findings.warning("ledger.cosigned", found, repair)


def _queue(health: Health) -> list[Finding]:
    found = []
    if health.stalled:
        shown = (f"{health.stalled} 个任务无人执行", f"{health.stalled} jobs are held by nobody alive")
        found.append(findings.warning("queue.stalled", shown, SEE_JOBS_LOG))
    if health.failed:
        shown = (f"{health.failed} 个任务最终失败", f"{health.failed} jobs failed for good")
        found.append(findings.fault("queue.failed", shown, SEE_JOBS_LOG))
    return found or [findings.ok("queue.jobs", "没有停滞或失败的任务", "no job is stalled or failed")]


def _papers(health: Health) -> Finding:
    if not health.papers_owed:
        return findings.ok("notices.owed", "文书都已制作", "every paper that was ordered is made")
    owed = health.papers_owed
    shown = (f"{owed} 份文书十分钟以上没有制作出来", f"{owed} papers were ordered over ten minutes ago and not made")
    return findings.fault("notices.owed", shown, SEE_JOBS_LOG)


def _measures(health: Health) -> Finding:
    if not health.measures_failed:
        return findings.ok("measures.failed", "办结的件都能计量", "every case that ended could be measured")
    failed = health.measures_failed
    shown = (f"{failed} 件十二次计量失败，不在改革成效里", f"{failed} cases failed twelve times and are in no figures")
    return findings.warning("measures.failed", shown, REPLAY)


def _skew(health: Health) -> Finding:
    if abs(health.skew) < 5:
        return findings.ok("database.clock", "与本机时钟一致", "agrees with this machine's clock")
    found = (f"数据库时钟与本机相差 {health.skew:.0f} 秒", f"its clock differs by {health.skew:.0f} s")
    return findings.fault("database.clock", found, ("两边都用 NTP 校时", "set both by NTP"))
