"""What packs declare about asking for data, ready to use: the way of requests, the themes. Filled by ``assembly``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongban.resources.granting.definitions import SharingWay, Theme

CHECK, ANSWER, APPROVE = "check", "answer", "approve"


@dataclass(frozen=True)
class PinnedWay:
    """The way of requests as one installed pack version declares it."""

    pack: str
    version: str
    way: SharingWay

    def step(self, task: str) -> str:
        """What the step ``task`` is called."""
        return {CHECK: self.way.check, ANSWER: self.way.answer, APPROVE: self.way.approve}[task].name


@dataclass(frozen=True)
class PinnedTheme:
    """A theme as one installed pack version declares it."""

    pack: str
    version: str
    theme: Theme


@dataclass(frozen=True)
class Sharing:
    """Everything declared about asking for data. ``ways`` holds older versions too: open requests keep theirs."""

    way: PinnedWay | None = None
    ways: Mapping[tuple[str, str], PinnedWay] = field(default_factory=dict)
    themes: Mapping[str, PinnedTheme] = field(default_factory=dict)
