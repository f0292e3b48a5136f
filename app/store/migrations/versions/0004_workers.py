"""workers, and whether they are alive"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0004'
down_revision: str | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('workers',
    sa.Column('executor_id', sa.String(), nullable=False),
    sa.Column('instance', sa.String(), nullable=False),
    sa.Column('beats', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('executor_id')
    )


def downgrade() -> None:
    op.drop_table('workers')
