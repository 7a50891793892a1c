"""Payments and debits of an amount, the newest first, are found among tens of millions."""

from alembic import op

revision = "0025"
down_revision = "0024"

WAYS = ("payout", "debit")


def upgrade() -> None:
    for way in WAYS:
        op.create_index(f"{way}_item_by_amount", f"{way}_items", ["amount_fen", "id"])


def downgrade() -> None:
    for way in WAYS:
        op.drop_index(f"{way}_item_by_amount", f"{way}_items")
