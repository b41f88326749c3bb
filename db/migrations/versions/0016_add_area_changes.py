"""add changes of areas

Splits, mergers and redraws from a day on, which area came of which, and the records that went along (feature A4).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "area_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        _reference("area_changes", "made_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_changes")),
    )
    op.create_index(op.f("ix_area_changes_day"), "area_changes", ["day"])
    op.create_table(
        "area_successions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("old_id", sa.Integer(), nullable=False),
        sa.Column("new_id", sa.Integer(), nullable=False),
        _reference("area_successions", "change_id", "area_changes"),
        _reference("area_successions", "old_id", "areas"),
        _reference("area_successions", "new_id", "areas"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_successions")),
        sa.UniqueConstraint("old_id", "new_id", name=op.f("uq_area_successions_old_id_new_id")),
    )
    op.create_index(op.f("ix_area_successions_change_id"), "area_successions", ["change_id"])
    op.create_index(op.f("ix_area_successions_new_id"), "area_successions", ["new_id"])
    op.create_table(
        "area_carried",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("old_id", sa.Integer(), nullable=False),
        sa.Column("new_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        _reference("area_carried", "change_id", "area_changes"),
        _reference("area_carried", "old_id", "areas"),
        _reference("area_carried", "new_id", "areas"),
        _reference("area_carried", "confirmed_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_carried")),
    )
    op.create_index(op.f("ix_area_carried_change_id"), "area_carried", ["change_id"])
    op.create_index("ix_area_carried_subject_subject_id", "area_carried", ["subject", "subject_id"])


def downgrade() -> None:
    op.drop_table("area_carried")
    op.drop_table("area_successions")
    op.drop_table("area_changes")
