"""Items are found by account: some banks name a payment by nothing else in their answers."""

from alembic import op

revision = "0015"
down_revision = "0014"

INDEXES = (("payout_item_by_account", "payout_items"), ("debit_item_by_account", "debit_items"))


def upgrade() -> None:
    for name, table in INDEXES:
        op.create_index(name, table, ["account_no"])


def downgrade() -> None:
    for name, table in INDEXES:
        op.drop_index(name, table)
