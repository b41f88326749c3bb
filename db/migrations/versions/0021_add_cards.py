"""add cards

What members agreed to show of their cards, append-only, and the links to the public page (feature D4).
"""

import sqlalchemy as sa
from alembic import op

from db import append_only
from db.types import UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "card_consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        _reference("card_consents", "person_id", "people"),
        _reference("card_consents", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_consents")),
    )
    op.create_index(op.f("ix_card_consents_person_id"), "card_consents", ["person_id"])
    op.create_table(
        "card_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_by", sa.Integer(), nullable=True),
        _reference("card_links", "person_id", "people"),
        _reference("card_links", "made_by", "users"),
        _reference("card_links", "revoked_by", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_links")),
        sa.UniqueConstraint("token", name=op.f("uq_card_links_token")),
    )
    op.create_index(op.f("ix_card_links_person_id"), "card_links", ["person_id"])
    append_only.guard({"card_consents": "id = new.id"})


def downgrade() -> None:
    op.drop_table("card_links")
    op.drop_table("card_consents")
