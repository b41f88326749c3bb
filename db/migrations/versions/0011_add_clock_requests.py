"""add requests about clocks

Extensions and exemptions that somebody asks for, and who approved an exemption (features C4, C5).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")
_GRANTED = sa.text("kind = 'exemption' AND state = 'granted'")


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "clock_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        _reference("clock_requests", "incident_id", "incidents"),
        _reference("clock_requests", "asked_by", "users"),
        _reference("clock_requests", "decided_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_requests")),
    )
    op.create_index(op.f("ix_clock_requests_incident_id"), "clock_requests", ["incident_id"])
    _create_partial("uq_clock_requests_waiting", ["incident_id", "kind"], _WAITING)
    _create_partial("uq_clock_requests_exempted", ["incident_id"], _GRANTED)
    op.create_table(
        "clock_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        _reference("clock_approvals", "request_id", "clock_requests"),
        _reference("clock_approvals", "incident_id", "incidents"),
        _reference("clock_approvals", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_approvals")),
        sa.UniqueConstraint("request_id", "user_id", name=op.f("uq_clock_approvals_request_id_user_id")),
    )
    op.create_index(op.f("ix_clock_approvals_incident_id"), "clock_approvals", ["incident_id"])


def _create_partial(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "clock_requests", columns, unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("clock_approvals")
    op.drop_table("clock_requests")
