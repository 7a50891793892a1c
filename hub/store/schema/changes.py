"""Tables of what lists of payouts and direct debits have different from the last month's.

They are written once, in the unit that checks a list, and are what its signers are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text

from hub.domain.way import Way
from hub.store.schema.debits import debit_batches, debit_items, debit_lists
from hub.store.schema.metadata import Number, Text, identity, table
from hub.store.schema.payouts import payout_batches, payout_items, payout_lists

if TYPE_CHECKING:
    from sqlalchemy import Table

TROUBLED: Final = {
    Way.PAYOUT: "state IN ('returned', 'unknown') OR attempt > 1",
    Way.DEBIT: "state IN ('failed', 'reversed', 'unknown') OR attempt > 1",
}
"""What did not simply arrive, in the words of the index that finds it among all the rest."""


def comparisons_table(way: str) -> Table:
    """Return the counts and sums (fen) of comparisons, one row a list."""
    counts = (
        "same_count", "new_count", "new_fen", "gone_count", "gone_fen", "changed_count",
        "changed_before_fen", "changed_after_fen",
    )  # fmt: skip
    return table(
        f"{way}_comparisons",
        Column(
            "list_id",
            Number,
            ForeignKey(f"{way}_lists.id"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("month", Number, nullable=False),
        *(Column(name, Number, nullable=False) for name in counts),
        CheckConstraint(
            "same_count >= 0 AND new_count >= 0 AND gone_count >= 0 AND changed_count >= 0",
            name=f"{way}_comparison_counts",
        ),
    )


def changes_table(way: str) -> Table:
    """Return the payments that are new, gone or changed; `item_id` of a gone one is the old one."""
    return table(
        f"{way}_changes",
        identity(),
        Column("list_id", Number, ForeignKey(f"{way}_lists.id"), nullable=False),
        Column("what", Text, nullable=False),
        Column("item_id", Number, ForeignKey(f"{way}_items.id"), nullable=False),
        Column("before_fen", Number),
        Column("after_fen", Number),
        CheckConstraint(
            "(what = 'new' AND before_fen IS NULL AND after_fen IS NOT NULL)"
            " OR (what = 'gone' AND before_fen IS NOT NULL AND after_fen IS NULL)"
            " OR (what = 'changed' AND before_fen <> after_fen)",
            name=f"{way}_change_amounts",
        ),
        Index(f"{way}_change_of_list", "list_id", "what", "id"),
    )


payout_comparisons = comparisons_table("payout")
payout_changes = changes_table("payout")
debit_comparisons = comparisons_table("debit")
debit_changes = changes_table("debit")

for _way, _lists, _batches, _items in (
    (Way.PAYOUT, payout_lists, payout_batches, payout_items),
    (Way.DEBIT, debit_lists, debit_batches, debit_items),
):
    _troubled = text(TROUBLED[_way])
    Index(f"{_way}_list_by_kind", _lists.c.kind, _lists.c.fund, _lists.c.month)
    Index(f"{_way}_batch_by_bank", _batches.c.bank, _batches.c.id)
    Index(f"{_way}_item_troubled", _items.c.id, sqlite_where=_troubled, postgresql_where=_troubled)
