"""Entries as they stand, their history, and what readers are shown."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct

from tongban.resources.catalogue.definitions import Content, Kind, Project
from tongban.resources.definitions import Cycle, Grade, Openness, Sharing

State = Literal["draft", "waiting", "returned", "published", "withdrawn"]
Act = Literal[
    "proposed", "entered", "edited", "imported", "submitted", "returned", "published", "withdrawn", "refreshed"
]


class Entry(Struct, frozen=True):
    """One thing of a department, as its row stands. ``content`` is the published version, else the newest.

    ``state`` is that of the newest ``revision``; ``published`` the revision that is shown to others, if any.
    """

    region: str
    id: UUID
    kind: Kind
    code: str
    provider: str
    resource: str | None
    state: State
    revision: int
    published: int | None
    content: Content
    public: bool
    updated_on: dt.date | None
    published_at: dt.datetime | None
    changed_at: dt.datetime


class Line(Struct, frozen=True):
    """One entry in a list. ``uses`` in the last twelve months, recorded or reported; ``node``: harvested from there;
    ``connected``: a resource that packs declare, so that it can be asked for and looked up here.
    """

    region: str
    id: UUID
    kind: Kind
    code: str
    provider: str
    provider_name: str
    name: str
    summary: str
    state: State
    sharing: Sharing | None = None
    open: str | None = None
    cycle: Cycle | None = None
    grade: Grade | None = None
    updated_on: dt.date | None = None
    stale: bool = False
    uses: int = 0
    recorded: bool = False
    connected: bool = False
    last_used: dt.date | None = None
    node: str | None = None


class Listed(Struct, frozen=True):
    """A page of lines; ``next`` goes on behind the last one."""

    items: list[Line]
    next: str | None = None


class Asked(Struct, frozen=True):
    """What of a region's catalogue is asked for. ``after``: ``next`` of the page before.

    ``state`` other than published shows what is the reader's own, or waits for a data administrator.
    """

    region: str
    words: str = ""
    kind: Kind | None = None
    provider: str | None = None
    sharing: Sharing | None = None
    open: Openness | None = None
    cycle: Cycle | None = None
    library: str | None = None
    grade: Grade | None = None
    state: State | None = None
    after: str | None = None


class Step(Struct, frozen=True):
    """One act in the history of an entry. ``changed``: names of what differs from the version before.

    ``by`` names the department, or the pack that acted; no person.
    """

    at: dt.datetime
    act: Act
    revision: int
    by: str
    note: str | None = None
    changed: tuple[str, ...] = ()


class Use(Struct, frozen=True):
    """How something is used: in the last twelve months, by which departments, when last.

    ``recorded``: counted by the platform from its own records; else as departments report it. ``months``: month → uses.
    """

    uses: int = 0
    users: int = 0
    last_used: dt.date | None = None
    recorded: bool = False
    consumers: tuple[str, ...] = ()
    months: Mapping[str, int] = {}


class Page(Struct, frozen=True):
    """One entry with everything that its reader may see.

    ``draft`` is a newer version that is not published (for its department and data administrators). ``may`` names the
    acts that the reader may do now; ``needs`` says who may get the data, and how.
    """

    entry: Entry
    provider_name: str
    content: Content
    draft: Content | None
    use: Use
    stale: bool
    history: list[Step]
    may: tuple[str, ...]


class Settings(Struct, frozen=True):
    """What counts as idle (calendar days without use) and as alike (percent) in a region."""

    idle_days: int = 180
    alike: int = 35


class Finding(Struct, frozen=True):
    """Something that exists and is like a project. ``score`` in percent.

    ``words``: what of title and purpose agrees; ``functions``: pairs of the project's and the existing function;
    ``data``: data that both use.
    """

    entry: UUID
    kind: str
    name: str
    provider: str
    score: int
    words: list[str]
    functions: list[tuple[str, str]]
    data: list[str]


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """What a department says to a finding: it uses what exists, or why that does not serve."""

    choice: Literal["reuse", "differs"]
    reasons: str


class ProjectState(Struct, frozen=True):
    """A project with what was found and answered. ``answers``: id of the existing thing → answer."""

    region: str
    id: UUID
    department: str
    state: Literal["open", "approved", "declined"]
    project: Project
    findings: list[Finding]
    answers: dict[str, Answer]
    checked_at: dt.datetime | None
    proposed_at: dt.datetime
    decided_at: dt.datetime | None = None
    reasons: str | None = None

    @property
    def unanswered(self) -> list[Finding]:
        """The findings to which nothing was said yet."""
        return [finding for finding in self.findings if str(finding.entry) not in self.answers]
