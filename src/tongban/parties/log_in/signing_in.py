"""Sign in: the password, then what else the account asks for, then a session of its own.

Called by the sign-in pages and by ``POST /api/v1/sessions``. A wrong password and an unknown account are told alike and
take alike. Between password and code nothing is stored: who proved the password carries that in a sealed text, good
for ten minutes.
"""

import base64
import binascii
import time
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection, platform_now
from tongban.basics.errors import TongbanError
from tongban.basics.ids import new_secret
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.actions import SessionKind, digest_of, open_session
from tongban.parties.errors import WrongCredentials
from tongban.parties.log_in.codes import send_code
from tongban.parties.log_in.errors import NoTelephone, SecondNeeded, SignInStale
from tongban.parties.log_in.owners import mobile_of, read_owner
from tongban.parties.log_in.passwords import hash_password, matches, outdated
from tongban.parties.log_in.recording import note
from tongban.parties.log_in.second import Second, check_second
from tongban.parties.log_in.throttling import attempt, forgive, password_limits, second_limits
from tongban.parties.models import Factor

_SECONDS = 600
_CONTEXT = b"log-in.proved"
_queries = load_queries("tongban.parties.log_in")


class From(NamedTuple):
    """Where a sign-in comes from: the address, what the device calls itself, and its cookie's secret."""

    source: str
    agent: str = ""
    device: str = ""


class Proved(Struct, frozen=True):
    """Whose password was right, and what is asked next. ``known``: this browser has opened the account before."""

    account: UUID
    second: Second
    known: bool
    nonce: str
    at: int


async def prove_password(connection: Connection, *, login: str, password: str, come: From) -> Proved:
    """Check log-in name and password. Raises ``WrongCredentials``, ``TooManyAttempts``."""
    login = login.strip().lower()
    row = await _queries.to_open(connection, login=login, device=digest_of(come.device))
    known = bool(row and row.known and come.device)
    limits = password_limits(login, come.source, come.device, known)
    at = await attempt(connection, limits)
    if not await matches(row.password_hash if row else None, password) or row is None:
        raise WrongCredentials(field="password")
    await forgive(connection, limits, at)
    if outdated(row.password_hash):
        await _queries.rehash(connection, account=row.id, password_hash=await hash_password(password))
    return Proved(row.id, row.second, known, new_secret(), int(time.time()))


def carried(vault: Vault, proved: Proved) -> str:
    """``proved`` as a text that a form may carry."""
    return base64.urlsafe_b64encode(vault.seal(msgspec.json.encode(proved), _CONTEXT)).decode()


def proved_by(vault: Vault, text: str) -> Proved:
    """What ``carried`` sealed. Raises ``SignInStale`` when it is too old or not ours."""
    try:
        proved = msgspec.json.decode(vault.open(base64.urlsafe_b64decode(text), _CONTEXT), type=Proved)
    except (TongbanError, msgspec.DecodeError, binascii.Error, ValueError):
        raise SignInStale() from None
    if time.time() - proved.at > _SECONDS:
        raise SignInStale()
    return proved


async def send_second(connection: Connection, vault: Vault, proved: Proved) -> None:
    """Send the code that the account asks for. Raises ``NoTelephone``, ``TooManyAttempts``."""
    mobile = mobile_of(await read_owner(connection, proved.account), vault)
    if mobile is None:
        raise NoTelephone()
    bound = digest_of(proved.nonce)
    await send_code(connection, vault, mobile=mobile, bound_to=bound, use="sign-in", account=proved.account)


async def prove_second(connection: Connection, vault: Vault, proved: Proved, code: str, come: From) -> Factor:
    """Check what was given after the password. Raises ``CodeWrong``, ``TooManyAttempts``."""
    limits = second_limits(str(proved.account), come.device, proved.known)
    at = await attempt(connection, limits)
    bound = digest_of(proved.nonce)
    factor = await check_second(connection, vault, proved.account, proved.second, code, bound, "sign-in")
    await forgive(connection, limits, at)
    return factor


async def sign_in(
    connection: Connection,
    *,
    login: str,
    password: str,
    source: str,
    kind: SessionKind,
    agent: str = "",
    code: str = "",
    vault: Vault | None = None,
) -> str:
    """Sign a program in with everything at once; returns a new session secret.

    Raises ``WrongCredentials``, ``TooManyAttempts``, ``SecondNeeded`` where ``code`` is wanted, ``CodeWrong``.
    """
    come = From(source, agent)
    proved = await prove_password(connection, login=login, password=password, come=come)
    factors: list[Factor] = ["password"]
    if proved.second != "none":
        if not code or vault is None:
            raise SecondNeeded("code", second=proved.second)
        factors.append(await prove_second(connection, vault, proved, code, come))
    return await open_session(connection, proved.account, kind, agent, factors=factors, source=source)


async def know_device(connection: Connection, account: UUID, device: str) -> None:
    """Remember that this browser opened the account; its owner is told of one more beside others."""
    async with connection.transaction():
        if await _queries.know_device(connection, account=account, digest=digest_of(device)):
            await note(connection, "opened_elsewhere", account, await platform_now(connection))
