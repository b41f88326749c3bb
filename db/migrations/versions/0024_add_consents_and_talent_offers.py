"""add consents and talent offers

Consents of people to a purpose, append-only, and what people offer to the talent pool (feature E6).
"""

import sqlalchemy as sa
from alembic import op

from db import append_only
from db.types import UTCDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SAME = "id = new.id OR (person_id = new.person_id AND purpose = new.purpose AND sequence = new.sequence)"


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id")),
        sa.UniqueConstraint("person_id", "purpose", "sequence", name=op.f("uq_consents_person_id_purpose_sequence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_table(
        "talent_offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.String(120), nullable=False),
        sa.Column("sentence_key", sa.String(400), nullable=False),
        sa.Column("times", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_talent_offers_person_id")),
        sa.UniqueConstraint("person_id", name=op.f("uq_talent_offers_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talent_offers")),
    )
    append_only.guard({"consents": _SAME})


def downgrade() -> None:
    op.drop_table("talent_offers")
    op.drop_table("consents")
