"""The console's lists and its search: an index for each way in which people look for things."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

INDEXES = (
    ("inbox_of_state", "inbox", ("state", "id")),
    ("inbox_of_channel", "inbox", ("channel", "id")),
    ("inbox_named", "inbox", ("name",)),
    ("outbox_of_state", "outbox", ("state", "id")),
    ("outbox_of_channel", "outbox", ("channel", "id")),
    ("task_of_queue", "tasks", ("queue", "id")),
    ("journal_by_event", "journal", ("event", "n")),
    ("journal_by_person", "journal", ("person", "n")),
    ("journal_by_time", "journal", ("at",)),
    ("discrepancy_by_payer", "discrepancies", ("payer_id",)),
    ("discrepancy_by_receipt", "discrepancies", ("receipt_no",)),
    ("discrepancy_by_deposit", "discrepancies", ("deposit_no",)),
    ("discrepancy_by_amount", "discrepancies", ("amount_fen",)),
    ("voucher_by_booking", "vouchers", ("booked_on", "no")),
    ("voucher_by_event", "vouchers", ("event", "booked_on", "no")),
    ("voucher_by_amount", "vouchers", ("amount_fen", "booked_on", "no")),
    ("voucher_by_its_subject", "vouchers", ("subject", "booked_on", "no")),
    ("voucher_by_fund_and_event", "vouchers", ("fund", "event", "booked_on", "no")),
    ("refund_by_payer", "refunds", ("payer_id",)),
    ("refund_by_amount", "refunds", ("amount_fen",)),
    ("receipt_by_credit", "transfer_receipts", ("credit_no",)),
    ("receipt_by_amount", "transfer_receipts", ("amount_fen",)),
    ("bank_line_by_amount", "bank_lines", ("amount_fen",)),
    ("bank_line_by_reference", "bank_lines", ("reference",)),
)
OPEN_TASKS = (("task_open", ["state", "id"]), ("task_open_of_queue", ["queue", "state", "id"]))
NAMES = (
    ("transfer_by_name", "transfers"),
    ("payout_item_by_name", "payout_items"),
    ("debit_item_by_name", "debit_items"),
)
SUMS = (("payout_item_by_state", "payout_items"), ("debit_item_by_state", "debit_items"))


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))
    still = sa.text("state <> 'done'")
    for name, open_columns in OPEN_TASKS:
        op.create_index(name, "tasks", open_columns, sqlite_where=still, postgresql_where=still)
    for name, table in NAMES:  # found by their beginning, in any collation of the server
        ops = {"person_name": "text_pattern_ops"}
        op.create_index(name, table, ["person_name"], postgresql_ops=ops)
    for name, table in SUMS:  # sums by state, and amounts, from the index alone
        op.drop_index(name, table)
        op.create_index(name, table, ["list_id", "state", "item_no", "amount_fen"])


def downgrade() -> None:
    for name, table in SUMS:
        op.drop_index(name, table)
        op.create_index(name, table, ["list_id", "state"])
    for name, table in reversed(NAMES):
        op.drop_index(name, table)
    for name, _ in reversed(OPEN_TASKS):
        op.drop_index(name, "tasks")
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
