"""Direct debits in the store: what payouts have, over tables of their own.

Each class is that of payouts with other tables; what a debit has beyond a payment, its mandate, is
checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import exists, func, or_, select

from hub.domain.conservation import BOOKED_IN, BOOKED_REVERSED, Scope
from hub.domain.debit import DebitItem
from hub.domain.payout import ItemState
from hub.domain.payout_form import SIGNED_OF_DEBIT
from hub.domain.way import Way
from hub.store.audit import Answer, Audit
from hub.store.conservation import Conservations
from hub.store.payout_answers import PayoutAnswers
from hub.store.payout_batches import PayoutBatches
from hub.store.payout_checks import NOTHING, PayoutChecks
from hub.store.payout_items import PayoutItems
from hub.store.payout_outcomes import PayoutOutcomes
from hub.store.payouts import Payouts
from hub.store.schema.debit_answers import debit_answers
from hub.store.schema.debits import (
    debit_batches,
    debit_findings,
    debit_items,
    debit_lists,
    debit_sequences,
    debit_stops,
)
from hub.store.schema.payouts import benefit_stops

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select, Table

    from hub.domain.payout import PayoutItem


class DebitLists(Payouts):
    """Lists of contributions to be debited (代收清单)."""

    _table: ClassVar[Table] = debit_lists
    _way: ClassVar[Way] = Way.DEBIT


class DebitBatches(PayoutBatches):
    """Files of direct debits."""

    _table: ClassVar[Table] = debit_batches
    _sequences: ClassVar[Table] = debit_sequences
    _way: ClassVar[Way] = Way.DEBIT


class DebitItems(PayoutItems):
    """Attempts to debit; signatures cover the mandate too."""

    _table: ClassVar[Table] = debit_items
    _findings: ClassVar[Table] = debit_findings
    _item: ClassVar[type[PayoutItem]] = DebitItem
    _signed: ClassVar[Sequence[str]] = SIGNED_OF_DEBIT
    _way: ClassVar[Way] = Way.DEBIT


class DebitOutcomes(PayoutOutcomes):
    """Debits as answers see them."""

    _table: ClassVar[Table] = debit_items
    _lists: ClassVar[Table] = debit_lists
    _batches: ClassVar[Table] = debit_batches
    _stops: ClassVar[Table] = debit_stops
    _item: ClassVar[type[PayoutItem]] = DebitItem
    _way: ClassVar[Way] = Way.DEBIT

    def _given_up(self) -> ColumnElement[bool]:
        """Select what people have stopped; what a bank's answer stopped, they have to see."""
        s, c = debit_stops.c, debit_items.c
        return exists().where(
            s.person_id == c.person_id, s.lifted_at.is_(None),
            or_(s.benefit.is_(None), s.benefit == c.benefit),
            s.evidence.startswith(f"{Way.DEBIT.item_noun}:"),
        )  # fmt: skip


class DebitAnswers(PayoutAnswers):
    """Banks' answers about debits."""

    _table: ClassVar[Table] = debit_answers
    _items: ClassVar[Table] = debit_items


class DebitChecks(PayoutChecks):
    """Checks over all lists of debits."""

    _items: ClassVar[Table] = debit_items
    _findings: ClassVar[Table] = debit_findings
    _stops: ClassVar[Table] = debit_stops
    _codes: ClassVar[Mapping[str, str]] = {
        "twice": "debit_item_twice",
        "live": "debit_item_live",
        "returned_before": "debit_item_failed_before",
        "repairs_nothing": "debit_item_repairs_nothing",
        "stopped": "debit_item_stopped",
        "indistinct": "debit_item_indistinct",
    }

    def check(self, list_id: int, *, nameless: Collection[str] = ()) -> None:
        """Find what the list's new items have in common with each other and with earlier ones.

        One account for a whole family is usual here; one mandate for several accounts is not.
        """
        self._lock()
        self._of_entitlements(list_id)
        self._mandate_elsewhere(list_id)
        self._benefits_stopped(list_id)
        if nameless:
            self._indistinct(list_id, nameless)

    def _benefits_stopped(self, list_id: int) -> None:
        """Whose benefits a bank's news has ended may have died: a doubt, for people to look at."""
        c, s = self._items.c, benefit_stops.c
        stopped = exists().where(s.person_id == c.person_id, s.lifted_at.is_(None))
        query = select(c.item_no, NOTHING, NOTHING).where(c.list_id == list_id, stopped)
        self._note(list_id, "debit_person_stopped", query, refuses=False)

    def _mandate_elsewhere(self, list_id: int) -> None:
        """A mandate is for one account: the first in the list is taken for the right one."""
        c = self._items.c
        several = (
            select(c.bank, c.mandate_no, func.min(c.item_no).label("first"))
            .where(c.list_id == list_id, c.mandate_no.is_not(None))
            .group_by(c.bank, c.mandate_no)
            .having(func.count(c.account_no.distinct()) > 1)
            .subquery()
        )
        query = select(c.item_no, several.c.first, NOTHING).where(
            c.list_id == list_id, c.bank == several.c.bank, c.mandate_no == several.c.mandate_no
        )
        self._note(list_id, "debit_mandate_shared", query)


class DebitConservations(Conservations):
    """Where the money of debits is: requested = collected + failed + reversed + what is open."""

    _lists: ClassVar[Table] = debit_lists
    _batches: ClassVar[Table] = debit_batches
    _items: ClassVar[Table] = debit_items
    _scopes: ClassVar[tuple[Scope, Scope]] = (Scope.DEBIT_LIST, Scope.DEBIT_BATCH)
    _ways: ClassVar[Mapping[str, str]] = dict.fromkeys(BOOKED_IN, "in") | dict.fromkeys(
        BOOKED_REVERSED, "reversed"
    )
    _terms_of: ClassVar[Mapping[ItemState, str]] = {
        ItemState.PAID: "paid_fen",
        ItemState.FAILED: "returned_fen",
        ItemState.REVERSED: "reversed_fen",
        ItemState.IN_FLIGHT: "in_flight_fen",
        ItemState.LISTED: "waiting_fen",
        ItemState.UNKNOWN: "unknown_fen",
        ItemState.CANCELLED: "cancelled_fen",
    }

    def _of_books(self, sums: Mapping[str, int], *, went: bool) -> dict[str, int]:
        """Return what vouchers have of a batch, less what they gave back: at all times."""
        del went
        return {"booked_in_fen": sums["in"] - sums["reversed"]}

    def _partly_back(
        self, owner: ColumnElement[int], mine: Select[Any]
    ) -> Iterable[tuple[int, str, int]]:
        del owner, mine
        return ()  # an answer of another amount settles no debit: a person must look


class DebitAudit(Audit):
    """Questions about debits that must always be answered well."""

    _items: ClassVar[Table] = debit_items
    _batches: ClassVar[Table] = debit_batches
    _way: ClassVar[Way] = Way.DEBIT

    def debited_unauthorised(self) -> Answer:
        """Every debit in a file is covered by its mandate on the bank's business day."""
        b, c = debit_batches.c, debit_items.c
        wrong = (
            select(c.id)
            .join_from(debit_items, debit_batches, c.batch_id == b.id)
            .where(or_(c.mandate_on > b.business_on, c.mandate_until < b.business_on))
        )
        return self._answer(debit_items, wrong, Way.DEBIT.item_noun)
