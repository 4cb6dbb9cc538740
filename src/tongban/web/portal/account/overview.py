"""One's own account on one page: how sure the identity is, what opens it, and where it is open now."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from tongban.basics.text import mask_phone
from tongban.parties.log_in import passkeys, recovering, sessions
from tongban.parties.log_in.owners import mobile_of, read_owner
from tongban.parties.log_in.second import recovery_codes_left
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.account.devices import device_words
from tongban.web.portal.parts import goto, kernel_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

DONE = {
    "welcome": mark("已登录。建议现在添加一个通行密钥，以后不用输密码。"),
    "password": mark("密码已修改，其他设备上的登录都已退出。"),
    "session": mark("已退出那台设备上的登录。"),
    "sessions": mark("其他设备上的登录都已退出。"),
    "second": mark("登录验证已更改。"),
    "mobile": mark("手机号码已更改。"),
    "passkey": mark("通行密钥已添加，下次登录可以直接用它。"),
    "removed": mark("通行密钥已删除。"),
    "proved": mark("实名认证已完成。"),
    "stopped": mark("已停止找回，账号没有变化。建议马上修改密码。"),
}
"""What was just done, told at the head of the page."""


@get("/account")
async def overview(request: WebRequest, done: FromQuery[str] = "") -> Response[str]:
    """The page. Raises ``NotSignedIn``."""
    signed = await signed_in(request)
    kernel, actor = kernel_of(request), signed.actor
    async with kernel.database.connection() as connection:
        row = await read_owner(connection, actor.account)
        keys = await passkeys.passkeys_of(connection, actor)
        left = await recovery_codes_left(connection, actor.account) if row.second != "none" else 0
        found = await sessions.sessions_of(connection, actor.account)
        waiting = await recovering.waiting_for(connection, actor.account)
    mobile = mobile_of(row, kernel.vault)
    return page(
        request, "account/overview.html", actor=actor, row=row, mobile=mask_phone(mobile) if mobile else None,
        keys=keys, left=left, waiting=waiting, done=DONE.get(done),
        sessions=[(one, device_words(one.agent)) for one in found],
    )  # fmt: skip


@post("/account/sessions/others")
async def end_others(request: WebRequest) -> Response[Any]:
    """End every session but this one."""
    signed = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        await sessions.end_others(connection, signed.actor)
    return goto("/account?done=sessions")


@post("/account/sessions/{session:uuid}")
async def end_one(request: WebRequest, session: FromPath[UUID]) -> Response[Any]:
    """End one session; one's own present one leads to the sign-in page."""
    signed = await signed_in(request)
    async with kernel_of(request).database.connection() as connection:
        await sessions.end_session(connection, signed.actor, session)
    return goto("/account?done=session")


ROUTES = (overview, end_others, end_one)
