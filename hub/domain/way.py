"""The two ways that money goes through banks' files: what we pay, and what they debit for us.

Lists, approvals, batches, deliveries and answers are one machinery for both. Each way has tables
and names of its own; where the rules differ, a flow asks which way it is.
"""

from __future__ import annotations

from enum import StrEnum

from hub.domain.payout_state import PayoutKind


class Way(StrEnum):
    """Which way the money goes; the value begins events, subjects and commands."""

    PAYOUT = "payout"  # 基金拨付
    DEBIT = "debit"  # 代收代缴

    def event(self, name: str) -> str:
        """Return an event of the journal: `debit.signed`."""
        return f"{self.value}.{name}"

    def list(self, list_id: int) -> str:
        """Return a list as the subject of events: `debit:3`."""
        return f"{self.value}:{list_id}"

    @property
    def batch_noun(self) -> str:
        """Return what a batch is called in subjects."""
        return f"{self.value}_batch"

    @property
    def item_noun(self) -> str:
        """Return what an item is called in subjects."""
        return f"{self.value}_item"

    def batch(self, batch_id: int) -> str:
        """Return a batch as the subject of events: `debit_batch:3`."""
        return f"{self.batch_noun}:{batch_id}"

    def item(self, item_id: int) -> str:
        """Return an item as the subject of events: `debit_item:3`."""
        return f"{self.item_noun}:{item_id}"

    def step(self, name: str) -> str:
        """Return the name of a step of a task: `build`, `build_debit`."""
        return name if self is Way.PAYOUT else f"{name}_{self.value}"

    def parts(self, *parts: str | int) -> tuple[str | int, ...]:
        """Return the parts of a discrepancy's key, distinct from the other way's."""
        return parts if self is Way.PAYOUT else (self.value, *parts)


def way_of(kind: PayoutKind) -> Way:
    """Return the way that the money of a kind of list goes."""
    return Way.DEBIT if kind is PayoutKind.COLLECTION else Way.PAYOUT
