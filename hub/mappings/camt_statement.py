"""What is known of one statement of a camt message while its elements come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.mappings.camt_balances import Balance, Tally
from hub.mappings.camt_entries import day_in

if TYPE_CHECKING:
    from datetime import date

    from hub.errors import Place
    from hub.mappings.camt_entries import Entry
    from hub.mappings.camt_totals import Total


@dataclass(slots=True)
class Statement:
    """A `Stmt`, `Rpt` or `Ntfctn`; `identity` and `numbers` (sequence, page) tell it apart."""

    place: Place
    identity: str = ""
    account: str | None = None
    currency: str | None = None
    numbers: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    created: str = ""
    sequence_no: int | None = None
    balances: list[Balance] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    doubtful: Entry | None = None  # the first whose details differ
    booked: Tally = field(default_factory=Tally)
    every: Tally = field(default_factory=Tally)

    def own_day(self, message_created: str, place: Place) -> date | None:
        """Return the day it closes, else that of its period, else when it was made."""
        days = [one.on for one in self.balances if one.on is not None]
        on = max(days, default=self.until)
        created = self.created or message_created
        return day_in(created, "CreDtTm", place) if on is None and created else on
