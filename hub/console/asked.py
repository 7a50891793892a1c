"""What filters of a table ask for, read strictly: days, amounts, numbers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from hub.domain.money import parse_yuan
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping


def day(filters: Mapping[str, str], name: str) -> date | None:
    """Return a day; `Rejected("date_malformed")` for anything else."""
    text = filters.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Rejected("date_malformed", found=text[:40], format="YYYY-MM-DD") from error


def fen(filters: Mapping[str, str], name: str) -> int | None:
    """Return an amount that people wrote in yuan, in fen; `Rejected("amount_malformed")`."""
    text = filters.get(name)
    return parse_yuan(text.replace(",", "")) if text else None
