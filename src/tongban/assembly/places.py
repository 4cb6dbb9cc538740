"""Where each value of a pack stood in its files, so that a check can name file, line and key.

The reader notes every struct, list and mapping it builds; checks ask with the object and a path below it.
Values are found by identity: two equal tasks of two journeys stand in two places.
"""

from dataclasses import dataclass, field

import yaml

from tongban.assembly.faults import Fault, fault

Step = str | int


@dataclass(frozen=True)
class Place:
    """One value of one file: the YAML node it came from and its key path."""

    file: str
    node: yaml.Node | None
    path: tuple[Step, ...]

    @property
    def line(self) -> int:
        """The line, counted from 1; 0 for a file as a whole."""
        return 0 if self.node is None else self.node.start_mark.line + 1

    @property
    def key(self) -> str:
        """The path as people write it: ``tasks[2].after[0]``."""
        return write_path(self.path)

    def below(self, step: Step) -> "Place":
        """The place of a child; a key that is left out stands where its parent stands."""
        return Place(self.file, _child(self.node, step) or self.node, (*self.path, step))


def write_path(path: tuple[Step, ...]) -> str:
    """``("tasks", 2, "after", 0)`` as ``tasks[2].after[0]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _child(node: yaml.Node | None, step: Step) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    return None


@dataclass
class Places:
    """All places of one pack. ``note`` while reading, ``fault`` while checking."""

    known: dict[int, tuple[object, Place]] = field(default_factory=dict)

    def note(self, value: object, place: Place) -> None:
        """Remember where ``value`` stood. Scalars are shared between places, so only containers are kept."""
        if not isinstance(value, str | int | float | bool | type(None)):
            self.known[id(value)] = (value, place)

    def at(self, value: object, *steps: Step) -> Place:
        """The place of the value at ``steps`` below the container ``value``."""
        place = self.known[id(value)][1] if id(value) in self.known else Place("", None, ())
        for step in steps:
            place = place.below(step)
        return place

    def fault(self, value: object, *steps: Step, code: str, found: object = "", **data: object) -> Fault:
        """A fault at the value at ``steps`` below the container ``value``."""
        place = self.at(value, *steps)
        return fault(place.file, place.line, place.key, code, found, **data)
