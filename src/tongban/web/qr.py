"""QR codes as inline SVG without style attributes, so that the content security policy allows them.

Called by templates, for receipts and verification codes.
"""

import io

import segno
from markupsafe import Markup


def svg(content: str, label: str, scale: int = 4, *, fluid: bool = False) -> Markup:
    """``content`` as a QR code (error correction M) named ``label`` for who cannot see it; ``scale`` px a module.

    ``fluid``: as wide as its place.
    """
    out = io.BytesIO()
    code = segno.make(content, error="m", micro=False)
    code.save(
        out, kind="svg", scale=scale, border=4, xmldecl=False, svgns=False, nl=False,
        svgclass="qr", lineclass=None, dark="#16202c", light="#ffffff", omitsize=fluid,
    )  # fmt: skip
    drawn = out.getvalue().decode()
    return Markup(drawn.replace("<svg", Markup('<svg role="img" aria-label="{}"').format(label), 1))
