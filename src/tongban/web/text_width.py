"""How wide a text is drawn, estimated generously, and how it breaks into lines.

Called by the journey line, which is laid out before any browser measures it. The estimates are upper bounds
for the faces of the style sheet, so what does not overlap here does not overlap on a screen.
"""

import unicodedata

WIDE, NARROW, CAPITAL, SPACE = 1.02, 0.61, 0.78, 0.34


def text_width(text: str, size: float) -> float:
    """The width of ``text`` at font ``size``, in the unit of ``size``."""
    return sum(_advance(sign) for sign in text) * size


def _advance(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WFA":
        return WIDE
    if sign == " ":
        return SPACE
    return CAPITAL if sign.isupper() or sign in "mw%@—" else NARROW


def wrap(text: str, width: float, size: float, most: int = 2) -> tuple[str, ...]:
    """``text`` in at most ``most`` lines no wider than ``width``; what does not fit ends in an ellipsis.

    Words stay whole where they can; Chinese breaks between any two characters.
    """
    lines = [""]
    for piece in _pieces(text):
        if text_width(lines[-1] + piece.rstrip(), size) <= width or not lines[-1]:
            lines[-1] += piece
        else:
            lines.append(piece)
    kept = [line.strip() for line in lines[:most]]
    if len(lines) > most:
        kept[-1] += "…"
    return tuple(_cut(line, width, size) for line in kept)


def _cut(line: str, width: float, size: float) -> str:
    if text_width(line, size) <= width:
        return line
    line = line.rstrip("…")
    while line and text_width(line + "…", size) > width:
        line = line[:-1]
    return line + "…"


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for sign in text:
        narrow = unicodedata.east_asian_width(sign) not in "WF"
        if pieces and narrow and not pieces[-1].endswith(" ") and _narrow(pieces[-1]):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _narrow(piece: str) -> bool:
    return unicodedata.east_asian_width(piece[-1]) not in "WF"
