"""Alembic's entry: runs on the connection that db/migrating.py hands over."""

from alembic import context

from db.migrations_filter import include
from db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=include,
    render_as_batch=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
