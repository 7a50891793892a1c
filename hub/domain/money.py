"""Money (金额): an integer of fen, the hundredth part of a yuan. Yuan text exists at the edges."""

from __future__ import annotations

import re
from typing import Final, NewType

from hub.errors import NOWHERE, Place, Rejected

Fen = NewType("Fen", int)

FEN_MAX: Final = Fen(10**15 - 1)  # 9,999,999,999,999.99 yuan: more is a mistake, not a payment

_YUAN: Final = re.compile(r"(-?)([0-9]{0,13})(?:\.([0-9]{1,2}))?", re.ASCII)


def parse_yuan(text: str, *, place: Place = NOWHERE) -> Fen:
    """Read yuan text such as `1234.5` or `.44` as fen.

    ASCII digits only: `int` and `Decimal` would also take full-width digits, `1_000`, `1e3` and
    blanks (reliability row 53). At most two decimals; more would have to be rounded.
    """
    match = _YUAN.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise Rejected("amount_malformed", place=place, found=text[:40])
    fen = int(match[2] or "0") * 100 + int((match[3] or "0").ljust(2, "0"))
    if fen > FEN_MAX:
        raise Rejected("amount_too_large", place=place, found=text[:40])
    return Fen(-fen if match[1] else fen)


def yuan_text(amount_fen: int) -> str:
    """Return fen as yuan with exactly two decimals, no separators: `-1234.50`."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def yuan_display(amount_fen: int) -> str:
    """Return fen as Chinese finance prints it, with thousands separators: `1,234.50`."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100:,}.{abs(amount_fen) % 100:02d}"
