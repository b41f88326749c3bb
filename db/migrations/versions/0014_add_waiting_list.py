"""add waiting list

Whoever signs up for a full activity waits in order (feature E2). No two wait at the same turn.
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attendances", sa.Column("queue_number", sa.Integer(), nullable=True))
    op.add_column("attendances", sa.Column("moved_up_at", UTCDateTime(), nullable=True))
    op.create_index("uq_attendances_queue", "attendances", ["activity_id", "queue_number"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_attendances_queue", "attendances")
    op.drop_column("attendances", "moved_up_at")
    op.drop_column("attendances", "queue_number")
