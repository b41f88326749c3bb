"""add pledges

Pledges of members with evidence, marks, verdicts, ratings and photos (feature D3); all but the pledge is append-only.
"""

import sqlalchemy as sa
from alembic import op

from db import append_only
from db.types import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("pledge_evidence", "pledge_marks", "pledge_verdicts", "pledge_ratings", "pledge_photos")
GUARDS = {
    "pledge_evidence": (
        "id = new.id OR (person_id = new.person_id AND kind = new.kind AND record_id = new.record_id "
        "AND turn = new.turn)"
    ),
    "pledge_marks": "id = new.id OR (evidence_id = new.evidence_id AND mark = new.mark)",
    "pledge_verdicts": "id = new.id",
    "pledge_ratings": "id = new.id",
    "pledge_photos": "id = new.id",
}


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _add_of_pledge(table: str, *columns: sa.Column | sa.Constraint) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pledge_id", sa.Integer(), nullable=False),
        *columns,
        _reference(table, "pledge_id", "pledges"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_pledge_id"), table, ["pledge_id"])


def upgrade() -> None:
    _add_pledges()
    _add_evidence()
    _add_marks()
    _add_said("pledge_verdicts", sa.Column("verdict", sa.String(16), nullable=False), _words())
    _add_said("pledge_ratings", sa.Column("stars", sa.Integer(), nullable=False), _stars())
    _add_photos()
    append_only.guard(GUARDS)


def _words() -> sa.Column:
    return sa.Column("words", sa.String(400), nullable=False)


def _stars() -> sa.CheckConstraint:
    return sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_pledge_ratings_stars"))


def _add_said(table: str, *columns: sa.Column | sa.Constraint) -> None:
    """What somebody said of a pledge, and when."""
    _add_of_pledge(
        table,
        *columns,
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        _reference(table, "user_id", "users"),
    )


def _add_pledges() -> None:
    op.create_table(
        "pledges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(32), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("unit", sa.String(16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        _reference("pledges", "person_id", "people"),
        _reference("pledges", "area_id", "areas"),
        _reference("pledges", "created_by", "users"),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pledges_amount")),
        sa.CheckConstraint("due_on >= starts_on", name=op.f("ck_pledges_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledges")),
    )
    for column in ("person_id", "area_id", "due_on"):
        op.create_index(op.f(f"ix_pledges_{column}"), "pledges", [column])


def _add_evidence() -> None:
    _add_of_pledge(
        "pledge_evidence",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        _reference("pledge_evidence", "person_id", "people"),
        _reference("pledge_evidence", "created_by", "users"),
        sa.UniqueConstraint(
            "person_id", "kind", "record_id", "turn", name=op.f("uq_pledge_evidence_person_id_kind_record_id_turn")
        ),
    )


def _add_marks() -> None:
    _add_of_pledge(
        "pledge_marks",
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        _reference("pledge_marks", "evidence_id", "pledge_evidence"),
        _reference("pledge_marks", "user_id", "users"),
        sa.UniqueConstraint("evidence_id", "mark", name=op.f("uq_pledge_marks_evidence_id_mark")),
    )


def _add_photos() -> None:
    _add_of_pledge(
        "pledge_photos",
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _reference("pledge_photos", "evidence_id", "pledge_evidence"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_table("pledges")
