"""Identifiers and secrets, made by the application so that no database sequence is touched.

Every noun calls ``new_id`` for its rows; sessions, tokens and links call ``new_secret``.
"""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from uuid import UUID

_TAIL_BITS = 74
_VERSION_7 = 0x7 << 76
_VARIANT_RFC = 0b10 << 62
_LOW_62 = (1 << 62) - 1


class _Generator:
    """Makes UUIDv7 values that only ever grow within this process, even when the clock steps back.

    The 74 free bits are one counter: random at the start of a millisecond, then raised by a random step,
    as RFC 9562 section 6.2 (method 2) allows. So ids sort by birth and still cannot be guessed.
    """

    def __init__(self, milliseconds: Callable[[], int], random_bits: Callable[[int], int]) -> None:
        self._milliseconds = milliseconds
        self._random_bits = random_bits
        self._lock = Lock()
        self._last = -1
        self._tail = 0

    def next(self) -> UUID:
        """The next identifier, greater than every earlier one of this generator."""
        with self._lock:
            now = self._milliseconds()
            if now > self._last:
                self._start(now)
            else:
                self._step()
            return _assemble(self._last, self._tail)

    def _start(self, millisecond: int) -> None:
        # The top bit stays clear: room for the counter to grow within one millisecond.
        self._last = millisecond
        self._tail = self._random_bits(_TAIL_BITS - 1)

    def _step(self) -> None:
        self._tail += 1 + self._random_bits(32)
        if self._tail >> _TAIL_BITS:
            self._start(self._last + 1)


def _assemble(millisecond: int, tail: int) -> UUID:
    high, low = tail >> 62, tail & _LOW_62
    return UUID(int=(millisecond << 80) | _VERSION_7 | (high << 64) | _VARIANT_RFC | low)


_GENERATOR = _Generator(lambda: time.time_ns() // 1_000_000, secrets.randbits)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 74 random or counting bits.

    Strictly growing within a process, safe from any thread.
    """
    return _GENERATOR.next()


def id_time(identifier: UUID) -> datetime:
    """The moment (UTC, to the millisecond) at which a UUIDv7 was made.

    Raises ``ValueError`` for any other version: it carries no such moment.
    """
    if identifier.version != 7:
        raise ValueError(f"not a version 7 identifier: {identifier}")
    return datetime.fromtimestamp((identifier.int >> 80) / 1000, UTC)


def new_secret() -> str:
    """256 random bits as 43 URL-safe characters, for sessions, tokens and one-time links."""
    return secrets.token_urlsafe(32)
