"""add attendance corrections

Corrections of attendances and the second person's answers (feature E2), append-only by trigger.
"""

import sqlalchemy as sa
from alembic import op

from db import append_only
from db.types import UTCDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEYS = {"attendance_corrections": "id", "attendance_correction_answers": "correction_id"}


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "attendance_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attendance_id", sa.Integer(), nullable=False),
        sa.Column("came_before", UTCDateTime(), nullable=False),
        sa.Column("left_before", UTCDateTime(), nullable=False),
        sa.Column("minutes_before", sa.Integer(), nullable=False),
        sa.Column("came_after", UTCDateTime(), nullable=True),
        sa.Column("left_after", UTCDateTime(), nullable=True),
        sa.Column("minutes_after", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        _reference("attendance_corrections", "attendance_id", "attendances"),
        _reference("attendance_corrections", "asked_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_corrections")),
    )
    op.create_index(op.f("ix_attendance_corrections_attendance_id"), "attendance_corrections", ["attendance_id"])
    op.create_table(
        "attendance_correction_answers",
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=False),
        _reference("attendance_correction_answers", "correction_id", "attendance_corrections"),
        _reference("attendance_correction_answers", "answered_by", "users"),
        sa.PrimaryKeyConstraint("correction_id", name=op.f("pk_attendance_correction_answers")),
    )
    append_only.guard({table: f"{key} = new.{key}" for table, key in KEYS.items()})


def downgrade() -> None:
    op.drop_table("attendance_correction_answers")
    op.drop_table("attendance_corrections")
