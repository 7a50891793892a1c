"""Refund cases as the console shows them, each list by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.store.schema.payouts import payout_items
from hub.store.schema.refunds import refunds
from hub.store.views.paging import page

if TYPE_CHECKING:
    from sqlalchemy import Row

    from hub.store.engine import UnitOfWork


def cases(
    uow: UnitOfWork,
    *,
    after: str | None,
    limit: int,
    state: str | None = None,
    cause: str | None = None,
    discrepancy_id: int | None = None,
    payer_id: str | None = None,
) -> tuple[list[Row[Any]], str | None]:
    """Return cases, the newest first, with the state of their payment and the form it is on."""
    c, i = refunds.c, payout_items.c
    conditions = [
        column == value
        for column, value in (
            (c.state, state), (c.cause, cause), (c.discrepancy_id, discrepancy_id),
            (c.payer_id, payer_id),
        )
        if value is not None
    ]  # fmt: skip
    query = (
        select(*c, i.list_id, i.state.label("payment"))
        .join_from(refunds, payout_items, i.id == c.item_id, isouter=True)
        .where(*conditions)
    )
    return page(uow.connection, query, [c.id], after=after, limit=limit)
