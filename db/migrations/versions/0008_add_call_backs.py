"""add call-backs

回访: each attempt, and on the incident the one that counts, so that rates are sums over incidents (feature C10).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COLUMNS = ("called_at", "call_responded", "call_solved", "call_satisfaction")


def upgrade() -> None:
    op.create_table(
        "call_backs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("responded", sa.Boolean(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("satisfaction", sa.String(16), nullable=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_call_backs_incident_id")),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_call_backs_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
    )
    op.create_index(op.f("ix_call_backs_incident_id"), "call_backs", ["incident_id"])
    op.add_column("incidents", sa.Column("called_at", UTCDateTime(), nullable=True))
    op.add_column("incidents", sa.Column("call_responded", sa.Integer(), nullable=True))
    op.add_column("incidents", sa.Column("call_solved", sa.Integer(), nullable=True))
    op.add_column("incidents", sa.Column("call_satisfaction", sa.String(16), nullable=True))
    op.create_index(op.f("ix_incidents_called_at"), "incidents", ["called_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_incidents_called_at"), table_name="incidents")
    for name in reversed(_COLUMNS):
        op.drop_column("incidents", name)
    op.drop_table("call_backs")
