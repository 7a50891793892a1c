"""The matching rules: identity, version and order. Their SQL stands in `level_ii`, `level_iii`.

A rule's stamp, such as `ii-01-receipt@1`, is stored with everything that it decided. Whoever
changes what a rule decides raises its version, so that an old verdict can still be explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `id` sorts in order of priority within its level."""

    id: str
    version: int

    @property
    def stamp(self) -> str:
        """Return identity and version as they are stored: `ii-01-receipt@1`."""
        return f"{self.id}@{self.version}"

    def __format__(self, spec: str) -> str:
        """Return the stamp, so that a rule can be named in SQL as `'{RULE}'`."""
        return format(self.stamp, spec)


DAY_TOTALS: Final = Rule("i-01-credit", 1)

RECEIPT: Final = Rule("ii-01-receipt", 1)
DUPLICATE: Final = Rule("ii-02-duplicate", 1)
OTHER_KIND: Final = Rule("ii-03-kind", 1)
AMOUNT: Final = Rule("ii-04-amount", 1)
UNNUMBERED: Final = Rule("ii-05-unnumbered", 1)
UNLISTED: Final = Rule("ii-06-unlisted", 1)
UNBOOKED: Final = Rule("ii-07-unbooked", 1)

ASSESSED_KIND: Final = Rule("iii-01-kind", 1)
ASSESSED_PERIOD: Final = Rule("iii-02-period", 1)
ASSESSED_PAYER: Final = Rule("iii-03-payer", 1)
ASSESSED_AMOUNT: Final = Rule("iii-04-amount", 1)
UNCOLLECTED: Final = Rule("iii-05-uncollected", 1)
UNASSESSED: Final = Rule("iii-06-unassessed", 1)

RULES: Final = (
    DAY_TOTALS,
    RECEIPT, DUPLICATE, OTHER_KIND, AMOUNT, UNNUMBERED, UNLISTED, UNBOOKED,
    ASSESSED_KIND, ASSESSED_PERIOD, ASSESSED_PAYER, ASSESSED_AMOUNT, UNCOLLECTED, UNASSESSED,
)  # fmt: skip
"""Every rule in order of priority."""
