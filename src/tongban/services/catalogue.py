"""The in-memory catalogue of journeys: what assembly fills and every request reads.

A case is pinned to the version it opened under, so the catalogue holds every installed version and
knows which one is active. Nothing here is parsed twice: rules and form validators come compiled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

from tongban.services.definitions import Field, Form, Item, Journey
from tongban.services.errors import UnknownJourney


class CompiledRule(Protocol):
    """A rule of the one rule language, compiled (see ``tongban.basics.rules``)."""

    @property
    def source(self) -> str:
        """The expression as written in the pack."""
        ...

    @property
    def names(self) -> frozenset[str]:
        """The dotted names it reads."""
        ...

    def evaluate(self, values: Mapping[str, object]) -> bool | None:
        """Three-valued result over dotted names."""
        ...

    def explain(self, language: str = "zh-CN") -> str:
        """The rule in words."""
        ...


@dataclass(frozen=True)
class JourneyVersion:
    """A journey exactly as one installed pack version declares it, ready to run.

    ``rules`` maps each expression in the journey and its form to its compiled rule; ``schema`` is the
    form as JSON Schema 2020-12; ``strings`` maps language → (Chinese text → translation).
    """

    pack: str
    version: str
    journey: Journey
    form: Form
    items: Mapping[str, Item]
    rules: Mapping[str, CompiledRule]
    schema: Mapping[str, object]
    strings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The form's fields by id, in order; made once, because every request reads them."""
        return {field.id: field for field in self.form.fields}

    @cached_property
    def nothing_entered(self) -> Mapping[str, None]:
        """``form.<field>`` → None for every field: what rules know of an empty form."""
        return {f"form.{field.id}": None for field in self.form.fields}

    def holds(self, source: str | None, values: Mapping[str, object]) -> bool | None:
        """Evaluate the rule ``source`` (None means always) over ``values``."""
        return True if source is None else self.rules[source].evaluate(values)

    @cached_property
    def assurance(self) -> Literal["real-name", "strong"]:
        """How sure it must be who applies: as sure as the strictest of the items asks."""
        return "strong" if any(item.assurance == "strong" for item in self.items.values()) else "real-name"

    @cached_property
    def hours(self) -> int | None:
        """Office hours within which an instant journey (即办件) is decided; None unless every step is instant.

        Steps that wait for each other add up, steps side by side do not.
        """
        limits = {task.id: self.items[task.item].hours or 0 for task in self.journey.tasks}
        before = {task.id: task.after for task in self.journey.tasks}

        def decided(task: str) -> int:
            return limits[task] + max(map(decided, before[task]), default=0)

        return max(map(decided, limits), default=None) if all(limits.values()) else None

    @property
    def key(self) -> tuple[str, str, str]:
        """(pack, version, journey id): what a case is pinned to."""
        return (self.pack, self.version, self.journey.id)


@dataclass(frozen=True)
class Catalogue:
    """Every installed journey version, and the active one of each journey."""

    active: Mapping[str, JourneyVersion]
    versions: Mapping[tuple[str, str, str], JourneyVersion]

    def journey(self, journey_id: str) -> JourneyVersion:
        """The active version. Raises ``UnknownJourney``."""
        try:
            return self.active[journey_id]
        except KeyError:
            raise UnknownJourney(journey=journey_id) from None

    def pinned(self, pack: str, version: str, journey_id: str) -> JourneyVersion:
        """The version a case opened under. Raises ``UnknownJourney`` when that pack version is not installed."""
        try:
            return self.versions[(pack, version, journey_id)]
        except KeyError:
            raise UnknownJourney(journey=f"{pack}@{version}/{journey_id}") from None
