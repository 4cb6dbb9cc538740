"""Parts of the master key: printed as sheets for people, read from files or typed in.

Called by ``tongban keys``, ``tongban restore`` and ``tongban init``.
"""

import datetime as dt
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.basics.key_parts import Part, combine, read_part
from tongban.cli.errors import FileUnreadable

SHEET = """\
通办 主密钥分片 TONGBAN PART OF THE MASTER KEY
=================================================
节点 node      {node}
保管人 keeper  {keeper}
分片 part      第 {number} 片，共 {count} 片，任意 {needed} 片可打开 {number} of {count}, any {needed} open
批次 group     {group}
日期 made on   {day}

{lines}

保管须知
 1. 本页等同于钥匙。请打印一份，装入信封密封，放入您自己保管的保险柜；打印后删除文件。
 2. 不要拍照、不要发送、不要与另一片放在同一处，也不要与数据备份放在同一处。
 3. 平台不会以电话、短信或邮件向您索要分片。只在机房当面、由您本人输入。
 4. 遗失或可能泄露时，立即告知另一位保管人，由两人执行 tongban keys split 重新分片。
How to keep it
 1. This sheet is a key. Print it, seal it in an envelope, lock it away yourself; then delete the file.
 2. No photograph, no mail; never beside another part, nor beside the backups.
 3. Nobody will ask for it by telephone or mail. Type it yourself, in the machine room.
 4. Lost or seen by others: tell the other keeper at once; both run tongban keys split again.
"""


def sheet(part: Part, keeper: str, count: int, node: str) -> str:
    """The page for one keeper, ready to be printed."""
    return SHEET.format(
        node=node,
        keeper=keeper,
        number=part.number,
        count=count,
        needed=part.needed,
        group=part.group,
        day=local_day(dt.datetime.now(dt.UTC)).isoformat(),
        lines="\n".join(f"    {line}" for line in part.lines()),
    )


def part_in(file: Path) -> Part:
    """The part on the sheet in ``file``. Raises ``FileUnreadable``, ``PartWrong``."""
    try:
        return read_part(file.read_text("utf-8"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(file=str(file), reason=getattr(error, "strerror", None) or "UTF-8") from error


def master_from(files: Sequence[Path]) -> bytes:
    """The master key from the parts in ``files``; what is missing is asked for where a person sits.

    Raises ``PartWrong``, ``PartsUnfit``.
    """
    parts = [part_in(file) for file in files]
    while sys.stdin.isatty() and (not parts or len({part.number for part in parts}) < parts[0].needed):
        parts.append(_asked(len(parts) + 1))
    return combine(parts)


def _asked(number: int) -> Part:
    """One part, typed line by line and not shown; asked again until its checks agree."""
    while True:
        print(f"第 {number} 位保管人：请输入分片的四行，输入时不显示 part {number}: its four lines, not shown")
        text = "\n".join(getpass.getpass(f"  {line}: ") for line in range(1, 5))
        try:
            return read_part(text, f"{number}")
        except TongbanError as fault:
            print(fault.message("zh-CN"))
