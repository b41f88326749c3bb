"""add plots

Plots with an owner, checks and their pictures (feature D6); checks and pictures are append-only.
"""

import sqlalchemy as sa
from alembic import op

from db import append_only
from db.types import Geometry, UTCDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

APPEND_ONLY = ("plot_checks", "plot_photos")


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _number(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=null)


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "plots", _number("id"), _text("kind", 16), _text("name", 60), _text("owner_kind", 16), _text("owner", 60),
        sa.Column("geometry", Geometry("Polygon"), nullable=False), sa.Column("area_m2", sa.Double(), nullable=False),
        _number("area_id"), sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True), _number("created_by", null=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        _reference("plots", "area_id", "areas"), _reference("plots", "created_by", "users"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_plots_days")), _key("plots"),
    )  # fmt: skip
    op.create_table(
        "plot_checks", _number("id"), _number("plot_id"), _text("result", 16), _text("note", 60),
        _number("person_id", null=True), _number("user_id", null=True),
        sa.Column("at", UTCDateTime(), nullable=False), _reference("plot_checks", "plot_id", "plots"),
        _reference("plot_checks", "person_id", "people"), _reference("plot_checks", "user_id", "users"),
        _key("plot_checks"),
    )  # fmt: skip
    op.create_table(
        "plot_photos", _number("id"), _number("plot_id"), _number("check_id"), _text("stage", 8),
        sa.Column("taken_at", UTCDateTime(), nullable=False), _text("sha256", 64), _number("width"), _number("height"),
        sa.Column("content", sa.LargeBinary(), nullable=False), _reference("plot_photos", "plot_id", "plots"),
        _reference("plot_photos", "check_id", "plot_checks"), _key("plot_photos"),
    )  # fmt: skip
    for table, column in (
        ("plots", "area_id"), ("plot_checks", "plot_id"), ("plot_checks", "person_id"), ("plot_photos", "plot_id"),
        ("plot_photos", "check_id"),
    ):  # fmt: skip
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    append_only.guard(dict.fromkeys(APPEND_ONLY, "id = new.id"))


def downgrade() -> None:
    for table in ("plot_photos", "plot_checks", "plots"):
        op.drop_table(table)
