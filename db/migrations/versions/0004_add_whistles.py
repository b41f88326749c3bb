"""add whistles

吹哨报到: who was called to a case and why, and what each department did about it (feature C6).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_AWAITED = sa.text("reported_at IS NULL AND waived_at IS NULL")


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "whistles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("blown_at", UTCDateTime(), nullable=False),
        sa.Column("blown_by", sa.Integer(), nullable=True),
        _reference("whistles", "incident_id", "incidents"),
        _reference("whistles", "blown_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whistles")),
    )
    op.create_index(op.f("ix_whistles_incident_id"), "whistles", ["incident_id"])
    op.create_index(op.f("ix_whistles_blown_at"), "whistles", ["blown_at"])
    _create_answers()


def _create_answers() -> None:
    people = ("department_id", "reported_by", "waived_by", "rated_by")
    op.create_table(
        "whistle_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("whistle_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("reported_at", UTCDateTime(), nullable=True),
        sa.Column("reported_by", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("result_at", UTCDateTime(), nullable=True),
        sa.Column("waived_at", UTCDateTime(), nullable=True),
        sa.Column("waived_by", sa.Integer(), nullable=True),
        sa.Column("waive_reason", sa.Text(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rated_at", UTCDateTime(), nullable=True),
        sa.Column("rated_by", sa.Integer(), nullable=True),
        _reference("whistle_answers", "whistle_id", "whistles"),
        _reference("whistle_answers", "incident_id", "incidents"),
        *(_reference("whistle_answers", column, "users") for column in people),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whistle_answers")),
        sa.UniqueConstraint("whistle_id", "department_id", name=op.f("uq_whistle_answers_whistle_id_department_id")),
    )
    op.create_index(op.f("ix_whistle_answers_incident_id"), "whistle_answers", ["incident_id"])
    op.create_index("ix_whistle_answers_department_id_incident_id", "whistle_answers", ["department_id", "incident_id"])
    op.create_index(
        "ix_whistle_answers_awaited", "whistle_answers", ["due_at"], sqlite_where=_AWAITED, postgresql_where=_AWAITED
    )


def downgrade() -> None:
    op.drop_table("whistle_answers")
    op.drop_table("whistles")
