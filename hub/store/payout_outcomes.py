"""What answers find and change in payments, in bulk, and what is open after them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from sqlalchemy import exists, false, func, or_, select, text, union

from hub.domain.payout import BACK, NEXT, ItemState, ListState, PayoutItem
from hub.domain.way import Way
from hub.store.bulk_writes import update_rows
from hub.store.payout_answers import CHUNK
from hub.store.payout_items import counted
from hub.store.schema.changes import TROUBLED
from hub.store.schema.payouts import benefit_stops, payout_batches, payout_items, payout_lists

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, Table

K = TypeVar("K")

_CHANGED: Final = (
    "state", "evidence", "settled_on", "outcome_code", "outcome_raw", "outcome_version",
)  # fmt: skip
_BACK: Final = sorted(state.value for state in BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A new state of an item, or only a better reason for the one it has."""

    item: PayoutItem
    state: ItemState
    evidence: str
    on: date
    code: str | None
    raw: str | None
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """The latest attempt at an entitlement that is not paid; `since_on` is when it was due."""

    item: PayoutItem
    kind: str
    fund: str
    list_state: str
    since_on: date | None


class PayoutOutcomes:
    """Payments as answers see them, in one unit of work."""

    _table: ClassVar[Table] = payout_items
    _lists: ClassVar[Table] = payout_lists
    _batches: ClassVar[Table] = payout_batches
    _stops: ClassVar[Table] = benefit_stops
    _item: ClassVar[type[PayoutItem]] = PayoutItem
    _way: ClassVar[Way] = Way.PAYOUT

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._columns = tuple(self._table.c.keys())
        self._counted = counted(self._table)

    def span(self, batch_id: int) -> tuple[int, int]:
        """Return the first and last item number of a batch; zeros when it has none."""
        c = self._table.c
        query = select(func.min(c.item_no), func.max(c.item_no)).where(c.batch_id == batch_id)
        first, last = self._connection.execute(query).one()
        return int(first or 0), int(last or 0)

    def of_ids(self, end_to_end_ids: Sequence[str]) -> dict[str, PayoutItem]:
        """Return the payments of some end-to-end ids, locked to the end of this unit."""
        c = self._table.c
        found = self._items(c.end_to_end_id.in_(end_to_end_ids), self._counted)
        return {one.end_to_end_id: one for one in found}

    def of_numbers(self, batch_id: int, item_nos: Collection[int]) -> dict[int, list[PayoutItem]]:
        """Return the payments of some numbers in a batch, locked to the end of this unit."""
        c = self._table.c
        found = self._items(c.batch_id == batch_id, c.item_no.in_(item_nos), self._counted)
        return _grouped((one.item_no, one) for one in found)

    def of_accounts(
        self, bank: str, account_nos: Collection[str], *, batch_id: int | None
    ) -> dict[str, list[PayoutItem]]:
        """Return the payments to some accounts, in a batch if it is known, locked likewise.

        Without a batch only those count of which the bank has not said the end.
        """
        c = self._table.c
        wanted = [c.bank == bank, c.account_no.in_(account_nos), self._counted]
        if batch_id is not None:
            wanted.append(c.batch_id == batch_id)
        else:
            wanted.append(c.state.in_([ItemState.IN_FLIGHT.value, ItemState.UNKNOWN.value]))
        return _grouped((one.account_no, one) for one in self._items(*wanted))

    def of_account(
        self, bank: str, account_no: str, amount_fen: int | None, *, batch_id: int | None
    ) -> list[PayoutItem]:
        """Return those of one account, of an amount if it is known."""
        found = self.of_accounts(bank, [account_no], batch_id=batch_id).get(account_no, [])
        return [one for one in found if amount_fen in (None, one.amount_fen)]

    def of_items(self, item_ids: Sequence[int]) -> dict[int, PayoutItem]:
        """Return payments by id, locked to the end of this unit."""
        return {one.id: one for one in self._items(self._table.c.id.in_(item_ids))}

    def ids_of_batch(self, batch_id: int) -> list[int]:
        """Return the ids of a batch's payments, in their order."""
        c = self._table.c
        query = select(c.id).where(c.batch_id == batch_id, self._counted).order_by(c.item_no)
        return list(self._connection.execute(query).scalars())

    def apply(self, changes: Sequence[Change]) -> None:
        """Write new states and reasons of payments that this unit holds."""
        rows = []
        for one in changes:
            if one.state is not one.item.state and one.state not in NEXT[one.item.state]:
                raise ValueError(f"no item goes from {one.item.state} to {one.state}")
            rows.append(
                (one.state.value, one.evidence, one.on, one.code, one.raw, one.version, one.item.id)
            )
        update_rows(self._connection, self._table, "id", _CHANGED, rows)

    def returned(self, batch_id: int) -> dict[str, tuple[int, int]]:
        """Return, by reason code, number and sum of a batch's returns that nothing repairs yet."""
        c, later = self._table.c, self._table.alias()
        repaired = exists().where(
            *_same(later, c),  # as every repair is; it lets the index of entitlements find them
            later.c.repairs_id == c.id,
            later.c.state.not_in([ItemState.CANCELLED.value, ItemState.REFUSED.value]),
        )
        query = (
            select(c.outcome_code, func.count(), func.sum(c.amount_fen))
            .where(c.batch_id == batch_id, c.state.in_(_BACK), ~repaired, ~self._given_up())
            .group_by(c.outcome_code)
        )
        rows = self._connection.execute(query)
        return {str(code or ""): (int(n), int(fen)) for code, n, fen in rows}

    def _given_up(self) -> ColumnElement[bool]:
        """Select what nobody has to see to although it came back: no payment is given up."""
        return false()

    def by_benefit(self, item_ids: Sequence[int]) -> dict[tuple[int, str], int]:
        """Return the sum of some payments by batch and benefit."""
        c = self._table.c
        sums: defaultdict[tuple[int, str], int] = defaultdict(int)
        for start in range(0, len(item_ids), CHUNK):
            query = (
                select(c.batch_id, c.benefit, func.sum(c.amount_fen))
                .where(c.id.in_(item_ids[start : start + CHUNK]))
                .group_by(c.batch_id, c.benefit)
            )
            for batch_id, benefit, fen in self._connection.execute(query):
                sums[int(batch_id), str(benefit)] += int(fen)
        return dict(sums)

    def unpaid(self) -> Iterator[Unpaid]:
        """Stream the entitlements of released lists that are not paid, by their latest attempt.

        Somebody whose benefit is stopped is not waiting for it.
        """
        c, b, lists = self._table.c, self._batches.c, self._lists.c
        s = self._stops.c
        later, first = self._table.alias(), self._table.alias()
        first_batch = self._batches.alias()
        alive = later.c.state.not_in([ItemState.CANCELLED.value, ItemState.REFUSED.value])
        latest = ~exists().where(*_same(later, c), later.c.attempt > c.attempt, alive)
        stopped = exists().where(
            s.person_id == c.person_id, s.lifted_at.is_(None),
            or_(s.benefit.is_(None), s.benefit == c.benefit),
        )  # fmt: skip
        since = (
            select(func.min(first_batch.c.business_on))
            .where(*_same(first, c), first.c.batch_id == first_batch.c.id)
            .scalar_subquery()
        )
        query: Select[Any] = (
            select(self._table, lists.kind, lists.fund, lists.state.label("list_state"),
                   func.coalesce(since, b.business_on).label("since_on"))
            .select_from(
                self._table.join(self._lists, c.list_id == lists.id).outerjoin(
                    self._batches, c.batch_id == b.id
                )
            )
            .where(c.id.in_(self._waiting()), latest, ~stopped)
            .order_by(c.id)
        )  # fmt: skip
        for row in self._connection.execute(query):
            values = dict(row._mapping)  # noqa: SLF001 -- documented access by name
            own = {name: values.pop(name) for name in ("kind", "fund", "list_state", "since_on")}
            yield Unpaid(item=self._of(values), **own)

    def _waiting(self) -> CompoundSelect[int]:
        """Select what is not paid: by two indexes, of which none has what simply arrived."""
        c, lists = self._table.c, self._lists.c
        flying = c.state == ItemState.IN_FLIGHT.value
        troubled = select(c.id).where(
            text(f"({TROUBLED[self._way]})"),  # of an index, in its words
            flying
            | c.state.in_([ItemState.UNKNOWN.value, *_BACK])
            | ((c.state == ItemState.LISTED.value) & (c.attempt > 1)),
        )
        unsettled = select(lists.id).where(lists.state != ListState.CLOSED.value)
        return union(troubled, select(c.id).where(flying, c.list_id.in_(unsettled)))

    def success(self, month: int) -> list[dict[str, Any]]:
        """Return, by list, number and sum of the payments of a month by their state."""
        c, lists = self._table.c, self._lists.c
        query = (
            select(lists.id, lists.title, lists.kind, lists.fund, c.state,
                   func.count().label("count"), func.sum(c.amount_fen).label("fen"))
            .select_from(self._table.join(self._lists, c.list_id == lists.id))
            .where(lists.month == month, c.batch_id.is_not(None))
            .group_by(lists.id, lists.title, lists.kind, lists.fund, c.state)
            .order_by(lists.id, c.state)
        )  # fmt: skip
        return [dict(row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    def _items(self, *conditions: ColumnElement[bool]) -> list[PayoutItem]:
        query = select(self._table).where(*conditions).order_by(self._table.c.id)
        rows = self._connection.execute(query.with_for_update())
        return [self._of(dict(zip(self._columns, row, strict=True))) for row in rows]

    def _of(self, values: dict[str, Any]) -> PayoutItem:
        values["state"] = ItemState(values["state"])
        return self._item(**values)


def _grouped(pairs: Iterable[tuple[K, PayoutItem]]) -> dict[K, list[PayoutItem]]:
    found: dict[K, list[PayoutItem]] = {}
    for key, item in pairs:
        found.setdefault(key, []).append(item)
    return found


def _same(one: Any, c: Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 -- tables' columns
    return (
        one.c.person_id == c.person_id,
        one.c.benefit == c.benefit,
        one.c.period == c.period,
    )
