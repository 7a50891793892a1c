"""What a person changes of a returned payment or debit before it goes again (补发、重扣)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is to be another than before when a returned item is paid again; `None` stays."""

    item_id: int
    account_no: str | None = None
    account_name: str | None = None
    bank: str | None = None
    bank_no: str | None = None
    explanation: str | None = None  # what was found out, where the reason alone does not say it
    mandate_no: str | None = None  # these three only of direct debits
    mandate_on: date | None = None
    mandate_until: date | None = None
