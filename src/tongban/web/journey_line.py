"""The journey line: a journey drawn like a metro map, with a text equivalent that is its form on a phone.

Called by templates through ``draw_line`` (see ``macros/journey_line.html``). The same drawing serves guide,
applicant, handler and pack author.
"""

from msgspec import Struct

from tongban.cases.line import Line
from tongban.web.language import Words
from tongban.web.line_layout import lane_colour, layout
from tongban.web.line_shapes import Drawing
from tongban.web.line_words import MARKS, Look, headline, look, span, state, status, summary


class Listed(Struct, frozen=True):
    """A station in the text equivalent. ``after`` names what it waits for."""

    task: str
    name: str
    department: str
    short: str
    colour: str
    look: Look
    mark: str
    status: str
    span: str
    after: tuple[str, ...]
    own: bool


class Drawn(Struct, frozen=True):
    """A line ready for the template: drawing, sentences, and the stations as a list in order of time."""

    name: str
    drawing: Drawing
    headline: str
    summary: str
    stations: tuple[Listed, ...]


def draw(line: Line, words: Words, own: str | None = None, *, large: bool = False) -> Drawn:
    """Draw ``line`` in the language of ``words``; ``own`` is a department's id whose stations are set apart."""
    return Drawn(
        name=words.pack(line.name),
        drawing=layout(line, words, large=large),
        headline=headline(line, words),
        summary=summary(line, words),
        stations=_listed(line, words, own),
    )


def _listed(line: Line, words: Words, own: str | None) -> tuple[Listed, ...]:
    lanes = {lane.department: (number, lane) for number, lane in enumerate(line.lanes)}
    names = {station.task: words.pack(station.name) for station in line.stations}
    listed = []
    for station in sorted(line.stations, key=lambda each: (each.start, each.end, lanes[each.department][0])):
        number, lane = lanes[station.department]
        seen, days = look(station), span(station, words)
        listed.append(
            Listed(
                task=station.task,
                name=names[station.task],
                department=words.pack(lane.name),
                short=words.pack(lane.short),
                colour=lane_colour(lane, number),
                look=seen,
                mark=MARKS.get(seen, ""),
                status=state(line, station, words) if days else status(line, station, words),
                span=days,
                after=tuple(names[name] for name in station.after if name in names),
                own=station.department == own,
            )
        )
    return tuple(listed)
