"""The two sides of this topic: payouts and direct debits, one set of tables and pages for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.console.language import N_
from hub.console.topics.payouts import said
from hub.domain.debit import item_words, list_words
from hub.domain.payout import ItemState, ListState, PayoutKind
from hub.domain.way import Way

if TYPE_CHECKING:
    from hub.console.words import Word
    from hub.flows.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two ways, and what it is called; `name` begins tables, actions and endpoints."""

    way: Way
    name: str
    path: str
    title: str
    list: str
    lists: str
    batch: str
    batches: str
    item: str
    items: str
    findings: str
    changes: str
    work: str
    open: str
    person: str
    benefit: str
    ended: tuple[ItemState, ...]

    @property
    def is_debit(self) -> bool:
        """Tell whether banks debit for us here."""
        return self.way is Way.DEBIT

    def services(self, services: Services) -> Services:
        """Return the services of this way."""
        return services.on(self.way)

    def item_state(self, state: ItemState) -> Word:
        """Return what a state of an item is called here."""
        word = said.ITEMS[state.value]
        if self.is_debit:
            value, zh = item_words(state)
            word = said.renamed(word, value, zh)
        return word

    def list_state(self, state: ListState) -> Word:
        """Return what a state of a list is called here."""
        word = said.LISTS[state.value]
        return said.renamed(word, *list_words(state)) if self.is_debit else word

    @property
    def kinds(self) -> tuple[PayoutKind, ...]:
        """Return the kinds of lists that there are here."""
        debits = PayoutKind.COLLECTION
        return (debits,) if self.is_debit else tuple(k for k in PayoutKind if k is not debits)

    @property
    def item_states(self) -> tuple[ItemState, ...]:
        """Return the states that items have here."""
        common = (
            ItemState.LISTED, ItemState.IN_FLIGHT, ItemState.UNKNOWN, ItemState.CANCELLED,
            ItemState.REFUSED,
        )  # fmt: skip
        return (*common[:2], *self.ended, *common[2:])


PAYOUTS: Final = Side(
    way=Way.PAYOUT, name="payout", path="/payouts", title=N_("Payouts"),
    list=N_("Payout list"), lists=N_("Payout lists"), batch=N_("Payout batch"),
    batches=N_("Payout batches"), item=N_("Payment"), items=N_("Payments of lists"),
    findings=N_("What the checks say about a payout list"),
    changes=N_("What a payout list has different from the last month's"),
    work=N_("Returns to work on"), open=N_("Days without pension"),
    person=N_("Payee"), benefit=N_("Benefit"),
    ended=(ItemState.PAID, ItemState.RETURNED),
)  # fmt: skip
DEBITS: Final = Side(
    way=Way.DEBIT, name="debit", path="/debits", title=N_("Direct debits"),
    list=N_("List of debits"), lists=N_("Lists of debits"), batch=N_("Batch of debits"),
    batches=N_("Batches of debits"), item=N_("Debit"), items=N_("Debits"),
    findings=N_("What the checks say about a list of debits"),
    changes=N_("What a list of debits has different from the last month's"),
    work=N_("Failed debits to work on"), open=N_("Contributions not collected"),
    person=N_("Insured person"), benefit=N_("Contribution"),
    ended=(ItemState.PAID, ItemState.FAILED, ItemState.REVERSED),
)  # fmt: skip
