"""What was typed is kept over a sign-in: sealed into the sign-in form, saved once the same person is back.

A session may end while somebody fills in a form. The lost form is not stored anywhere: it travels, encrypted
and bound to its page, through the sign-in form, and is good for an hour.
"""

import base64
import binascii
import time
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from tongban.basics.errors import TongbanError
from tongban.basics.vault import Vault

SECONDS = 3600
_CONTEXT = b"portal.kept"


class Kept(Struct, frozen=True):
    """A form that was sent after the session ended: its page, its fields, and when (epoch seconds)."""

    page: str
    fields: dict[str, str]
    at: int


def keep(vault: Vault, page: str, fields: Mapping[str, str]) -> str:
    """The sealed text of a form sent to ``page``; hidden fields of the platform are left out."""
    typed = {name: value for name, value in fields.items() if name not in ("_csrf_token", "revision", "go")}
    sealed = vault.seal(msgspec.json.encode(Kept(page, typed, int(time.time()))), _CONTEXT)
    return base64.urlsafe_b64encode(sealed).decode()


def opened(vault: Vault, text: str) -> Kept | None:
    """What ``keep`` sealed, or None when it is too old or not ours."""
    try:
        kept = msgspec.json.decode(vault.open(base64.urlsafe_b64decode(text), _CONTEXT), type=Kept)
    except (TongbanError, msgspec.DecodeError, binascii.Error, ValueError):
        return None
    return kept if time.time() - kept.at <= SECONDS else None
