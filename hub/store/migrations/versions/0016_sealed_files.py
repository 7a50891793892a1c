"""Outgoing files that were encrypted or marked name the plain file that they were made of."""

from alembic import op
from sqlalchemy import Column

from hub.store.schema.metadata import Text

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("outbox", Column("original_sha256", Text))


def downgrade() -> None:
    op.drop_column("outbox", "original_sha256")
