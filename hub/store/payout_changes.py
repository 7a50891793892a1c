"""What a list has different from the last month's, found and kept in the unit that checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from sqlalchemy import and_, case, exists, func, literal, null, or_, select

from hub.domain.payout_change import Change, Comparison
from hub.domain.payout_state import ItemState, ListState
from hub.store.schema.changes import (
    debit_changes,
    debit_comparisons,
    payout_changes,
    payout_comparisons,
)
from hub.store.schema.debits import debit_items, debit_lists
from hub.store.schema.metadata import Number
from hub.store.schema.payouts import payout_items, payout_lists

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Table

    from hub.domain.payout import PayoutList

_NAMES: Final = ["list_id", "what", "item_id", "before_fen", "after_fen"]
_OUT: Final = sorted(state.value for state in (ItemState.CANCELLED, ItemState.REFUSED))
_NO_LIST: Final = sorted(
    state.value for state in (ListState.DRAFT, ListState.CANCELLED, ListState.REFUSED)
)


class PayoutChanges:
    """The comparisons that one unit of work sees."""

    _lists: ClassVar[Table] = payout_lists
    _items: ClassVar[Table] = payout_items
    _comparisons: ClassVar[Table] = payout_comparisons
    _changes: ClassVar[Table] = payout_changes

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_list(self, list_id: int) -> Comparison | None:
        """Return the comparison of a list; `None` when there was nothing to compare it with."""
        c = self._comparisons.c
        row = self._connection.execute(
            select(self._comparisons).where(c.list_id == list_id)
        ).one_or_none()
        return Comparison(**row._mapping) if row else None  # noqa: SLF001 -- documented access

    def compare(self, payout: PayoutList) -> Comparison | None:
        """Compare the accepted items of a list with those of the last month; keep what differs.

        `None` when no list of its kind and fund has an earlier month.
        """
        c = self._lists.c
        alike = and_(
            c.kind == payout.kind.value, c.fund == payout.fund, c.made_by.is_(None),
            c.state.not_in(_NO_LIST),
        )  # fmt: skip
        earlier = select(func.max(c.month)).where(alike, c.month < payout.month)
        month = self._connection.execute(earlier).scalar()
        if month is None:
            return None
        before = self._ids(alike, c.month == month)
        now = {*self._ids(alike, c.month == payout.month), payout.id}
        same = self._note_new_and_changed(payout, int(month), before)
        self._note_gone(payout, int(month), before, sorted(now))
        return self._kept(payout.id, int(month), same)

    def _ids(self, *conditions: ColumnElement[bool]) -> list[int]:
        return list(self._connection.execute(select(self._lists.c.id).where(*conditions)).scalars())

    def _note_new_and_changed(self, payout: PayoutList, month: int, before: list[int]) -> int:
        """Keep who is new or gets another sum; returns how many get the same."""
        mine, old = self._items.alias(), self._items.alias()
        both = mine.outerjoin(
            old, and_(*_same(mine, old), old.c.period == month, *_first_of(old, before))
        )
        accepted = (
            mine.c.list_id == payout.id, mine.c.period == payout.month,
            mine.c.state.not_in(_OUT),
        )  # fmt: skip
        is_new = old.c.id.is_(None)
        rows = (
            select(
                literal(payout.id, Number),
                case((is_new, Change.NEW.value), else_=Change.CHANGED.value),
                mine.c.id, old.c.amount_fen, mine.c.amount_fen,
            )
            .select_from(both)
            .where(*accepted, or_(is_new, old.c.amount_fen != mine.c.amount_fen))
            .order_by(mine.c.item_no)
        )  # fmt: skip
        self._connection.execute(self._changes.insert().from_select(_NAMES, rows))
        compared = select(func.count()).select_from(mine).where(*accepted)
        total = int(self._connection.execute(compared).scalar_one())
        return total - sum(self._sums(payout.id, what)[0] for what in (Change.NEW, Change.CHANGED))

    def _note_gone(self, payout: PayoutList, month: int, before: list[int], now: list[int]) -> None:
        old, mine = self._items.alias(), self._items.alias()
        there = exists().where(
            *_same(mine, old), mine.c.period == payout.month, mine.c.list_id.in_(now),
            mine.c.state.not_in(_OUT),
        )  # fmt: skip
        rows = (
            select(
                literal(payout.id, Number), literal(Change.GONE.value), old.c.id,
                old.c.amount_fen, null(),
            )
            .where(*_first_of(old, before), old.c.period == month, ~there)
            .order_by(old.c.id)
        )  # fmt: skip
        self._connection.execute(self._changes.insert().from_select(_NAMES, rows))

    def _kept(self, list_id: int, month: int, same: int) -> Comparison:
        new, _, new_fen = self._sums(list_id, Change.NEW)
        gone, gone_fen, _ = self._sums(list_id, Change.GONE)
        changed, before_fen, after_fen = self._sums(list_id, Change.CHANGED)
        values: dict[str, Any] = {
            "list_id": list_id, "month": month, "same_count": same, "new_count": new,
            "new_fen": new_fen, "gone_count": gone, "gone_fen": gone_fen,
            "changed_count": changed, "changed_before_fen": before_fen,
            "changed_after_fen": after_fen,
        }  # fmt: skip
        self._connection.execute(self._comparisons.insert().values(**values))
        return Comparison(**values)

    def _sums(self, list_id: int, what: Change) -> tuple[int, int, int]:
        c = self._changes.c
        query = select(
            func.count(), func.coalesce(func.sum(c.before_fen), 0),
            func.coalesce(func.sum(c.after_fen), 0),
        ).where(c.list_id == list_id, c.what == what.value)  # fmt: skip
        count, before, after = self._connection.execute(query).one()
        return int(count), int(before), int(after)


class DebitChanges(PayoutChanges):
    """The comparisons of direct debits."""

    _lists: ClassVar[Table] = debit_lists
    _items: ClassVar[Table] = debit_items
    _comparisons: ClassVar[Table] = debit_comparisons
    _changes: ClassVar[Table] = debit_changes


def _first_of(items: Any, lists: list[int]) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401
    """Select the first attempts of some lists; a further one pays what the first one should."""
    return (items.c.list_id.in_(lists), items.c.attempt == 1, items.c.state.not_in(_OUT))


def _same(one: Any, other: Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 -- aliases
    return (one.c.person_id == other.c.person_id, one.c.benefit == other.c.benefit)
