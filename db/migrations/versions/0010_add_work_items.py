"""add work items

The admission list of work that departments may hand to grids (feature A7).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("department", sa.String(60), nullable=False),
        sa.Column("covers", sa.String(64), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("temporary", sa.Boolean(), nullable=False),
        sa.Column("approved_by", sa.String(60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_work_items_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_items")),
    )
    op.create_index(op.f("ix_work_items_department"), "work_items", ["department"])


def downgrade() -> None:
    op.drop_index(op.f("ix_work_items_department"), "work_items")
    op.drop_table("work_items")
