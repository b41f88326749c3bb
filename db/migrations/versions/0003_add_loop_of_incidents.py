"""add the loop of incidents

Level, condition, answer, exemption, suspension and links of an incident (features C2-C9), and its number at its source.
Batch mode copies the table on SQLite; incidents has no triggers of its own, so none has to be made again.
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENTS = ("filed_at", "dispatched_at", "answered_at", "exempted_at", "supervised_at")
_COLUMNS = (
    "level", "condition", "dictionary_version", "external_number", *_MOMENTS, "overdue_seconds", "returned_count",
    "failed_check_count", "reopened_count", "review_on", "review_by", "main_id",
)  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table("incidents") as batch_op:
        batch_op.add_column(sa.Column("level", sa.String(16), nullable=False, server_default="grid"))
        batch_op.add_column(sa.Column("condition", sa.String(64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("dictionary_version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("external_number", sa.String(60), nullable=True))
        for name in _MOMENTS:
            batch_op.add_column(sa.Column(name, UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("overdue_seconds", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("returned_count", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("failed_check_count", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("reopened_count", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("review_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("review_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("main_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_incidents_review_by"), "users", ["review_by"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_incidents_main_id"), "incidents", ["main_id"], ["id"])
        batch_op.create_unique_constraint(
            batch_op.f("uq_incidents_source_external_number"), ["source", "external_number"]
        )
        batch_op.create_index(batch_op.f("ix_incidents_main_id"), ["main_id"])


def downgrade() -> None:
    with op.batch_alter_table("incidents") as batch_op:
        batch_op.drop_index(batch_op.f("ix_incidents_main_id"))
        batch_op.drop_constraint(batch_op.f("uq_incidents_source_external_number"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_incidents_main_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_incidents_review_by"), type_="foreignkey")
        for name in reversed(_COLUMNS):
            batch_op.drop_column(name)
