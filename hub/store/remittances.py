"""Remittances of transfers in the store: one under way for each case, compare-and-set."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, func, or_, select

from hub.domain.transfer_remittance import OUT_LETTERS, Remittance, RemittanceState, number_in
from hub.errors import Rejected
from hub.store.audit import Answer
from hub.store.schema.payouts import payout_items
from hub.store.schema.transfer_funds import transfer_remittances
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Row

    from hub.domain.payout import PayoutItem

_PLAIN: Final = tuple(
    f.name for f in fields(Remittance) if f.name not in ("id", "version", "state")
)
_UNDER_WAY: Final = ("listed", "sent", "returned")


class Remittances:
    """The remittances that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, remittance: Remittance) -> Remittance:
        """Keep a new one; `Rejected("remittance_exists")` when one of its case is under way."""
        c = transfer_remittances.c
        is_new = insert_new(
            self._connection, transfer_remittances, **_row_of(remittance), version=1
        )
        known = next(self._where(c.case_id == remittance.case_id, c.state.in_(_UNDER_WAY)))
        if not is_new:
            raise Rejected("remittance_exists", number=known.number, state=known.state.zh)
        return known

    def get(self, remittance_id: int) -> Remittance:
        """Return one; `Rejected` when there is none."""
        found = next(self._where(transfer_remittances.c.id == remittance_id), None)
        if found is None:
            raise Rejected("remittance_missing", id=remittance_id)
        return found

    def of_item(self, item: PayoutItem) -> Remittance | None:
        """Return the one that a payment is of, whatever its attempt; `None` if of none."""
        named = number_in(item.benefit)
        if named is None or named[0] != OUT_LETTERS:
            return None
        return next(self._where(transfer_remittances.c.id == named[1]), None)

    def save(self, changed: Remittance) -> Remittance:
        """Write a changed one; `Rejected` when somebody else changed it meanwhile."""
        c = transfer_remittances.c
        done = self._connection.execute(
            transfer_remittances.update()
            .where(c.id == changed.id, c.version == changed.version)
            .values(**_row_of(changed), version=changed.version + 1)
        )
        if done.rowcount != 1:
            raise Rejected("remittance_changed", number=changed.number)
        return replace(changed, version=changed.version + 1)

    def list(
        self,
        *,
        case_id: int | None = None,
        counterpart: str | None = None,
        month: int | None = None,
        state: RemittanceState | None = None,
    ) -> list[Remittance]:
        """Return remittances, oldest first; `None` means any."""
        c = transfer_remittances.c
        wanted = {c.case_id: case_id, c.counterpart: counterpart, c.month: month,
                  c.state: state.value if state else None}  # fmt: skip
        return list(self._where(*(col == v for col, v in wanted.items() if v is not None)))

    def under_way(self) -> set[int]:
        """Return the cases that have a remittance under way."""
        c = transfer_remittances.c
        query = select(c.case_id).where(c.state.in_(_UNDER_WAY))
        return set(self._connection.execute(query).scalars())

    def unlike_payment(self) -> Answer:
        """Every remittance is where its latest payment is, and that one pays its sum."""
        c, i = transfer_remittances.c, payout_items.c
        same = and_(
            i.id == c.item_id, i.amount_fen == c.amount_fen,
            or_(
                c.state == i.state,
                and_(
                    c.state.in_(["listed", "sent"]),
                    i.state.in_(["listed", "in_flight", "unknown"]),
                ),
            ),
        )  # fmt: skip
        wrong = select(func.min(c.id)).where(
            c.item_id.is_not(None), c.state != "cancelled", ~exists().where(same)
        )
        first = self._connection.execute(wrong).scalar()
        looked = self._connection.execute(
            select(func.count()).select_from(transfer_remittances)
        ).scalar_one()
        return Answer(looked=int(looked), first=None if first is None else f"remittance:{first}")

    def _where(self, *conditions: ColumnElement[bool]) -> Iterator[Remittance]:
        query = select(transfer_remittances).where(*conditions).order_by(transfer_remittances.c.id)
        return (_remittance_of(row) for row in self._connection.execute(query))


def _row_of(remittance: Remittance) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(remittance, name) for name in _PLAIN}
    return {**row, "state": remittance.state.value}


def _remittance_of(row: Row[Any]) -> Remittance:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 -- documented access by name
    return Remittance(**{**values, "state": RemittanceState(values["state"])})
