"""Runs the migrations over the connection that store.py passes in; Alembic loads this file by path."""

from alembic import context

from matching.review.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
