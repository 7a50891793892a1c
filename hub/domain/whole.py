"""Whole numbers that somebody wrote, read strictly: ASCII digits, and not more than can be kept."""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


def whole(text: str | None) -> int | None:
    """Return the number that a text is, below 10**18; `None` for any other text.

    `int` also takes other digits than ASCII's, fails on some that `isdigit` accepts (²), and on
    more than 4,300 of them.
    """
    return int(text) if text is not None and _WHOLE.fullmatch(text) else None
