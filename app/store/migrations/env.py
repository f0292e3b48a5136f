"""How Alembic runs our migrations: on the connection that `app.store.schema` hands it."""

from alembic import context
from sqlalchemy import create_engine

from app.store.tables import Table


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:  # `alembic` on the command line, to write a new migration
        connection = create_engine(context.get_x_argument(as_dictionary=True)["url"]).connect()
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
