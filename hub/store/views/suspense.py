"""What the console shows of credits of transferred money: those in suspense, and all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.domain.transfer_receipt import SUSPENSE
from hub.store.schema.transfer_funds import transfer_receipts
from hub.store.views.paging import page

if TYPE_CHECKING:
    from hub.domain.transfer_receipt import ReceiptState
    from hub.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which credits; `None` is any. `held`: those that no case has (暂收款)."""

    held: bool = False
    state: ReceiptState | None = None
    fund: str | None = None
    region: str | None = None


def credits_(
    uow: UnitOfWork, wanted: Wanted, *, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return credits as rows, and where the page ended.

    What is in suspense comes by state and, within one, the oldest first; else the latest first.
    """
    c = transfer_receipts.c
    state = wanted.state and wanted.state.value
    known = {c.state: state, c.fund: wanted.fund, c.region: wanted.region}
    query = select(transfer_receipts).where(
        *(column == value for column, value in known.items() if value is not None)
    )
    keys: list[Any] = [c.id]
    if wanted.held:
        query = query.where(c.state.in_([one.value for one in SUSPENSE]))
        keys = [c.state, c.id]
    rows, ended = page(
        uow.connection, query, keys, after=after, limit=limit, newest_first=not wanted.held
    )
    return [dict(row._mapping) for row in rows], ended  # noqa: SLF001 -- documented access
