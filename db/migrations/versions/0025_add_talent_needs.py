"""add talent needs

Skills that are wanted at a place and time, and who of the talent pool is asked for them (feature E6).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_STANDING = sa.text("state IN ('waiting', 'accepted')")


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _versioned() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "talent_needs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.String(32), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        *_versioned(),
        _reference("talent_needs", "area_id", "areas"),
        _reference("talent_needs", "activity_id", "activities"),
        _reference("talent_needs", "station_id", "stations"),
        _reference("talent_needs", "created_by", "users"),
        sa.CheckConstraint("until > starts_at", name=op.f("ck_talent_needs_times")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talent_needs")),
    )
    for column in ("area_id", "activity_id", "station_id", "state"):
        op.create_index(op.f(f"ix_talent_needs_{column}"), "talent_needs", [column])
    _add_asks()


def _add_asks() -> None:
    op.create_table(
        "talent_asks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reasons", sa.String(120), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        *_versioned(),
        _reference("talent_asks", "need_id", "talent_needs"),
        _reference("talent_asks", "person_id", "people"),
        _reference("talent_asks", "asked_by", "users"),
        sa.UniqueConstraint("need_id", "person_id", name=op.f("uq_talent_asks_need_id_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talent_asks")),
    )
    for column in ("person_id", "asked_at"):
        op.create_index(op.f(f"ix_talent_asks_{column}"), "talent_asks", [column])
    op.create_index(
        "uq_talent_asks_standing", "talent_asks", ["need_id"], unique=True,
        sqlite_where=_STANDING, postgresql_where=_STANDING,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("talent_asks")
    op.drop_table("talent_needs")
