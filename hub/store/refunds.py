"""Refunds (多收退款) in the store: one live case per receipt, changed by compare-and-set."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, func, or_, select

from hub.domain.payout import ItemState
from hub.domain.refund import Refund, RefundCause, RefundDocument, RefundState, number_in
from hub.errors import Rejected
from hub.store.audit import Answer
from hub.store.schema.payouts import payout_items
from hub.store.schema.reconciliation import discrepancies
from hub.store.schema.refunds import refund_documents, refunds
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from hub.domain.payout import PayoutItem

_NESTED: Final = frozenset({"id", "version", "cause", "state"})
_PLAIN: Final = tuple(f.name for f in fields(Refund) if f.name not in _NESTED)
_DOCUMENT: Final = tuple(f.name for f in fields(RefundDocument))


class Refunds:
    """The refund cases that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, refund: Refund) -> Refund:
        """Open a case; `Rejected("refund_exists")` when one about the same receipt is not over."""
        c = refunds.c
        is_new = insert_new(self._connection, refunds, **_row_of(refund), version=1)
        live = next(
            self._where(
                c.payer_id == refund.payer_id, c.fund == refund.fund, c.period == refund.period,
                c.receipt_no == refund.receipt_no, c.state != RefundState.CANCELLED.value,
            )
        )  # fmt: skip
        if not is_new:
            raise Rejected("refund_exists", id=live.id, state=live.state.zh)
        return live

    def get(self, refund_id: int) -> Refund:
        """Return one case; `Rejected` when there is none."""
        found = next(self._where(refunds.c.id == refund_id), None)
        if found is None:
            raise Rejected("refund_missing", id=refund_id)
        return found

    def of_item(self, item: PayoutItem) -> Refund | None:
        """Return the case that a payment is about, whatever its attempt; `None` if about none."""
        number = number_in(item.benefit)
        if number is None:
            return None
        c = refunds.c
        mine = (c.payer_id == item.person_id, c.period == item.period)
        return next(self._where(c.id == number, *mine), None)

    def save(self, changed: Refund) -> Refund:
        """Write a changed case; `Rejected` when somebody else changed it meanwhile."""
        c = refunds.c
        done = self._connection.execute(
            refunds.update()
            .where(c.id == changed.id, c.version == changed.version)
            .values(**_row_of(changed), version=changed.version + 1)
        )
        if done.rowcount != 1:
            raise Rejected("refund_changed", id=changed.id)
        return replace(changed, version=changed.version + 1)

    def attach(self, refund_id: int, document: RefundDocument) -> bool:
        """Keep a document of a case; tell whether it was new."""
        values = {name: getattr(document, name) for name in _DOCUMENT}
        return insert_new(self._connection, refund_documents, refund_id=refund_id, **values)

    def documents(self, refund_id: int) -> list[RefundDocument]:
        """Return the documents of a case, oldest first."""
        c = refund_documents.c
        query = select(*(c[name] for name in _DOCUMENT)).where(c.refund_id == refund_id)
        rows = self._connection.execute(query.order_by(c.id))
        return [RefundDocument(**row._mapping) for row in rows]  # noqa: SLF001 -- documented

    def lock(self, discrepancy_id: int) -> None:
        """Hold a discrepancy to the end of this unit: its refunds are added up one at a time."""
        mine = select(discrepancies.c.id).where(discrepancies.c.id == discrepancy_id)
        self._connection.execute(mine.with_for_update())  # SQLite has one writer anyway

    def total(self, discrepancy_id: int, *states: RefundState) -> int:
        """Return the sum (fen) of a discrepancy's cases in some states; if none, all not over."""
        c = refunds.c
        live = [state for state in RefundState if state is not RefundState.CANCELLED]
        query = select(func.coalesce(func.sum(c.amount_fen), 0)).where(
            c.discrepancy_id == discrepancy_id, c.state.in_([s.value for s in states or live])
        )
        return int(self._connection.execute(query).scalar_one())

    def over_refunded(self) -> Answer:
        """No discrepancy has more paid back than it shows to be taken too much."""
        c, d, i = refunds.c, discrepancies.c, payout_items.c
        wrong = (
            select(d.id)
            .join_from(refunds, discrepancies, c.discrepancy_id == d.id)
            .join(payout_items, i.id == c.item_id)
            .where(i.state == ItemState.PAID.value)
            .group_by(d.id, d.amount_fen)
            .having(func.sum(i.amount_fen) > d.amount_fen)
        )
        return self._answer(wrong, "discrepancy")

    def unlike_payment(self) -> Answer:
        """Every case is where its latest payment is, and that one pays the case's sum."""
        c, i = refunds.c, payout_items.c
        same = and_(
            i.id == c.item_id, i.amount_fen == c.amount_fen, i.person_id == c.payer_id,
            i.period == c.period,
            or_(
                c.state == i.state,
                and_(
                    c.state == RefundState.LISTED.value,
                    i.state.in_(["listed", "in_flight", "unknown"]),
                ),
                and_(
                    c.state == RefundState.CANCELLED.value, i.state == ItemState.RETURNED.value
                ),
            ),
        )  # fmt: skip
        wrong = select(c.id).where(c.item_id.is_not(None), ~exists().where(same))
        return self._answer(wrong, "refund")

    def list(
        self, *, state: RefundState | None = None, discrepancy_id: int | None = None
    ) -> list[Refund]:
        """Return the cases in a state or about a discrepancy (all, if neither), oldest first."""
        wanted = [] if state is None else [refunds.c.state == state.value]
        if discrepancy_id is not None:
            wanted.append(refunds.c.discrepancy_id == discrepancy_id)
        return list(self._where(*wanted))

    def _answer(self, wrong: Select[Any], what: str) -> Answer:
        looked = self._connection.execute(select(func.count()).select_from(refunds)).scalar_one()
        (column,) = wrong.subquery().columns
        first = self._connection.execute(select(func.min(column))).scalar()
        return Answer(looked=int(looked), first=None if first is None else f"{what}:{first}")

    def _where(self, *conditions: ColumnElement[bool]) -> Iterator[Refund]:
        query = select(refunds).where(*conditions).order_by(refunds.c.id)
        return (_refund_of(row) for row in self._connection.execute(query))


def _row_of(refund: Refund) -> dict[str, Any]:
    """Return every column of a case except `id` and `version`."""
    row: dict[str, Any] = {name: getattr(refund, name) for name in _PLAIN}
    return {**row, "cause": refund.cause.value, "state": refund.state.value}


def _refund_of(row: Row[Any]) -> Refund:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 -- documented access by name
    return Refund(
        **{
            **values,
            "cause": RefundCause(values["cause"]),
            "state": RefundState(values["state"]),
        }
    )
