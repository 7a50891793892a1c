"""What the console shows of the books: vouchers and drafts, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.store.schema.payouts import payout_lists
from hub.store.schema.vouchers import voucher_drafts, vouchers
from hub.store.views.paging import page

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Row

    from hub.store.unit_of_work import UnitOfWork

_LISTED = (
    "no", "booked_on", "fund", "event", "subject", "summary", "amount_fen", "actor",
    "prepared_by", "reviewed_by", "reverses_no",
)  # fmt: skip
_NOT_GONE = ("draft", "checked", "reviewed", "approved", "cancelled", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which vouchers somebody wants to see; `None` means any."""

    fund: str | None = None
    event: str | None = None
    since: date | None = None
    until: date | None = None
    subject: str | None = None
    amount_fen: int | None = None


def voucher_page(
    uow: UnitOfWork, asked: Asked, *, after: str | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """Return vouchers by day and number, the newest first."""
    c = vouchers.c
    query = select(*(c[name] for name in _LISTED))
    # few vouchers have one subject or amount: then no other index is to be taken
    few = asked.subject is not None or asked.amount_fen is not None
    for name in ("fund", "event"):
        if (wanted := getattr(asked, name)) is not None:
            query = query.where((c[name].concat("") if few else c[name]) == wanted)
    if asked.subject is not None:
        query = query.where(c.subject == asked.subject)
    if asked.amount_fen is not None:
        amount = c.amount_fen if asked.subject is None else c.amount_fen + 0
        query = query.where(amount == asked.amount_fen)
    if asked.since is not None:
        query = query.where(c.booked_on >= asked.since)
    if asked.until is not None:
        query = query.where(c.booked_on <= asked.until)
    return page(uow.connection, query, [c.booked_on, c.no], after=after, limit=limit)


def draft_page(
    uow: UnitOfWork, *, state: str | None, after: str | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """Return drafts of vouchers, the newest first."""
    c = voucher_drafts.c
    query = select(c.id, c.prepared_at)
    if state is not None:
        query = query.where(c.state == state)
    return page(uow.connection, query, [c.id], after=after, limit=limit)


def paid_lists(
    uow: UnitOfWork, *, fund: str | None, after: str | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """Return payout lists whose money has left or is leaving, the newest first."""
    c = payout_lists.c
    query = select(c.id, c.title, c.kind, c.fund, c.month, c.state, c.item_count, c.total_fen)
    query = query.where(c.state.not_in(_NOT_GONE))  # which leaves the order to the primary key
    if fund is not None:
        query = query.where(c.fund == fund)
    return page(uow.connection, query, [c.id], after=after, limit=limit)
