"""Payout items in the store: written and read in bulk, settled one by one, never deleted.

New items are not part of anything until `accept` takes those that the checks left; the unique
index over live attempts then has the last word.
"""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from hub.domain.payout import NEXT, ItemState, PayoutItem
from hub.domain.payout_form import SIGNED
from hub.errors import Rejected
from hub.store.schema.payouts import payout_findings, payout_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row

CHUNK_ROWS: Final = 5_000
_COLUMNS: Final = tuple(payout_items.c.keys())  # the fields of an item, in the table's order
_PLAIN: Final = tuple(f.name for f in fields(PayoutItem) if f.name not in ("id", "state"))


class PayoutItems:
    """The payout items that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, items: Iterable[PayoutItem]) -> None:
        """Add new items of a list as not accepted, in whatever number."""
        rows = (
            {name: getattr(one, name) for name in _PLAIN} | {"state": ItemState.REFUSED.value}
            for one in items
        )
        while chunk := list(islice(rows, CHUNK_ROWS)):
            self._connection.execute(payout_items.insert(), chunk)

    def accept(self, list_id: int) -> tuple[int, int]:
        """Accept the new items that no finding refuses; returns their number and total (fen)."""
        c, f = payout_items.c, payout_findings.c
        refusing = select(f.id).where(f.list_id == list_id, f.item_no == c.item_no, f.refuses == 1)
        self._connection.execute(
            payout_items.update()
            .where(c.list_id == list_id, ~refusing.exists())
            .values(state=ItemState.LISTED.value)
        )
        return self.totals(list_id).get(ItemState.LISTED, (0, 0))

    def get(self, item_id: int) -> PayoutItem:
        """Return one item; `Rejected` when there is none."""
        found = next(self._where(payout_items.c.id == item_id), None)
        if found is None:
            raise Rejected("payout_item_missing", id=item_id)
        return found

    def of_end_to_end(self, end_to_end_id: str) -> PayoutItem | None:
        """Return the item that went to a bank under an end-to-end id, if there is one."""
        c = payout_items.c
        counted = c.state.not_in([ItemState.CANCELLED.value, ItemState.REFUSED.value])
        return next(self._where(c.end_to_end_id == end_to_end_id, counted), None)

    def attempts(self, person_id: str, benefit: str, period: int) -> list[PayoutItem]:
        """Return every attempt to pay an entitlement, the first one first."""
        c = payout_items.c
        mine = (c.person_id == person_id, c.benefit == benefit, c.period == period)
        return list(self._where(*mine))

    def of_list(self, list_id: int, *states: ItemState) -> Iterator[PayoutItem]:
        """Stream a list's items in some states (all, if none is named), in their order."""
        c = payout_items.c
        wanted = (c.state.in_([s.value for s in states]),) if states else ()
        return self._where(c.list_id == list_id, *wanted, order=c.item_no)

    def signed(self, list_id: int) -> Iterator[Sequence[Any]]:
        """Stream what signatures cover of a list's accepted items, in their order."""
        c = payout_items.c
        mine = (c.list_id == list_id, c.state == ItemState.LISTED.value)
        query = select(*(c[name] for name in SIGNED)).where(*mine).order_by(c.item_no)
        return iter(self._connection.execute(query.execution_options(yield_per=CHUNK_ROWS)))

    def of_batch(self, batch_id: int, *states: ItemState) -> Iterator[PayoutItem]:
        """Stream a batch's items in some states (all, if none is named), in their order."""
        c = payout_items.c
        wanted = (c.state.in_([s.value for s in states]),) if states else ()
        return self._where(c.batch_id == batch_id, *wanted, order=c.item_no)

    def page(
        self,
        *,
        list_id: int,
        batch_id: int | None = None,
        bank: str | None = None,
        after: int,
        limit: int,
    ) -> list[PayoutItem]:
        """Return the accepted items of a list that follow an item number, of a batch or a bank.

        With pages a reader that takes its time keeps no writer waiting.
        """
        c = payout_items.c
        mine = [c.list_id == list_id] if batch_id is None else [c.batch_id == batch_id]
        mine += [c.bank == bank] if bank is not None else []
        accepted = c.state != ItemState.REFUSED.value
        query = select(payout_items).where(*mine, accepted, c.item_no > after)
        rows = self._connection.execute(query.order_by(c.item_no).limit(limit))
        return [_item_of(row) for row in rows]

    def totals(
        self, list_id: int | None = None, *, batch_id: int | None = None
    ) -> dict[ItemState, tuple[int, int]]:
        """Return number and total (fen) of the items of a list or batch by state."""
        c = payout_items.c
        mine = c.list_id == list_id if batch_id is None else c.batch_id == batch_id
        query = select(c.state, func.count(), func.sum(c.amount_fen)).where(mine).group_by(c.state)
        return {
            ItemState(state): (int(count), int(total))
            for state, count, total in self._connection.execute(query)
        }

    def by_benefit(self, batch_id: int) -> list[tuple[str, bool, int]]:
        """Return a batch's benefits, whether they repair earlier attempts, and their totals."""
        c = payout_items.c
        repair = c.attempt > 1
        query = (
            select(c.benefit, repair, func.sum(c.amount_fen))
            .where(c.batch_id == batch_id)
            .group_by(c.benefit, repair)
            .order_by(c.benefit, repair)
        )
        return [(b, bool(again), int(fen)) for b, again, fen in self._connection.execute(query)]

    def banks(self, list_id: int) -> list[str]:
        """Return the banks that carry out a list's accepted items, by code."""
        c = payout_items.c
        mine = (c.list_id == list_id, c.state != ItemState.REFUSED.value)
        query = select(c.bank).where(*mine).distinct().order_by(c.bank)
        return list(self._connection.execute(query).scalars())

    def sizes(self, list_id: int, bank: str) -> Iterator[tuple[int, int]]:
        """Stream number and amount of the items of a list that wait for a bank, in order."""
        c = payout_items.c
        mine = (c.list_id == list_id, c.bank == bank, c.state == ItemState.LISTED.value)
        query = select(c.item_no, c.amount_fen).where(*mine).order_by(c.item_no)
        rows = self._connection.execute(query.execution_options(yield_per=CHUNK_ROWS))
        return ((row.item_no, row.amount_fen) for row in rows)

    def assign(self, batch_id: int, *, list_id: int, bank: str, first: int, last: int) -> int:
        """Give a batch a list's waiting items of a bank from one item number to another."""
        c = payout_items.c
        return self._connection.execute(
            payout_items.update()
            .where(
                c.list_id == list_id, c.bank == bank, c.item_no.between(first, last),
                c.state == ItemState.LISTED.value, c.batch_id.is_(None),
            )
            .values(batch_id=batch_id)
        ).rowcount  # fmt: skip

    def move_batch(self, batch_id: int, *, before: ItemState, after: ItemState) -> int:
        """Move all items of a batch from one state into another; returns how many they were."""
        _require_step(before, after)
        c = payout_items.c
        return self._connection.execute(
            payout_items.update()
            .where(c.batch_id == batch_id, c.state == before.value)
            .values(state=after.value)
        ).rowcount

    def cancel_list(self, list_id: int) -> int:
        """Cancel a list's items that no batch has; returns how many they were."""
        c = payout_items.c
        return self._connection.execute(
            payout_items.update()
            .where(c.list_id == list_id, c.state == ItemState.LISTED.value, c.batch_id.is_(None))
            .values(state=ItemState.CANCELLED.value)
        ).rowcount

    def settle(
        self,
        item: PayoutItem,
        state: ItemState,
        *,
        evidence: str,
        on: date,
        code: str | None = None,
        raw: str | None = None,
        version: str | None = None,
    ) -> PayoutItem:
        """Note what became of an attempt, with what proves it.

        `Rejected("payout_item_state")` when that state cannot follow, or another unit was
        quicker: whoever is told so reads the item again.
        """
        if state not in NEXT[item.state]:
            raise _out_of_turn(item.id, item.state, state)
        c = payout_items.c
        changed = replace(
            item, state=state, evidence=evidence, settled_on=on, outcome_code=code,
            outcome_raw=raw, outcome_version=version,
        )  # fmt: skip
        done = self._connection.execute(
            payout_items.update()
            .where(c.id == item.id, c.state == item.state.value)
            .values(
                state=state.value, evidence=evidence, settled_on=on, outcome_code=code,
                outcome_raw=raw, outcome_version=version,
            )
        )  # fmt: skip
        if done.rowcount != 1:
            raise _out_of_turn(item.id, item.state, state)
        return changed

    def _where(
        self, *conditions: ColumnElement[bool], order: ColumnElement[int] | None = None
    ) -> Iterator[PayoutItem]:
        ordered = payout_items.c.id if order is None else order
        query = select(payout_items).where(*conditions).order_by(ordered)
        rows = self._connection.execute(query.execution_options(yield_per=CHUNK_ROWS))
        return (_item_of(row) for row in rows)


def _item_of(row: Row[Any]) -> PayoutItem:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    values["state"] = ItemState(values["state"])
    return PayoutItem(**values)


def _require_step(before: ItemState, after: ItemState) -> None:
    if after not in NEXT[before]:
        raise ValueError(f"no item goes from {before} to {after}")


def _out_of_turn(item_id: int, found: ItemState, wanted: ItemState) -> Rejected:
    return Rejected("payout_item_state", id=item_id, found=found.value, wanted=wanted.value)
