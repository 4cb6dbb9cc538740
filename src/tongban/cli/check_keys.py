"""Whether the keys of this node are there, private, and those of its database. Called by the doctor.

Reads only: a doctor that made a missing key would hide that it was lost.
"""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.basics.key_file import MasterMissing, read_ring, ring_file
from tongban.cli import findings
from tongban.cli.check_database import queries
from tongban.cli.findings import NO_WORDS, Finding, Words
from tongban.cli.home import Home
from tongban.cli.settings import DEMONSTRATION_ORIGIN
from tongban.ledger.keys import log_signer
from tongban.ledger.verify_receipt import InvalidProof, open_checkpoint, parse_keys
from tongban.parties.definitions import Department

SOON = dt.timedelta(days=30)
RESTORE: Words = (
    "从备份恢复；绝不要另造一把：已加密的数据将永远无法解读",
    "restore it from the backup; never make another: what was sealed would stay unreadable for ever",
)


def check_files(home: Home, expected: bool) -> list[Finding]:
    """Existence and permissions. ``expected``: the database is in use, so its keys must be here."""
    found = [_file(path, expected) for path in (ring_file(home.keys), home.keys / "log.pem")]
    private = [*home.keys.glob("departments/departments/*.pem"), *home.keys.glob("web-secret")]
    open_ = [path for path in private if path.stat().st_mode & 0o077]
    if home.keys.exists() and home.keys.stat().st_mode & 0o077:
        open_.append(home.keys)
    for path in open_:
        repair = (f"chmod go= {path}", f"chmod go= {path}")
        found.append(findings.fault("keys.private", (f"他人可读：{path}", f"readable by others: {path}"), repair))
    return found


def _file(path: Path, expected: bool) -> Finding:
    name = f"keys.{path.stem}"
    if not path.exists():
        if not expected:
            return findings.ok(name, "首次启动时生成", "made at the first start")
        return findings.fault(name, (f"密钥丢失：{path}", f"the key is lost: {path}"), RESTORE)
    if path.stat().st_mode & 0o077:
        repair = (f"chmod 600 {path}，并考虑更换", f"chmod 600 {path}, and consider a new one")
        return findings.fault(name, (f"他人可读：{path}", f"readable by others: {path}"), repair)
    return findings.ok(name, f"{path.name}，仅本人可读", f"{path.name}, private")


async def check_vault(home: Home, connection: Connection | None) -> list[Finding]:
    """Whether the vault loads, and opens what lies in the database."""
    if not ring_file(home.keys).exists():
        return []
    try:
        vault = read_ring(home.keys).vault()
        row = await queries.some_person(connection) if connection else None
        if row is not None:
            vault.open(bytes(row.sealed), bytes(row.id_key))
    except TongbanError as error:
        # Keys that wait to be opened are not lost: that refusal tells its own repair.
        return [findings.refused("keys.opens", error, NO_WORDS if isinstance(error, MasterMissing) else RESTORE)]
    if row is None:
        return [findings.ok("keys.opens", "密钥可用", "the keys load")]
    return [findings.ok("keys.opens", "能解读数据库中的加密数据", "they open what the database holds")]


def check_origin(origin: str, demonstration: bool) -> list[Finding]:
    """A production log needs a name of its own, for ever."""
    if demonstration or origin != DEMONSTRATION_ORIGIN:
        return []
    found = ("日志仍用演示名称", "the log still bears the demonstration's name")
    repair = ("设置 TONGBAN_LOG_ORIGIN", "set TONGBAN_LOG_ORIGIN")
    return [findings.fault("keys.origin", found, repair)]


async def check_log_key(home: Home, origin: str, connection: Connection | None) -> list[Finding]:
    """Whether the log's key and origin are those of the newest signed head."""
    path = home.keys / "log.pem"
    if not path.exists():
        return []
    try:
        key = log_signer(path, origin).verifier
    except (TongbanError, ValueError) as error:
        shown = " ".join(str(error).split())
        return [
            findings.fault("keys.log_origin", (f"日志密钥无法使用：{shown}", f"it can not be used: {shown}"), RESTORE)
        ]
    head = await queries.newest_head(connection) if connection else None
    if head is None or head.note is None:
        return [findings.ok("keys.log_origin", origin, origin)]
    try:
        open_checkpoint(head.note, origin, [key])
    except InvalidProof as error:
        found = (f"与数据库中的日志 {head.origin} 不符：{error}", f"does not fit the log {head.origin}: {error}")
        repair = (
            f"恢复原来的 keys/log.pem，并设置 TONGBAN_LOG_ORIGIN={head.origin}",
            f"restore the former keys/log.pem and set TONGBAN_LOG_ORIGIN={head.origin}",
        )
        return [findings.fault("keys.log_origin", found, repair)]
    return [findings.ok("keys.log_origin", f"{origin}，与检查点一致", f"{origin}, as the checkpoints say")]


def check_witness_key(home: Home, wanted: bool) -> Finding:
    """Whether a witness's key is known; ``wanted``: one is configured or has been."""
    try:
        keys = parse_keys(home.witnesses.read_text("utf-8")) if home.witnesses.exists() else []
    except InvalidProof as error:
        repair = ("每行一个公钥，由见证方提供", "one public key a line, as the witness gives it")
        return findings.fault("keys.witness", (f"{home.witnesses}：{error}", f"{home.witnesses}: {error}"), repair)
    if keys:
        names = ", ".join(key.name for key in keys)
        return findings.ok("keys.witness", f"见证方 {names}", f"witness {names}")
    found = ("没有见证方公钥，只能自证", "no witness is known: the log vouches for itself only")
    repair = (
        "请另一机关运行 tongban witness serve，把公钥写入 keys/witnesses.txt，设置 TONGBAN_WITNESS_URL",
        "have another office run tongban witness serve, put its key into keys/witnesses.txt, set TONGBAN_WITNESS_URL",
    )
    return findings.Finding("keys.witness", "fault" if wanted else "warning", found, repair)


def check_certificates(
    home: Home, issuers: Iterable[Department], demonstration: bool, now: dt.datetime
) -> list[Finding]:
    """Signing keys of departments that issue licences: present, and valid for another thirty days."""
    found = []
    for department in issuers:
        path = home.keys / "departments" / "departments" / f"{department.uscc}.pem"
        if path.exists():
            found += _certificate(path, department, now)
        elif not demonstration:
            shown = (f"{department.name} 缺少签名密钥 {path}", f"{department.name} has no signing key {path}")
            repair = (
                "把该部门的私钥和证书放到那里（权限 600）",
                "put its private key and certificate there (mode 600)",
            )
            found.append(findings.fault("keys.departments", shown, repair))
    if found:
        return found
    return [findings.ok("keys.departments", "部门签名密钥齐备、未临期", "departments can sign; nothing expires soon")]


def _certificate(path: Path, department: Department, now: dt.datetime) -> list[Finding]:
    repair = ("换上新证书，无需重启", "put the renewed certificate there; no restart is needed")
    try:
        until = x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc
    except (OSError, ValueError, IndexError) as error:
        shown = (f"{path} 不是证书：{error}", f"{path} holds no certificate: {error}")
        return [findings.fault("keys.departments", shown, repair)]
    if until > now + SOON:
        return []
    day = local_day(until)
    shown = (f"{department.name} 的证书 {day} 到期", f"the certificate of {department.name} ends on {day}")
    return [findings.Finding("keys.departments", "fault" if until <= now else "warning", shown, repair)]
