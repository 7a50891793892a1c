"""What Alembic runs: the revisions, inside the transaction that the caller has begun."""

from alembic import context

from hub.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
