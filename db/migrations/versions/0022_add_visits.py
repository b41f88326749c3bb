"""add visits

Visits and patrols with their pictures (feature D5), append-only: a correction is a new record.
"""

import sqlalchemy as sa
from alembic import op

from db import append_only
from db.types import UTCDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

GUARDS = {
    "visits": "id = new.id OR (corrects_id IS NOT NULL AND corrects_id = new.corrects_id)",
    "visit_photos": "id = new.id",
}


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(60), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        _reference("visits", "area_id", "areas"),
        _reference("visits", "person_id", "people"),
        _reference("visits", "corrects_id", "visits"),
        _reference("visits", "created_by", "users"),
        sa.CheckConstraint("(lon IS NULL) = (lat IS NULL)", name=op.f("ck_visits_place")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_visits_corrects_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_area_id_at", "visits", ["area_id", "at"])
    op.create_index("ix_visits_created_by_at", "visits", ["created_by", "at"])
    op.create_index(op.f("ix_visits_person_id"), "visits", ["person_id"])
    op.create_table(
        "visit_photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _reference("visit_photos", "visit_id", "visits"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_photos")),
    )
    op.create_index(op.f("ix_visit_photos_visit_id"), "visit_photos", ["visit_id"])
    append_only.guard(GUARDS)


def downgrade() -> None:
    op.drop_table("visit_photos")
    op.drop_table("visits")
