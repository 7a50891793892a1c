"""The console's work list of discrepancies, its ages, days and letters: an index for each."""

from alembic import op
from sqlalchemy import text

revision = "0020"
down_revision = "0019"

ALIVE = text("state <> 'closed'")
INDEXES = (
    ("run_total_by_day", "run_totals", ("day", "insurance_kind"), None),
    ("discrepancy_by_day", "discrepancies", ("opened_on", "id"), None),
    ("discrepancy_by_cause", "discrepancies", ("cause", "opened_on", "id"), None),
    ("discrepancy_by_owner", "discrepancies", ("owner", "opened_on", "id"), None),
    ("discrepancy_by_partner", "discrepancies", ("partner", "opened_on", "id"), None),
    ("discrepancy_alive", "discrepancies", ("opened_on", "id"), ALIVE),
    (
        "discrepancy_ages", "discrepancies",
        ("cause", "owner", "collected_on", "opened_on", "count", "amount_fen", "state"), ALIVE,
    ),
    ("letter_by_subject", "letters", ("about_id",), None),
    ("letter_item_by_discrepancy", "letter_items", ("discrepancy_id",), None),
)  # fmt: skip


def upgrade() -> None:
    for name, table, columns, only in INDEXES:
        op.create_index(name, table, list(columns), sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for name, table, _columns, _only in reversed(INDEXES):
        op.drop_index(name, table)
