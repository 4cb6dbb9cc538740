"""Codes by text message: six digits, good for five minutes, five tries, bound to what asked for them.

Kept as a keyed hash, so that who reads the store learns no code. Called by sign-in, registration, recovery and the
account's page. What is sent waits sealed in ``text_messages`` until the jobs process has handed it to the operator.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.parties.access import trail
from tongban.parties.log_in.errors import CodeWrong
from tongban.parties.log_in.throttling import Limit, attempt, subject
from tongban.parties.models import Subject

Use = Literal["sign-in", "confirm", "register", "recover"]
LASTS = timedelta(minutes=5)
TRIES = 5
PER_NUMBER, PER_ASKER = 5, 5
"""Codes within a quarter of an hour to one number, and for one thing that asks."""
SENTENCE = "【通办】验证码 {code}，5 分钟内有效。工作人员不会向您索要，请勿告诉任何人。如非本人操作请忽略。"
_queries = load_queries("tongban.parties.log_in")


class Text(Struct, frozen=True):
    """A text message: the number it goes to and what it says."""

    mobile: str
    text: str
    at: datetime | None = None


async def send_code(
    connection: Connection, vault: Vault, *, mobile: str, bound_to: bytes, use: Use, account: UUID | None
) -> None:
    """Send a code to ``mobile``; an earlier one for the same is void. Raises ``TooManyAttempts``."""
    number = vault.keyed_hash("mobile", mobile).hex()
    limits = [Limit(subject("code to", number), PER_NUMBER), Limit(subject("code for", bound_to.hex()), PER_ASKER)]
    await attempt(connection, limits)
    code = f"{secrets.randbelow(10**6):06}"
    async with connection.transaction():
        digest = _digest(vault, bound_to, use, code)
        await _queries.put_code(connection, bound_to=bound_to, purpose=use, digest=digest, lasts=LASTS)
        await put_text(connection, vault, mobile, SENTENCE.format(code=code), account)


async def check_code(connection: Connection, vault: Vault, *, bound_to: bytes, use: Use, code: str) -> None:
    """Use a code up. Raises ``CodeWrong`` for a wrong, late or used one, and after five tries."""
    row = await _queries.try_code(connection, bound_to=bound_to, purpose=use, most=TRIES)
    given = _digest(vault, bound_to, use, code.strip())
    if row is None or not hmac.compare_digest(bytes(row.digest), given):
        raise refused_code()
    if await _queries.use_code(connection, bound_to=bound_to, purpose=use, digest=given) is None:
        raise refused_code()


def refused_code() -> CodeWrong:
    """What a wrong, late or used code is answered with; the trail has it, so that whoever guesses is seen."""
    trail.note(None, "code.use", Subject(""), "code")
    return CodeWrong("code")


def _digest(vault: Vault, bound_to: bytes, use: str, code: str) -> bytes:
    return vault.keyed_hash("one-time code", f"{use}\n{bound_to.hex()}\n{code}")


async def put_text(connection: Connection, vault: Vault, mobile: str, text: str, account: UUID | None) -> None:
    """Let ``text`` be sent to ``mobile``."""
    identifier = new_id()
    sealed = vault.seal(msgspec.json.encode(Text(mobile, text)), identifier.bytes)
    await _queries.put_text(connection, id=identifier, account=account, sealed=sealed)


async def last_text_to(connection: Connection, vault: Vault, mobile: str) -> Text | None:
    """The newest text message to a number that belongs to no account yet, as ``last_text``."""
    async for row in _queries.texts_to_nobody(connection):
        text = msgspec.json.decode(vault.open(row.sealed, row.id.bytes), type=Text)
        if text.mobile == mobile:
            return Text(text.mobile, text.text, row.at)
    return None


async def last_text(connection: Connection, vault: Vault, account: UUID) -> Text | None:
    """The newest text message to an account: what a demonstration shows in place of a telephone."""
    row = await _queries.last_text(connection, account=account)
    if row is None:
        return None
    text = msgspec.json.decode(vault.open(row.sealed, row.id.bytes), type=Text)
    return Text(text.mobile, text.text, row.at)
