"""add planned changes of areas

Changes of areas that were decided for a day ahead (feature A4).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE = "planned_area_changes"


def _reference(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{TABLE}_{column}"))


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("planned_at", UTCDateTime(), nullable=False),
        sa.Column("planned_by", sa.Integer(), nullable=True),
        sa.Column("change_id", sa.Integer(), nullable=True),
        sa.Column("failed_at", UTCDateTime(), nullable=True),
        sa.Column("failure", sa.JSON(), nullable=False),
        sa.Column("cancelled_at", UTCDateTime(), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "change_id IS NULL OR (failed_at IS NULL AND cancelled_at IS NULL)", name=op.f(f"ck_{TABLE}_one_end")
        ),
        _reference("planned_by", "users"),
        _reference("change_id", "area_changes"),
        _reference("cancelled_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("change_id", name=op.f(f"uq_{TABLE}_change_id")),
    )
    op.create_index(op.f(f"ix_{TABLE}_day"), TABLE, ["day"])


def downgrade() -> None:
    op.drop_table(TABLE)
