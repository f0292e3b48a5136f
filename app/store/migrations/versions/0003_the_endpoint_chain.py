"""the links of an endpoint, as they were last seen"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import app.store.tables


revision: str = '0003'
down_revision: str | None = '0002'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('links',
    sa.Column('deployment_id', sa.String(), nullable=False),
    sa.Column('name', sa.Enum('dns', 'address', 'certificate', 'forwarding', 'backend', 'iap', 'redirect', 'sign-in', 'dashboard', name='linkname', native_enum=False, length=32), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'fine', 'failing', name='linkstate', native_enum=False, length=32), nullable=False),
    sa.Column('evidence', sa.String(), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.Column('hint', sa.String(), nullable=False),
    sa.Column('since', app.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('checked_at', app.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['deployment_id'], ['deployments.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('deployment_id', 'name')
    )


def downgrade() -> None:
    op.drop_table('links')
