"""Whether a production installation is finished and stays cared for: keys held by two, mail, backups, rehearsals.

Called by the doctor, whose findings the desk's checklist shows. A demonstration has none of this.
"""

import ctypes
import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tongban.assembly.platform import Platform
from tongban.basics.calendar import CST
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.key_file import is_sealed, read_ring
from tongban.cli import findings
from tongban.cli.custody import read_custody
from tongban.cli.findings import Finding, Words
from tongban.cli.home import Home
from tongban.cli.keys_copy import is_copied
from tongban.cli.operations import Operation, latest, queries
from tongban.cli.settings import Settings
from tongban.connectors.backup.chain import proven, remembered
from tongban.connectors.backup.errors import NoBackupPlan
from tongban.connectors.backup.plan import BackupPlan, read_plan
from tongban.connectors.backup.records import LogHead
from tongban.connectors.backup.store import Archive, Base
from tongban.connectors.mail import FILE as MAIL
from tongban.ledger.verify_receipt import VerifierKey

KEY_DAYS, REHEARSAL_DAYS = 730, 35
"""After so many days a key should be replaced, and a restore rehearsed again."""
BASE_LATE, BASE_MISSING = dt.timedelta(hours=26), dt.timedelta(hours=50)
MOST_BEHIND = 256 * 1024 * 1024
UNSYNCHRONISED = 0x40
"""STA_UNSYNC of the kernel's clock."""


async def check_setup(
    settings: Settings, home: Home, connection: Connection, platform: Platform | None, now: dt.datetime
) -> list[Finding]:
    """Everything about a production node. ``now``: the wall clock."""
    found = [
        check_custody(home),
        *check_age(home, now.date()),
        check_address(settings.public_url),
        check_proxies(settings),
        check_time(),
    ]
    rotation = await latest(connection, "rotation")
    if rotation is not None and rotation.outcome == "running":
        repair = ("执行 tongban keys rotate，会从中断处继续", "run tongban keys rotate: it goes on where it stood")
        found.append(findings.warning("keys.rotation", ("密钥轮换没有做完", "a rotation was not finished"), repair))
    found.append(check_administrators(await queries.administrators_signed_in(connection)))
    found.append(check_mail((home.path / MAIL).exists(), await latest(connection, "mail")))
    found += await _backups(settings, home, connection, now)
    if platform is not None:
        found += list(check_waiting(home.path, set(platform.packs)))
    return found


def check_custody(home: Home) -> Finding:
    """Whether several people hold parts of the master key."""
    held = read_custody(home)
    if held is not None:
        names = "、".join(held.keepers)
        return findings.ok(
            "keys.split", f"{names} 分持，{held.needed} 片可打开", f"held by {names}; {held.needed} open"
        )
    found = ("密钥由一处独有，没有分片", "the keys lie in one hand: nobody holds parts")
    repair = (
        "两人到场执行 tongban keys split 甲=/media/a/part.txt 乙=/media/b/part.txt",
        "two people run tongban keys split one=/media/a/part.txt two=/media/b/part.txt",
    )
    return findings.warning("keys.split", found, repair)


def check_age(home: Home, today: dt.date) -> Iterator[Finding]:
    """How old the key is that seals."""
    try:
        ring = read_ring(home.keys)
    except TongbanError:
        return  # told by the checks of the keys themselves
    made = ring.made.get(ring.current)
    days = (today - dt.date.fromisoformat(made)).days if made else None
    shown = (f"{ring.current}，{made or '制成日期未记录'}", f"{ring.current}, {made or 'made at an unknown day'}")
    if days is not None and days <= KEY_DAYS:
        yield findings.ok("keys.age", *shown)
    else:
        repair = ("执行 tongban keys rotate，不停机", "run tongban keys rotate; nothing stops")
        yield findings.warning("keys.age", shown, repair)


def check_address(public_url: str) -> Finding:
    """Whether people reach the node by https."""
    if public_url.startswith("https:"):
        return findings.ok("web.tls", public_url, public_url)
    repair = (
        "在前面放一个终结 TLS 的代理，设置 TONGBAN_PUBLIC_URL=https://…",
        "put a proxy with TLS in front, set TONGBAN_PUBLIC_URL=https://…",
    )
    return findings.warning("web.tls", (f"{public_url} 没有加密", f"{public_url} is not encrypted"), repair)


def check_proxies(settings: Settings) -> Finding:
    """Whether the node knows its own proxy, without which all visitors come from one address."""
    if settings.proxies or not settings.public_url.startswith("https:"):
        shown = ", ".join(settings.proxies) or "—"
        return findings.ok("web.proxies", shown, shown)
    found = (
        "没有说明前面的代理是哪一个：按来源计数的限制会把所有人当成一个",
        "its own proxy is not named: whatever is counted by source takes everybody for one",
    )
    repair = (
        "设置 TONGBAN_PROXIES=代理的地址，并让代理自己写 X-Forwarded-For",
        "set TONGBAN_PROXIES to the proxy's address, and let the proxy write X-Forwarded-For itself",
    )
    return findings.warning("web.proxies", found, repair)


def check_time() -> Finding:
    """Whether something keeps this machine's clock right, as the kernel says."""
    status = _clock_status()
    if status is None or not status & UNSYNCHRONISED:
        return findings.ok("machine.ntp", "时钟由时间源校准", "the clock is kept by a time source")
    found = ("没有时间源校准本机时钟", "no time source keeps this machine's clock")
    return findings.warning("machine.ntp", found, ("启用 chrony 或 systemd-timesyncd", "enable chrony or timesyncd"))


def _clock_status() -> int | None:
    """``status`` of adjtimex(2), which only reads when no mode is given; None where it can not be asked."""
    room = ctypes.create_string_buffer(512)
    try:
        answered = ctypes.CDLL(None, use_errno=True).adjtimex(room)
    except (OSError, AttributeError):
        return None
    # struct timex: modes (int, padded), offset, freq, maxerror, esterror (longs), status (int).
    place = 5 * ctypes.sizeof(ctypes.c_long)
    return None if answered < 0 else ctypes.c_int.from_buffer(room, place).value


def check_administrators(signed_in: int) -> Finding:
    """Two administrators who can sign in: much needs a second one, and one may fall ill."""
    if signed_in >= 2:
        return findings.ok("people.administrators", f"{signed_in} 位管理员", f"{signed_in} administrators")
    found = (f"只有 {signed_in} 位管理员登录过，需要两位", f"{signed_in} administrators have signed in; two are needed")
    repair = (
        "把一次性链接交给本人；过期则再执行 tongban init",
        "hand them their one-time links; run tongban init again for new ones",
    )
    return findings.warning("people.administrators", found, repair)


def check_mail(configured: bool, last: Operation | None) -> Finding:
    """Whether mail was set up, tried, and left."""
    repair = (
        "tongban mail set <服务器> --sender <发件人>，再 tongban mail try <收件人>",
        "tongban mail set, then mail try",
    )
    if not configured:
        return findings.warning("mail.tried", ("没有设置邮件", "mail is not set up"), repair)
    if last is None or last.outcome != "done":
        reason = str(last.detail.get("reason", "")) if last else ""
        return findings.warning("mail.tried", (f"邮件没有试发成功 {reason}", f"no trial has left {reason}"), repair)
    day = f"{last.began_at.astimezone(CST):%Y-%m-%d}"
    return findings.ok("mail.tried", f"{day} 试发成功", f"a trial left on {day}")


async def _backups(settings: Settings, home: Home, connection: Connection, now: dt.datetime) -> list[Finding]:
    try:
        plan = read_plan(home.path)
    except NoBackupPlan as error:
        # The node works, and a lost disk would end it.
        told = (error.message("zh-CN"), error.message("en"))
        return [findings.Finding("backup.plan", "warning", told)]
    except TongbanError as error:
        return [findings.refused("backup.plan", error)]
    stream = await queries.log_stream(connection)
    return [
        check_base(await latest(connection, "backup", "done"), now),
        check_stream(stream),
        *_log(settings, home, plan, await queries.system_identifier(connection)),
        check_rehearsal(await latest(connection, "rehearsal"), now),
        *_copies(home, plan),
    ]


def _log(settings: Settings, home: Home, plan: BackupPlan, system: str) -> Iterator[Finding]:
    newest, archive = remembered(home.log_memory), Archive(plan.destination, system)
    bases, key = archive.bases(), home.log_key(settings.log_origin)
    if bases and key is not None:
        yield check_log(archive, bases[-1], key, newest)


def check_log(archive: Archive, base: Base, key: VerifierKey, newest: LogHead) -> Finding:
    """Whether the log since the newest base is this node's own and whole, by its signed records.

    ``newest``: how far the node remembers to have put it there, asked before the archive is read.
    """
    repair = (
        "移走所指文件，查明是谁写过备份目录，随后 tongban backup now 重新起头",
        "move away what is named, find out who wrote to the destination; tongban backup now begins anew",
    )
    if base.manifest.log is msgspec.UNSET and base.manifest.by(key):
        before = ("最近一份备份做于启用日志签名之前", "the newest base is from before the log was signed")
        return findings.warning("backup.signed", before, repair)
    if base.manifest.log is msgspec.UNSET or not base.manifest.by(key):
        foreign = ("最近一份备份不是本节点签署的", "the newest base was not signed by this node")
        return findings.fault("backup.signed", foreign, repair)
    proof = proven(archive, base, key, newest, contents=False)
    if proof.fault is not None:
        return findings.fault("backup.signed", (proof.fault.message("zh-CN"), proof.fault.message("en")), repair)
    count = len(proof.segments)
    shown = (f"最近一份备份以来的日志 {count} 段都由本节点签署", f"{count} segments since the newest base, signed")
    return findings.ok("backup.signed", *shown)


def check_base(last: Operation | None, now: dt.datetime) -> Finding:
    """How old the newest base is."""
    repair = (
        "看 log/backup.log 和备份目录的空间，tongban backup now",
        "see log/backup.log and free space; tongban backup now",
    )
    if last is None or last.ended_at is None:
        return findings.fault("backup.age", ("还没有备份", "there is no backup"), repair)
    age = now - last.ended_at
    hours = f"{age.total_seconds() / 3600:.0f}"
    shown = (f"最近一份在 {hours} 小时前", f"the newest base is {hours} h old")
    if age < BASE_LATE:
        return findings.ok("backup.age", *shown)
    return findings.Finding("backup.age", "warning" if age < BASE_MISSING else "fault", shown, repair)


def check_stream(stream: Any) -> Finding:
    """Whether the log of changes leaves the server as it is written. ``stream``: the slot's row, or None."""
    repair = ("看 log/backup.log；备份进程随 tongban serve 运行", "see log/backup.log; serve keeps the backup process")
    if stream is None or not stream.active:
        return findings.fault("backup.log", ("日志没有在归档", "the log is not being archived"), repair)
    shown = f"{stream.behind // 1024 // 1024} MB"
    if stream.behind <= MOST_BEHIND:
        return findings.ok("backup.log", f"日志在归档，落后 {shown}", f"the log is archived, {shown} behind")
    return findings.warning("backup.log", (f"日志归档落后 {shown}", f"the archive is {shown} behind"), repair)


def check_rehearsal(last: Operation | None, now: dt.datetime) -> Finding:
    """Whether a restore was rehearsed of late, and well."""
    repair = ("tongban backup rehearse --identity <私钥文件>", "tongban backup rehearse --identity <private key>")
    if last is None or last.outcome == "running":
        return findings.warning("backup.rehearsed", ("没有演练过恢复", "no restore was rehearsed"), repair)
    days = (now - last.began_at).days
    if last.outcome == "failed":
        return findings.fault("backup.rehearsed", ("上次演练没有成功", "the last rehearsal failed"), repair)
    shown = (f"{days} 天前演练过恢复", f"a restore was rehearsed {days} days ago")
    if days > REHEARSAL_DAYS:
        return findings.warning("backup.rehearsed", shown, repair)
    return findings.ok("backup.rehearsed", *shown)


def _copies(home: Home, plan: BackupPlan) -> Iterator[Finding]:
    """Whether the keys as they are lie at their second place."""
    repair: Words = (
        "backup.yaml 写上 keys_to，再 tongban backup now",
        "name keys_to in backup.yaml; tongban backup now",
    )
    if plan.keys_to is None or not is_sealed(home.keys):
        found = (
            "密钥没有第二份，节点丢失即永远无法解读",
            "the keys lie nowhere else: lost with this node, all is unreadable",
        )
        yield findings.warning("keys.copy", found, repair)
    elif is_copied(home, plan):
        yield findings.ok("keys.copy", f"密钥副本在 {plan.keys_to}", f"copied to {plan.keys_to}")
    else:
        yield findings.warning("keys.copy", ("密钥变更后没有副本", "a key has changed since the last copy"), repair)


def check_waiting(home: Path, installed: set[str]) -> Iterator[Finding]:
    """Packs that the installation was asked for and that still wait for a department."""
    try:
        wanted: Mapping[str, Any] = yaml.safe_load((home / "init.yaml").read_text("utf-8"))
        names = msgspec.convert(wanted.get("packs", []), list[str])
    except (OSError, yaml.YAMLError, msgspec.ValidationError, AttributeError, UnicodeDecodeError):
        return
    missing = [Path(name).name for name in names if Path(name).name not in installed]
    if missing:
        shown = "、".join(missing)
        repair = (
            "在机构表“承担职责”填上缺少的职责，再执行 tongban init",
            "fill in the missing duties in the workbook, then run tongban init again",
        )
        found = (f"应用包 {shown} 等待部门承担职责", f"packs wait for departments: {shown}")
        yield findings.warning("packs.waiting", found, repair)
