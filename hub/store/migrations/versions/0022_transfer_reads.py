"""Indexes of the console's lists of transfers, credits, messages and requests."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

INDEXES = (
    ("transfer_by_kind", "transfers", ["kind", "id"], None),
    ("transfer_by_direction", "transfers", ["direction", "id"], None),
    (
        "transfer_by_counterpart", "transfers",
        ["counterpart", "id", "direction", "kind", "state"], None,
    ),
    ("transfer_listed", "transfers", ["id", "direction", "kind", "counterpart", "state"], None),
    (
        "transfer_live", "transfers", ["id", "direction", "kind", "counterpart", "state"],
        "state NOT IN ('done', 'refused', 'withdrawn', 'forwarded', 'closed')",
    ),
    ("remittance_by_counterpart", "transfer_remittances", ["counterpart", "id"], None),
    ("remittance_by_state", "transfer_remittances", ["state", "id"], None),
    ("remittance_by_month", "transfer_remittances", ["month", "id"], None),
    ("remittance_by_case", "transfer_remittances", ["case_id", "id"], None),
    ("receipt_by_region", "transfer_receipts", ["region", "id"], None),
    ("receipt_by_fund", "transfer_receipts", ["fund", "id"], None),
    ("receipt_by_fund_and_state", "transfer_receipts", ["fund", "state", "id"], None),
    ("receipt_by_fund_and_region", "transfer_receipts", ["fund", "region", "id"], None),
    ("receipt_by_region_and_state", "transfer_receipts", ["region", "state", "id"], None),
    ("receipt_by_all", "transfer_receipts", ["fund", "region", "state", "id"], None),
    ("region_message_by_time", "region_messages", ["at", "id", "direction"], None),
    ("region_message_by_peer", "region_messages", ["peer", "at", "id", "direction"], None),
    ("region_message_by_fate", "region_messages", ["state", "at", "id", "direction"], None),
    ("assistance_by_peer", "assistances", ["peer", "id"], None),
    ("assistance_open", "assistances", ["id"], "finding IS NULL"),
)  # fmt: skip


def upgrade() -> None:
    for name, table, columns, only in INDEXES:
        where = sa.text(only) if only else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _columns, _only in reversed(INDEXES):
        op.drop_index(name, table)
