"""The columns of the organisation's Excel file: titles, widths, and how a cell becomes a value. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from tongban.parties.models import Role
from tongban.parties.organisation.models import UnitKind

UNITS, POSITIONS, STAFF = "机构", "岗位", "人员"
KINDS: Mapping[str, UnitKind] = {"部门": "department", "内设机构": "office"}
ROLES: Mapping[str, Role] = {
    "经办": "handler",
    "负责人": "head",
    "窗口": "clerk",
    "管理员": "administrator",
    "监督": "supervisor",
}
KIND_NAMES = {kind: name for name, kind in KINDS.items()}
ROLE_NAMES = {role: name for name, role in ROLES.items()}
_ID = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,62}")
_PARTS = re.compile(r"[、,，;；\s]+")


class Unread(Exception):
    """A cell holds no such value; ``zh`` and ``en`` say what it should be."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en


def identifier(text: str) -> str:
    """An id: lower-case letters, digits, hyphens."""
    if not _ID.fullmatch(text):
        raise Unread("编号用小写字母开头，只含小写字母、数字和连字符，例如 police-hukou", "An id like police-hukou")
    return text


def identifiers(text: str) -> list[str]:
    """Several ids between 、 or commas."""
    return [identifier(part) for part in _PARTS.split(text) if part]


def login(text: str) -> str:
    """A log-in name."""
    if not _LOGIN.fullmatch(text.lower()):
        raise Unread("登录名至少 2 位，只含小写字母、数字和 . _ @ -", "A log-in name: letters, digits and . _ @ -")
    return text.lower()


def words(most: int) -> Callable[[str], str]:
    """Text up to ``most`` signs."""

    def read(text: str) -> str:
        if len(text) > most:
            raise Unread(f"最多 {most} 字", f"At most {most} characters")
        return text

    return read


def chosen(known: Mapping[str, Any]) -> Callable[[str], Any]:
    """One of the words of ``known``."""

    def read(text: str) -> Any:
        if text not in known:
            raise Unread(f"应为：{'、'.join(known)}", f"One of: {', '.join(known)}")
        return known[text]

    return read


def rank(text: str) -> int:
    """A place in an order, smallest first."""
    if not text.isdecimal() or int(text) > 9999:
        raise Unread("应为 0 到 9999 的整数，越小越靠前", "A whole number from 0 to 9999, smallest first")
    return int(text)


class Column(Struct, frozen=True):
    """One column: its title, the name of what it holds, how it is read, whether it must be filled in."""

    title: str
    name: str
    read: Callable[[str], Any]
    must: bool = False
    width: int = 18


COLUMNS: Mapping[str, tuple[Column, ...]] = {
    UNITS: (
        Column("机构编号", "id", identifier, must=True),
        Column("名称", "name", words(100), must=True, width=34),
        Column("简称", "short", words(40)),
        Column("类型", "kind", chosen(KINDS), must=True, width=12),
        Column("上级机构编号", "parent", identifier),
        Column("统一社会信用代码", "uscc", words(18), width=24),
        Column("承担职责", "roles", identifiers, width=26),
        Column("地址", "address", words(200), width=34),
        Column("电话", "phone", words(30)),
        Column("排序", "rank", rank, width=8),
    ),
    POSITIONS: (
        Column("岗位编号", "id", identifier, must=True),
        Column("所属机构编号", "unit", identifier, must=True),
        Column("岗位名称", "title", words(100), must=True, width=30),
        Column("角色", "role", chosen(ROLES), must=True, width=12),
        Column("排序", "rank", rank, width=8),
    ),
    STAFF: (
        Column("登录名", "login", login, must=True),
        Column("姓名", "name", words(50), must=True),
        Column("身份证号", "id_number", words(18), width=22),
        Column("岗位编号", "positions", identifiers, width=30),
        Column("办公电话", "phone", words(30)),
        Column("手机", "mobile", words(30)),
        Column("邮箱", "email", words(200), width=26),
        Column("房间", "room", words(100)),
    ),
}
