"""The shapes of a drawn journey line, in SVG user units. Made by ``line_layout``, written by the template."""

from msgspec import Struct

from tongban.cases.line import Station
from tongban.web.line_words import Look

BADGE_LINE, LEADING, FLOOR_MARGIN = 16, 19, 66


class Box(Struct, frozen=True):
    """A text as drawn: left, top, width, height, and its lines. ``anchor`` is the SVG text-anchor."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    size: int
    anchor: str = "start"

    @property
    def anchor_x(self) -> float:
        """Where the text is anchored."""
        return self.x + (self.width / 2 if self.anchor == "middle" else 0)

    def baseline(self, line: int) -> float:
        """The baseline of line ``line``."""
        return self.y + self.size * 0.92 + line * (BADGE_LINE if self.anchor == "middle" else LEADING)


class Stop(Struct, frozen=True):
    """A station as drawn: from ``x1`` to ``x2`` at ``y``; ``split`` where today divides work done from work left.

    ``late_x``: how far an overdue station reaches beyond its last day.
    """

    station: Station
    look: Look
    x1: float
    x2: float
    y: float
    name: Box
    status: Box
    mark: str
    split: float | None = None
    late_x: float | None = None


class Band(Struct, frozen=True):
    """A department's lane. ``rows`` are the heights at which it has stations."""

    department: str
    title: str
    colour: str
    top: float
    height: float
    rows: tuple[float, ...]
    badge: Box
    badge_y: float
    badge_height: float


class Column(Struct, frozen=True):
    """A working day on the axis, labelled below the lanes."""

    x: float
    day: Box
    weekday: Box


class Gap(Struct, frozen=True):
    """Days between two columns that do not count, or that are left out."""

    x: float
    label: Box


class Transfer(Struct, frozen=True):
    """A wait of one station for another, as an SVG path; ``solid`` once the first is done."""

    path: str
    solid: bool


class Drawing(Struct, frozen=True):
    """A whole line ready to be written as SVG."""

    width: float
    height: float
    bands: tuple[Band, ...]
    stops: tuple[Stop, ...]
    columns: tuple[Column, ...]
    gaps: tuple[Gap, ...]
    transfers: tuple[Transfer, ...]
    today: float | None
    today_label: Box | None
    right: float
    top: float

    @property
    def floor(self) -> float:
        """Where the lanes end and the axis begins."""
        return self.height - FLOOR_MARGIN
