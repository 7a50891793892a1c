"""A message is found by its id alone: who answers names only that."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_index("region_message_by_id", "region_messages", ["id"])


def downgrade() -> None:
    op.drop_index("region_message_by_id", "region_messages")
