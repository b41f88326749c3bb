"""add indexes of indicators

When a case was answered, which were written since a moment, and those closed after their deadline (feature J1).
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LATE = sa.text("closed_at > due_at")


def upgrade() -> None:
    op.create_index("ix_incidents_answered_at", "incidents", ["answered_at"])
    op.create_index("ix_incidents_updated_at_reported_at", "incidents", ["updated_at", "reported_at"])
    op.create_index(
        "ix_incidents_closed_late", "incidents", ["closed_at", "due_at"], sqlite_where=_LATE, postgresql_where=_LATE
    )


def downgrade() -> None:
    for name in ("closed_late", "updated_at_reported_at", "answered_at"):
        op.drop_index(f"ix_incidents_{name}", "incidents")
