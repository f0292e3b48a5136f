"""runs are claimed, one at a time for each deployment; resources may be kept"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0002'
down_revision: str | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UNDER_WAY = sa.text("state IN ('claimed', 'running', 'stopping')")


def upgrade() -> None:
    op.add_column('runs', sa.Column('executor_id', sa.String(), nullable=False, server_default=''))
    op.create_index('runs_one_at_a_time', 'runs', ['deployment_id'], unique=True, sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY)
    op.add_column('resources', sa.Column('kept', sa.String(), nullable=False, server_default=''))


def downgrade() -> None:
    with op.batch_alter_table('resources') as batch_op:
        batch_op.drop_column('kept')
    op.drop_index('runs_one_at_a_time', 'runs')
    with op.batch_alter_table('runs') as batch_op:
        batch_op.drop_column('executor_id')
