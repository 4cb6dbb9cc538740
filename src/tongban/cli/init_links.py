"""One-time links for the first administrators, each as a sheet that is handed over in person."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

from tongban.basics.calendar import CST
from tongban.basics.database import Connection
from tongban.cli.init_answers import Checked
from tongban.cli.operations import queries
from tongban.ledger.keys import write_durably
from tongban.parties.log_in.errors import InvitationUnfit
from tongban.parties.log_in.invitations import invite, read_invitation

LASTS = dt.timedelta(days=3)
SHEET = """\
通办 首次登录 TONGBAN FIRST SIGN-IN
=================================================
姓名 name      {name}
登录名 log-in  {login}
有效至 until   {until}

{url}

 1. 请本人打开以上链接，设置口令。链接只能用一次，用后作废。
 2. 登录后到“账号与安全”添加通行密钥或动态口令。
 3. 打开工作台“部署检查”，按顺序处理未完成的事项。
 4. 过期或打不开时，由安装人员重新执行 tongban init，会换一份新的链接。
"""


async def links(connection: Connection, checked: Checked, base: str) -> tuple[list[Path], list[Path]]:
    """Sheets made now, and those whose link is still good, for administrators who have never set a password."""
    made: list[Path] = []
    kept: list[Path] = []
    for login in checked.administrators:
        row = await queries.never_signed_in(connection, login=login)
        if row is None:
            continue
        file = checked.answers.links / f"{login}.txt"
        if await _good(connection, file):
            kept.append(file)
            continue
        await _make(connection, file, row, base)
        made.append(file)
    return made, kept


async def _make(connection: Connection, file: Path, row: Any, base: str) -> None:
    secret = await invite(connection, row.id, "first-sign-in", None, LASTS)
    until = (dt.datetime.now(dt.UTC) + LASTS).astimezone(CST)
    text = SHEET.format(
        name=row.name, login=row.login, until=f"{until:%Y-%m-%d %H:%M}", url=f"{base}/invitation/{secret}"
    )
    write_durably(file, text.encode())


async def _good(connection: Connection, file: Path) -> bool:
    """Whether the link on the sheet in ``file`` still opens its account."""
    link = await asyncio.to_thread(_link_in, file)
    try:
        return link is not None and bool(await read_invitation(connection, link.rpartition("/")[2]))
    except InvitationUnfit:
        return False


def _link_in(file: Path) -> str | None:
    words = file.read_text("utf-8").split() if file.exists() else []
    return next((word for word in words if "/invitation/" in word), None)
