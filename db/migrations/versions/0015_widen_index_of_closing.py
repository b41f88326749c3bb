"""widen index of closing

When a case was closed, as what, due when and whose it is, so that the desk's counts need the index alone (feature K2).
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COLUMNS = ["closed_at", "status", "due_at", "main_id", "area_id", "handler_id"]


def upgrade() -> None:
    op.create_index("ix_incidents_closing", "incidents", _COLUMNS)
    op.drop_index("ix_incidents_closed_at", "incidents")


def downgrade() -> None:
    op.create_index("ix_incidents_closed_at", "incidents", ["closed_at"])
    op.drop_index("ix_incidents_closing", "incidents")
