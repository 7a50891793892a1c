"""The parts of the console, in the order of the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.console.topics import (
    bank,
    books,
    debits,
    discrepancies,
    home,
    journal,
    letters,
    operations,
    payouts,
    people,
    reconciliation,
    refunds,
    regions,
    returns,
    search,
    suspense,
    transfers,
)

if TYPE_CHECKING:
    from hub.console.registry import Topic

TOPICS: Final[tuple[Topic, ...]] = (
    bank.TOPIC,
    books.TOPIC,
    debits.TOPIC,
    discrepancies.TOPIC,
    home.TOPIC,
    journal.TOPIC,
    letters.TOPIC,
    operations.TOPIC,
    payouts.TOPIC,
    people.TOPIC,
    reconciliation.TOPIC,
    refunds.TOPIC,
    regions.TOPIC,
    returns.TOPIC,
    search.TOPIC,
    suspense.TOPIC,
    transfers.TOPIC,
)
