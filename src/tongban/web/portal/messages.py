"""Messages: what happened to my matters, and the number beside the bell."""

import datetime as dt
from uuid import UUID

from litestar import Response, get
from litestar.params import FromQuery
from msgspec import Struct

from tongban.messages import actions
from tongban.messages.actions import PAGE, Message, Place
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.parts import department_name, kernel_of
from tongban.web.portal.progress import SENTENCES
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

TASK_MOVED = "task.due_moved"
"""What a department is told where the applicant is told ``case.due_moved``."""


OF_SHARING = {
    "sharing.requested": mark("其他部门申请本部门的数据，请在期限内答复"),
    "sharing.proposed": mark("数据共享的答复等待负责人审批"),
    "sharing.returned": mark("负责人退回了数据共享的答复，请重新答复"),
    "sharing.answered": mark("申请的数据有了答复"),
    "grant.expiring": mark("数据授权快到期了：需要的请申请续期"),
}
"""What officials are told about requests for data and grants; never about a person's case."""
OF_OBJECTIONS = {
    "objection.answered": mark("部门答复了"),
    "objection.reopened": mark("答复没有通过核实，已请部门重新答复"),
    "objection.closed": mark("已经核实办结"),
}
"""How what a person said about a use of their data goes on."""


OF_RIGHTS = {
    "rights.answered": mark("部门答复了您的申请"),
    "rights.reopened": mark("答复没有通过核实，已请部门重新答复"),
}
"""How what a person asked about their data goes on."""

OF_CONSENTS = {
    "consent.own_now": mark("您已到自己决定的年龄：监护人以前为您同意的查询，现在由您决定是否继续"),
    "consent.asked": mark("有人办事需要查询您的数据，征求您同意"),
    "consent.given_by_other": mark("有一项查询可以进行了，材料可能不用您上传"),
}
"""What is told about consents."""


OF_ACCOUNTS = {
    "account.opened_elsewhere": mark("您的账号在一台新设备上登录了"),
    "account.password_changed": mark("登录密码已修改"),
    "account.taken_up": mark("已通过一次性链接设置密码"),
    "account.mobile_changed": mark("手机号码已更改。"),
    "account.second_changed": mark("登录验证已更改。"),
    "account.passkey_added": mark("添加了一个通行密钥"),
    "account.passkey_removed": mark("通行密钥已删除。"),
    "account.passkey_copied": mark("有人使用了通行密钥的复制品，已被拒绝"),
    "account.recovery_code_used": mark("用掉了一个恢复码"),
    "account.recovery_codes_renewed": mark("换了一批恢复码"),
    "account.recovery_asked": mark("有人正在找回这个账号"),
    "account.recovery_stopped": mark("找回已停止，账号没有变化"),
    "account.recovery_done": mark("已通过找回重设密码"),
    "account.proved": mark("实名认证已完成。"),
}
"""What the owner of an account is told when what protects it has changed."""


OF_LICENCES = {
    "licence.suspended": mark("证照被暂停使用"),
    "licence.resumed": mark("证照恢复使用"),
    "licence.revoked": mark("证照被吊销"),
    "licence.withdrawn": mark("证照被撤销"),
    "licence.cancelled": mark("证照已注销或换发了新版本"),
}
"""What a holder is told when the department that issued a licence changes it."""
OF_APPOINTMENTS = {
    "appointment.offered": mark("请求授权代为办事，等待对方同意"),
    "appointment.accepted": mark("对方已同意，授权生效"),
    "appointment.declined": mark("对方没有同意，授权不生效"),
    "appointment.taken_back": mark("授权请求已撤回"),
    "appointment.ended": mark("授权已结束，不能再代为办理"),
    "guardianship.confirmed": mark("监护人已经登记，可以代为办理"),
    "guardianship.ended": mark("监护已结束，不能再代为办理"),
}
"""What is told about who acts for whom."""


class Moved(Struct, frozen=True):
    """A due day that moved because the holidays of ``year`` were published or changed."""

    old: dt.date
    new: dt.date
    year: int


@get("/messages")
async def mine(request: WebRequest, before: FromQuery[str | None] = None) -> Response[str]:
    """One's messages, newest first; opening the page marks them as read."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    async with kernel.database.connection() as connection:
        found = await actions.mine(connection, signed.actor.account, _place(before))
        if before is None:
            await actions.seen(connection, signed.actor.account, signed.now)
    names = {journey: version.journey.name for journey, version in kernel.catalogue.active.items()}
    tasks = {(name, t.id): t.name for name, version in kernel.catalogue.active.items() for t in version.journey.tasks}
    last = found[-1] if len(found) == PAGE else None
    more = f"{last.at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}~{last.id}" if last else None
    return page(
        request, "portal/messages.html", messages=[(one, sentence(one)) for one in found], names=names, tasks=tasks,
        more=more, first=before is None, moved=moved, use_href=use_href,
        named=lambda one: department_name(kernel, one.region, one.detail["department"]),
        watches={one.watch.id: one.watch.title for one in kernel.oversight.watches},
    )  # fmt: skip


@get("/messages/unread")
async def unread(request: WebRequest) -> Response[str]:
    """The number beside the bell, as a fragment."""
    signed = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        count = await actions.unread(connection, signed.actor.account)
    return page(request, "portal/unread.html", count=count)


def sentence(message: Message) -> str:
    """What a message says, a text of the web floor."""
    inner = message.detail.get("detail") or {}
    if message.kind == "ticket.opened":
        return mark("发现严重异常，请部门负责人答复工单")
    for told in (OF_SHARING, OF_OBJECTIONS, OF_RIGHTS, OF_CONSENTS, OF_ACCOUNTS, OF_LICENCES, OF_APPOINTMENTS):
        if message.kind in told:
            return told[message.kind]
    if "window" in inner:
        return mark("在政务服务窗口替您提交了补正或修改；您没有到场的，请马上联系窗口")
    if inner.get("decision") == "declined":
        return "不予通过"
    if message.kind == "case.closed" and inner.get("outcome") == "declined":
        return "办结：不予通过"
    kind = "case.due_moved" if message.kind == TASK_MOVED else message.kind
    return SENTENCES.get(kind, "有新的进展")


def use_href(message: Message) -> str:
    """The list of uses that begins with the one that a message is about: it may be far down by now."""
    return f"/my-data?before={UUID(int=message.subject.int + 1)}#use-{message.subject}"


def moved(message: Message) -> Moved | None:
    """From which day to which something is due now, if that is what the message tells."""
    inner = message.detail.get("detail") or {}
    if not message.kind.endswith("due_moved") or not inner.get("from") or not inner.get("to"):
        return None
    return Moved(dt.date.fromisoformat(inner["from"]), dt.date.fromisoformat(inner["to"]), int(inner["year"]))


def _place(text: str | None) -> Place | None:
    at, _, last = (text or "").partition("~")
    try:
        moment, message = dt.datetime.fromisoformat(at), UUID(last)
    except ValueError:
        return None
    return (moment, message) if moment.tzinfo else None
