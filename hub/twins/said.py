"""What one file of a bank's says, and about which file of payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from hub.mappings.layout import Layout
    from hub.mappings.record import Row
    from hub.twins.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of payments as the bank reads it: its name, its head, its payments in their order.

    `debits` says that it is one of direct debits.
    """

    name: str
    head: Mapping[str, object]
    rows: Sequence[Row]
    debits: bool = False

    @property
    def bare(self) -> dict[str, Any]:
        """The values of the head by field name; the first of a name counts."""
        found: dict[str, Any] = {}
        for name, value in self.head.items():
            found.setdefault(name.partition(".")[2], value)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one file of the bank's says: steps about one file of payments.

    `more_fen` is how much its total is too high: a lie if it is not 0.
    """

    layout: Layout
    about: File
    steps: Sequence[Step]
    day: date
    message_id: str
    currency: str = "CNY"
    more_fen: int = 0

    def row(self, step: Step) -> dict[str, Any]:
        """Return the payment that a step is about."""
        return self.about.rows[step.index].values

    @property
    def total_fen(self) -> int:
        """What the answer says that its payments add up to."""
        return self.more_fen + sum(int(self.row(step)["amount_fen"]) for step in self.steps)
