"""What clients were told: the only thing that the checker believes. Nothing here asks the node."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Submitted:
    """An acknowledged submission: the answer's own words. ``promise`` is None for a repeated call."""

    account: str
    case: str
    number: str
    entry: str
    promise: dict[str, Any] | None


@dataclass(frozen=True)
class Decided:
    """An acknowledged decision."""

    case: str
    task: str
    kind: str
    promises: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Saved:
    """An acknowledged draft form."""

    draft: str
    revision: int
    values: dict[str, Any]


@dataclass
class Told:
    """Everything that clients heard. ``drafts``: ids they were given. ``wrong``: answers nobody may give."""

    submitted: list[Submitted] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    saved: dict[str, Saved] = field(default_factory=dict)
    drafts: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    unanswered: int = 0
    refused_while_down: int = 0

    def promises(self) -> list[dict[str, Any]]:
        """Every promise that somebody holds."""
        own = [one.promise for one in self.submitted if one.promise]
        return own + [promise for one in self.decided for promise in one.promises]
