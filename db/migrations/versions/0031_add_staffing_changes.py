"""add staffing changes

The staffing rule can be edited; every change is kept, append-only as in 0002 and 0012 (feature A6).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLE = "staffing_changes"
SAME = "id = new.id OR (level = new.level AND number = new.number)"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("old_least", sa.Integer(), nullable=False),
        sa.Column("old_most", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(least IS NULL) = (most IS NULL) AND (least IS NULL OR (least >= 1 AND most > least))",
            name=op.f(f"ck_{TABLE}_bounds"),
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f(f"fk_{TABLE}_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("level", "number", name=op.f(f"uq_{TABLE}_level_number")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            _refuse(f"no_{verb.lower()}", f"BEFORE {verb} ON {TABLE}")
        _refuse("no_replace", f"BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE {SAME})")
        return
    op.execute(
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION linge_append_only()"
    )


def _refuse(name: str, event: str) -> None:
    op.execute(f"CREATE TRIGGER {TABLE}_{name} {event} BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END")


def downgrade() -> None:
    op.drop_table(TABLE)
