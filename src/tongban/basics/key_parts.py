"""The master key in parts: any ``needed`` of them give it back, fewer say nothing about it.

Shamir's scheme over GF(2^128) (pycryptodome), one polynomial for each half of the 32 bytes. A part is a few lines of
letters and digits that a person can type: 0, 1 and 8 do not occur, and each line carries its own check.
Called by the commands that split and open keys.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence

from msgspec import Struct

from tongban.basics.errors import TongbanError

_VERSION = 1
_HALF, _SET = 16, 5
_LINE, _LINES, _CHECK = 16, 4, 4
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
MOST = 16


class PartWrong(TongbanError):
    """A typed part is not what was printed."""

    code = "keys.part_wrong"
    status = 422
    zh = "{name} 有误：{problem_zh}。办法：对照原件重新输入。"
    en = "{name} is wrong: {problem_en}. Repair: type it again as it is printed."


class PartsUnfit(TongbanError):
    """The parts do not belong together, or are too few."""

    code = "keys.parts_unfit"
    status = 422
    zh = "这些分片拼不出主密钥：{problem_zh}。"
    en = "These parts do not make the master key: {problem_en}."


class Part(Struct, frozen=True):
    """One part. ``group`` says which splitting it belongs to (ten hex digits), ``number`` which part it is, from 1."""

    group: str
    number: int
    needed: int
    secret: bytes

    def lines(self) -> list[str]:
        """What is printed: four lines of four groups and a check."""
        content = bytes((_VERSION, self.needed, self.number)) + bytes.fromhex(self.group) + self.secret
        text = base64.b32encode(content).decode()
        rows = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
        return [" ".join(re.findall("....", row + _check(number, row))) for number, row in enumerate(rows, 1)]


def split(master: bytes, needed: int, count: int) -> list[Part]:
    """``count`` parts of the 32-byte ``master``, any ``needed`` of which suffice. Raises ``PartsUnfit``."""
    from Crypto.Protocol.SecretSharing import Shamir

    if not 2 <= needed <= count <= MOST or len(master) != 2 * _HALF:
        raise PartsUnfit(
            problem_zh=f"至少 2 片，至多 {MOST} 片，需要的片数不能多于总片数",
            problem_en=f"at least 2 and at most {MOST}, and no more needed than there are",
        )
    first = Shamir.split(needed, count, master[:_HALF])
    second = Shamir.split(needed, count, master[_HALF:])
    group = secrets.token_hex(_SET)
    return [Part(group, n, needed, a + b) for (n, a), (_, b) in zip(first, second, strict=True)]


def combine(parts: Sequence[Part]) -> bytes:
    """The master key. Raises ``PartsUnfit`` for parts of different splittings, doubled or too few.

    Parts of one splitting that were each typed rightly always give the key; that it is the right one is seen when it
    opens the keys' file.
    """
    from Crypto.Protocol.SecretSharing import Shamir

    groups = sorted({part.group for part in parts})
    if len(groups) != 1:
        raise PartsUnfit(
            problem_zh=f"来自不同的分片批次（{', '.join(groups) or '没有分片'}）",
            problem_en=f"they come from different splittings ({', '.join(groups) or 'none given'})",
        )
    different, needed = {part.number: part for part in parts}, parts[0].needed
    if len(different) < needed:
        raise PartsUnfit(
            problem_zh=f"需要 {needed} 片，只有 {len(different)} 片不同的",
            problem_en=f"{needed} are needed, {len(different)} different ones were given",
        )
    chosen = list(different.values())[:needed]
    halves = [[(p.number, p.secret[start : start + _HALF]) for p in chosen] for start in (0, _HALF)]
    return b"".join(Shamir.combine(half) for half in halves)


def read_part(text: str, name: str) -> Part:
    """The part in ``text``, typed or read from the printed sheet, whatever stands around its four lines.

    ``name`` is how faults call it. Raises ``PartWrong``, naming the line.
    """
    rows = [row for line in text.splitlines() if (row := _row(line)) is not None]
    if len(rows) != _LINES:
        raise PartWrong(
            name=name, problem_zh=f"应有 {_LINES} 行，找到 {len(rows)} 行", problem_en=f"{len(rows)} of {_LINES} lines"
        )
    for number, row in enumerate(rows, 1):
        if _check(number, row[:_LINE]) != row[_LINE:]:
            raise PartWrong(name=name, problem_zh=f"第 {number} 行校验不符", problem_en=f"the check of line {number}")
    content = base64.b32decode("".join(row[:_LINE] for row in rows))
    if content[0] != _VERSION or not 2 <= content[1] <= MOST or not 1 <= content[2] <= MOST:
        raise PartWrong(name=name, problem_zh="不是本程序的分片", problem_en="no part that this program made")
    return Part(content[3 : 3 + _SET].hex(), content[2], content[1], content[3 + _SET :])


def _row(line: str) -> str | None:
    """The twenty signs of a part's line, forgiving case, blanks and hyphens; None for any other line."""
    found = re.sub(r"[\s\-]", "", line).upper().replace("0", "O").replace("1", "I").replace("8", "B")
    return found if len(found) == _LINE + _CHECK and set(found) <= set(_ALPHABET) else None


def _check(number: int, row: str) -> str:
    return base64.b32encode(hashlib.sha256(f"tongban part line {number} {row}".encode()).digest())[:_CHECK].decode()
