"""How often somebody may try, so that guessing is hopeless and nobody is locked out by a stranger.

Three counts within a quarter of an hour: the account tried from one source; one source whatever it tries; one browser
that has opened the account before. A known browser answers for its own failures alone: whatever strangers do, from
however many places, its owner gets in. Who must wait is told how long. An attempt is counted before it is judged, so
that a thousand at the same moment count as a thousand.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.parties.errors import TooManyAttempts

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_SOURCE, PER_DEVICE = 8, 60, 8
PER_SECOND = 12
"""Tries at the second factor of one account from unknown browsers, wherever they are: the password was right."""
_queries = load_queries("tongban.parties.log_in")


class Limit(Struct, frozen=True):
    """At most ``most`` attempts within the window for one subject. ``own``: forgotten after a success."""

    subject: bytes
    most: int
    own: bool = True


def subject(*parts: str) -> bytes:
    """What attempts are counted under: a digest, so that no address or name is kept."""
    return hashlib.sha256("\n".join(parts).encode()).digest()


def password_limits(login: str, source: str, device: str, known: bool) -> list[Limit]:
    """The limits of a password that is tried. ``device``: the secret of the browser's cookie."""
    if known:
        return [Limit(subject("device", login, device), PER_DEVICE)]
    return [
        Limit(subject("account", login, source), PER_ACCOUNT),
        Limit(subject("source", source), PER_SOURCE, own=False),
    ]


def second_limits(account: str, device: str, known: bool) -> list[Limit]:
    """The limits of a second factor that is tried after the right password."""
    if known:
        return [Limit(subject("second on device", account, device), PER_DEVICE)]
    return [Limit(subject("second", account), PER_SECOND)]


async def attempt(connection: Connection, limits: Sequence[Limit]) -> datetime:
    """Count an attempt; returns when it was, for ``forgive``. Raises ``TooManyAttempts`` with the seconds to wait."""
    subjects = [one.subject for one in limits]
    at: datetime = await _queries.attempt(connection, subjects=subjects)
    most = [one.most for one in limits]
    seconds = await _queries.wait(connection, subjects=subjects, most=most, window=WINDOW)
    if seconds is not None:
        await _queries.take_back(connection, subjects=subjects, at=at)
        raise TooManyAttempts(seconds=max(seconds, 1))
    return at


async def forgive(connection: Connection, limits: Sequence[Limit], at: datetime) -> None:
    """The attempt of ``at`` succeeded."""
    own = [one.subject for one in limits if one.own]
    shared = [one.subject for one in limits if not one.own]
    await _queries.forgive(connection, own=own, shared=shared, at=at)
