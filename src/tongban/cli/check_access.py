"""Whether the second wall stands, what it covers, and whether somebody is refused all the time. For the doctor."""

from tongban.basics.database import Connection
from tongban.basics.second_wall import TABLES, wall_stands
from tongban.cli import findings
from tongban.cli.findings import Finding
from tongban.parties.access.asking import lately

MANY = 500
"""Refusals of one account in a day from which somebody should look."""
MANY_HOSTILE = 50
"""Tries in a day that look like an attack, whoever made them, from which somebody should look."""


async def check_access(connection: Connection, wanted: bool) -> list[Finding]:
    """Findings about the wall and about refusals; ``wanted``: the deployment has not switched the wall off."""
    return [await _wall(connection, wanted), await _denials(connection)]


async def _wall(connection: Connection, wanted: bool) -> Finding:
    covered = ", ".join(TABLES)
    if not wanted:
        return findings.warning(
            "access.wall",
            (
                "第二道墙被关掉了（TONGBAN_SECOND_WALL=off）",
                "the second wall is switched off (TONGBAN_SECOND_WALL=off)",
            ),
            ("去掉这个设置，然后重启", "take that setting away, then restart"),
        )
    if not await wall_stands(connection):
        return findings.warning(
            "access.wall",
            (
                "数据库里没有应用角色，第二道墙没有立起来",
                "there is no application's role: the second wall is not up",
            ),
            (
                "请数据库管理员执行 CREATE ROLE tongban_application，并授予平台账号，然后重启",
                "let the database's administrator run CREATE ROLE tongban_application and grant it to the platform's "
                "account, then restart",
            ),
        )
    return findings.ok(
        "access.wall",
        f"第二道墙在：{covered}",
        f"the second wall stands: {covered}",
    )


async def _denials(connection: Connection) -> Finding:
    found = await lately(connection)
    if found.wall or found.most >= MANY or found.hostile >= MANY_HOSTILE:
        return findings.warning(
            "access.denials",
            (f"一天内拒绝 {found.times} 次，同一账号最多 {found.most} 次，第二道墙拦下 {found.wall} 次，"
             f"像攻击的 {found.hostile} 次",
             f"{found.times} refusals in a day, at most {found.most} of one account, {found.wall} at the second wall, "
             f"{found.hostile} that look like an attack"),
            ("看 /desk/access 或 tongban access denials", "see /desk/access or tongban access denials"),
        )  # fmt: skip
    return findings.ok("access.denials", f"一天内拒绝 {found.times} 次", f"{found.times} refusals in a day")
