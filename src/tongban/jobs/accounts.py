"""What the owner of an account is told when something changes that protects it: at once, by every channel.

Drained from the outbox, where ``parties.log_in.recording`` puts each change. A message stands in the platform; what a
thief would do is also told by text, to the number on record.
"""

from collections.abc import Mapping
from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.outbox import Handler, Message
from tongban.jobs.library import KernelNow
from tongban.messages import actions as messages
from tongban.parties.errors import NotSignedIn
from tongban.parties.log_in.codes import put_text
from tongban.parties.log_in.owners import mobile_of, read_owner

IF_NOT_YOU = "如非本人操作，请马上登录“账号与安全”处理，或带身份证到政务服务窗口。"
BY_TEXT: Mapping[str, str] = {
    "account.password_changed": f"【通办】您的登录密码已修改。{IF_NOT_YOU}",
    "account.passkey_added": f"【通办】您的账号添加了一个通行密钥。{IF_NOT_YOU}",
    "account.passkey_copied": f"【通办】有人使用了您通行密钥的复制品，已被拒绝。{IF_NOT_YOU}",
    "account.second_changed": f"【通办】您的登录验证方式已更改。{IF_NOT_YOU}",
    "account.recovery_asked": "【通办】有人正在找回您的账号。如非本人操作，请马上登录“账号与安全”停止，或致电窗口。",
    "account.recovery_done": f"【通办】您的账号已通过找回重设密码。{IF_NOT_YOU}",
    "account.taken_up": f"【通办】您的账号已通过一次性链接设置密码。{IF_NOT_YOU}",
}
"""What is sent to the telephone on record. A changed number was told to the old one when it changed."""
TOLD = (
    *BY_TEXT,
    "account.opened_elsewhere",
    "account.mobile_changed",
    "account.passkey_removed",
    "account.recovery_code_used",
    "account.recovery_codes_renewed",
    "account.recovery_stopped",
    "account.proved",
)
"""What the owner finds among the messages."""


def table(kernel_now: KernelNow) -> Mapping[str, Handler]:
    """Every change of an account that its owner is told → what tells it."""

    async def tell(connection: Connection, message: Message) -> None:
        account = UUID(message.payload["account"])
        await messages.tell(
            connection,
            region=message.region,
            account=account,
            event=message.id,
            kind=message.topic,
            subject=account,
            at=message.now,
            detail={},
        )
        if message.topic in BY_TEXT:
            await _send(connection, message, account)

    async def _send(connection: Connection, message: Message, account: UUID) -> None:
        vault = (await kernel_now(connection)).vault
        try:
            mobile = mobile_of(await read_owner(connection, account), vault)
        except NotSignedIn:  # The account was disabled in the meantime: nobody is there to be told.
            return
        if mobile is not None:
            await put_text(connection, vault, mobile, BY_TEXT[message.topic], account)

    return dict.fromkeys(TOLD, tell)
