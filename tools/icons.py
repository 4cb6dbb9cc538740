"""The marks as PNG, for systems that install no SVG: drawn once from the SVG files by the platform's typesetter.

Run by hand after a change of a mark: ``.venv/bin/python tools/icons.py``. ``-192`` and ``-512`` are the mark as it is,
``-full`` fills its square to the edges, for systems that cut icons to a shape of their own.
"""

import re
import sys
import tempfile
from pathlib import Path

import typst

from progress import ROOT, say

STATIC = ROOT / "src" / "tongban" / "web" / "static"
MARKS = ("mark", "mark-desk", "mark-cockpit")
SIDE = 72.0
"""Points of the page's side; one inch, so that dots an inch are dots a side."""


def drawn(svg: str, pixels: int) -> bytes:
    """``svg`` as a square PNG of so many pixels, see-through where nothing is drawn."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "mark.svg").write_text(svg, "utf-8")
        page = Path(folder) / "page.typ"
        page.write_text(
            f'#set page(width: {SIDE}pt, height: {SIDE}pt, margin: 0pt, fill: none)\n#image("mark.svg", width: 100%)',
            "utf-8",
        )
        png = typst.compile(str(page), format="png", ppi=float(pixels))
    assert isinstance(png, bytes)
    return png


def filled(svg: str) -> str:
    """The mark on a square without round corners, drawn smaller so that a round cut takes nothing of it."""
    colour = re.search(r'<rect [^>]*fill="(#[0-9a-f]{6})"', svg)
    assert colour is not None
    return svg.replace('viewBox="0 0 36 36"', 'viewBox="-4 -4 44 44"', 1).replace(
        colour[0], f'<rect x="-4" y="-4" width="44" height="44" fill="{colour[1]}"', 1
    )


def main() -> int:
    """Draw every mark anew."""
    for name in MARKS:
        svg = (STATIC / f"{name}.svg").read_text("utf-8")
        for kind, source, pixels in (("192", svg, 192), ("512", svg, 512), ("full", filled(svg), 512)):
            content = drawn(source, pixels)
            (STATIC / f"{name}-{kind}.png").write_bytes(content)
            say(f"{name}-{kind}.png: {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
