"""Ask a person what an installation needs, one question after the other, with what each answer decides."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Ask = Callable[[str], str]
EXAMPLE = """\
# Answers for `tongban init --answers FILE`. Relative paths begin at this file.
node:
  public_url: https://www.example.gov.cn     # what people type; it stands in QR codes
  log_origin: log.example.gov.cn/2026        # the ledger's name, for ever
  host: 127.0.0.1                            # where the web listens, behind your proxy
  port: 8080
region: "330105"                             # six digits of the county or district
organisation: organisation.xlsx              # tongban init --template organisation.xlsx
packs: [birth, restaurant]                   # what comes with the program, or folders
keys:
  needed: 2                                  # how many parts open
  keepers:                                   # each on a medium of their own
    - {name: 吴昊, file: /media/wuhao/part.txt}
    - {name: 钱宁, file: /media/qianning/part.txt}
    - {name: 局保险柜, file: /media/safe/part.txt}
  master: /run/tongban/master.key            # emptied by a restart of the machine: then two keepers must come
links: /media/wuhao                          # where the administrators' one-time links are written
mail:
  settings: {host: smtp.example.gov.cn, port: 587, security: starttls, sender: tongban@example.gov.cn}
  try_to: operator@example.gov.cn
backup:
  destination: /mnt/backup                   # a mounted folder of another machine
  keys_to: /mnt/keys                         # the sealed copy of the keys, elsewhere
  identity: /media/operator/operator.txt     # the operator's private key, made now and carried away
"""
NODE = (
    ("public_url", "公众访问地址 address that people type", "https://www.example.gov.cn"),
    ("log_origin", "存证日志名称，永久不变 the ledger's name, for ever", "log.example.gov.cn/2026"),
    ("host", "监听地址 where the web listens", "127.0.0.1"),
    ("port", "监听端口 its port", "8080"),
)
BACKUP = (
    ("destination", "备份目录，挂载自另一台机器 mounted folder of another machine", "/mnt/backup"),
    ("keys_to", "密钥副本目录，与备份分开 folder for the sealed copy of the keys", "/mnt/keys"),
    (
        "identity",
        "备份私钥写到哪个新文件，随后带走 file for the private key",
        "/media/operator/operator.txt",
    ),
)
MAIL = (
    ("host", "邮件服务器（留空则不设）SMTP server, empty for none", ""),
    ("port", "端口 port", "587"),
    ("security", "加密 starttls、tls 或 none", "starttls"),
    ("sender", "发件人 sender", "tongban@example.gov.cn"),
)


def ask(home: Path, read: Ask = input, tell: Callable[[str], None] = print) -> dict[str, Any]:
    """The answers as plain values, ready to be decoded and checked. Raises ``EOFError`` where nobody answers."""
    tell(f"安装到 {home}。方括号里是缺省值，直接回车即采用 Installing; Enter takes what stands in brackets.")
    node = _table(NODE, read)
    found: dict[str, Any] = {
        "node": node,
        "region": _one(read, "县级区划代码（六位）county's six digits", "330105"),
        "organisation": _one(read, "机构、岗位、人员表（.xlsx）workbook", "organisation.xlsx"),
        "packs": _one(read, "应用包，用空格隔开 packs", "birth restaurant").split(),
        "keys": _keys(read, tell),
        "links": _one(read, "管理员一次性链接写到哪个目录 folder for the one-time links", str(Path.cwd())),
        "backup": _table(BACKUP, read),
    }
    return found | _mail(read)


def _table(questions: tuple[tuple[str, str, str], ...], read: Ask) -> dict[str, Any]:
    return {name: _one(read, question, default) for name, question, default in questions}


def _one(read: Ask, question: str, default: str) -> str:
    return read(f"{question} [{default}]: ").strip() or default


def _keys(read: Ask, tell: Callable[[str], None]) -> Mapping[str, Any]:
    tell("主密钥分片：每位保管人一片，各写到自己的介质上 one part for each keeper, on a medium of their own")
    keepers: list[dict[str, str]] = []
    while name := read(f"第 {len(keepers) + 1} 位保管人（留空结束）keeper, empty to end: ").strip():
        keepers.append({"name": name, "file": read("  分片写到哪个文件 file for the part: ").strip()})
    found: dict[str, Any] = {"keepers": keepers, "needed": int(_one(read, "需要几片才能打开 how many open", "2"))}
    place = read("运行时主密钥放在哪里，如 /run/tongban/master.key（留空放在工作目录）master key: ").strip()
    return found | ({"master": place} if place else {})


def _mail(read: Ask) -> dict[str, Any]:
    given = {"host": _one(read, MAIL[0][1], MAIL[0][2])}
    if not given["host"]:
        return {}
    given |= _table(MAIL[1:], read)
    if user := read("邮件账号（留空则不登录）account, empty for none: ").strip():
        given |= {"user": user, "password_file": _one(read, "口令文件 password file", "keys/mail-password")}
    return {"mail": {"settings": given, "try_to": _one(read, "试发给谁 send a trial to", given["sender"])}}
