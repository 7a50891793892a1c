"""What is different from the last month (与上月差异): who is new, who is gone, whose sum changed.

Compared are payments for the list's own month with those for the month of the last list of the
same kind and fund, by person and benefit. Arrears and other periods are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.domain.payout_state import PayoutKind

COMPARED: Final = frozenset({PayoutKind.SOCIAL, PayoutKind.UNIT, PayoutKind.COLLECTION})
"""The kinds that come every month; the others are single events."""


class Change(StrEnum):
    """In which way a payment is different from the last month's."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"

    @property
    def zh(self) -> str:
        """Return its name in Chinese."""
        return {"new": "新增", "gone": "减少", "changed": "金额变动"}[self]

    @property
    def en(self) -> str:
        """Return its name in English."""
        return {"new": "new", "gone": "gone", "changed": "changed amount"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A list beside the last month's, as it was when the list was checked. Sums are fen.

    `gone` are those of the last month whom no list of this month had, up to that moment.
    """

    list_id: int
    month: int  # the one that it was compared with
    same_count: int
    new_count: int
    new_fen: int
    gone_count: int
    gone_fen: int
    changed_count: int
    changed_before_fen: int
    changed_after_fen: int

    @property
    def is_same(self) -> bool:
        """Tell whether nothing is different."""
        return not (self.new_count or self.gone_count or self.changed_count)
