"""What answers find and change in payments, in bulk, and what is open after them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, exists, func, or_, select, update

from hub.domain.payout import NEXT, ItemState, PayoutItem
from hub.store.payout_answers import CHUNK
from hub.store.schema.payouts import benefit_stops, payout_batches, payout_items, payout_lists

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Select

_COUNTED: Final = payout_items.c.state.not_in([ItemState.CANCELLED.value, ItemState.REFUSED.value])


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

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_ids(self, end_to_end_ids: Sequence[str]) -> dict[str, PayoutItem]:
        """Return the payments of some end-to-end ids, locked to the end of this unit."""
        c = payout_items.c
        found = self._items(c.end_to_end_id.in_(end_to_end_ids), _COUNTED)
        return {one.end_to_end_id: one for one in found}

    def of_number(self, batch_id: int, item_no: int) -> list[PayoutItem]:
        """Return the payments of a number in a batch."""
        c = payout_items.c
        return self._items(c.batch_id == batch_id, c.item_no == item_no, _COUNTED)

    def of_account(
        self, bank: str, account_no: str, amount_fen: int | None, *, batch_id: int | None
    ) -> list[PayoutItem]:
        """Return the payments to an account, of an amount and in a batch if they are known.

        Without a batch only those count of which the bank has not said the end.
        """
        c = payout_items.c
        wanted = [c.bank == bank, c.account_no == account_no, _COUNTED]
        wanted += [c.amount_fen == amount_fen] if amount_fen is not None else []
        if batch_id is not None:
            wanted.append(c.batch_id == batch_id)
        else:
            wanted.append(c.state.in_([ItemState.IN_FLIGHT.value, ItemState.UNKNOWN.value]))
        return self._items(*wanted)

    def of_items(self, item_ids: Sequence[int]) -> dict[int, PayoutItem]:
        """Return payments by id, locked to the end of this unit."""
        return {one.id: one for one in self._items(payout_items.c.id.in_(item_ids))}

    def ids_of_batch(self, batch_id: int) -> list[int]:
        """Return the ids of a batch's payments, in their order."""
        c = payout_items.c
        query = select(c.id).where(c.batch_id == batch_id, _COUNTED).order_by(c.item_no)
        return list(self._connection.execute(query).scalars())

    def apply(self, changes: Sequence[Change]) -> None:
        """Write new states and reasons of payments that this unit holds."""
        rows = []
        for one in changes:
            if one.state is not one.item.state and one.state not in NEXT[one.item.state]:
                raise ValueError(f"no item goes from {one.item.state} to {one.state}")
            rows.append(
                {
                    "which": one.item.id, "state": one.state.value, "evidence": one.evidence,
                    "settled_on": one.on, "outcome_code": one.code, "outcome_raw": one.raw,
                    "outcome_version": one.version,
                }
            )  # fmt: skip
        if rows:
            self._connection.execute(
                update(payout_items).where(payout_items.c.id == bindparam("which")), rows
            )

    def returned(self, batch_id: int) -> dict[str, tuple[int, int]]:
        """Return, by reason code, number and sum of a batch's returns that nothing repairs yet."""
        c, later = payout_items.c, payout_items.alias()
        repaired = exists().where(
            later.c.repairs_id == c.id,
            later.c.state.not_in([ItemState.CANCELLED.value, ItemState.REFUSED.value]),
        )
        query = (
            select(c.outcome_code, func.count(), func.sum(c.amount_fen))
            .where(c.batch_id == batch_id, c.state == ItemState.RETURNED.value, ~repaired)
            .group_by(c.outcome_code)
        )
        rows = self._connection.execute(query)
        return {str(code or ""): (int(n), int(fen)) for code, n, fen in rows}

    def by_benefit(self, item_ids: Sequence[int]) -> dict[tuple[int, str], int]:
        """Return the sum of some payments by batch and benefit."""
        c = payout_items.c
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
        c, b, lists, s = payout_items.c, payout_batches.c, payout_lists.c, benefit_stops.c
        later, first = payout_items.alias(), payout_items.alias()
        first_batch = payout_batches.alias()
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
        open_states = [
            ItemState.IN_FLIGHT.value, ItemState.UNKNOWN.value, ItemState.RETURNED.value,
        ]  # fmt: skip
        waiting = c.state.in_(open_states) | ((c.state == ItemState.LISTED.value) & (c.attempt > 1))
        query: Select[Any] = (
            select(payout_items, lists.kind, lists.fund, lists.state.label("list_state"),
                   func.coalesce(since, b.business_on).label("since_on"))
            .select_from(
                payout_items.join(payout_lists, c.list_id == lists.id).outerjoin(
                    payout_batches, c.batch_id == b.id
                )
            )
            .where(waiting, latest, ~stopped)
            .order_by(c.id)
        )  # fmt: skip
        for row in self._connection.execute(query):
            values = dict(row._mapping)  # noqa: SLF001 -- documented access by name
            own = {name: values.pop(name) for name in ("kind", "fund", "list_state", "since_on")}
            yield Unpaid(item=_item(values), **own)

    def success(self, month: int) -> list[dict[str, Any]]:
        """Return, by list, number and sum of the payments of a month by their state."""
        c, lists = payout_items.c, payout_lists.c
        query = (
            select(lists.id, lists.title, lists.kind, lists.fund, c.state,
                   func.count().label("count"), func.sum(c.amount_fen).label("fen"))
            .select_from(payout_items.join(payout_lists, c.list_id == lists.id))
            .where(lists.month == month, c.batch_id.is_not(None))
            .group_by(lists.id, lists.title, lists.kind, lists.fund, c.state)
            .order_by(lists.id, c.state)
        )  # fmt: skip
        return [dict(row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    def _items(self, *conditions: ColumnElement[bool]) -> list[PayoutItem]:
        query = select(payout_items).where(*conditions).order_by(payout_items.c.id)
        rows = self._connection.execute(query.with_for_update())
        return [_item(dict(row._mapping)) for row in rows]  # noqa: SLF001


def _same(one: Any, c: Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 -- tables' columns
    return (
        one.c.person_id == c.person_id,
        one.c.benefit == c.benefit,
        one.c.period == c.period,
    )


def _item(values: dict[str, Any]) -> PayoutItem:
    return PayoutItem(**{**values, "state": ItemState(values["state"])})
