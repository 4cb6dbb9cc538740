"""What the checkpoint refused while one request was answered.

A page asks the checkpoint also to know which buttons to show; such a “no” is no denial. Only when the request itself
ends in a refusal does the web floor read the last one from here. Outside requests nothing is kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from msgspec import Struct

from tongban.parties.models import Actor, Subject

Reason = Literal["relation", "unknown-action", "second-person", "upload", "code"]
MOST = 16


class Refusal(Struct, frozen=True):
    """The checkpoint said no. ``actor``: None where it was asked about nobody in particular."""

    actor: Actor | None
    action: str
    subject: Subject
    reason: Reason


_trail: ContextVar[list[Refusal] | None] = ContextVar("refusals", default=None)


def note(actor: Actor | None, action: str, subject: Subject, reason: Reason) -> None:
    """Remember a refusal while somebody listens; the newest ``MOST`` are kept."""
    trail = _trail.get()
    if trail is not None:
        trail.append(Refusal(actor, action, subject, reason))
        del trail[:-MOST]


def refused() -> list[Refusal]:
    """What was refused so far in this request, in order."""
    return _trail.get() or []


@contextmanager
def listening() -> Iterator[list[Refusal]]:
    """Collect what is refused inside the block, in order."""
    found: list[Refusal] = []
    token = _trail.set(found)
    try:
        yield found
    finally:
        _trail.reset(token)
