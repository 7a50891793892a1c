"""Differences of lists from the last month's; indexes of the console's lists of payouts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey

from hub.store.schema.metadata import Number, Text, identity

revision = "0019"
down_revision = "0018"

WAYS = ("payout", "debit")
COUNTS = (
    "same_count", "new_count", "new_fen", "gone_count", "gone_fen", "changed_count",
    "changed_before_fen", "changed_after_fen",
)  # fmt: skip
TROUBLED = {
    "payout": "state IN ('returned', 'unknown') OR attempt > 1",
    "debit": "state IN ('failed', 'reversed', 'unknown') OR attempt > 1",
}


def upgrade() -> None:
    for way in WAYS:
        op.create_table(
            f"{way}_comparisons",
            Column(
                "list_id",
                Number,
                ForeignKey(f"{way}_lists.id"),
                primary_key=True,
                autoincrement=False,
            ),
            Column("month", Number, nullable=False),
            *(Column(name, Number, nullable=False) for name in COUNTS),
            CheckConstraint(
                "same_count >= 0 AND new_count >= 0 AND gone_count >= 0 AND changed_count >= 0",
                name=f"{way}_comparison_counts",
            ),
            sqlite_strict=True,
        )
        op.create_table(
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
            sqlite_strict=True,
        )
        op.create_index(f"{way}_change_of_list", f"{way}_changes", ["list_id", "what", "id"])
        op.create_index(f"{way}_list_by_kind", f"{way}_lists", ["kind", "fund", "month"])
        op.create_index(f"{way}_batch_by_bank", f"{way}_batches", ["bank", "id"])
        where = sa.text(TROUBLED[way])
        op.create_index(
            f"{way}_item_troubled", f"{way}_items", ["id"],
            sqlite_where=where, postgresql_where=where,
        )  # fmt: skip


def downgrade() -> None:
    for way in WAYS:
        op.drop_index(f"{way}_item_troubled", f"{way}_items")
        op.drop_index(f"{way}_batch_by_bank", f"{way}_batches")
        op.drop_index(f"{way}_list_by_kind", f"{way}_lists")
        op.drop_table(f"{way}_changes")
        op.drop_table(f"{way}_comparisons")
