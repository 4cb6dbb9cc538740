"""What is asked after the password: a code of an authenticator app (RFC 6238), a recovery code, or one by text.

Called by sign-in, by the account's page when it is switched on, and when somebody confirms to be the owner. A code of
the app is good once: the step of the clock is remembered. Ten recovery codes are shown once, kept as digests.
"""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import pyotp
from msgspec import Struct

from tongban.basics.database import Connection, platform_now
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.log_in.codes import Use, check_code, refused_code
from tongban.parties.log_in.recording import note
from tongban.parties.models import Factor

Second = Literal["none", "totp", "code"]
STEP_SECONDS = 30
AROUND = 1
"""Steps before and after the present one that count, for clocks that are not quite right."""
RECOVERY_CODES = 10
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_queries = load_queries("tongban.parties.log_in")


class Begun(Struct, frozen=True):
    """A secret to be taken into an app: as text, and as the address that a QR code holds."""

    secret: str
    address: str


async def begin_totp(connection: Connection, vault: Vault, account: UUID, login: str, issuer: str) -> Begun:
    """Make a secret that counts once a code of it was given (``confirm_totp``)."""
    secret = pyotp.random_base32()
    await _queries.put_totp(connection, account=account, sealed=vault.seal(secret.encode(), _context(account)))
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer))


async def begun_totp(connection: Connection, vault: Vault, account: UUID, login: str, issuer: str) -> Begun | None:
    """The secret that waits to be confirmed, so that a form sent with a wrong code shows the same one."""
    row = await _queries.totp(connection, account=account)
    if row is None or row.confirmed_at is not None:
        return None
    secret = vault.open(row.sealed, _context(account)).decode()
    return Begun(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer))


async def confirm_totp(connection: Connection, vault: Vault, account: UUID, code: str) -> list[str]:
    """Switch the app's codes on by one of them; returns the recovery codes. Raises ``CodeWrong``."""
    async with connection.transaction():
        now = await platform_now(connection)
        await check_totp(connection, vault, account, code, now)
        await _queries.set_second(connection, account=account, second="totp")
        codes = await _new_recovery_codes(connection, account)
        await note(connection, "second_changed", account, now, second="totp")
    return codes


async def ask_codes(connection: Connection, account: UUID) -> list[str]:
    """Ask a code by text after every password; returns the recovery codes."""
    async with connection.transaction():
        now = await platform_now(connection)
        await _queries.forget_second(connection, account=account)
        await _queries.set_second(connection, account=account, second="code")
        codes = await _new_recovery_codes(connection, account)
        await note(connection, "second_changed", account, now, second="code")
    return codes


async def ask_nothing(connection: Connection, account: UUID) -> None:
    """Ask nothing after the password any more."""
    async with connection.transaction():
        now = await platform_now(connection)
        await _queries.forget_second(connection, account=account)
        await note(connection, "second_changed", account, now, second="none")


async def renew_recovery_codes(connection: Connection, account: UUID) -> list[str]:
    """New recovery codes in place of all earlier ones."""
    async with connection.transaction():
        codes = await _new_recovery_codes(connection, account)
        await note(connection, "recovery_codes_renewed", account, await platform_now(connection))
    return codes


async def recovery_codes_left(connection: Connection, account: UUID) -> int:
    """How many recovery codes are left."""
    left: int = await _queries.recovery_codes_left(connection, account=account)
    return left


async def check_totp(connection: Connection, vault: Vault, account: UUID, code: str, now: datetime) -> None:
    """Use up a code of the app. Raises ``CodeWrong``, also for a code that was used before."""
    row = await _queries.totp(connection, account=account)
    secret = vault.open(row.sealed, _context(account)).decode() if row else pyotp.random_base32()
    step = _step_of(secret, code.replace(" ", ""), datetime.now(UTC))
    if row is None or step is None:
        raise refused_code()
    if await _queries.use_step(connection, account=account, step=step, now=now) is None:
        raise refused_code()


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The step of the clock whose code it is, or None."""
    present = int(at.timestamp()) // STEP_SECONDS
    app = pyotp.TOTP(secret)
    steps = range(present - AROUND, present + AROUND + 1)
    return next((one for one in steps if pyotp.utils.strings_equal(app.generate_otp(one), code)), None)


async def check_second(
    connection: Connection, vault: Vault, account: UUID, second: Second, code: str, bound_to: bytes, use: Use
) -> Factor:
    """Use up what was given after the password; returns what it was. Raises ``CodeWrong``."""
    plain = code.strip().lower()
    if len(plain.replace("-", "")) > 8 and await _use_recovery_code(connection, account, plain):
        return "recovery-code"
    if second == "totp":
        await check_totp(connection, vault, account, plain, await platform_now(connection))
        return "totp"
    await check_code(connection, vault, bound_to=bound_to, use=use, code=plain)
    return "code"


async def _use_recovery_code(connection: Connection, account: UUID, code: str) -> bool:
    async with connection.transaction():
        used = await _queries.use_recovery_code(connection, account=account, digest=_digest(account, code))
        if used is not None:
            await note(connection, "recovery_code_used", account, await platform_now(connection))
    return used is not None


async def _new_recovery_codes(connection: Connection, account: UUID) -> list[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    digests = [_digest(account, one) for one in codes]
    await _queries.put_recovery_codes(connection, account=account, digests=digests)
    return codes


def _recovery_code() -> str:
    """Twelve signs that are not mistaken for one another: 59 bits."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(12))
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


def _digest(account: UUID, code: str) -> bytes:
    return hashlib.sha256(account.bytes + code.replace("-", "").encode()).digest()


def _context(account: UUID) -> bytes:
    return b"totp" + account.bytes


SEALED = SealedColumn("totp_secrets", "sealed", ("account",), lambda row: _context(row.account))
