"""Square codes (QR) for the screen."""

from __future__ import annotations

import segno


def svg(text: str) -> str:
    """Return a text's square code as an SVG image without scripts or styles."""
    made: str = segno.make_qr(text, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff"
    )
    return made
