"""Items are found by account within a batch: over the account alone, databases read the batch."""

from alembic import op

revision = "0017"
down_revision = "0016"

INDEXES = (("payout_item_by_account", "payout_items"), ("debit_item_by_account", "debit_items"))


def upgrade() -> None:
    for name, table in INDEXES:
        op.drop_index(name, table)
        op.create_index(name, table, ["account_no", "batch_id"])


def downgrade() -> None:
    for name, table in INDEXES:
        op.drop_index(name, table)
        op.create_index(name, table, ["account_no"])
