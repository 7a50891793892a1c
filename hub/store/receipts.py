"""Credits of transferred money in the store: each entered once, changed by compare-and-set."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, func, or_, select

from hub.domain.transfer_receipt import How, Receipt, ReceiptState
from hub.domain.transfer_remittance import BACK_LETTERS, number_in
from hub.errors import Rejected
from hub.store.audit import Answer
from hub.store.schema.payouts import payout_items
from hub.store.schema.transfer_funds import transfer_receipts
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Row

    from hub.domain.payout import PayoutItem

_PLAIN: Final = tuple(
    f.name for f in fields(Receipt) if f.name not in ("id", "version", "state", "joined_how")
)


class Receipts:
    """The credits that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, receipt: Receipt) -> Receipt:
        """Enter a credit; `Rejected("receipt_exists")` when this credit of its fund is there."""
        c = transfer_receipts.c
        is_new = insert_new(self._connection, transfer_receipts, **_row_of(receipt), version=1)
        known = next(self._where(c.fund == receipt.fund, c.credit_no == receipt.credit_no))
        if not is_new:
            raise Rejected("receipt_exists", number=known.number, state=known.state.zh)
        return known

    def has(self, fund: str, credit_no: str) -> bool:
        """Tell whether a credit of a fund was entered."""
        c = transfer_receipts.c
        return next(self._where(c.fund == fund, c.credit_no == credit_no), None) is not None

    def get(self, receipt_id: int, *, lock: bool = False) -> Receipt:
        """Return one, with `lock` held to the end of the unit; `Rejected` when there is none."""
        found = next(self._where(transfer_receipts.c.id == receipt_id, lock=lock), None)
        if found is None:
            raise Rejected("receipt_missing", id=receipt_id)
        return found

    def of_item(self, item: PayoutItem) -> Receipt | None:
        """Return the credit that a payment sends back; `None` of any other payment."""
        named = number_in(item.benefit)
        if named is None or named[0] != BACK_LETTERS:
            return None
        return next(self._where(transfer_receipts.c.id == named[1]), None)

    def save(self, changed: Receipt) -> Receipt:
        """Write a changed credit; `Rejected` when somebody else changed it meanwhile."""
        c = transfer_receipts.c
        done = self._connection.execute(
            transfer_receipts.update()
            .where(c.id == changed.id, c.version == changed.version)
            .values(**_row_of(changed), version=changed.version + 1)
        )
        if done.rowcount != 1:
            raise Rejected("receipt_changed", number=changed.number)
        return replace(changed, version=changed.version + 1)

    def list(
        self,
        *,
        state: ReceiptState | None = None,
        fund: str | None = None,
        case_id: int | None = None,
    ) -> list[Receipt]:
        """Return credits, oldest first; `None` means any."""
        c = transfer_receipts.c
        wanted = {c.state: state.value if state else None, c.fund: fund, c.case_id: case_id}
        return list(self._where(*(col == v for col, v in wanted.items() if v is not None)))

    def unlike_payment(self) -> Answer:
        """Every credit that goes back has its payment, of its sum, and is where that one is."""
        c, i = transfer_receipts.c, payout_items.c
        going = (ReceiptState.SENDING_BACK.value, ReceiptState.SENT_BACK.value)
        same = and_(
            i.id == c.item_id, i.amount_fen == c.amount_fen,
            or_(
                and_(c.state == going[1], i.state == "paid"),
                and_(c.state == going[0], i.state.in_(["listed", "in_flight", "unknown",
                                                       "returned"])),
            ),
        )  # fmt: skip
        wrong = select(func.min(c.id)).where(c.state.in_(going), ~exists().where(same))
        first = self._connection.execute(wrong).scalar()
        looked = self._connection.execute(
            select(func.count()).select_from(transfer_receipts)
        ).scalar_one()
        return Answer(looked=int(looked), first=None if first is None else f"receipt:{first}")

    def _where(self, *conditions: ColumnElement[bool], lock: bool = False) -> Iterator[Receipt]:
        query = select(transfer_receipts).where(*conditions).order_by(transfer_receipts.c.id)
        if lock:
            query = query.with_for_update()  # SQLite has one writer anyway
        return (_receipt_of(row) for row in self._connection.execute(query))


def _row_of(receipt: Receipt) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(receipt, name) for name in _PLAIN}
    how = receipt.joined_how
    return {**row, "state": receipt.state.value, "joined_how": how.value if how else None}


def _receipt_of(row: Row[Any]) -> Receipt:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 -- documented access by name
    how = values["joined_how"]
    return Receipt(
        **{
            **values, "state": ReceiptState(values["state"]),
            "joined_how": How(how) if how else None,
        }
    )  # fmt: skip
