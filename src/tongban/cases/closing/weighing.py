"""What must be settled before an account is closed: nothing that somebody waits for may lose its owner."""

from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.closing.models import Obstacle
from tongban.parties.models import Actor

_queries = load_queries("tongban.cases.closing")
MOST = 20
"""How many cases, and how many requests, are named at most."""


async def obstacles(connection: Connection, actor: Actor) -> list[Obstacle]:
    """What stands in the way, what decides first; empty when the account may be closed. As the platform."""
    bound = await _queries.bound(connection, account=actor.account)
    found = [_STAFF] if bound.staff else []
    found += [_GUARDED] if bound.guarded else []
    found += [
        _case(row.region, row.id, row.number)
        async for row in _queries.open_cases(connection, account=actor.account, most=MOST)
    ]
    found += [
        _request(row.number) async for row in _queries.open_requests(connection, account=actor.account, most=MOST)
    ]
    found += [_ward(row.name, row.n) async for row in _queries.open_of_wards(connection, person=actor.person)]
    return found + [_enterprise(row.name, row.n) async for row in _queries.left_alone(connection, person=actor.person)]


_STAFF = Obstacle(
    "staff",
    "您是在册的工作人员，账号由单位或者管理员在通讯录中办理离岗，离岗后可以注销",
    "you are in office: your employer or an administrator records that you leave, afterwards it can be closed",
)
_GUARDED = Obstacle(
    "guarded",
    "您现在有监护人，监护结束以后才能注销，请到窗口办理",
    "you have a guardian now: it can be closed once the guardianship has ended, please come to a window",
)


def _case(region: str, case: UUID, number: str) -> Obstacle:
    zh = f"办件 {number} 还没有办结，请等办结或者先撤回"
    return Obstacle("case", zh, f"case {number} has not ended: wait for it, or withdraw it", region, case)


def _request(number: str) -> Obstacle:
    zh = f"您对自己数据提出的申请 {number} 还没有答复，请等答复"
    return Obstacle("request", zh, f"what you asked about your data ({number}) is not answered yet: wait for it")


def _ward(name: str, count: int) -> Obstacle:
    zh = f"您监护的{name}有 {count} 件办件没有办结，请先办完或者撤回"
    en = f"{name}, whose guardian you are, has {count} cases that have not ended: see them through, or withdraw them"
    return Obstacle("ward", zh, en)


def _enterprise(name: str, count: int) -> Obstacle:
    zh = f"{name}有 {count} 件办件没有办结，只有您能管理它，请先授权另一位管理员"
    en = f"{name} has {count} cases that have not ended, and nobody else governs it: appoint an administrator first"
    return Obstacle("enterprise", zh, en)
