"""Orders about batches in the store: one open order of a kind for a batch, confirmed once."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from hub.domain.batch_order import BatchOrder, OrderKind
from hub.errors import Rejected
from hub.store.schema.batch_orders import batch_orders
from hub.store.schema.payouts import payout_batches
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_PLAIN: Final = tuple(f.name for f in fields(BatchOrder) if f.name not in ("id", "kind"))
_CONFIRMED: Final = (
    "confirmed_by", "confirmed_at", "proof_sha256", "digest", "file_name",
)  # fmt: skip


class BatchOrders:
    """The orders about batches that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, order: BatchOrder) -> BatchOrder:
        """Keep a proposal; `Rejected("batch_order_changed")` if somebody else was quicker."""
        row: dict[str, Any] = {name: getattr(order, name) for name in _PLAIN}
        if not insert_new(self._connection, batch_orders, **row, kind=order.kind.value):
            raise Rejected("batch_order_changed", batch=order.batch_id)
        found = self.open(order.batch_id, order.kind)
        if found is None:
            raise ValueError("an order that was kept is not there")
        return found

    def open(self, batch_id: int, kind: OrderKind) -> BatchOrder | None:
        """Return the proposal about a batch that nobody has confirmed yet, if there is one."""
        c = batch_orders.c
        mine = (c.batch_id == batch_id, c.kind == kind.value, c.confirmed_by.is_(None))
        return next(self._where(*mine), None)

    def get(self, order_id: int) -> BatchOrder:
        """Return one order; `Rejected` when there is none."""
        found = next(self._where(batch_orders.c.id == order_id), None)
        if found is None:
            raise Rejected("batch_order_missing", id=order_id)
        return found

    def of_batch(self, batch_id: int) -> list[BatchOrder]:
        """Return a batch's orders, oldest first."""
        return list(self._where(batch_orders.c.batch_id == batch_id))

    def last_withdrawal(self, list_id: int) -> BatchOrder | None:
        """Return the latest confirmed withdrawal of a batch of a list."""
        c = batch_orders.c
        mine = select(payout_batches.c.id).where(payout_batches.c.list_id == list_id)
        found = self._where(
            c.batch_id.in_(mine), c.kind == OrderKind.WITHDRAW.value, c.confirmed_by.is_not(None)
        )
        return max(found, key=lambda one: (one.confirmed_at, one.id), default=None)

    def confirm(self, order: BatchOrder) -> None:
        """Write a confirmation; `Rejected("batch_order_changed")` if it was confirmed before."""
        values = {name: getattr(order, name) for name in _CONFIRMED}
        self._change(order, batch_orders.c.confirmed_by.is_(None), **values)

    def begun(self, order: BatchOrder, *, at: datetime) -> None:
        """Note that sending again was begun: from now on its outcome may be unknown."""
        self._change(order, batch_orders.c.done_at.is_(None), begun_at=at)

    def done(self, order: BatchOrder, *, at: datetime) -> None:
        """Note that the file was sent again."""
        self._change(order, batch_orders.c.done_at.is_(None), done_at=at)

    def _change(
        self,
        order: BatchOrder,
        expected: ColumnElement[bool],
        **values: Any,  # noqa: ANN401 -- values by column
    ) -> None:
        done = self._connection.execute(
            batch_orders.update().where(batch_orders.c.id == order.id, expected).values(**values)
        )
        if done.rowcount != 1:
            raise Rejected("batch_order_changed", batch=order.batch_id)

    def _where(self, *conditions: ColumnElement[bool]) -> Iterator[BatchOrder]:
        query = select(batch_orders).where(*conditions).order_by(batch_orders.c.id)
        return (_order_of(row) for row in self._connection.execute(query))


def _order_of(row: Row[Any]) -> BatchOrder:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
    return BatchOrder(**{**values, "kind": OrderKind(values["kind"])})
