"""Change what protects an account: only by who has just proved again to be its owner.

Called by the account's pages. A stolen session is not enough to add a passkey, to switch a factor off or to change the
telephone number: the password is asked again, and a code wherever one can be had.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tongban.basics.codes import mobile as mobiles
from tongban.basics.database import Connection, platform_now
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.errors import WrongCredentials
from tongban.parties.log_in.codes import check_code, put_text, send_code
from tongban.parties.log_in.errors import ConfirmFirst, NoTelephone
from tongban.parties.log_in.owners import earlier_hashes, mobile_of, owner_of, read_owner
from tongban.parties.log_in.passwords import KEPT, check_new, hash_password, matches
from tongban.parties.log_in.recording import note
from tongban.parties.log_in.second import check_second
from tongban.parties.log_in.throttling import PER_DEVICE, Limit, attempt, forgive, subject
from tongban.parties.models import Actor, Factor

MOVED = "【通办】您账号的手机号码已更换，今后不再向本号码发送验证码。如非本人操作，请马上带身份证到政务服务窗口。"
FRESH = timedelta(minutes=10)
SECONDS: frozenset[Factor] = frozenset(("totp", "code", "recovery-code", "passkey", "certificate"))
Asked = Literal["nothing", "totp", "code"]
_queries = load_queries("tongban.parties.log_in")


def asked_beside(row: Any, vault: Vault) -> Asked:
    """What is asked beside the password to confirm: what the account asks, else a code where there is a telephone."""
    if row.second == "totp":
        return "totp"
    return "code" if mobile_of(row, vault) else "nothing"


async def require_confirmed(connection: Connection, vault: Vault, actor: Actor) -> None:
    """Raise ``ConfirmFirst`` unless the actor proved to be the owner in the last ten minutes, by two factors if any."""
    fresh = actor.proved_at is not None and datetime.now(UTC) - actor.proved_at < FRESH
    if fresh and SECONDS.intersection(actor.factors):
        return
    if not fresh or asked_beside(await read_owner(connection, actor.account), vault) != "nothing":
        raise ConfirmFirst()


def _session(actor: Actor) -> bytes:
    return actor.session.bytes if actor.session else actor.account.bytes


def _limits(actor: Actor) -> list[Limit]:
    return [Limit(subject("confirm", str(actor.account), str(actor.session)), PER_DEVICE)]


async def send_confirmation(connection: Connection, vault: Vault, actor: Actor) -> None:
    """Send the code that ``confirm`` asks for. Raises ``NoTelephone``, ``TooManyAttempts``."""
    mobile = mobile_of(await read_owner(connection, actor.account), vault)
    if mobile is None:
        raise NoTelephone()
    bound = _session(actor)
    await send_code(connection, vault, mobile=mobile, bound_to=bound, use="confirm", account=actor.account)


async def confirm(connection: Connection, vault: Vault, actor: Actor, password: str, code: str) -> list[Factor]:
    """Prove again to be the owner; returns by what. Raises ``WrongCredentials``, ``CodeWrong``, ``TooManyAttempts``."""
    limits = _limits(actor)
    at = await attempt(connection, limits)
    row = await read_owner(connection, actor.account)
    if not await matches(row.password_hash, password):
        raise WrongCredentials(field="password")
    factors: list[Factor] = ["password"]
    asked = asked_beside(row, vault)
    if asked != "nothing":
        bound = _session(actor)
        factors.append(await check_second(connection, vault, actor.account, asked, code, bound, "confirm"))
    await forgive(connection, limits, at)
    return factors


async def change_password(connection: Connection, vault: Vault, actor: Actor, old: str, new: str) -> None:
    """Set a new password; every other session ends, and open links with it.

    Raises ``WrongCredentials`` at ``old``, ``PasswordUnfit``, ``TooManyAttempts``.
    """
    limits = _limits(actor)
    at = await attempt(connection, limits)
    row = await read_owner(connection, actor.account)
    if not await matches(row.password_hash, old):
        raise WrongCredentials(field="old")
    await forgive(connection, limits, at)
    await check_new(new, owner_of(row, vault), await earlier_hashes(connection, row))
    hashed = await hash_password(new)
    async with connection.transaction():
        now = await platform_now(connection)
        await _queries.put_password(connection, account=actor.account, password_hash=hashed, now=now, most=KEPT)
        await _queries.end_other_sessions(connection, account=actor.account, session=actor.session)
        await _queries.end_invitations(connection, account=actor.account, now=now)
        await note(connection, "password_changed", actor.account, now)


async def send_to_new_number(connection: Connection, vault: Vault, actor: Actor, mobile: str) -> None:
    """Send a code to a number that is to become the account's. Raises ``CodeError``, ``TooManyAttempts``."""
    plain = mobiles.parse(mobile).code
    bound = _bound_to_number(vault, actor, plain)
    await send_code(connection, vault, mobile=plain, bound_to=bound, use="confirm", account=actor.account)


async def change_mobile(connection: Connection, vault: Vault, actor: Actor, mobile: str, code: str) -> None:
    """Make a number the account's, by the code that was sent to it. Raises ``CodeError``, ``CodeWrong``."""
    plain = mobiles.parse(mobile).code
    await check_code(connection, vault, bound_to=_bound_to_number(vault, actor, plain), use="confirm", code=code)
    async with connection.transaction():
        now = await platform_now(connection)
        sealed = vault.seal(plain.encode(), actor.account.bytes)
        old = mobile_of(await read_owner(connection, actor.account), vault)
        await note(connection, "mobile_changed", actor.account, now)
        if old is not None:
            await put_text(connection, vault, old, MOVED, actor.account)
        await _queries.put_mobile(connection, account=actor.account, mobile=sealed)


def _bound_to_number(vault: Vault, actor: Actor, mobile: str) -> bytes:
    return vault.keyed_hash("number of account", f"{actor.account}\n{mobile}")
