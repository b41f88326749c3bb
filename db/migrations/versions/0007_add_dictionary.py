"""add dictionary

Versions of the dictionary of incidents and their entries (feature C2). The database itself refuses to delete either;
an entry is changed by closing it (last_version).
"""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UNIQUE = "uq_dictionary_entries_category_condition_first_version"
KEPT = ("dictionary_versions", "dictionary_entries")


def upgrade() -> None:
    op.create_table(
        "dictionary_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(60), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("added", "changed", "closed", "total")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_dictionary_versions_created_by")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_dictionary_versions")),
    )
    op.create_table(
        "dictionary_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("family", sa.String(64), nullable=False),
        sa.Column("family_name", sa.String(200), nullable=False),
        sa.Column("family_name_en", sa.String(200), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("class_name", sa.String(200), nullable=False),
        sa.Column("class_name_en", sa.String(200), nullable=False),
        sa.Column("condition", sa.String(64), nullable=False),
        sa.Column("condition_name", sa.String(200), nullable=False),
        sa.Column("condition_name_en", sa.String(200), nullable=False),
        sa.Column("limit_amount", sa.Double(), nullable=False),
        sa.Column("limit_clock", sa.String(16), nullable=False),
        sa.Column("standard", sa.String(400), nullable=False),
        sa.Column("standard_en", sa.String(400), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("department_en", sa.String(200), nullable=False),
        sa.Column("photo_required", sa.Boolean(), nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("first_version", sa.Integer(), nullable=False),
        sa.Column("last_version", sa.Integer(), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], ["dictionary_versions.number"], name=op.f(f"fk_dictionary_entries_{name}"))
            for name in ("first_version", "last_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary_entries")),
        sa.UniqueConstraint("category", "condition", "first_version", name=op.f(_UNIQUE)),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is never deleted'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION linge_never_deleted() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is never deleted', TG_TABLE_NAME; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION linge_never_deleted()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for table in KEPT:
            op.execute(f"DROP TRIGGER {table}_no_delete ON {table}")
        op.execute("DROP FUNCTION linge_never_deleted")
    op.drop_table("dictionary_entries")
    op.drop_table("dictionary_versions")
