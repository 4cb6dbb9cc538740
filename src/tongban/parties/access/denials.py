"""What was refused, kept for those who watch: who, what, about which id, why, how often in a minute.

A refusal is noted in memory and written within seconds, many in one statement, so that a flood of them costs a row a
minute, actor and action, and no more than ``MOST`` rows a batch. No name and no number of a person is kept: accounts
and ids only. The web floor notes; the page ``/desk/access``, the commands and the doctor read.
"""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.parties.access import trail
from tongban.parties.access.policy import POLICY
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may

Reason = Literal[
    "relation",
    "unknown-action",
    "second-person",
    "unseen",
    "wall",
    "form-token",
    "signed-out",
    "throttled",
    "unfit",
    "upload",
    "hostile",
    "code",
]
REASONS: dict[str, tuple[str, str]] = {
    "relation": ("没有相应的岗位或关系", "no post or relation that allows it"),
    "unknown-action": ("没有这种操作", "no such action"),
    "second-person": ("须由另一人办理", "another person must do it"),
    "unseen": ("对其不可见或不存在", "not there, or not to be seen"),
    "wall": ("被数据库第二道墙拦下", "stopped at the second wall"),
    "form-token": ("表单不是从本站页面提交的", "a form that did not come from a page of ours"),
    "signed-out": ("登录凭据无效或已过期", "a session or token that opens nothing"),
    "throttled": ("操作过于频繁", "too often"),
    "unfit": ("请求不是页面会发出的样子", "a request that no page or program of ours sends"),
    "upload": ("上传的文件有危险或有假", "an upload that is dangerous or not what it says"),
    "hostile": ("输入像是攻击（只记录，不影响办理）", "the input looks like an attack (noted only)"),
    "code": ("一次性的码或验证码不对、已用过或已过时", "a one-time code that was wrong, late or used already"),
}
VISITOR = UUID(int=0)
"""Stands for whoever has not signed in."""
EVERYWHERE = "000000"
"""The region of what was tried by somebody who belongs to none and named none."""
MOST, MOST_SUBJECTS = 500, 5
OTHERS = "*"
"""Stands for the actions of refusals beyond ``MOST`` in one batch."""
_queries = load_queries("tongban.parties.access")
_Key = tuple[str, dt.datetime | None, UUID, str, str]


class Denial(Struct, frozen=True):
    """Refusals of one minute. ``times`` how many; ``subjects`` the first few ids; ``login`` None for who has left."""

    region: str
    minute: dt.datetime
    account: UUID
    action: str
    reason: str
    times: int
    subjects: list[str]
    last_at: dt.datetime
    login: str | None = None

    @property
    def visitor(self) -> bool:
        """Whether nobody had signed in."""
        return self.account == VISITOR

    @property
    def label(self) -> tuple[str, str]:
        """What was tried, in Chinese and English; an address stands for itself."""
        known = POLICY.get(self.action)
        return (known.action.zh, known.action.en) if known else (self.action, self.action)


class Denials:
    """Refusals of one process that are not written yet."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, tuple[int, list[str], dt.datetime | None]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def note(
        self, region: str, account: UUID, action: str, reason: Reason, subject: str, at: dt.datetime | None
    ) -> None:
        """One more refusal at ``at`` (aware; None: the moment when it is written).

        ``subject`` is an id, or empty; never a text that somebody typed.
        """
        key: _Key = (region, at.replace(second=0, microsecond=0) if at else None, account, action, reason)
        if key not in self._waiting and len(self._waiting) >= MOST:
            key = (region, key[1], account, OTHERS, reason)
        times, subjects, _ = self._waiting.get(key, (0, [], at))
        if subject and subject not in subjects and len(subjects) < MOST_SUBJECTS:
            subjects = [*subjects, subject]
        self._waiting[key] = (times + 1, subjects, at)

    async def write(self, connection: Connection) -> int:
        """Write what waits; how many refusals it was. What can not be written goes on waiting."""
        taken, self._waiting = self._waiting, {}
        if not taken:
            return 0
        try:
            rows = [(*key, times, "\n".join(subjects), at) for key, (times, subjects, at) in taken.items()]
            names = ("regions", "minutes", "accounts", "actions", "reasons", "times", "subjects", "last")
            columns = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
            await _queries.put_denials(connection, **columns, most=MOST_SUBJECTS)
        except BaseException:
            self._waiting = {**taken, **self._waiting}
            raise
        return sum(times for times, _, _ in taken.values())


def told(refusals: list[trail.Refusal]) -> tuple[str, Reason, Subject] | None:
    """Action, reason and subject of the last refusal of a request, which is the one that ended it."""
    if not refusals:
        return None
    last = refusals[-1]
    return last.action, last.reason, last.subject


def watched(actor: Actor, regions: list[str]) -> list[str]:
    """The regions among ``regions`` whose refusals ``actor`` may read."""
    return [region for region in regions if may(actor, "denials.read", Subject(region=region))]


async def newest(connection: Connection, regions: list[str], most: int = 100) -> list[Denial]:
    """The newest refusals of ``regions``, and those that belong to none. Whoever asks was asked ``denials.read``."""
    everywhere = [*regions, EVERYWHERE]
    return [Denial(**row._asdict()) async for row in _queries.denials(connection, regions=everywhere, most=most)]


async def purge(connection: Connection) -> None:
    """Forget refusals of more than half a year ago (Cybersecurity Law, article 21: logs for at least six months)."""
    await _queries.purge_denials(connection)
