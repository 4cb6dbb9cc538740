"""Passwords: how they are kept, how they are checked, and which new ones are refused.

Kept as argon2id (RFC 9106) with the second recommended profile of its section 4: 64 MiB, three passes, four lanes.
Called by every verb that sets or checks a password. Checking takes long on purpose, so it runs in threads of its own:
a storm of sign-ins can not take those of everybody else.
"""

import asyncio
import hashlib
import mmap
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

from tongban.parties.log_in.errors import PasswordUnfit

PASSES, MEMORY_KIB, LANES = 3, 65_536, 4
LEAST, MOST = 10, 128
KEPT = 5
"""How many earlier passwords may not come back."""
PREFIX_BYTES = 8
"""Bytes of each SHA-1 in an operator's list of breached passwords."""
_own_list: list[Path] = []
_GUESSES = 10**8
_hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES, type=Type.ID)
_threads = ThreadPoolExecutor(os.cpu_count() or 1, "passwords")


class Owner(Struct, frozen=True):
    """What a password may not hold: the owner's name, log-in name and telephone number, as far as they are known."""

    name: str = ""
    login: str = ""
    mobile: str = ""


@cache
def _nobody() -> str:
    """A hash of nobody's password, so that an unknown account takes as long to refuse."""
    return _hasher.hash("nobody's password")


async def hash_password(password: str) -> str:
    """What is kept of a password: argon2id with a salt of its own, in the PHC form."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether ``password`` is the one behind the hash. Without a hash it takes as long, and is not."""
    right = await asyncio.get_running_loop().run_in_executor(_threads, _matches, password_hash or _nobody(), password)
    return right and bool(password_hash)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than a new one would be."""
    return _hasher.check_needs_rehash(password_hash)


async def check_new(password: str, owner: Owner, earlier: Sequence[str] = ()) -> None:
    """Refuse a new password that is short, known from breaches, easily guessed, about its owner, or used before.

    ``earlier``: hashes of the last ones, the present one included. Raises ``PasswordUnfit``.
    """
    _check_length(password)
    _check_owner(password, owner)
    loop = asyncio.get_running_loop()
    if await loop.run_in_executor(_threads, is_breached, password):
        raise _unfit("这个密码在已泄露的密码里出现过，请换一个。", "This password was breached. Take another.")
    if await loop.run_in_executor(_threads, _easy, password, [owner.name, owner.login, owner.mobile]):
        raise _unfit(
            "这个密码容易被猜到（常用词、日期、连续或重复的字符）。可以用几个不相干的词连起来。",
            "This password is easily guessed (common words, dates, runs). Try some unrelated words in a row.",
        )
    for one in earlier[: KEPT + 1]:
        if await matches(one, password):
            raise _unfit(f"不能用最近 {KEPT} 次用过的密码。", f"None of the last {KEPT} passwords may be used again.")


def _unfit(zh: str, en: str) -> PasswordUnfit:
    return PasswordUnfit("password", reason=zh, reason_en=en)


def _check_length(password: str) -> None:
    if len(password) < LEAST:
        raise _unfit(f"密码至少 {LEAST} 个字符，空格和汉字也可以。", f"At least {LEAST} characters; blanks count too.")
    if len(password) > MOST:
        raise _unfit(f"密码最多 {MOST} 个字符。", f"At most {MOST} characters.")


def _check_owner(password: str, owner: Owner) -> None:
    plain = password.lower()
    tail = owner.mobile[-6:]
    for part in (owner.name.lower(), owner.login.lower(), owner.mobile, tail):
        if len(part) >= 2 and part in plain:
            raise _unfit(
                "密码里不要有自己的姓名、账号或手机号码。",
                "A password must not hold the own name, log-in name or telephone number.",
            )


def _easy(password: str, about: Iterable[str]) -> bool:
    # Imported here: the word lists take a quarter of a second, which no process should pay at its start.
    from zxcvbn import zxcvbn

    found = zxcvbn(password[:72], user_inputs=[part for part in about if part])
    return bool(found["guesses"] < _GUESSES)


def use_list(path: Path | None) -> None:
    """Hold new passwords also against the operator's own list, from now on in this process; None: only the bundled."""
    _own_list[:] = [path] if path else []


def is_breached(password: str) -> bool:
    """Whether a password is in the bundled list of common breached ones, or in the operator's own list.

    The bundled list is zxcvbn's (30,000, MIT licence). The operator's (``use_list``) is a file of sorted SHA-1
    prefixes of eight bytes each, one after the other, such as can be cut from the published lists.
    """
    return password.lower() in _common() or _listed(password)


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def _listed(password: str) -> bool:
    if not _own_list or not _own_list[0].stat().st_size:
        return False
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).digest()[:PREFIX_BYTES]
    with _own_list[0].open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        low, high = 0, len(content) // PREFIX_BYTES
        while low < high:
            middle = (low + high) // 2
            found = content[middle * PREFIX_BYTES : (middle + 1) * PREFIX_BYTES]
            if found == wanted:
                return True
            low, high = (middle + 1, high) if found < wanted else (low, middle)
    return False
