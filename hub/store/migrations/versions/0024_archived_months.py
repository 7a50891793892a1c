"""Closed months that were archived, each bound to the one before it."""

from alembic import op
from sqlalchemy import CheckConstraint, Column

from hub.store.schema.metadata import Instant, Number, Text

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "archived_months",
        Column("month", Number, primary_key=True, autoincrement=False),
        Column("manifest_digest", Text, nullable=False, unique=True),
        Column("previous_digest", Text),
        Column("journal_first", Number, nullable=False),
        Column("journal_last", Number, nullable=False),
        Column("made_at", Instant, nullable=False),
        Column("made_by", Text, nullable=False),
        CheckConstraint(
            "month BETWEEN 190001 AND 299912 AND length(manifest_digest) = 64"
            " AND journal_last >= journal_first - 1",
            name="archived_month_values",
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("archived_months")
