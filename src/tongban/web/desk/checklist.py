"""What is still open about this node, for administrators: the operators' findings, what is wrong first.

The page runs the same checks as the operators' command, through the port that the site was handed; it knows none of
its own.
"""

from litestar import Response, get

from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import Finding, WebRequest, site_of

PATH = "/desk/checklist"
GROUPS = (
    ("fault", mark("需要马上处理"), "red", "alert-triangle"),
    ("warning", mark("还没有完成"), "yellow", "clock"),
    ("ok", mark("已经就绪"), "green", "check"),
)
AREAS = {
    "backup": mark("备份与恢复"),
    "calendar": mark("工作日历"),
    "connectors": mark("部门系统"),
    "database": mark("数据库"),
    "keys": mark("密钥"),
    "ledger": mark("存证"),
    "library": mark("上级办件库"),
    "machine": mark("服务器"),
    "mail": mark("邮件"),
    "measures": mark("改革成效"),
    "notices": mark("文书"),
    "outbox": mark("消息"),
    "packs": mark("应用包"),
    "people": mark("管理员"),
    "queue": mark("任务"),
    "trust": mark("可信时效"),
    "web": mark("访问地址"),
    "witness": mark("见证方"),
}


def administers(actor: Actor) -> bool:
    """Whether ``actor`` sees the page: an administrator of any region of this node."""
    return any(may(actor, "installation.check", Subject(region=region)) for region in actor.regions)


@get(PATH)
async def show(request: WebRequest) -> Response[str]:
    """Every finding, what is wrong first, each with its repair. Raises ``NotAllowed``."""
    signed, site = await signed_in(request), site_of(request)
    if not administers(signed.actor):
        raise NotAllowed()
    found = await site.examine() if site.examine is not None else ()
    which = 1 if request_language(request) == "en" else 0
    groups = [
        (level, title, colour, icon, [_row(one, which) for one in found if one.level == level])
        for level, title, colour, icon in GROUPS
    ]
    done = sum(one.level == "ok" for one in found)
    return page(request, "desk/checklist.html", groups=groups, done=done, all=len(found))


def _row(one: Finding, which: int) -> dict[str, str]:
    area = one.check.partition(".")[0]
    return {"check": one.check, "area": AREAS.get(area, area), "found": one.found[which], "repair": one.repair[which]}


ROUTES = (show,)
