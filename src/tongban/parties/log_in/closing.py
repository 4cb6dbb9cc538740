"""Destroy what opens an account, because its owner closes it: from that moment it is unknown to whoever tries.

Called by ``cases.closing`` once everything that hangs on the account is settled. The log-in name goes with the rest, so
that sign-in, recovery and a link fail exactly as for a name that nobody ever had.
"""

from datetime import datetime

import msgspec

from tongban.basics.database import Connection
from tongban.basics.ids import new_secret
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.actions import particulars
from tongban.parties.log_in.codes import put_text
from tongban.parties.log_in.owners import mobile_of, read_owner
from tongban.parties.log_in.recording import note
from tongban.parties.models import Actor, Particulars

CLOSED = "【通办】您的账号已经注销，本号码已从账号中删除。如非本人操作，请马上带身份证到政务服务窗口。"
_queries = load_queries("tongban.parties.log_in")


async def shut(connection: Connection, vault: Vault, actor: Actor, kept: bool, now: datetime) -> None:
    """End sessions and tokens and destroy password, codes, passkeys, devices, links and the telephone number.

    ``kept``: records are left that need to say whose they are, so name and identity stay and the account is one that is
    only kept; else both are destroyed too. The number gets one last text, which is destroyed once it was sent. In the
    caller's transaction.
    """
    mobile = mobile_of(await read_owner(connection, actor.account), vault)
    await note(connection, "closed", actor.account, now, person_key=actor.id_key, kept=kept)
    await _queries.forget_account(
        connection, account=actor.account, login=f"closed-{actor.account}", kept=kept, now=now
    )
    if mobile is not None:
        await put_text(connection, vault, mobile, CLOSED, None)
    key = actor.id_key if kept else new_secret().encode()
    held = msgspec.structs.replace(particulars(vault, actor), mobile=None) if kept else Particulars("")
    await _queries.forget_person(
        connection, person=actor.person, name=actor.name if kept else "", id_key=key,
        sealed=vault.seal(msgspec.json.encode(held), key),
    )  # fmt: skip
