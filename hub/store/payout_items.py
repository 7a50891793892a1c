"""Payout items in the store: written and read in bulk, settled one by one, never deleted.

New items are not part of anything until `accept` takes those that the checks left; the unique
index over live attempts then has the last word.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import bindparam, func, select

from hub.domain.payout import NEXT, ItemState, PayoutItem
from hub.domain.payout_form import SIGNED
from hub.domain.way import Way
from hub.errors import Rejected
from hub.store.bulk_writes import change_in_steps, insert_rows
from hub.store.schema.payouts import payout_findings, payout_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row, Table

CHUNK_ROWS: Final = 5_000


class PayoutItems:
    """The payout items that one unit of work sees."""

    _table: ClassVar[Table] = payout_items
    _findings: ClassVar[Table] = payout_findings
    _item: ClassVar[type[PayoutItem]] = PayoutItem
    _signed: ClassVar[Sequence[str]] = SIGNED
    _way: ClassVar[Way] = Way.PAYOUT

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._columns = tuple(self._table.c.keys())  # the fields of an item, in the table's order
        self._plain = [f.name for f in fields(self._item) if f.name not in ("id", "state")]

    def add(self, items: Iterable[PayoutItem], *, list_id: int | None = None) -> None:
        """Add new items as not accepted, in whatever number: of a list, or each of its own."""
        names = [name for name in self._plain if name != "list_id"]
        plain_of, state = attrgetter(*names), ItemState.REFUSED.value
        rows = ((*plain_of(one), list_id or one.list_id, state) for one in items)
        insert_rows(self._connection, self._table, [*names, "list_id", "state"], rows)

    def accept(self, list_id: int) -> tuple[int, int]:
        """Accept the new items that no finding refuses; returns their number and total (fen)."""
        c, f = self._table.c, self._findings.c
        refusing = select(f.id).where(f.list_id == list_id, f.item_no == c.item_no, f.refuses == 1)
        change = self._table.update().where(~refusing.exists())
        change = change.values(state=ItemState.LISTED.value)
        change_in_steps(self._connection, change, c.item_no, c.list_id == list_id)
        return self.totals(list_id).get(ItemState.LISTED, (0, 0))

    def get(self, item_id: int) -> PayoutItem:
        """Return one item; `Rejected` when there is none."""
        found = next(self._where(self._table.c.id == item_id), None)
        if found is None:
            raise Rejected("payout_item_missing", id=item_id, way=self._way.value)
        return found

    def of_end_to_end(self, end_to_end_id: str) -> PayoutItem | None:
        """Return the item that went to a bank under an end-to-end id, if there is one."""
        c = self._table.c
        return next(self._where(c.end_to_end_id == end_to_end_id, counted(self._table)), None)

    def attempts(self, person_id: str, benefit: str, period: int) -> list[PayoutItem]:
        """Return every attempt to pay an entitlement, the first one first."""
        c = self._table.c
        mine = (c.person_id == person_id, c.benefit == benefit, c.period == period)
        return list(self._where(*mine))

    def of_list(self, list_id: int, *states: ItemState) -> Iterator[PayoutItem]:
        """Stream a list's items in some states (all, if none is named), in their order."""
        c = self._table.c
        wanted = (c.state.in_([s.value for s in states]),) if states else ()
        return self._where(c.list_id == list_id, *wanted, order=c.item_no)

    def signed(self, list_id: int) -> Iterator[Sequence[Any]]:
        """Stream what signatures cover of a list's items that no batch has, in their order."""
        c = self._table.c
        waiting = (c.state == ItemState.LISTED.value, c.batch_id.is_(None))
        mine = (c.list_id == list_id, *waiting)
        query = select(*(c[name] for name in self._signed)).where(*mine).order_by(c.item_no)
        return iter(self._connection.execute(query.execution_options(yield_per=CHUNK_ROWS)))

    def approved(self, list_id: int) -> Iterator[Sequence[Any]]:
        """Stream what signatures cover of a list's payments, whatever became of them, in order.

        Without their end-to-end ids: a batch that never left is sent again under other ones.
        """
        c = self._table.c
        names = [name for name in self._signed if name != "end_to_end_id"]
        query = select(*(c[name] for name in names)).where(
            c.list_id == list_id, counted(self._table)
        )
        query = query.order_by(c.item_no).execution_options(yield_per=CHUNK_ROWS)
        return iter(self._connection.execute(query))

    def of_batch(self, batch_id: int, *states: ItemState) -> Iterator[PayoutItem]:
        """Stream a batch's items in some states (all, if none is named), in their order."""
        c = self._table.c
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
        c = self._table.c
        mine = [c.list_id == list_id] if batch_id is None else [c.batch_id == batch_id]
        mine += [c.bank == bank] if bank is not None else []
        accepted = c.state != ItemState.REFUSED.value
        query = select(self._table).where(*mine, accepted, c.item_no > after)
        rows = self._connection.execute(query.order_by(c.item_no).limit(limit))
        return [self._item_of(row) for row in rows]

    def totals(
        self, list_id: int | None = None, *, batch_id: int | None = None
    ) -> dict[ItemState, tuple[int, int]]:
        """Return number and total (fen) of the items of a list or batch by state."""
        c = self._table.c
        mine = c.list_id == list_id if batch_id is None else c.batch_id == batch_id
        query = select(c.state, func.count(), func.sum(c.amount_fen)).where(mine).group_by(c.state)
        return {
            ItemState(state): (int(count), int(total))
            for state, count, total in self._connection.execute(query)
        }

    def by_benefit(self, batch_id: int) -> list[tuple[str, bool, int]]:
        """Return a batch's benefits, whether they repair earlier attempts, and their totals."""
        c = self._table.c
        repair = c.attempt > 1
        query = (
            select(c.benefit, repair, func.sum(c.amount_fen))
            .where(c.batch_id == batch_id)
            .group_by(c.benefit, repair)
            .order_by(c.benefit, repair)
        )
        return [(b, bool(again), int(fen)) for b, again, fen in self._connection.execute(query)]

    def by_bank(self, list_id: int) -> list[tuple[str, str, int, int]]:
        """Return bank, benefit, number and total (fen) of a list's accepted items, in order."""
        c = self._table.c
        mine = (c.list_id == list_id, c.state != ItemState.REFUSED.value)
        query = (
            select(c.bank, c.benefit, func.count(), func.sum(c.amount_fen))
            .where(*mine)
            .group_by(c.bank, c.benefit)
            .order_by(c.bank, c.benefit)
        )
        rows = self._connection.execute(query)
        return [(bank, benefit, int(n), int(fen)) for bank, benefit, n, fen in rows]

    def banks(self, list_id: int) -> list[str]:
        """Return the banks that carry out a list's accepted items, by code."""
        c = self._table.c
        mine = (c.list_id == list_id, c.state != ItemState.REFUSED.value)
        query = select(c.bank).where(*mine).distinct().order_by(c.bank)
        return list(self._connection.execute(query).scalars())

    def sizes(self, list_id: int, bank: str) -> Iterator[tuple[int, int]]:
        """Stream number and amount of the items of a list that wait for a bank, in order."""
        c = self._table.c
        waiting = (c.state == ItemState.LISTED.value, c.batch_id.is_(None))
        mine = (c.list_id == list_id, c.bank == bank, *waiting)
        query = select(c.item_no, c.amount_fen).where(*mine).order_by(c.item_no)
        rows = self._connection.execute(query.execution_options(yield_per=CHUNK_ROWS))
        return ((row.item_no, row.amount_fen) for row in rows)

    def assign(self, batch_id: int, *, list_id: int, bank: str, first: int, last: int) -> int:
        """Give a batch a list's waiting items of a bank from one item number to another."""
        c = self._table.c
        waiting = (c.state == ItemState.LISTED.value, c.batch_id.is_(None))
        change = self._table.update().where(c.bank == bank, *waiting).values(batch_id=batch_id)
        mine = (c.list_id == list_id, c.item_no.between(first, last))
        return change_in_steps(self._connection, change, c.item_no, *mine)

    def move_batch(self, batch_id: int, *, before: ItemState, after: ItemState) -> int:
        """Move all items of a batch from one state into another; returns how many they were."""
        _require_step(before, after)
        c = self._table.c
        change = self._table.update().where(c.state == before.value).values(state=after.value)
        return change_in_steps(self._connection, change, c.item_no, c.batch_id == batch_id)

    def put_back(self, batch_id: int, name: Callable[[PayoutItem], str]) -> int:
        """Let a batch's payments wait again, as if it had never been; returns how many they were.

        `name` gives each its new end-to-end id. Only for a batch that is proved not to have left.
        """
        c, count, after = self._table.c, 0, 0
        flying = (c.batch_id == batch_id, c.state == ItemState.IN_FLIGHT.value)
        change = self._table.update().where(c.id == bindparam("which"), *flying)
        values = {"state": ItemState.LISTED.value, "batch_id": None}
        change = change.values(**values, end_to_end_id=bindparam("named"))
        while page := self._page(*flying, after=after):
            rows = [{"which": one.id, "named": name(one)} for one in page]
            self._connection.execute(change, rows)
            count, after = count + len(page), page[-1].item_no
        return count

    def _page(self, *conditions: ColumnElement[bool], after: int) -> list[PayoutItem]:
        c = self._table.c
        query = select(self._table).where(*conditions, c.item_no > after)
        rows = self._connection.execute(query.order_by(c.item_no).limit(CHUNK_ROWS))
        return [self._item_of(row) for row in rows]

    def cancel_list(self, list_id: int) -> int:
        """Cancel a list's items that no batch has; returns how many they were."""
        c = self._table.c
        waiting = (c.state == ItemState.LISTED.value, c.batch_id.is_(None))
        change = self._table.update().where(*waiting).values(state=ItemState.CANCELLED.value)
        return change_in_steps(self._connection, change, c.item_no, c.list_id == list_id)

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
        c = self._table.c
        changed = replace(
            item, state=state, evidence=evidence, settled_on=on, outcome_code=code,
            outcome_raw=raw, outcome_version=version,
        )  # fmt: skip
        done = self._connection.execute(
            self._table.update()
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
        ordered = self._table.c.id if order is None else order
        query = select(self._table).where(*conditions).order_by(ordered)
        rows = self._connection.execute(query.execution_options(yield_per=CHUNK_ROWS))
        return (self._item_of(row) for row in rows)

    def _item_of(self, row: Row[Any]) -> PayoutItem:
        values: dict[str, Any] = dict(zip(self._columns, row, strict=True))
        values["state"] = ItemState(values["state"])
        return self._item(**values)


@cache
def counted(items: Table) -> ColumnElement[bool]:
    """Return what is true of items that were accepted and not cancelled.

    Its values stand in the statement: only then the databases see that the indexes over such items
    serve it, and do not read the whole table instead.
    """
    out = [ItemState.CANCELLED.value, ItemState.REFUSED.value]
    return items.c.state.not_in(bindparam("out", out, expanding=True, literal_execute=True))


def _require_step(before: ItemState, after: ItemState) -> None:
    if after not in NEXT[before]:
        raise ValueError(f"no item goes from {before} to {after}")


def _out_of_turn(item_id: int, found: ItemState, wanted: ItemState) -> Rejected:
    return Rejected("payout_item_state", id=item_id, found=found.value, wanted=wanted.value)
