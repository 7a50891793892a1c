"""Payers that are people: their number is an identity number, and is written as one."""

from __future__ import annotations

import re
from typing import Final

from hub.console.access import unmasks
from hub.console.context import viewer
from hub.console.formatting import masked

# GB 11643: region, date of birth, sequence, check character
_IDENTITY: Final = re.compile(
    r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]", re.ASCII
)


def payer(payer_id: str | None) -> str | None:
    """Return a payer's number to be shown; masked when it is a person's own."""
    if payer_id is None or not _IDENTITY.fullmatch(payer_id) or unmasks(viewer()):
        return payer_id
    return masked(payer_id, "id_no")
