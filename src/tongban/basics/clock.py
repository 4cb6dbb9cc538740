"""What time it is. Every act that needs "now" is handed a ``Clock`` and never asks the machine itself.

Called by every floor above. Demonstration time is a clock of the database and lives with it.
"""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the present moment."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still at the moment it was given, for tests and recomputations."""

    def __init__(self, moment: datetime) -> None:
        """Stand still at ``moment``; a naive moment is a ``ValueError``, because its zone is a guess."""
        if moment.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """Always the same moment, in UTC."""
        return self._moment
